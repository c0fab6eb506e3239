extension V16 {
    package enum ChargingProfilePurpose: String, Hashable, Sendable {
        case chargePointMaxProfile = "ChargePointMaxProfile"
        case txDefaultProfile = "TxDefaultProfile"
        case txProfile = "TxProfile"
    }

    package enum ChargingProfileKind: String, Hashable, Sendable {
        case absolute = "Absolute"
        case recurring = "Recurring"
        case relative = "Relative"
    }

    package struct ChargingSchedulePeriod: Payload {
        package var startPeriod: Int
        /// At most one decimal on the wire.
        package var limit: Milli
        package var numberPhases: Int?

        package init(startPeriod: Int, limit: Milli, numberPhases: Int? = nil) {
            self.startPeriod = startPeriod
            self.limit = limit
            self.numberPhases = numberPhases
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.startPeriod = try json.int("startPeriod")
            self.limit = try json.number("limit")
            self.numberPhases = try json.optionalInt("numberPhases")
        }

        package func write(to out: inout JSONWriter) {
            out.field("startPeriod", self.startPeriod)
            out.field("limit", self.limit)
            out.field("numberPhases", self.numberPhases)
        }
    }

    package struct ChargingSchedule: Payload {
        package var duration: Int?
        package var startSchedule: DateTime?
        package var chargingRateUnit: V2.ChargingRateUnit
        package var chargingSchedulePeriod: [ChargingSchedulePeriod]

        package init(
            duration: Int?, startSchedule: DateTime?, unit: V2.ChargingRateUnit,
            periods: [ChargingSchedulePeriod]
        ) {
            self.duration = duration
            self.startSchedule = startSchedule
            self.chargingRateUnit = unit
            self.chargingSchedulePeriod = periods
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.duration = try json.optionalInt("duration")
            self.startSchedule = try json.optionalDateTime("startSchedule")
            self.chargingRateUnit = try json.word("chargingRateUnit")
            self.chargingSchedulePeriod = try json.objects("chargingSchedulePeriod", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.field("duration", self.duration)
            out.field("startSchedule", self.startSchedule)
            out.field("chargingRateUnit", self.chargingRateUnit.rawValue)
            out.objects("chargingSchedulePeriod", self.chargingSchedulePeriod)
        }
    }

    package struct ChargingProfile: Payload {
        package var chargingProfileId: Int
        package var transactionId: Int?
        package var stackLevel: Int
        package var chargingProfilePurpose: ChargingProfilePurpose
        package var chargingProfileKind: ChargingProfileKind
        /// One object, not an array as in 2.x.
        package var chargingSchedule: ChargingSchedule

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

        package init(_ json: JSONValue) throws(OCPPError) {
            self.chargingProfileId = try json.int("chargingProfileId")
            self.transactionId = try json.optionalInt("transactionId")
            self.stackLevel = try json.int("stackLevel")
            self.chargingProfilePurpose = try json.word("chargingProfilePurpose")
            self.chargingProfileKind = try json.word("chargingProfileKind")
            self.chargingSchedule = try json.object("chargingSchedule")
        }

        package func write(to out: inout JSONWriter) {
            out.field("chargingProfileId", self.chargingProfileId)
            out.field("transactionId", self.transactionId)
            out.field("stackLevel", self.stackLevel)
            out.field("chargingProfilePurpose", self.chargingProfilePurpose.rawValue)
            out.field("chargingProfileKind", self.chargingProfileKind.rawValue)
            out.object("chargingSchedule", self.chargingSchedule)
        }
    }

    package struct SetChargingProfileRequest: Request {
        /// Accepted, Rejected or NotSupported.
        package typealias Answer = StatusAnswer
        package static let action = "SetChargingProfile"
        package var connectorId: Int
        package var csChargingProfiles: ChargingProfile

        package init(connectorId: Int, csChargingProfiles: ChargingProfile) {
            self.connectorId = connectorId
            self.csChargingProfiles = csChargingProfiles
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.connectorId = try json.int("connectorId")
            self.csChargingProfiles = try json.object("csChargingProfiles")
        }

        package func write(to out: inout JSONWriter) {
            out.field("connectorId", self.connectorId)
            out.object("csChargingProfiles", self.csChargingProfiles)
        }
    }

    package struct ClearChargingProfileRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "ClearChargingProfile"
        package var id: Int?

        package init(id: Int) {
            self.id = id
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.id = try json.optionalInt("id")
        }

        package func write(to out: inout JSONWriter) {
            out.field("id", self.id)
        }
    }
}
