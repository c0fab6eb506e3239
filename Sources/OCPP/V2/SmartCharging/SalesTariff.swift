extension V2 {
    /// Prices as ISO 15118-2 has them.
    package struct SalesTariff: Table {
        package struct Interval: Table {
            package var start = 0
            package var duration: Int?
            package init() {}
            package static let fields: [Field<Self>] = [.init("start", \.start), .init("duration", \.duration)]
        }

        package struct Cost: Table {
            package var costKind = ""
            package var amount = 0
            package var amountMultiplier: Int?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init(
                    "costKind", \.costKind,
                    of: ["CarbonDioxideEmission", "RelativePricePercentage", "RenewableGenerationPercentage"]),
                .init("amount", \.amount), .init("amountMultiplier", \.amountMultiplier),
            ]
        }

        package struct ConsumptionCost: Table {
            package var startValue = Milli.zero
            package var cost: [Cost] = []
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("startValue", \.startValue), .init("cost", \.cost, items: 1...3),
            ]
        }

        package struct Entry: Table {
            package var relativeTimeInterval = Interval()
            package var ePriceLevel: Int?
            package var consumptionCost: [ConsumptionCost]?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("relativeTimeInterval", \.relativeTimeInterval), .init("ePriceLevel", \.ePriceLevel, least: 0),
                .init("consumptionCost", \.consumptionCost, items: 1...3),
            ]
        }

        package var id = 0
        package var salesTariffDescription: String?
        package var numEPriceLevels: Int?
        package var salesTariffEntry: [Entry] = []
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("id", \.id, least: 0), .init("salesTariffDescription", \.salesTariffDescription, length: 32),
            .init("numEPriceLevels", \.numEPriceLevels, least: 0),
            .init("salesTariffEntry", \.salesTariffEntry, items: 1...1_024),
        ]
    }
}
