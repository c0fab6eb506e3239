import Domain
import Metrics

/// What `/metrics` says of the way to the database.
struct OutboxFigures: Sendable {
    private let depth = Gauge(label: "headroom.outbox.depth")
    private let oldest = Gauge(label: "headroom.outbox.oldest.seconds")
    private let isUp = Gauge(label: "headroom.database.up")
    private let writes = Metrics.Timer(label: "headroom.database.write")
    private let rows = Counter(label: "headroom.database.rows")

    /// Rows that wait, how long the oldest does, and whether the database answers.
    func note(depth: Int, oldest: TimeSpan, isUp: Bool) {
        self.depth.record(depth)
        self.oldest.record(Double(oldest.microseconds) / 1e6)
        self.isUp.record(isUp ? 1 : 0)
    }

    /// One batch was committed.
    func wrote(_ count: Int, in duration: Duration) {
        self.rows.increment(by: count)
        let parts = duration.components
        self.writes.recordNanoseconds(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
    }
}
