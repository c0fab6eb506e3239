extension V2 {
    /// ISO 15118-2, direct current: the only place where 2.0.1 tells capacity and state of charge.
    package struct DCChargingParameters: Table {
        package var evMaxCurrent: Milli?
        package var evMaxVoltage: Milli?
        package var evMaxPower: Milli?
        package var evEnergyCapacity: Milli?
        package var energyAmount: Milli?
        /// Percent.
        package var stateOfCharge: Int?
        package var fullSoC: Int?
        package var bulkSoC: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("evMaxCurrent", \.evMaxCurrent, needed: [.v201, .v21]),
            .init("evMaxVoltage", \.evMaxVoltage, needed: [.v201, .v21]),
            .init("evMaxPower", \.evMaxPower), .init("evEnergyCapacity", \.evEnergyCapacity),
            .init("energyAmount", \.energyAmount),
            .init("stateOfCharge", \.stateOfCharge, least: 0, greatest: 100),
            .init("fullSoC", \.fullSoC, least: 0, greatest: 100), .init("bulkSoC", \.bulkSoC, least: 0, greatest: 100),
        ]
    }

    /// ISO 15118-2, alternating current.
    package struct ACChargingParameters: Table {
        package var energyAmount = Milli.zero
        package var evMinCurrent = Milli.zero
        package var evMaxCurrent = Milli.zero
        package var evMaxVoltage = Milli.zero
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("energyAmount", \.energyAmount), .init("evMinCurrent", \.evMinCurrent),
            .init("evMaxCurrent", \.evMaxCurrent), .init("evMaxVoltage", \.evMaxVoltage),
        ]
    }

    package struct ChargingNeeds: Table {
        package var requestedEnergyTransfer = ""
        package var availableEnergyTransfer: [String]?
        /// `ScheduledControl` (also when absent) or `DynamicControl`; drafts said `Dynamic`.
        package var controlMode: String?
        package var mobilityNeedsMode: String?
        package var departureTime: DateTime?
        package var acChargingParameters: ACChargingParameters?
        package var dcChargingParameters: DCChargingParameters?
        package var v2xChargingParameters: V2XChargingParameters?
        package var derChargingParameters: DERChargingParameters?
        package var evEnergyOffer: EVEnergyOffer?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "requestedEnergyTransfer", \.requestedEnergyTransfer,
                of: ["DC", "AC_single_phase", "AC_two_phase", "AC_three_phase"],
                new: ["AC_BPT", "AC_BPT_DER", "AC_DER", "DC_BPT", "DC_ACDP", "DC_ACDP_BPT", "WPT"]),
            .init("departureTime", \.departureTime), .init("acChargingParameters", \.acChargingParameters),
            .init("dcChargingParameters", \.dcChargingParameters),
            .init("availableEnergyTransfer", \.availableEnergyTransfer, of: V2.energyTransferModes, since: .v21),
            .init("controlMode", \.controlMode, of: ["ScheduledControl", "DynamicControl"], since: .v21),
            .init("mobilityNeedsMode", \.mobilityNeedsMode, of: ["EVCC", "EVCC_SECC"], since: .v21),
            .init("v2xChargingParameters", \.v2xChargingParameters, since: .v21),
            .init("derChargingParameters", \.derChargingParameters, since: .v21),
            .init("evEnergyOffer", \.evEnergyOffer, since: .v21),
        ]
    }

    /// What the car wants (K15–K19, Q01).
    package struct NotifyEVChargingNeedsRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "NotifyEVChargingNeeds"
        package static let statuses = ["Accepted", "Rejected", "Processing"]
        package static let newStatuses = ["NoChargingProfile"]
        package var evseId = 0
        package var maxScheduleTuples: Int?
        package var timestamp: DateTime?
        package var chargingNeeds = ChargingNeeds()
        package init() {}
        package init(evseId: Int, requestedEnergyTransfer: String) {
            self.evseId = evseId
            self.chargingNeeds.requestedEnergyTransfer = requestedEnergyTransfer
        }
        package static let fields: [Field<Self>] = [
            .init("evseId", \.evseId, least: 1), .init("maxScheduleTuples", \.maxScheduleTuples, least: 0),
            .init("timestamp", \.timestamp, since: .v21), .init("chargingNeeds", \.chargingNeeds),
        ]

        package var isDynamicControl: Bool {
            ["DynamicControl", "Dynamic"].contains(self.chargingNeeds.controlMode)
        }

        package var isBidirectional: Bool { self.chargingNeeds.requestedEnergyTransfer.contains("BPT") }
    }
}
