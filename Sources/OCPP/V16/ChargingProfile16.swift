extension V16 {
    package enum ChargingProfilePurpose: String, WordValue {
        case chargePointMaxProfile = "ChargePointMaxProfile"
        case txDefaultProfile = "TxDefaultProfile"
        case txProfile = "TxProfile"
    }

    package enum ChargingProfileKind: String, WordValue {
        case absolute = "Absolute"
        case recurring = "Recurring"
        case relative = "Relative"
    }

    package struct ChargingSchedulePeriod: Table {
        package var startPeriod = 0
        /// At most one decimal on the wire.
        package var limit = Milli.zero
        package var numberPhases: Int?

        package init() {}
        package init(startPeriod: Int, limit: Milli, numberPhases: Int? = nil) {
            self.startPeriod = startPeriod
            self.limit = limit
            self.numberPhases = numberPhases
        }

        package static let fields: [Field<Self>] = [
            .init("startPeriod", \.startPeriod), .init("limit", \.limit), .init("numberPhases", \.numberPhases),
        ]

        package func conflict(in version: OCPPVersion) -> OCPPError? {
            self.limit.thousandths % 100 == 0
                ? nil : OCPPError(.propertyConstraintViolation, "limit has more than one decimal")
        }
    }

    package struct ChargingSchedule: Table {
        package var duration: Int?
        package var startSchedule: DateTime?
        package var chargingRateUnit = V2.ChargingRateUnit.watts
        package var chargingSchedulePeriod: [ChargingSchedulePeriod] = []
        package var minChargingRate: Milli?

        package init() {}
        package init(
            duration: Int?, startSchedule: DateTime?, unit: V2.ChargingRateUnit, periods: [ChargingSchedulePeriod]
        ) {
            self.duration = duration
            self.startSchedule = startSchedule
            self.chargingRateUnit = unit
            self.chargingSchedulePeriod = periods
        }

        package static let fields: [Field<Self>] = [
            .init("duration", \.duration), .init("startSchedule", \.startSchedule),
            .init("chargingRateUnit", \.chargingRateUnit),
            .init("chargingSchedulePeriod", \.chargingSchedulePeriod, items: 0...Int.max),
            .init("minChargingRate", \.minChargingRate),
        ]
    }

    package struct ChargingProfile: Table {
        package var chargingProfileId = 0
        package var transactionId: Int?
        package var stackLevel = 0
        package var chargingProfilePurpose = ChargingProfilePurpose.txProfile
        package var chargingProfileKind = ChargingProfileKind.absolute
        package var recurrencyKind: String?
        package var validFrom: DateTime?
        package var validTo: DateTime?
        /// One object, not an array as in 2.x.
        package var chargingSchedule = ChargingSchedule()

        package init() {}
        package init(
            id: Int, transactionId: Int?, stackLevel: Int, purpose: ChargingProfilePurpose,
            kind: ChargingProfileKind, schedule: ChargingSchedule
        ) {
            self.chargingProfileId = id
            self.transactionId = transactionId
            self.stackLevel = stackLevel
            self.chargingProfilePurpose = purpose
            self.chargingProfileKind = kind
            self.chargingSchedule = schedule
        }

        package static let fields: [Field<Self>] = [
            .init("chargingProfileId", \.chargingProfileId), .init("transactionId", \.transactionId),
            .init("stackLevel", \.stackLevel), .init("chargingProfilePurpose", \.chargingProfilePurpose),
            .init("chargingProfileKind", \.chargingProfileKind),
            .init("recurrencyKind", \.recurrencyKind, of: ["Daily", "Weekly"]), .init("validFrom", \.validFrom),
            .init("validTo", \.validTo), .init("chargingSchedule", \.chargingSchedule),
        ]
    }
}
