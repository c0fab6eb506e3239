public import Domain

/// How a simulated station lets its operator down. Each kind was met in the field (OCPP sheet, section 6).
public enum Misbehaviour: String, Hashable, Sendable, CaseIterable {
    case none = "ok"
    /// Answers `Accepted` and charges on as it likes.
    case ignores = "ignore"
    /// Ten times the latency and a tenth of the ramp.
    case slow
    /// Moves by half of what it was told.
    case half
    /// Loses its connection now and then.
    case drops = "drop"
    /// Refuses every profile.
    case rejects = "reject"
    /// Never answers a charging profile, nor follows it.
    case mute
}

/// What a charging station and its inverter do with a command. All magnitudes ≥ 0.
public struct PlantModel: Hashable, Sendable {
    public var maxCharge: Power
    public var maxDischarge: Power
    /// Least power apart from 0; what lies below is not held but paused.
    public var minimum: Power
    /// Commands are rounded towards 0 to multiples of this (≥ 1 W; 230 or 690 for whole amperes).
    public var step: Power
    /// From a command, or a change of frequency, to the first change of power.
    public var latency: TimeSpan
    /// Most change of power per second.
    public var rampPerSecond: Power
    /// The meter's momentary reading is off by up to this much of the power, in 1/1000.
    public var meterNoisePerMille: Int
    public var misbehaviour: Misbehaviour

    public init(
        maxCharge: Power, maxDischarge: Power, minimum: Power = .zero,
        step: Power = Power(watts: 1),
        latency: TimeSpan = .milliseconds(300), rampPerSecond: Power = Power(watts: 20_000),
        meterNoisePerMille: Int = 2, misbehaviour: Misbehaviour = .none
    ) {
        precondition(step.watts >= 1, "a station's step is at least 1 W")
        precondition(rampPerSecond.watts > 0, "a station's ramp is above 0")
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.minimum = minimum
        self.step = step
        self.latency = latency
        self.rampPerSecond = rampPerSecond
        self.meterNoisePerMille = meterNoisePerMille
        self.misbehaviour = misbehaviour
    }

    /// Latency and ramp with the misbehaviour in them.
    var effectiveLatency: TimeSpan { self.misbehaviour == .slow ? self.latency * 10 : self.latency }
    var effectiveRamp: Int {
        self.misbehaviour == .slow
            ? max(self.rampPerSecond.watts / 10, 1) : self.rampPerSecond.watts
    }

    /// What the station makes of a command: inside its nameplate, on its own steps, out of its dead band.
    public func quantised(_ power: Power) -> Power {
        let inside = min(max(power.watts, -self.maxDischarge.watts), self.maxCharge.watts)
        let onStep = inside / self.step.watts * self.step.watts
        return Power(watts: abs(onStep) < self.minimum.watts ? 0 : onStep)
    }
}
