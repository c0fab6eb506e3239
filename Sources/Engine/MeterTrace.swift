import Domain

/// The latest readings of one charging point in the order of their event time, and what they sum up to.
/// A reading that comes late is put in its place; one that comes again changes nothing.
struct MeterTrace: Sendable {
    struct Sample: Sendable, Hashable {
        var at: Instant
        private var power: Int32
        /// The first of a session: nothing is known of the time before it.
        var begins: Bool

        /// W, + = charge.
        var watts: Int { Int(self.power) }

        init(at: Instant, watts: Int, begins: Bool) {
            self.at = at
            self.power = Int32(clamping: watts)
            self.begins = begins
        }
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
        self.take(
            at: reading.at, watts: reading.power.watts, net: reading.importRegister - reading.exportRegister)
    }

    /// `net` is import less export, by the registers.
    mutating func take(at: Instant, watts: Int, net: Energy) {
        let place = self.lastIndex(upTo: at).map { $0 + 1 } ?? self.start
        guard place == self.start || self.stored[place - 1].at < at else { return }
        let isLast = place == self.stored.count
        // Older than everything that is kept: its second is long closed.
        guard isLast || place > self.start else { return }
        if isLast {
            if self.firstNet == nil { self.firstNet = net }
            self.lastNet = net
        }
        let sample = Sample(at: at, watts: watts, begins: isLast && self.isCut)
        if isLast { self.isCut = false }
        if !isLast { self.count(self.stored[place - 1], self.stored[place], sign: -1) }
        if place > self.start { self.count(self.stored[place - 1], sample, sign: 1) }
        if !isLast { self.count(sample, self.stored[place], sign: 1) }
        if isLast { self.stored.append(sample) } else { self.stored.insert(sample, at: place) }
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
        var power = 0
        self.powers(from: second, count: 1) { power = $1 }
        return power
    }

    /// ``power(second:)`` of `count` seconds from `first` on, handed over in their order with their number.
    @inline(__always)
    func powers(from first: Int, count: Int, _ body: (Int, Int) -> Void) {
        var middle = Instant(microseconds: first * 1_000_000 + 500_000)
        var index = self.lastIndex(upTo: middle) ?? self.start - 1
        for number in 0..<count {
            while index + 1 < self.stored.count, self.stored[index + 1].at <= middle { index += 1 }
            body(number, index >= self.start ? self.power(at: middle, behind: index) : 0)
            middle = middle + .seconds(1)
        }
    }

    /// The power at an instant that lies behind the sample at `index` and not behind the next one.
    private func power(at instant: Instant, behind index: Int) -> Int {
        let before = self.stored[index]
        guard index + 1 < self.stored.count, !self.stored[index + 1].begins else {
            return instant - before.at <= Self.hold ? before.watts : 0
        }
        let after = self.stored[index + 1]
        guard before.watts != after.watts else { return before.watts }
        let width = (after.at - before.at).microseconds
        let part = (instant - before.at).microseconds
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
