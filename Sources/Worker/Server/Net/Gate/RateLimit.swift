import Domain
import Synchronization

/// A bucket of tokens: so many in a burst, so many a second in the long run.
struct RateLimit: Sendable {
    /// Thousandths of a token a second.
    let milliPerSecond: Int
    let burst: Int
    private var microtokens: Int
    private var last: Instant

    init(perSecond: Int, burst: Int, at now: Instant) {
        self.init(milliPerSecond: perSecond * 1_000, burst: burst, at: now)
    }

    init(milliPerSecond: Int, burst: Int, at now: Instant) {
        self.milliPerSecond = milliPerSecond
        self.burst = burst
        self.microtokens = burst * 1_000_000
        self.last = now
    }

    private mutating func refill(at now: Instant) {
        let passed = min(max((now - self.last).microseconds, 0), 3_600_000_000)
        self.last = now
        self.microtokens = min(self.microtokens + passed * self.milliPerSecond / 1_000, self.burst * 1_000_000)
    }

    /// False when it is one too many.
    mutating func take(at now: Instant) -> Bool {
        self.refill(at: now)
        guard self.microtokens >= 1_000_000 else { return false }
        self.microtokens -= 1_000_000
        return true
    }

    /// Takes so many more away, for what cost us more than it should; a debt is bounded by the burst.
    mutating func fine(_ tokens: Int, at now: Instant) {
        self.refill(at: now)
        self.microtokens = max(-self.burst * 1_000_000, self.microtokens - tokens * 1_000_000)
    }

    /// Nothing is missing: such a bucket need not be remembered.
    func isFull(at now: Instant) -> Bool {
        var copy = self
        copy.refill(at: now)
        return copy.microtokens == copy.burst * 1_000_000
    }
}

/// A bucket for each address or identity. Bounded: full buckets are forgotten, and when all places are taken by
/// others the newcomers share one.
final class BucketTable: Sendable {
    private struct State {
        var buckets: [String: RateLimit] = [:]
        var shared: RateLimit?
        var sweptAt: Instant?
    }

    private let milliPerSecond: Int
    private let burst: Int
    private let most: Int
    private let state = Mutex(State())

    init(milliPerSecond: Int, burst: Int, most: Int = 65_536) {
        self.milliPerSecond = milliPerSecond
        self.burst = burst
        self.most = most
    }

    var count: Int { self.state.withLock { $0.buckets.count } }

    /// False when `key` comes too often.
    func take(_ key: String, at now: Instant) -> Bool {
        self.withBucket(key, at: now) { $0.take(at: now) }
    }

    func fine(_ key: String, _ tokens: Int, at now: Instant) {
        self.withBucket(key, at: now) { $0.fine(tokens, at: now) }
    }

    private func withBucket<Value: Sendable>(
        _ key: String, at now: Instant, _ body: (inout RateLimit) -> Value
    ) -> Value {
        self.state.withLock { state in
            if state.buckets[key] == nil, state.buckets.count >= self.most {
                // At most once a second, so that a flood of keys costs no walk each.
                if state.sweptAt.map({ now - $0 >= .seconds(1) }) ?? true {
                    state.sweptAt = now
                    state.buckets = state.buckets.filter { !$0.value.isFull(at: now) }
                }
                if state.buckets.count >= self.most {
                    var bucket = state.shared ?? self.fresh(at: now)
                    defer { state.shared = bucket }
                    return body(&bucket)
                }
            }
            return body(&state.buckets[key, default: self.fresh(at: now)])
        }
    }

    private func fresh(at now: Instant) -> RateLimit {
        RateLimit(milliPerSecond: self.milliPerSecond, burst: self.burst, at: now)
    }
}
