package import Domain

/// One entry of a ``Journal``: opaque to it apart from its place and its time.
package struct JournalEntry: Hashable, Sendable {
    /// Rises by one per entry from 1, over restarts.
    package var index: UInt64
    /// The writer's `now`, replayed as it was.
    package var at: Instant
    /// What the payload is, as the writer counts kinds.
    package var kind: UInt8
    package var payload: [UInt8]

    package init(index: UInt64, at: Instant, kind: UInt8, payload: [UInt8]) {
        self.index = index
        self.at = at
        self.kind = kind
        self.payload = payload
    }
}

/// How large a journal may grow, and what happens then.
package struct JournalConfiguration: Sendable {
    package enum Retention: Hashable, Sendable {
        /// Nothing is dropped unless the owner truncates it: when full, appending fails with `full`.
        case untilTruncated
        /// Whole oldest segments go when the size is exceeded, or when all in them is older than `age`,
        /// but never what ``Journal/protect(from:)`` asks to keep.
        case rolling(age: TimeSpan)
    }
    /// A segment is closed when it has grown past this.
    package var segmentBytes = 64 << 20
    /// Bound of all segments together.
    package var maximumBytes = 2 << 30
    package var maximumPayload = 16 << 20
    /// Bound of what is appended and not yet on disk; more is refused with `overloaded`.
    package var maximumPending = 64 << 20
    package var retention: Retention

    /// For entries that must not be lost: meter readings, the outbox.
    package static let lossless = JournalConfiguration(retention: .untilTruncated)
    /// For the engine's events: 2 GiB or 48 hours.
    package static let events = JournalConfiguration(retention: .rolling(age: .hours(48)))

    package init(retention: Retention) {
        self.retention = retention
    }
}
