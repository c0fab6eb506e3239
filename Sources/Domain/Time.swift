/// A point in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
public struct Instant: Hashable, Sendable, Comparable, Codable {
    public var microseconds: Int

    public init(microseconds: Int) {
        self.microseconds = microseconds
    }

    public init(seconds: Int) {
        self.microseconds = seconds * 1_000_000
    }

    public init(from decoder: any Decoder) throws {
        self.microseconds = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.microseconds)
    }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int {
        self.microseconds >= 0
            ? self.microseconds / 1_000_000 : -((-self.microseconds + 999_999) / 1_000_000)
    }

    public static var distantPast: Instant { Instant(microseconds: 0) }
    public static var distantFuture: Instant { Instant(microseconds: Int.max / 4) }
    public static func == (lhs: Instant, rhs: Instant) -> Bool { lhs.microseconds == rhs.microseconds }
    public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.microseconds < rhs.microseconds }
    public static func + (lhs: Instant, rhs: TimeSpan) -> Instant {
        Instant(microseconds: lhs.microseconds + rhs.microseconds)
    }
    public static func - (lhs: Instant, rhs: TimeSpan) -> Instant {
        Instant(microseconds: lhs.microseconds - rhs.microseconds)
    }
    public static func - (lhs: Instant, rhs: Instant) -> TimeSpan {
        TimeSpan(microseconds: lhs.microseconds - rhs.microseconds)
    }
}

/// A signed length of time in microseconds.
public struct TimeSpan: Hashable, Sendable, Comparable, Codable {
    public var microseconds: Int

    public init(microseconds: Int) {
        self.microseconds = microseconds
    }

    public init(from decoder: any Decoder) throws {
        self.microseconds = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.microseconds)
    }

    public static var zero: TimeSpan { TimeSpan(microseconds: 0) }
    public static func microseconds(_ value: Int) -> TimeSpan { TimeSpan(microseconds: value) }
    public static func milliseconds(_ value: Int) -> TimeSpan { TimeSpan(microseconds: value * 1_000) }
    public static func seconds(_ value: Int) -> TimeSpan { TimeSpan(microseconds: value * 1_000_000) }
    public static func minutes(_ value: Int) -> TimeSpan { .seconds(value * 60) }
    public static func hours(_ value: Int) -> TimeSpan { .seconds(value * 3600) }

    /// Whole seconds, towards zero.
    public var seconds: Int { self.microseconds / 1_000_000 }
    public var milliseconds: Int { self.microseconds / 1_000 }

    public static func == (lhs: TimeSpan, rhs: TimeSpan) -> Bool { lhs.microseconds == rhs.microseconds }
    public static func < (lhs: TimeSpan, rhs: TimeSpan) -> Bool { lhs.microseconds < rhs.microseconds }
    public static func + (lhs: TimeSpan, rhs: TimeSpan) -> TimeSpan {
        TimeSpan(microseconds: lhs.microseconds + rhs.microseconds)
    }
    public static func - (lhs: TimeSpan, rhs: TimeSpan) -> TimeSpan {
        TimeSpan(microseconds: lhs.microseconds - rhs.microseconds)
    }
    public static func * (lhs: TimeSpan, rhs: Int) -> TimeSpan {
        TimeSpan(microseconds: lhs.microseconds * rhs)
    }
}

/// A half-open interval of time: `start` belongs to it, `end` does not.
public struct MarketInterval: Hashable, Sendable, Codable {
    public var start: Instant
    public var end: Instant

    public init(start: Instant, end: Instant) {
        precondition(start <= end, "an interval ends after it starts")
        self.start = start
        self.end = end
    }

    public var duration: TimeSpan { self.end - self.start }

    public func contains(_ instant: Instant) -> Bool {
        self.start <= instant && instant < self.end
    }

    public func overlaps(_ other: MarketInterval) -> Bool {
        self.start < other.end && other.start < self.end
    }
}
