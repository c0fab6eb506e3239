import Domain

/// The latest readings of one charging point in the order of their event time, and what they sum up to.
/// A reading that comes late is put in its place; one that comes again changes nothing.
struct MeterTrace: Sendable, Hashable {
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

    private(set) var samples: [Sample] = []
    private var isCut = true
    private var firstNet: Energy?
    private(set) var lastNet = Energy.zero
    /// ∫ power between the first and the last reading of each session, trapezoids.
    private(set) var integral = Energy.zero
    private(set) var throughput = Energy.zero

    /// Registers' change since the first reading.
    var registerChange: Energy { self.firstNet.map { self.lastNet - $0 } ?? .zero }

    mutating func take(_ reading: MeterReading) {
        let place = self.samples.lastIndex { $0.at <= reading.at }.map { $0 + 1 } ?? 0
        guard place == 0 || self.samples[place - 1].at < reading.at else { return }
        let isLast = place == self.samples.count
        // Older than everything that is kept: its second is long closed.
        guard isLast || place > 0 else { return }
        if isLast {
            let net = reading.importRegister - reading.exportRegister
            if self.firstNet == nil { self.firstNet = net }
            self.lastNet = net
        }
        let sample = Sample(
            at: reading.at, watts: reading.power.watts, begins: isLast && self.isCut)
        if isLast { self.isCut = false }
        if !isLast { self.count(self.samples[place - 1], self.samples[place], sign: -1) }
        if place > 0 { self.count(self.samples[place - 1], sample, sign: 1) }
        if !isLast { self.count(sample, self.samples[place], sign: 1) }
        self.samples.insert(sample, at: place)
        if self.samples.count > Self.limit {
            self.samples.removeFirst(self.samples.count - Self.limit)
        }
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
        guard let index = self.samples.lastIndex(where: { $0.at <= middle }) else { return 0 }
        let before = self.samples[index]
        guard index + 1 < self.samples.count, !self.samples[index + 1].begins else {
            return middle - before.at <= Self.hold ? before.watts : 0
        }
        let after = self.samples[index + 1]
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
