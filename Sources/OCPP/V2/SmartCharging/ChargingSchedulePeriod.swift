extension V2 {
    package enum OperationMode: String, WordValue {
        case idle = "Idle"
        case chargingOnly = "ChargingOnly"
        case centralSetpoint = "CentralSetpoint"
        case externalSetpoint = "ExternalSetpoint"
        case externalLimits = "ExternalLimits"
        case centralFrequency = "CentralFrequency"
        case localFrequency = "LocalFrequency"
        case localLoadBalancing = "LocalLoadBalancing"
    }

    package struct FreqWattPoint: Table {
        /// Hz.
        package var frequency = Milli.zero
        /// W, + = charge.
        package var power = Milli.zero

        package init() {}
        package init(frequency: Milli, power: Milli) {
            self.frequency = frequency
            self.power = power
        }
        package static let fields: [Field<Self>] = [.init("frequency", \.frequency), .init("power", \.power)]
    }

    package struct SignalWattPoint: Table {
        package var signal = 0
        /// W to add, + = charge.
        package var power = Milli.zero

        package init() {}
        package init(signal: Int, power: Milli) {
            self.signal = signal
            self.power = power
        }
        package static let fields: [Field<Self>] = [.init("signal", \.signal), .init("power", \.power)]
    }

    package struct ChargingSchedulePeriod: Table {
        /// Seconds from the schedule's start.
        package var startPeriod = 0
        package var limit: Milli?
        package var limitL2: Milli?
        package var limitL3: Milli?
        package var numberPhases: Int?
        package var phaseToUse: Int?
        /// 2.1; ≤ 0.
        package var dischargeLimit: Milli?
        package var dischargeLimitL2: Milli?
        package var dischargeLimitL3: Milli?
        package var setpoint: Milli?
        package var setpointL2: Milli?
        package var setpointL3: Milli?
        package var setpointReactive: Milli?
        package var setpointReactiveL2: Milli?
        package var setpointReactiveL3: Milli?
        package var preconditioningRequest: Bool?
        package var evseSleep: Bool?
        package var v2xBaseline: Milli?
        /// 2.1; absent means ChargingOnly.
        package var operationMode: OperationMode?
        package var v2xFreqWattCurve: [FreqWattPoint] = []
        package var v2xSignalWattCurve: [SignalWattPoint] = []

        package init() {}
        package init(startPeriod: Int, limit: Milli? = nil) {
            self.startPeriod = startPeriod
            self.limit = limit
        }

        package static let fields: [Field<Self>] = [
            .init("startPeriod", \.startPeriod), .init("limit", \.limit, needed: [.v201]),
            .init("limit_L2", \.limitL2, since: .v21), .init("limit_L3", \.limitL3, since: .v21),
            .init("numberPhases", \.numberPhases, least: 0, greatest: 3),
            .init("phaseToUse", \.phaseToUse, least: 0, greatest: 3),
            .init("operationMode", \.operationMode, since: .v21), .init("setpoint", \.setpoint, since: .v21),
            .init("setpoint_L2", \.setpointL2, since: .v21), .init("setpoint_L3", \.setpointL3, since: .v21),
            .init("setpointReactive", \.setpointReactive, since: .v21),
            .init("setpointReactive_L2", \.setpointReactiveL2, since: .v21),
            .init("setpointReactive_L3", \.setpointReactiveL3, since: .v21),
            .init("dischargeLimit", \.dischargeLimit, greatest: 0, since: .v21),
            .init("dischargeLimit_L2", \.dischargeLimitL2, greatest: 0, since: .v21),
            .init("dischargeLimit_L3", \.dischargeLimitL3, greatest: 0, since: .v21),
            .init("preconditioningRequest", \.preconditioningRequest, since: .v21),
            .init("evseSleep", \.evseSleep, since: .v21), .init("v2xBaseline", \.v2xBaseline, since: .v21),
            .init(list: "v2xFreqWattCurve", \.v2xFreqWattCurve, items: 1...20, since: .v21),
            .init(list: "v2xSignalWattCurve", \.v2xSignalWattCurve, items: 1...20, since: .v21),
        ]
    }
}
