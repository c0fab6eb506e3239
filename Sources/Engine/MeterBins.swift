import Domain

/// What the meters of a resource showed together, second by second: kept up to date with every reading, so that a
/// second is closed without a look at the points. The same figures as ``MeterTrace/power(second:)`` of each of them.
struct MeterBins: Sendable {
    /// The first second that is kept: all before it are closed.
    private(set) var first = 0
    /// Σ over the points, W, in a ring.
    private var sums: [Int]
    /// What the sums leave out: something lies behind their end, or the points are others than they were.
    var isStale = true

    /// Keeps at least so many seconds at once.
    init(seconds: Int) {
        var count = 128
        while count < seconds { count *= 2 }
        self.sums = Array(repeating: 0, count: count)
    }

    /// W in a second; 0 where it is not kept.
    subscript(second: Int) -> Int {
        second >= self.first && second < self.first + self.sums.count ? self.sums[self.place(second)] : 0
    }

    private func place(_ second: Int) -> Int { second & (self.sums.count - 1) }

    /// Lets go of the seconds before one.
    mutating func advance(to second: Int) {
        guard second > self.first else { return }
        if second - self.first >= self.sums.count {
            self.clear(from: second)
        } else {
            for old in self.first..<second { self.sums[self.place(old)] = 0 }
            self.first = second
        }
    }

    /// Begins anew, with nothing in any second.
    mutating func clear(from second: Int) {
        for index in self.sums.indices { self.sums[index] = 0 }
        self.first = second
        self.isStale = false
    }

    /// Adds (`sign` 1) or takes off (−1) what a sample means for the seconds until the next one, or for those in which
    /// it counts on.
    mutating func add(_ sample: MeterTrace.Sample, until next: MeterTrace.Sample?, sign: Int) {
        let isLine = next.map { !$0.begins } ?? false
        var end = next.map { Self.second(from: $0.at) } ?? Int.max
        if !isLine { end = min(end, Self.second(from: sample.at + MeterTrace.hold + TimeSpan(microseconds: 1))) }
        let range = max(Self.second(from: sample.at), self.first)..<max(end, self.first)
        guard !range.isEmpty, let next, isLine, next.watts != sample.watts else {
            self.add(sample.watts * sign, in: range)
            return
        }
        for second in range {
            let power = sample.power(at: Instant(microseconds: second * 1_000_000 + 500_000), until: next)
            self.add(power * sign, in: second..<second + 1)
        }
    }

    /// A sample follows the last one of its point, which counted on until now.
    mutating func extend(_ last: MeterTrace.Sample, to next: MeterTrace.Sample) {
        let held = Self.second(from: last.at + MeterTrace.hold + TimeSpan(microseconds: 1))
        if last.watts == next.watts, !next.begins, Self.second(from: next.at) <= held {
            // The same power goes on.
            let end = Self.second(from: next.at + MeterTrace.hold + TimeSpan(microseconds: 1))
            self.add(next.watts, in: max(held, self.first)..<max(end, self.first))
            return
        }
        self.add(last, until: nil, sign: -1)
        self.add(last, until: next, sign: 1)
        self.add(next, until: nil, sign: 1)
    }

    @inline(__always)
    private mutating func add(_ watts: Int, in range: Range<Int>) {
        guard watts != 0, !range.isEmpty else { return }
        let kept = range.clamped(to: self.first..<self.first + self.sums.count)
        if kept != range { self.isStale = true }
        let mask = self.sums.count - 1
        var sums = self.sums.mutableSpan
        for second in kept { sums[second & mask] &+= watts }
    }

    /// The first second whose middle is not before an instant.
    private static func second(from instant: Instant) -> Int {
        let shifted = instant.microseconds + 499_999
        return shifted >= 0 ? shifted / 1_000_000 : -((-shifted + 999_999) / 1_000_000)
    }
}
