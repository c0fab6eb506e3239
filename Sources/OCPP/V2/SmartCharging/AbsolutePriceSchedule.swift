extension V2 {
    /// `value · 10^exponent`, as ISO 15118-20 writes numbers.
    package struct RationalNumber: Table {
        package var exponent = 0
        package var value = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("exponent", \.exponent), .init("value", \.value)]
    }

    /// Prices of ISO 15118-20 in money.
    package struct AbsolutePriceSchedule: Table {
        package struct PriceRule: Table {
            package var parkingFeePeriod: Int?
            package var carbonDioxideEmission: Int?
            package var renewableGenerationPercentage: Int?
            package var energyFee = RationalNumber()
            package var parkingFee: RationalNumber?
            package var powerRangeStart = RationalNumber()
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("parkingFeePeriod", \.parkingFeePeriod),
                .init("carbonDioxideEmission", \.carbonDioxideEmission, least: 0),
                .init("renewableGenerationPercentage", \.renewableGenerationPercentage, least: 0, greatest: 100),
                .init("energyFee", \.energyFee), .init("parkingFee", \.parkingFee),
                .init("powerRangeStart", \.powerRangeStart),
            ]
        }

        package struct PriceRuleStack: Table {
            package var duration = 0
            package var priceRule: [PriceRule] = []
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("duration", \.duration), .init("priceRule", \.priceRule, items: 1...8),
            ]
        }

        package struct TaxRule: Table {
            package var taxRuleID = 0
            package var taxRuleName: String?
            package var taxIncludedInPrice: Bool?
            package var appliesToEnergyFee = false
            package var appliesToParkingFee = false
            package var appliesToOverstayFee = false
            package var appliesToMinimumMaximumCost = false
            package var taxRate = RationalNumber()
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("taxRuleID", \.taxRuleID, least: 0), .init("taxRuleName", \.taxRuleName, length: 100),
                .init("taxIncludedInPrice", \.taxIncludedInPrice), .init("appliesToEnergyFee", \.appliesToEnergyFee),
                .init("appliesToParkingFee", \.appliesToParkingFee),
                .init("appliesToOverstayFee", \.appliesToOverstayFee),
                .init("appliesToMinimumMaximumCost", \.appliesToMinimumMaximumCost), .init("taxRate", \.taxRate),
            ]
        }

        package struct OverstayRule: Table {
            package var overstayFee = RationalNumber()
            package var overstayRuleDescription: String?
            package var startTime = 0
            package var overstayFeePeriod = 0
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("overstayFee", \.overstayFee),
                .init("overstayRuleDescription", \.overstayRuleDescription, length: 32),
                .init("startTime", \.startTime), .init("overstayFeePeriod", \.overstayFeePeriod),
            ]
        }

        package struct OverstayRuleList: Table {
            package var overstayPowerThreshold: RationalNumber?
            package var overstayRule: [OverstayRule] = []
            package var overstayTimeThreshold: Int?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("overstayPowerThreshold", \.overstayPowerThreshold),
                .init("overstayRule", \.overstayRule, items: 1...5),
                .init("overstayTimeThreshold", \.overstayTimeThreshold),
            ]
        }

        package struct AdditionalService: Table {
            package var serviceFee = RationalNumber()
            package var serviceName = ""
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("serviceFee", \.serviceFee), .init("serviceName", \.serviceName, length: 80),
            ]
        }

        package var timeAnchor = DateTime(microseconds: 0)
        package var priceScheduleID = 0
        package var priceScheduleDescription: String?
        package var currency = ""
        package var language = ""
        package var priceAlgorithm = ""
        package var minimumCost: RationalNumber?
        package var maximumCost: RationalNumber?
        package var priceRuleStacks: [PriceRuleStack] = []
        package var taxRules: [TaxRule]?
        package var overstayRuleList: OverstayRuleList?
        package var additionalSelectedServices: [AdditionalService]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("timeAnchor", \.timeAnchor), .init("priceScheduleID", \.priceScheduleID, least: 0),
            .init("priceScheduleDescription", \.priceScheduleDescription, length: 160),
            .init("currency", \.currency, length: 3), .init("language", \.language, length: 8),
            .init("priceAlgorithm", \.priceAlgorithm, length: 2_000), .init("minimumCost", \.minimumCost),
            .init("maximumCost", \.maximumCost), .init("priceRuleStacks", \.priceRuleStacks, items: 1...1_024),
            .init("taxRules", \.taxRules, items: 1...10), .init("overstayRuleList", \.overstayRuleList),
            .init("additionalSelectedServices", \.additionalSelectedServices, items: 1...5),
        ]
    }
}
