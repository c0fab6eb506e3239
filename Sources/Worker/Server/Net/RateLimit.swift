import Domain

/// A bucket of tokens: so many messages in a burst, so many a second in the long run.
struct RateLimit: Sendable {
    let perSecond: Int
    let burst: Int
    private var microtokens: Int
    private var last: Instant

    init(perSecond: Int, burst: Int, at now: Instant) {
        self.perSecond = perSecond
        self.burst = burst
        self.microtokens = burst * 1_000_000
        self.last = now
    }

    /// False when the message is one too many.
    mutating func take(at now: Instant) -> Bool {
        let passed = min(max((now - self.last).microseconds, 0), 3_600_000_000)
        self.last = now
        self.microtokens = min(self.microtokens + passed * self.perSecond, self.burst * 1_000_000)
        guard self.microtokens >= 1_000_000 else { return false }
        self.microtokens -= 1_000_000
        return true
    }
}
