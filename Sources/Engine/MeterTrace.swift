import Domain

/// The latest readings of one charging point in the order of their event time, and what they sum up to.
/// A reading that comes late is put in its place; one that comes again changes nothing.
struct MeterTrace: Sendable {
    struct Sample: Sendable, Hashable {
        var at: Instant
        var watts: Int
        /// The first of a session: nothing is known of the time before it.
        var begins: Bool
    }
    /// Bounded: at one reading a second this is more than the grace for late ones.
    static let limit = 48
    /// For so long a power counts on where no reading follows.
    static let hold = TimeSpan.seconds(10)

    /// The samples that are kept stand from `start` on: what is forgotten is moved away in one go now and then.
    private var stored: [Sample] = []
    private var start = 0
    private var isCut = true
    private var firstNet: Energy?
    private(set) var lastNet = Energy.zero
    /// ∫ power between the first and the last reading of each session, trapezoids.
    private(set) var integral = Energy.zero
    private(set) var throughput = Energy.zero

    var samples: ArraySlice<Sample> { self.stored[self.start...] }

    /// Registers' change since the first reading.
    var registerChange: Energy { self.firstNet.map { self.lastNet - $0 } ?? .zero }

    mutating func take(_ reading: MeterReading) {
        let place = self.lastIndex(upTo: reading.at).map { $0 + 1 } ?? self.start
        guard place == self.start || self.stored[place - 1].at < reading.at else { return }
        let isLast = place == self.stored.count
        // Older than everything that is kept: its second is long closed.
        guard isLast || place > self.start else { return }
        if isLast {
            let net = reading.importRegister - reading.exportRegister
            if self.firstNet == nil { self.firstNet = net }
            self.lastNet = net
        }
        let sample = Sample(
            at: reading.at, watts: reading.power.watts, begins: isLast && self.isCut)
        if isLast { self.isCut = false }
        if !isLast { self.count(self.stored[place - 1], self.stored[place], sign: -1) }
        if place > self.start { self.count(self.stored[place - 1], sample, sign: 1) }
        if !isLast { self.count(sample, self.stored[place], sign: 1) }
        self.stored.insert(sample, at: place)
        self.start = max(self.start, self.stored.count - Self.limit)
        if self.start >= Self.limit {
            self.stored.removeFirst(self.start)
            self.start = 0
        }
    }

    /// The last sample that is kept and not after an instant.
    private func lastIndex(upTo instant: Instant) -> Int? {
        var index = self.stored.count - 1
        while index >= self.start, self.stored[index].at > instant { index -= 1 }
        return index >= self.start ? index : nil
    }

    private mutating func count(_ from: Sample, _ to: Sample, sign: Int) {
        guard !to.begins else { return }
        let mean = (from.watts + to.watts) / 2
        self.integral += Power(watts: sign * mean).over(to.at - from.at)
        self.throughput += Power(watts: sign * Int(mean.magnitude)).over(to.at - from.at)
    }

    /// Mean power over the second that starts at `second`, from the straight lines between readings;
    /// after a session's last reading its power counts on for ten seconds, then nothing.
    func power(second: Int) -> Int {
        let middle = Instant(microseconds: second * 1_000_000 + 500_000)
        guard let index = self.lastIndex(upTo: middle) else { return 0 }
        let before = self.stored[index]
        guard index + 1 < self.stored.count, !self.stored[index + 1].begins else {
            return middle - before.at <= Self.hold ? before.watts : 0
        }
        let after = self.stored[index + 1]
        let width = (after.at - before.at).microseconds
        let part = (middle - before.at).microseconds
        return before.watts + (after.watts - before.watts) * part / max(1, width)
    }

    /// The car left: what comes next is another session.
    mutating func cut() {
        self.isCut = true
    }

    func fingerprint(into mark: inout Fingerprint) {
        for sample in self.samples {
            mark.add(sample.at.microseconds)
            mark.add(sample.watts)
            mark.add(sample.begins ? 1 : 0)
        }
        for sum in [self.integral, self.throughput, self.registerChange] {
            mark.add(sum.wattSeconds)
        }
    }
}
