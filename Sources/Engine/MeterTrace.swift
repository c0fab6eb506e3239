import Domain

/// The latest readings of one charging point in the order of their event time, and what they sum up to.
/// A reading that comes late is put in its place; one that comes again changes nothing.
struct MeterTrace: Sendable, Codable {
    struct Sample: Sendable, Hashable, Codable {
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
    /// So far back readings are kept, and at least `fewest`, at most `most` of them: more than the grace for late ones.
    static let span = TimeSpan.seconds(60)
    static let mostSpan = Self.span + Outage.patience
    static let fewest = 8
    static let most = 4_096
    /// For so long a power counts on where no reading follows.
    static let hold = TimeSpan.seconds(10)

    private var stored: [Sample] = []
    private(set) var last: Sample?
    private var isCut = true
    private var firstNet: Energy?
    private(set) var lastNet = Energy.zero
    /// ∫ power between the first and the last reading of each session, trapezoids.
    private(set) var integral = Energy.zero
    private(set) var throughput = Energy.zero

    var samples: [Sample] { self.stored }

    /// Registers' change since the first reading.
    var registerChange: Energy { self.firstNet.map { self.lastNet - $0 } ?? .zero }

    /// `net` is import less export, by the registers. `bins` are the sums of the resource that the point belongs to.
    mutating func take(at: Instant, watts: Int, net: Energy, bins: inout MeterBins) {
        guard let last = self.last, at <= last.at else {
            return self.append(Sample(at: at, watts: watts, begins: self.isCut), net: net, &bins)
        }
        guard let index = self.lastIndex(upTo: at), self.stored[index].at < at else { return }
        let (before, after) = (self.stored[index], self.stored[index + 1])
        let sample = Sample(at: at, watts: watts, begins: false)
        self.count(before, after, sign: -1)
        self.count(before, sample, sign: 1)
        self.count(sample, after, sign: 1)
        bins.add(before, until: after, sign: -1)
        bins.add(before, until: sample, sign: 1)
        bins.add(sample, until: after, sign: 1)
        self.stored.insert(sample, at: index + 1)
    }

    private mutating func append(_ sample: Sample, net: Energy, _ bins: inout MeterBins) {
        if self.firstNet == nil { self.firstNet = net }
        self.lastNet = net
        if let last = self.last {
            self.count(last, sample, sign: 1)
            bins.extend(last, to: sample)
        } else {
            bins.add(sample, until: nil, sign: 1)
        }
        self.isCut = false
        self.last = sample
        self.stored.append(sample)
        // What is still open is kept, as long as anything is.
        let open = bins.first > 0 ? Instant(seconds: bins.first) - Self.hold : sample.at
        self.forget(before: max(min(sample.at - Self.span, open), sample.at - Self.mostSpan))
    }

    /// Lets go of samples that no second asks for any more.
    private mutating func forget(before instant: Instant) {
        guard self.stored.count >= 2 * Self.fewest else { return }
        // Seldom, and then as much as there is.
        guard self.stored[Self.fewest].at < instant || self.stored.count > Self.most else { return }
        let most = self.stored.count - Self.fewest
        var old = Self.fewest
        while old < most, self.stored[old + 1].at < instant || self.stored.count - old > Self.most { old += 1 }
        self.stored.removeFirst(old)
    }

    /// The last sample that is kept and not after an instant.
    private func lastIndex(upTo instant: Instant) -> Int? {
        var index = self.stored.count - 1
        while index >= 0, self.stored[index].at > instant { index -= 1 }
        return index >= 0 ? index : nil
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
        return self.stored[index].power(
            at: middle, until: index + 1 < self.stored.count ? self.stored[index + 1] : nil)
    }

    /// Adds every second's power to sums that know nothing of this point.
    func add(to bins: inout MeterBins) {
        for index in self.samples.indices {
            bins.add(
                self.stored[index], until: index + 1 < self.stored.count ? self.stored[index + 1] : nil, sign: 1)
        }
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

extension MeterTrace.Sample {
    /// The power at an instant that is not before this sample, and before the next one where there is one.
    func power(at instant: Instant, until next: MeterTrace.Sample?) -> Int {
        guard let next, !next.begins else {
            return instant - self.at <= MeterTrace.hold ? self.watts : 0
        }
        guard self.watts != next.watts else { return self.watts }
        let width = (next.at - self.at).microseconds
        let part = (instant - self.at).microseconds
        return self.watts + (next.watts - self.watts) * part / max(1, width)
    }
}
