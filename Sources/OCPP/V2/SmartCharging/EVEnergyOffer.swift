extension V2 {
    /// What a car offers to give and wants for it; negative power = willing to discharge.
    package struct EVEnergyOffer: Table {
        package struct PowerEntry: Table {
            package var duration = 0
            package var power = Milli.zero
            package init() {}
            package static let fields: [Field<Self>] = [.init("duration", \.duration), .init("power", \.power)]
        }

        package struct PowerSchedule: Table {
            package var evPowerScheduleEntries: [PowerEntry] = []
            package var timeAnchor = DateTime(microseconds: 0)
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("evPowerScheduleEntries", \.evPowerScheduleEntries, items: 1...1_024),
                .init("timeAnchor", \.timeAnchor),
            ]
        }

        package struct PriceRule: Table {
            package var energyFee = Milli.zero
            package var powerRangeStart = Milli.zero
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("energyFee", \.energyFee), .init("powerRangeStart", \.powerRangeStart),
            ]
        }

        package struct PriceEntry: Table {
            package var duration = 0
            package var evPriceRule: [PriceRule] = []
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("duration", \.duration), .init("evPriceRule", \.evPriceRule, items: 1...8),
            ]
        }

        package struct PriceSchedule: Table {
            package var timeAnchor = DateTime(microseconds: 0)
            package var currency = ""
            package var evAbsolutePriceScheduleEntries: [PriceEntry] = []
            package var priceAlgorithm = ""
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("timeAnchor", \.timeAnchor), .init("currency", \.currency, length: 3),
                .init("evAbsolutePriceScheduleEntries", \.evAbsolutePriceScheduleEntries, items: 1...1_024),
                .init("priceAlgorithm", \.priceAlgorithm, length: 2_000),
            ]
        }

        package var evAbsolutePriceSchedule: PriceSchedule?
        package var evPowerSchedule = PowerSchedule()
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("evAbsolutePriceSchedule", \.evAbsolutePriceSchedule), .init("evPowerSchedule", \.evPowerSchedule),
        ]
    }
}
