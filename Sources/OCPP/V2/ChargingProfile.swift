extension V2 {
    package enum ChargingProfilePurpose: String, WordValue {
        case chargingStationExternalConstraints = "ChargingStationExternalConstraints"
        case chargingStationMaxProfile = "ChargingStationMaxProfile"
        case txDefaultProfile = "TxDefaultProfile"
        case txProfile = "TxProfile"
        case priorityCharging = "PriorityCharging"
        case localGeneration = "LocalGeneration"

        package static let new: [Self] = [.priorityCharging, .localGeneration]
    }

    package enum ChargingProfileKind: String, WordValue {
        case absolute = "Absolute"
        case recurring = "Recurring"
        case relative = "Relative"
        /// 2.1: one period that UpdateDynamicSchedule changes.
        case dynamic = "Dynamic"

        package static let new: [Self] = [.dynamic]
    }

    package enum ChargingRateUnit: String, WordValue {
        case watts = "W"
        case amperes = "A"
    }

    package struct ChargingProfile: Table {
        /// Ours are positive and above `MaxExternalConstraintsId` (K01.FR.80).
        package var id = 0
        package var stackLevel = 0
        package var chargingProfilePurpose = ChargingProfilePurpose.txProfile
        package var chargingProfileKind = ChargingProfileKind.absolute
        package var recurrencyKind: String?
        package var transactionId: String?
        package var validFrom: DateTime?
        package var validTo: DateTime?
        /// 2.1; seconds, 0 = at once.
        package var maxOfflineDuration: Int?
        package var invalidAfterOfflineDuration: Bool?
        /// s; how often the station pulls a Dynamic profile.
        package var dynUpdateInterval: Int?
        package var dynUpdateTime: DateTime?
        package var priceScheduleSignature: String?
        package var chargingSchedule: [ChargingSchedule] = []

        package init() {}

        package init(
            id: Int, stackLevel: Int, purpose: ChargingProfilePurpose, kind: ChargingProfileKind,
            transactionId: String? = nil, schedule: ChargingSchedule
        ) {
            self.id = id
            self.stackLevel = stackLevel
            self.chargingProfilePurpose = purpose
            self.chargingProfileKind = kind
            self.transactionId = transactionId
            self.chargingSchedule = [schedule]
        }

        package static let fields: [Field<Self>] = [
            .init("id", \.id), .init("stackLevel", \.stackLevel, least: 0),
            .init("chargingProfilePurpose", \.chargingProfilePurpose),
            .init("chargingProfileKind", \.chargingProfileKind),
            .init("recurrencyKind", \.recurrencyKind, of: ["Daily", "Weekly"]), .init("validFrom", \.validFrom),
            .init("validTo", \.validTo), .init("chargingSchedule", \.chargingSchedule, items: 1...3),
            .init("transactionId", \.transactionId, length: 36),
            .init("maxOfflineDuration", \.maxOfflineDuration, since: .v21),
            .init("invalidAfterOfflineDuration", \.invalidAfterOfflineDuration, since: .v21),
            .init("dynUpdateInterval", \.dynUpdateInterval, since: .v21),
            .init("dynUpdateTime", \.dynUpdateTime, since: .v21),
            .init("priceScheduleSignature", \.priceScheduleSignature, length: 256, since: .v21),
        ]
    }
}
