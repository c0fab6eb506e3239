/// A point in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
package struct Instant: Hashable, Sendable, Comparable, Codable {
    package var microseconds: Int

    package init(microseconds: Int) {
        self.microseconds = microseconds
    }

    package init(seconds: Int) {
        self.microseconds = seconds * 1_000_000
    }

    package init(from decoder: any Decoder) throws {
        self.microseconds = try decoder.singleValueContainer().decode(Int.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.microseconds)
    }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int {
        self.microseconds >= 0
            ? self.microseconds / 1_000_000 : -((-self.microseconds + 999_999) / 1_000_000)
    }

    package static let distantPast = Instant(microseconds: 0)
    package static let distantFuture = Instant(microseconds: Int.max / 4)
    package static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.microseconds < rhs.microseconds }
    package static func + (lhs: Instant, rhs: TimeSpan) -> Instant {
        Instant(microseconds: lhs.microseconds + rhs.microseconds)
    }
    package static func - (lhs: Instant, rhs: TimeSpan) -> Instant {
        Instant(microseconds: lhs.microseconds - rhs.microseconds)
    }
    package static func - (lhs: Instant, rhs: Instant) -> TimeSpan {
        TimeSpan(microseconds: lhs.microseconds - rhs.microseconds)
    }
}

/// A signed length of time in microseconds.
package struct TimeSpan: Hashable, Sendable, Comparable, Codable {
    package var microseconds: Int

    package init(microseconds: Int) {
        self.microseconds = microseconds
    }

    package init(from decoder: any Decoder) throws {
        self.microseconds = try decoder.singleValueContainer().decode(Int.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.microseconds)
    }

    package static let zero = TimeSpan(microseconds: 0)
    package static func microseconds(_ value: Int) -> TimeSpan { TimeSpan(microseconds: value) }
    package static func milliseconds(_ value: Int) -> TimeSpan { TimeSpan(microseconds: value * 1_000) }
    package static func seconds(_ value: Int) -> TimeSpan { TimeSpan(microseconds: value * 1_000_000) }
    package static func minutes(_ value: Int) -> TimeSpan { .seconds(value * 60) }
    package static func hours(_ value: Int) -> TimeSpan { .seconds(value * 3600) }

    /// Whole seconds, towards zero.
    package var seconds: Int { self.microseconds / 1_000_000 }
    package var milliseconds: Int { self.microseconds / 1_000 }

    package static func < (lhs: TimeSpan, rhs: TimeSpan) -> Bool { lhs.microseconds < rhs.microseconds }
    package static func + (lhs: TimeSpan, rhs: TimeSpan) -> TimeSpan {
        TimeSpan(microseconds: lhs.microseconds + rhs.microseconds)
    }
    package static func - (lhs: TimeSpan, rhs: TimeSpan) -> TimeSpan {
        TimeSpan(microseconds: lhs.microseconds - rhs.microseconds)
    }
    package static func * (lhs: TimeSpan, rhs: Int) -> TimeSpan {
        TimeSpan(microseconds: lhs.microseconds * rhs)
    }
}

/// A half-open interval of time: `start` belongs to it, `end` does not.
package struct MarketInterval: Hashable, Sendable, Codable {
    package var start: Instant
    package var end: Instant

    package init(start: Instant, end: Instant) {
        precondition(start <= end, "an interval ends after it starts")
        self.start = start
        self.end = end
    }

    package var duration: TimeSpan { self.end - self.start }

    package func contains(_ instant: Instant) -> Bool {
        self.start <= instant && instant < self.end
    }

    package func overlaps(_ other: MarketInterval) -> Bool {
        self.start < other.end && other.start < self.end
    }
}
