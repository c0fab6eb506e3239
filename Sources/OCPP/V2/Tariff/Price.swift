extension V2 {
    /// A price with and without taxes.
    package struct Price: Table {
        package var exclTax: Milli?
        package var inclTax: Milli?
        package var taxRates: [TaxRate]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("exclTax", \.exclTax), .init("inclTax", \.inclTax), .init("taxRates", \.taxRates, items: 1...5),
        ]
    }

    package struct TaxRate: Table {
        package var type = ""
        /// Percent.
        package var tax = Milli.zero
        package var stack: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("type", \.type, length: 20), .init("tax", \.tax), .init("stack", \.stack, least: 0),
        ]
    }
}
