extension V2 {
    /// 2.1: what charging costs. There is no price for what a car gives back.
    package struct Tariff: Table {
        package struct EnergyPrice: Table {
            /// Per kWh.
            package var priceKwh = Milli.zero
            package var conditions: TariffConditions?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("priceKwh", \.priceKwh), .init("conditions", \.conditions),
            ]
        }

        package struct TimePrice: Table {
            package var priceMinute = Milli.zero
            package var conditions: TariffConditions?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("priceMinute", \.priceMinute), .init("conditions", \.conditions),
            ]
        }

        package struct FixedPrice: Table {
            package var priceFixed = Milli.zero
            package var conditions: TariffConditionsFixed?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("conditions", \.conditions), .init("priceFixed", \.priceFixed),
            ]
        }

        /// Prices of one kind with their taxes.
        package struct Part<Entry: Table>: Table {
            package var prices: [Entry] = []
            package var taxRates: [TaxRate]?
            package init() {}
            package static var fields: [Field<Self>] {
                [.init("prices", \.prices), .init("taxRates", \.taxRates, items: 1...5)]
            }
        }

        package var tariffId = ""
        package var description: [MessageContent]?
        package var currency = ""
        package var energy: Part<EnergyPrice>?
        package var validFrom: DateTime?
        package var chargingTime: Part<TimePrice>?
        package var idleTime: Part<TimePrice>?
        package var fixedFee: Part<FixedPrice>?
        package var reservationTime: Part<TimePrice>?
        package var reservationFixed: Part<FixedPrice>?
        package var minCost: Price?
        package var maxCost: Price?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("tariffId", \.tariffId, length: 60), .init("description", \.description, items: 1...10),
            .init("currency", \.currency, length: 3), .init("energy", \.energy), .init("validFrom", \.validFrom),
            .init("chargingTime", \.chargingTime), .init("idleTime", \.idleTime), .init("fixedFee", \.fixedFee),
            .init("reservationTime", \.reservationTime), .init("reservationFixed", \.reservationFixed),
            .init("minCost", \.minCost), .init("maxCost", \.maxCost),
        ]
    }
}
