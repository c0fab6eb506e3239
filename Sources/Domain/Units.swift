/// Power in whole watts. **Positive is from grid to vehicle**, as in OCPP (DESIGN section 4).
public struct Power: Hashable, Sendable, Comparable, Codable {
    /// Watts, + = charge.
    public var watts: Int

    public init(watts: Int) {
        self.watts = watts
    }

    public init(from decoder: any Decoder) throws {
        self.watts = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.watts)
    }

    public static var zero: Power { Power(watts: 0) }
    public static func == (lhs: Power, rhs: Power) -> Bool { lhs.watts == rhs.watts }
    public static func < (lhs: Power, rhs: Power) -> Bool { lhs.watts < rhs.watts }
    public static func + (lhs: Power, rhs: Power) -> Power { Power(watts: lhs.watts + rhs.watts) }
    public static func - (lhs: Power, rhs: Power) -> Power { Power(watts: lhs.watts - rhs.watts) }
    public static prefix func - (value: Power) -> Power { Power(watts: -value.watts) }
    public static func += (lhs: inout Power, rhs: Power) { lhs.watts += rhs.watts }

    /// The energy that this power moves in `span`, exact in watt-microseconds rounded to watt-seconds.
    public func over(_ span: TimeSpan) -> Energy {
        // Whole seconds and the rest apart: gigawatts over an hour are more microwatt-seconds than an Int holds.
        let (seconds, rest) = span.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Energy(wattSeconds: self.watts * seconds + roundedDivision(self.watts * rest, 1_000_000))
    }
}

/// Energy, kept in watt-seconds so that sums of short intervals are exact; the wire speaks Wh.
public struct Energy: Hashable, Sendable, Comparable, Codable {
    /// Watt-seconds (joules), + = from grid to vehicle.
    public var wattSeconds: Int

    public init(wattSeconds: Int) {
        self.wattSeconds = wattSeconds
    }

    public init(wattHours: Int) {
        self.wattSeconds = wattHours * 3600
    }

    public init(from decoder: any Decoder) throws {
        self.wattSeconds = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.wattSeconds)
    }

    /// Whole watt-hours, rounded half away from zero.
    public var wattHours: Int { roundedDivision(self.wattSeconds, 3600) }

    public static var zero: Energy { Energy(wattSeconds: 0) }
    public static func == (lhs: Energy, rhs: Energy) -> Bool { lhs.wattSeconds == rhs.wattSeconds }
    public static func < (lhs: Energy, rhs: Energy) -> Bool { lhs.wattSeconds < rhs.wattSeconds }
    public static func + (lhs: Energy, rhs: Energy) -> Energy {
        Energy(wattSeconds: lhs.wattSeconds + rhs.wattSeconds)
    }
    public static func - (lhs: Energy, rhs: Energy) -> Energy {
        Energy(wattSeconds: lhs.wattSeconds - rhs.wattSeconds)
    }
    public static prefix func - (value: Energy) -> Energy { Energy(wattSeconds: -value.wattSeconds) }
    public static func += (lhs: inout Energy, rhs: Energy) { lhs.wattSeconds += rhs.wattSeconds }
}

/// State of charge in 1/100 %: 0 … 10,000.
public struct StateOfCharge: Hashable, Sendable, Comparable, Codable {
    public var basisPoints: Int

    public init(basisPoints: Int) {
        self.basisPoints = basisPoints
    }

    public init(from decoder: any Decoder) throws {
        self.basisPoints = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.basisPoints)
    }

    public static func == (lhs: StateOfCharge, rhs: StateOfCharge) -> Bool { lhs.basisPoints == rhs.basisPoints }
    public static func < (lhs: StateOfCharge, rhs: StateOfCharge) -> Bool {
        lhs.basisPoints < rhs.basisPoints
    }

    /// The energy that this share of `capacity` is.
    public func energy(of capacity: Energy) -> Energy {
        Energy(wattSeconds: roundedDivision(capacity.wattSeconds * self.basisPoints, 10_000))
    }
}

/// Integer division rounded to nearest, half away from zero. `divisor` > 0.
public func roundedDivision(_ value: Int, _ divisor: Int) -> Int {
    precondition(divisor > 0, "divisor must be positive")
    let half = divisor / 2
    return value >= 0 ? (value + half) / divisor : -((-value + half) / divisor)
}
