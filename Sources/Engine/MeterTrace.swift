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
    /// The last so many are always at hand.
    private static let nearest = 5
    /// For so long a power counts on where no reading follows.
    static let hold = TimeSpan.seconds(10)

    /// All but the last few. They lie elsewhere in memory, so that most readings leave them alone.
    private var stored: [Sample] = []
    private var recent = RecentSamples()
    private var isCut = true
    private var firstNet: Energy?
    private(set) var lastNet = Energy.zero
    /// ∫ power between the first and the last reading of each session, trapezoids.
    private(set) var integral = Energy.zero
    private(set) var throughput = Energy.zero

    var samples: [Sample] { self.stored + self.recent }
    var last: Sample? { self.recent.last }
    private var count: Int { self.stored.count + self.recent.count }

    private func sample(_ index: Int) -> Sample {
        index < self.stored.count ? self.stored[index] : self.recent[index - self.stored.count]
    }

    /// Registers' change since the first reading.
    var registerChange: Energy { self.firstNet.map { self.lastNet - $0 } ?? .zero }

    /// `net` is import less export, by the registers. `bins` are the sums of the resource that the point belongs to.
    mutating func take(at: Instant, watts: Int, net: Energy, bins: inout MeterBins) {
        guard let last = self.last, at <= last.at else {
            return self.append(Sample(at: at, watts: watts, begins: self.isCut), net: net, &bins)
        }
        guard let index = self.lastIndex(upTo: at), self.sample(index).at < at else { return }
        let (before, after) = (self.sample(index), self.sample(index + 1))
        let sample = Sample(at: at, watts: watts, begins: false)
        self.count(before, after, sign: -1)
        self.count(before, sample, sign: 1)
        self.count(sample, after, sign: 1)
        bins.add(before, until: after, sign: -1)
        bins.add(before, until: sample, sign: 1)
        bins.add(sample, until: after, sign: 1)
        self.stored += self.recent
        self.stored.insert(sample, at: index + 1)
        self.recent = RecentSamples(self.stored.suffix(Self.nearest))
        self.stored.removeLast(self.recent.count)
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
        guard self.recent.isFull else { return self.recent.append(sample) }
        self.store()
        self.recent.append(sample)
        // What is still open is kept, as long as anything is.
        let open = bins.first > 0 ? Instant(seconds: bins.first) - Self.hold : sample.at
        self.forget(before: max(min(sample.at - Self.span, open), sample.at - Self.mostSpan))
    }

    /// Puts the older ones of the last samples away.
    private mutating func store() {
        let old = self.recent.count - Self.nearest + 1
        for number in 0..<old { self.stored.append(self.recent[number]) }
        self.recent.removeFirst(old)
    }

    /// Where the samples lie that the next reading puts others behind; nil where it does not.
    var nextTouched: UInt? {
        // Sound: an array is one reference, and nobody looks at what is there; it is only asked for.
        self.recent.isFull ? unsafe unsafeBitCast(self.stored, to: UInt.self) : nil
    }

    /// Lets go of samples that no second asks for any more.
    private mutating func forget(before instant: Instant) {
        guard self.count >= 2 * Self.fewest else { return }
        // Seldom, and then as much as there is.
        guard self.stored[Self.fewest].at < instant || self.count > Self.most else { return }
        let most = self.count - Self.fewest
        var old = Self.fewest
        while old < most, self.sample(old + 1).at < instant || self.count - old > Self.most { old += 1 }
        self.stored.removeFirst(old)
    }

    /// The last sample that is kept and not after an instant.
    private func lastIndex(upTo instant: Instant) -> Int? {
        var index = self.count - 1
        while index >= 0, self.sample(index).at > instant { index -= 1 }
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
        // Mostly among the last ones, which are here.
        if let number = self.recent.lastIndex(where: { $0.at <= middle }) {
            return self.recent[number].power(
                at: middle, until: number + 1 < self.recent.count ? self.recent[number + 1] : nil)
        }
        guard let index = self.lastIndex(upTo: middle) else { return 0 }
        return self.sample(index).power(at: middle, until: index + 1 < self.count ? self.sample(index + 1) : nil)
    }

    /// Adds every second's power to sums that know nothing of this point.
    func add(to bins: inout MeterBins) {
        for index in 0..<self.count {
            bins.add(self.sample(index), until: index + 1 < self.count ? self.sample(index + 1) : nil, sign: 1)
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

/// The last samples of a trace, in their order: one at least once there was any. Most seconds that anybody asks for lie
/// among them, so that the others, elsewhere in memory, are left alone.
private struct RecentSamples: RandomAccessCollection, Sendable {
    private static let most = 8
    private static let none = MeterTrace.Sample(at: .distantPast, watts: 0, begins: false)
    private var samples = InlineArray<8, MeterTrace.Sample>(repeating: Self.none)
    private var used: Int32 = 0

    init() {}

    init(_ samples: some Sequence<MeterTrace.Sample>) {
        for sample in samples { self.append(sample) }
    }

    var count: Int { Int(self.used) }
    var isFull: Bool { self.count == Self.most }
    var last: MeterTrace.Sample? { self.count > 0 ? self.samples[self.count - 1] : nil }
    var startIndex: Int { 0 }
    var endIndex: Int { self.count }

    subscript(index: Int) -> MeterTrace.Sample {
        precondition(index < self.count, "one of those that are kept")
        return self.samples[index]
    }

    mutating func append(_ sample: MeterTrace.Sample) {
        precondition(!self.isFull, "room for one more")
        self.samples[self.count] = sample
        self.used += 1
    }

    /// Lets go of the first ones.
    mutating func removeFirst(_ gone: Int) {
        for index in gone..<self.count { self.samples[index - gone] = self.samples[index] }
        self.used -= Int32(gone)
    }
}

extension RecentSamples: Codable {
    private enum CodingKeys: String, CodingKey {
        case samples
        // Of checkpoints that were written when there were four of them.
        case first, second, third, fourth, count
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        if let samples = try values.decodeIfPresent([MeterTrace.Sample].self, forKey: .samples) {
            self.init(samples.prefix(Self.most))
        } else {
            let known = try [CodingKeys.first, .second, .third, .fourth].map {
                try values.decode(MeterTrace.Sample.self, forKey: $0)
            }
            self.init(known.prefix(Swift.max(0, try values.decode(Int.self, forKey: .count))))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Array(self), forKey: .samples)
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
