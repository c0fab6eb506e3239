public import Domain

/// A point of a curve that a station holds itself: frequency in mHz, power in W to add to the baseline,
/// + = charge (OCPP 2.1 `v2xFreqWattCurve`).
public struct FrequencyWattPoint: Hashable, Sendable {
    public var milliHertz: Int
    public var watts: Int

    public init(milliHertz: Int, watts: Int) {
        self.milliHertz = milliHertz
        self.watts = watts
    }
}

/// A frequency-watt curve as a DER control (OCPP 2.1 R04): while it is in force it takes the set-point's place.
public struct PlantControl: Hashable, Sendable {
    public var id: String
    /// Absolute power, + = charge.
    public var points: [FrequencyWattPoint]
    /// nil = for ever.
    public var until: Instant?

    public init(id: String, points: [FrequencyWattPoint], until: Instant?) {
        self.id = id
        self.points = points
        self.until = until
    }
}

/// A charging profile as a station understands it, whichever OCPP version brought it.
public struct PlantProfile: Hashable, Sendable {
    public enum Purpose: Int, Hashable, Sendable {
        case stationMax
        case transactionDefault
        case transaction
    }
    /// What a period asks for.
    public enum Mode: Hashable, Sendable {
        /// Charge with at most this much; below 0 only where a dialect gives it a meaning: discharge.
        case limit(Power)
        /// Follow this, + = charge.
        case setpoint(Power)
        /// Follow baseline + curve(frequency).
        case curve(baseline: Power, points: [FrequencyWattPoint])
        /// Neither charge nor discharge.
        case idle
    }
    public struct Period: Hashable, Sendable {
        public var start: TimeSpan
        public var mode: Mode

        public init(start: TimeSpan, mode: Mode) {
            self.start = start
            self.mode = mode
        }
    }
    public var id: Int
    public var stackLevel: Int
    public var purpose: Purpose
    /// A Dynamic profile's periods are changed by updates, and its duration counts from the last of them.
    public var isDynamic: Bool
    public var start: Instant
    public var duration: TimeSpan?
    public var validTo: Instant?
    /// The profile does not hold from this long after the link was lost on (2.1 `maxOfflineDuration`).
    public var maxOffline: TimeSpan?
    /// In order of their start; the first starts at 0.
    public var periods: [Period]
    /// Power over signal, in the same form as over frequency: what the operator's last signal adds to a curve (2.1
    /// `v2xSignalWattCurve`); empty where it adds nothing.
    public var signals: [FrequencyWattPoint] = []

    public init(
        id: Int, stackLevel: Int, purpose: Purpose, isDynamic: Bool = false, start: Instant,
        duration: TimeSpan? = nil, validTo: Instant? = nil, maxOffline: TimeSpan? = nil,
        periods: [Period]
    ) {
        self.id = id
        self.stackLevel = stackLevel
        self.purpose = purpose
        self.isDynamic = isDynamic
        self.start = start
        self.duration = duration
        self.validTo = validTo
        self.maxOffline = maxOffline
        self.periods = periods
    }

    /// What holds at `now`, or nil when the profile does not hold (not yet, expired, watchdog, offline).
    public func mode(at now: Instant, offlineSince: Instant?) -> Mode? {
        let age = now - self.start
        guard age >= .zero, let first = self.periods.first else { return nil }
        if let duration = self.duration, age >= duration { return nil }
        if let end = self.validTo, now >= end { return nil }
        if let since = offlineSince, let most = self.maxOffline, now - since >= most { return nil }
        if self.isDynamic { return first.mode }
        return self.periods.last { $0.start <= age }?.mode
    }
}
