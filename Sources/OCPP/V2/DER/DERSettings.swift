extension V2 {
    /// When a plant may feed in again.
    package struct EnterService: Table {
        package var priority = 0
        package var highVoltage = Milli.zero
        package var lowVoltage = Milli.zero
        package var highFreq = Milli.zero
        package var lowFreq = Milli.zero
        package var delay: Milli?
        package var randomDelay: Milli?
        package var rampRate: Milli?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("priority", \.priority, least: 0), .init("highVoltage", \.highVoltage),
            .init("lowVoltage", \.lowVoltage), .init("highFreq", \.highFreq), .init("lowFreq", \.lowFreq),
            .init("delay", \.delay), .init("randomDelay", \.randomDelay), .init("rampRate", \.rampRate),
        ]
    }

    /// A fixed power factor.
    package struct FixedPF: Table {
        package var priority = 0
        package var displacement = Milli.zero
        package var excitation = false
        package var startTime: DateTime?
        package var duration: Milli?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("priority", \.priority, least: 0), .init("displacement", \.displacement),
            .init("excitation", \.excitation), .init("startTime", \.startTime), .init("duration", \.duration),
        ]
    }

    /// A fixed reactive power.
    package struct FixedVar: Table {
        package var priority = 0
        package var setpoint = Milli.zero
        package var unit = ""
        package var startTime: DateTime?
        package var duration: Milli?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("priority", \.priority, least: 0), .init("setpoint", \.setpoint),
            .init("unit", \.unit, of: DERWords.units), .init("startTime", \.startTime), .init("duration", \.duration),
        ]
    }

    /// Frequency droop.
    package struct FreqDroop: Table {
        package var priority = 0
        package var overFreq = Milli.zero
        package var underFreq = Milli.zero
        package var overDroop = Milli.zero
        package var underDroop = Milli.zero
        package var responseTime = Milli.zero
        package var startTime: DateTime?
        package var duration: Milli?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("priority", \.priority, least: 0), .init("overFreq", \.overFreq), .init("underFreq", \.underFreq),
            .init("overDroop", \.overDroop), .init("underDroop", \.underDroop), .init("responseTime", \.responseTime),
            .init("startTime", \.startTime), .init("duration", \.duration),
        ]
    }

    /// How fast power may change.
    package struct Gradient: Table {
        package var priority = 0
        package var gradient = Milli.zero
        package var softGradient = Milli.zero
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("priority", \.priority, least: 0), .init("gradient", \.gradient),
            .init("softGradient", \.softGradient),
        ]
    }

    /// A ceiling on discharge.
    package struct LimitMaxDischarge: Table {
        package var priority = 0
        /// Percent.
        package var pctMaxDischargePower: Milli?
        package var powerMonitoringMustTrip: DERCurve?
        package var startTime: DateTime?
        package var duration: Milli?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("priority", \.priority, least: 0), .init("pctMaxDischargePower", \.pctMaxDischargePower),
            .init("powerMonitoringMustTrip", \.powerMonitoringMustTrip), .init("startTime", \.startTime),
            .init("duration", \.duration),
        ]
    }
}
