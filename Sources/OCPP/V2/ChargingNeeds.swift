extension V2 {
    /// Limits and energies of a bidirectional car (ISO 15118-20). Powers are magnitudes, energies may be negative.
    package struct V2XChargingParameters: Payload {
        package var minChargePower: Milli?
        package var maxChargePower: Milli?
        package var minDischargePower: Milli?
        package var maxDischargePower: Milli?
        package var evTargetEnergyRequest: Milli?
        package var evMinEnergyRequest: Milli?
        package var evMaxEnergyRequest: Milli?
        package var evMinV2XEnergyRequest: Milli?
        package var evMaxV2XEnergyRequest: Milli?
        package var targetSoC: Int?

        package init() {}

        package init(_ json: JSONValue) throws(OCPPError) {
            self.minChargePower = try json.optionalNumber("minChargePower")
            // Sums over the phases, where the car gives them apart.
            self.maxChargePower = Self.sum(
                try json.optionalNumber("maxChargePower"),
                try json.optionalNumber("maxChargePower_L2"),
                try json.optionalNumber("maxChargePower_L3"))
            self.minDischargePower = Self.magnitude(try json.optionalNumber("minDischargePower"))
            self.maxDischargePower = Self.magnitude(
                Self.sum(
                    try json.optionalNumber("maxDischargePower"),
                    try json.optionalNumber("maxDischargePower_L2"),
                    try json.optionalNumber("maxDischargePower_L3")))
            self.evTargetEnergyRequest = try json.optionalNumber("evTargetEnergyRequest")
            self.evMinEnergyRequest = try json.optionalNumber("evMinEnergyRequest")
            self.evMaxEnergyRequest = try json.optionalNumber("evMaxEnergyRequest")
            self.evMinV2XEnergyRequest = try json.optionalNumber("evMinV2XEnergyRequest")
            self.evMaxV2XEnergyRequest = try json.optionalNumber("evMaxV2XEnergyRequest")
            self.targetSoC = try json.optionalInt("targetSoC")
        }

        /// Cars in the field report discharge limits below 0.
        private static func magnitude(_ value: Milli?) -> Milli? {
            value.map { Milli(thousandths: abs($0.thousandths)) }
        }

        private static func sum(_ first: Milli?, _ second: Milli?, _ third: Milli?) -> Milli? {
            first.map {
                Milli(
                    thousandths: $0.thousandths + (second?.thousandths ?? 0)
                        + (third?.thousandths ?? 0))
            }
        }

        package func write(to out: inout JSONWriter) {
            out.field("minChargePower", self.minChargePower)
            out.field("maxChargePower", self.maxChargePower)
            out.field("minDischargePower", self.minDischargePower)
            out.field("maxDischargePower", self.maxDischargePower)
            out.field("evTargetEnergyRequest", self.evTargetEnergyRequest)
            out.field("evMinEnergyRequest", self.evMinEnergyRequest)
            out.field("evMaxEnergyRequest", self.evMaxEnergyRequest)
            out.field("evMinV2XEnergyRequest", self.evMinV2XEnergyRequest)
            out.field("evMaxV2XEnergyRequest", self.evMaxV2XEnergyRequest)
            out.field("targetSoC", self.targetSoC)
        }
    }

    /// ISO 15118-2, direct current: the only place where 2.0.1 tells capacity and state of charge.
    package struct DCChargingParameters: Payload {
        package var evMaxCurrent: Milli?
        package var evMaxVoltage: Milli?
        package var evMaxPower: Milli?
        package var evEnergyCapacity: Milli?
        package var energyAmount: Milli?
        /// Percent.
        package var stateOfCharge: Int?
        package var bulkSoC: Int?

        package init() {}

        package init(_ json: JSONValue) throws(OCPPError) {
            self.evMaxCurrent = try json.optionalNumber("evMaxCurrent")
            self.evMaxVoltage = try json.optionalNumber("evMaxVoltage")
            self.evMaxPower = try json.optionalNumber("evMaxPower")
            self.evEnergyCapacity = try json.optionalNumber("evEnergyCapacity")
            self.energyAmount = try json.optionalNumber("energyAmount")
            self.stateOfCharge = try json.optionalNumber("stateOfCharge")?.rounded
            self.bulkSoC = try json.optionalNumber("bulkSoC")?.rounded
        }

        package func write(to out: inout JSONWriter) {
            out.field("evMaxCurrent", self.evMaxCurrent)
            out.field("evMaxVoltage", self.evMaxVoltage)
            out.field("evMaxPower", self.evMaxPower)
            out.field("evEnergyCapacity", self.evEnergyCapacity)
            out.field("energyAmount", self.energyAmount)
            out.field("stateOfCharge", self.stateOfCharge)
            out.field("bulkSoC", self.bulkSoC)
        }
    }

    /// ISO 15118-2, alternating current.
    package struct ACChargingParameters: Payload {
        package var energyAmount: Milli
        package var evMinCurrent: Milli
        package var evMaxCurrent: Milli
        package var evMaxVoltage: Milli

        package init(_ json: JSONValue) throws(OCPPError) {
            self.energyAmount = try json.number("energyAmount")
            self.evMinCurrent = try json.number("evMinCurrent")
            self.evMaxCurrent = try json.number("evMaxCurrent")
            self.evMaxVoltage = try json.number("evMaxVoltage")
        }

        package func write(to out: inout JSONWriter) {
            out.field("energyAmount", self.energyAmount)
            out.field("evMinCurrent", self.evMinCurrent)
            out.field("evMaxCurrent", self.evMaxCurrent)
            out.field("evMaxVoltage", self.evMaxVoltage)
        }
    }

    package struct NotifyEVChargingNeedsRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "NotifyEVChargingNeeds"
        package var evseId: Int
        package var timestamp: DateTime?
        package var requestedEnergyTransfer: String
        package var availableEnergyTransfer: [String]
        /// `ScheduledControl` (also when absent) or `DynamicControl`; drafts said `Dynamic`.
        package var controlMode: String?
        package var departureTime: DateTime?
        package var acChargingParameters: ACChargingParameters?
        package var dcChargingParameters: DCChargingParameters?
        package var v2xChargingParameters: V2XChargingParameters?

        package init(evseId: Int, requestedEnergyTransfer: String) {
            self.evseId = evseId
            self.requestedEnergyTransfer = requestedEnergyTransfer
            self.availableEnergyTransfer = []
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.evseId = try json.int("evseId")
            self.timestamp = try json.optionalDateTime("timestamp")
            guard let needs = json["chargingNeeds"] else {
                throw OCPPError(.occurrenceConstraintViolation, "chargingNeeds is missing")
            }
            guard needs.isObject else {
                throw OCPPError(.typeConstraintViolation, "chargingNeeds must be an object")
            }
            self.requestedEnergyTransfer = try needs.string("requestedEnergyTransfer")
            self.availableEnergyTransfer = try needs.strings("availableEnergyTransfer")
            self.controlMode = try needs.optionalString("controlMode")
            self.departureTime = try needs.optionalDateTime("departureTime")
            self.acChargingParameters = try needs.optionalObject("acChargingParameters")
            self.dcChargingParameters = try needs.optionalObject("dcChargingParameters")
            self.v2xChargingParameters = try needs.optionalObject("v2xChargingParameters")
        }

        package func write(to out: inout JSONWriter) {
            out.field("evseId", self.evseId)
            if out.version == .v21 { out.field("timestamp", self.timestamp) }
            out.object("chargingNeeds") { out in
                out.field("requestedEnergyTransfer", self.requestedEnergyTransfer)
                out.field("departureTime", self.departureTime)
                out.object("acChargingParameters", self.acChargingParameters)
                out.object("dcChargingParameters", self.dcChargingParameters)
                guard out.version == .v21 else { return }
                out.strings("availableEnergyTransfer", self.availableEnergyTransfer)
                out.field("controlMode", self.controlMode)
                out.object("v2xChargingParameters", self.v2xChargingParameters)
            }
        }

        package var isDynamicControl: Bool {
            self.controlMode == "DynamicControl" || self.controlMode == "Dynamic"
        }

        package var isBidirectional: Bool {
            self.requestedEnergyTransfer.contains("BPT")
        }
    }

    package struct NotifyEVChargingScheduleRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "NotifyEVChargingSchedule"
        package var timeBase: DateTime
        package var evseId: Int
        package var chargingSchedule: ChargingSchedule

        package init(timeBase: DateTime, evseId: Int, chargingSchedule: ChargingSchedule) {
            self.timeBase = timeBase
            self.evseId = evseId
            self.chargingSchedule = chargingSchedule
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.timeBase = try json.dateTime("timeBase")
            self.evseId = try json.int("evseId")
            self.chargingSchedule = try json.object("chargingSchedule")
        }

        package func write(to out: inout JSONWriter) {
            out.field("timeBase", self.timeBase)
            out.field("evseId", self.evseId)
            out.object("chargingSchedule", self.chargingSchedule)
        }
    }
}
