extension V2 {
    package enum ChargingProfilePurpose: String, Hashable, Sendable {
        case chargingStationExternalConstraints = "ChargingStationExternalConstraints"
        case chargingStationMaxProfile = "ChargingStationMaxProfile"
        case txDefaultProfile = "TxDefaultProfile"
        case txProfile = "TxProfile"
        case priorityCharging = "PriorityCharging"
        case localGeneration = "LocalGeneration"
    }

    package enum ChargingProfileKind: String, Hashable, Sendable {
        case absolute = "Absolute"
        case recurring = "Recurring"
        case relative = "Relative"
        /// 2.1: one period that UpdateDynamicSchedule changes.
        case dynamic = "Dynamic"
    }

    package enum OperationMode: String, Hashable, Sendable {
        case idle = "Idle"
        case chargingOnly = "ChargingOnly"
        case centralSetpoint = "CentralSetpoint"
        case externalSetpoint = "ExternalSetpoint"
        case externalLimits = "ExternalLimits"
        case centralFrequency = "CentralFrequency"
        case localFrequency = "LocalFrequency"
        case localLoadBalancing = "LocalLoadBalancing"
    }

    package enum ChargingRateUnit: String, Hashable, Sendable {
        case watts = "W"
        case amperes = "A"
    }

    package struct FreqWattPoint: Payload {
        /// Hz.
        package var frequency: Milli
        /// W, + = charge.
        package var power: Milli

        package init(frequency: Milli, power: Milli) {
            self.frequency = frequency
            self.power = power
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.frequency = try json.number("frequency")
            self.power = try json.number("power")
        }

        package func write(to out: inout JSONWriter) {
            out.field("frequency", self.frequency)
            out.field("power", self.power)
        }
    }

    package struct ChargingSchedulePeriod: Payload {
        /// Seconds from the schedule's start.
        package var startPeriod: Int
        package var limit: Milli?
        package var numberPhases: Int?
        /// 2.1; absent means ChargingOnly.
        package var operationMode: OperationMode?
        package var setpoint: Milli?
        /// 2.1; ≤ 0.
        package var dischargeLimit: Milli?
        package var v2xBaseline: Milli?
        package var v2xFreqWattCurve: [FreqWattPoint]

        package init(startPeriod: Int, limit: Milli? = nil) {
            self.startPeriod = startPeriod
            self.limit = limit
            self.v2xFreqWattCurve = []
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.startPeriod = try json.int("startPeriod")
            self.limit = try json.optionalNumber("limit")
            self.numberPhases = try json.optionalInt("numberPhases")
            self.operationMode = try json.optionalWord("operationMode")
            self.setpoint = try json.optionalNumber("setpoint")
            self.dischargeLimit = try json.optionalNumber("dischargeLimit")
            self.v2xBaseline = try json.optionalNumber("v2xBaseline")
            self.v2xFreqWattCurve = try json.objects("v2xFreqWattCurve")
        }

        package func write(to out: inout JSONWriter) {
            out.field("startPeriod", self.startPeriod)
            out.field("limit", self.limit)
            out.field("numberPhases", self.numberPhases)
            guard out.version == .v21 else { return }
            out.field("operationMode", self.operationMode?.rawValue)
            out.field("setpoint", self.setpoint)
            out.field("dischargeLimit", self.dischargeLimit)
            out.field("v2xBaseline", self.v2xBaseline)
            out.objects("v2xFreqWattCurve", self.v2xFreqWattCurve)
        }
    }

    package struct ChargingSchedule: Payload {
        package var id: Int
        package var chargingRateUnit: ChargingRateUnit
        package var startSchedule: DateTime?
        /// Seconds; of a Dynamic profile the watchdog since the last update (K28.FR.13).
        package var duration: Int?
        package var chargingSchedulePeriod: [ChargingSchedulePeriod]

        package init(
            id: Int, unit: ChargingRateUnit, startSchedule: DateTime? = nil, duration: Int? = nil,
            periods: [ChargingSchedulePeriod]
        ) {
            self.id = id
            self.chargingRateUnit = unit
            self.startSchedule = startSchedule
            self.duration = duration
            self.chargingSchedulePeriod = periods
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.id = try json.optionalInt("id") ?? 0
            self.chargingRateUnit = try json.word("chargingRateUnit")
            self.startSchedule = try json.optionalDateTime("startSchedule")
            self.duration = try json.optionalInt("duration")
            self.chargingSchedulePeriod = try json.objects("chargingSchedulePeriod", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.field("id", self.id)
            out.field("startSchedule", self.startSchedule)
            out.field("duration", self.duration)
            out.field("chargingRateUnit", self.chargingRateUnit.rawValue)
            out.objects("chargingSchedulePeriod", self.chargingSchedulePeriod)
        }
    }

    package struct ChargingProfile: Payload {
        package var id: Int
        package var stackLevel: Int
        package var chargingProfilePurpose: ChargingProfilePurpose
        package var chargingProfileKind: ChargingProfileKind
        package var transactionId: String?
        package var validFrom: DateTime?
        package var validTo: DateTime?
        /// 2.1; seconds, 0 = at once.
        package var maxOfflineDuration: Int?
        package var invalidAfterOfflineDuration: Bool?
        package var dynUpdateInterval: Int?
        package var chargingSchedule: [ChargingSchedule]

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

        package init(_ json: JSONValue) throws(OCPPError) {
            self.id = try json.int("id")
            self.stackLevel = try json.int("stackLevel")
            self.chargingProfilePurpose = try json.word("chargingProfilePurpose")
            self.chargingProfileKind = try json.word("chargingProfileKind")
            self.transactionId = try json.optionalString("transactionId")
            self.validFrom = try json.optionalDateTime("validFrom")
            self.validTo = try json.optionalDateTime("validTo")
            self.maxOfflineDuration = try json.optionalInt("maxOfflineDuration")
            self.invalidAfterOfflineDuration = try json.optionalBool("invalidAfterOfflineDuration")
            self.dynUpdateInterval = try json.optionalInt("dynUpdateInterval")
            self.chargingSchedule = try json.objects("chargingSchedule", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.field("id", self.id)
            out.field("stackLevel", self.stackLevel)
            out.field("chargingProfilePurpose", self.chargingProfilePurpose.rawValue)
            out.field("chargingProfileKind", self.chargingProfileKind.rawValue)
            out.field("validFrom", self.validFrom)
            out.field("validTo", self.validTo)
            out.objects("chargingSchedule", self.chargingSchedule)
            out.field("transactionId", self.transactionId)
            guard out.version == .v21 else { return }
            out.field("maxOfflineDuration", self.maxOfflineDuration)
            out.field("invalidAfterOfflineDuration", self.invalidAfterOfflineDuration)
            out.field("dynUpdateInterval", self.dynUpdateInterval)
        }
    }
}
