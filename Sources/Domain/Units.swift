/// Power in whole watts. **Positive is from grid to vehicle**, as in OCPP (DESIGN section 4).
package struct Power: Hashable, Sendable, Comparable, Codable {
    /// Watts, + = charge.
    package var watts: Int

    package init(watts: Int) {
        self.watts = watts
    }

    package init(from decoder: any Decoder) throws {
        self.watts = try decoder.singleValueContainer().decode(Int.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.watts)
    }

    package static let zero = Power(watts: 0)
    package static func < (lhs: Power, rhs: Power) -> Bool { lhs.watts < rhs.watts }
    package static func + (lhs: Power, rhs: Power) -> Power { Power(watts: lhs.watts + rhs.watts) }
    package static func - (lhs: Power, rhs: Power) -> Power { Power(watts: lhs.watts - rhs.watts) }
    package static prefix func - (value: Power) -> Power { Power(watts: -value.watts) }
    package static func += (lhs: inout Power, rhs: Power) { lhs.watts += rhs.watts }

    /// The energy that this power moves in `span`, exact in watt-microseconds rounded to watt-seconds.
    package func over(_ span: TimeSpan) -> Energy {
        Energy(wattSeconds: roundedDivision(self.watts * span.microseconds, 1_000_000))
    }
}

/// Energy, kept in watt-seconds so that sums of short intervals are exact; the wire speaks Wh.
package struct Energy: Hashable, Sendable, Comparable, Codable {
    /// Watt-seconds (joules), + = from grid to vehicle.
    package var wattSeconds: Int

    package init(wattSeconds: Int) {
        self.wattSeconds = wattSeconds
    }

    package init(wattHours: Int) {
        self.wattSeconds = wattHours * 3600
    }

    package init(from decoder: any Decoder) throws {
        self.wattSeconds = try decoder.singleValueContainer().decode(Int.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.wattSeconds)
    }

    /// Whole watt-hours, rounded half away from zero.
    package var wattHours: Int { roundedDivision(self.wattSeconds, 3600) }

    package static let zero = Energy(wattSeconds: 0)
    package static func < (lhs: Energy, rhs: Energy) -> Bool { lhs.wattSeconds < rhs.wattSeconds }
    package static func + (lhs: Energy, rhs: Energy) -> Energy {
        Energy(wattSeconds: lhs.wattSeconds + rhs.wattSeconds)
    }
    package static func - (lhs: Energy, rhs: Energy) -> Energy {
        Energy(wattSeconds: lhs.wattSeconds - rhs.wattSeconds)
    }
    package static prefix func - (value: Energy) -> Energy { Energy(wattSeconds: -value.wattSeconds) }
    package static func += (lhs: inout Energy, rhs: Energy) { lhs.wattSeconds += rhs.wattSeconds }
}

/// State of charge in 1/100 %: 0 … 10,000.
package struct StateOfCharge: Hashable, Sendable, Comparable, Codable {
    package var basisPoints: Int

    package init(basisPoints: Int) {
        self.basisPoints = basisPoints
    }

    package init(from decoder: any Decoder) throws {
        self.basisPoints = try decoder.singleValueContainer().decode(Int.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.basisPoints)
    }

    package static func < (lhs: StateOfCharge, rhs: StateOfCharge) -> Bool {
        lhs.basisPoints < rhs.basisPoints
    }

    /// The energy that this share of `capacity` is.
    package func energy(of capacity: Energy) -> Energy {
        Energy(wattSeconds: roundedDivision(capacity.wattSeconds * self.basisPoints, 10_000))
    }
}

/// Integer division rounded to nearest, half away from zero. `divisor` > 0.
package func roundedDivision(_ value: Int, _ divisor: Int) -> Int {
    precondition(divisor > 0, "divisor must be positive")
    let half = divisor / 2
    return value >= 0 ? (value + half) / divisor : -((-value + half) / divisor)
}
