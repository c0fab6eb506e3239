public import Domain

/// What a station has proven: its last few answers to a set-point that was moved, as its meter showed them, and their
/// medians. One answer that is off moves nothing; another behaviour is known after five of them. Some 400 bytes.
public struct StationTrust: Hashable, Sendable, Codable {
    /// Answers that are kept; the median of them is another once most of them are.
    public static let most = 9
    /// Fewer say nothing.
    public static let fewest = 3
    /// A set-point that moves by less is no test, W: noise and rounding would be most of it.
    public static let leastStep = 1_000
    /// So long a set-point has to stand before its meter is believed, and at most a station is waited for.
    public static let settling = TimeSpan.seconds(20)
    static let patience = TimeSpan.seconds(150)
    /// A station that follows nothing is asked again after this, then twice as long each time, up to the last.
    static let firstRetry = TimeSpan.minutes(10)
    static let lastRetry = TimeSpan.hours(6)

    public private(set) var proofs: [StationProof] = []
    /// None or one: most of the time there is none, and a point is read far more often than it is tested.
    private var trials: [StationTrial] = []
    /// The set-point in force, and since when it stands; nil where it is not known.
    private var setpoint: Int32?
    private var stands = Instant.distantPast
    /// Medians, kept up to date with each proof.
    public private(set) var gainPerMille = 1_000
    private var slowest = 0
    private var surest = Int.max
    /// Since when it follows nothing.
    public private(set) var ignoresSince: Instant?
    /// Dispatches that were looked at since the beginning, and those of them that were not followed.
    public private(set) var seen = 0
    public private(set) var missed = 0

    public init() {}

    /// As a record of it remembers: its last answers, one after the other.
    public init(_ record: TrustRecord) {
        for proof in record.proofs.suffix(Self.most) { self.keep(proof) }
        self.seen = max(self.seen, record.seen)
        self.missed = min(max(self.missed, record.missed), self.seen)
        if self.isIgnoring { self.ignoresSince = record.ignoresSince ?? self.ignoresSince }
    }

    /// A set-point is in force. `metered` is what the meter showed last, W. Untimed, when it reached the station is
    /// not known to the second; `least` is a change that tells nothing yet.
    public mutating func command(
        _ watts: Int, metered: Int, isTimed: Bool, least: Int = Self.leastStep, at now: Instant
    ) {
        guard let known = self.setpoint.map(Int.init) else {
            self.setpoint = Int32(clamping: watts)
            self.stands = now
            return
        }
        let change = watts - known
        guard change != 0 else { return }
        self.setpoint = Int32(clamping: watts)
        defer { if change.magnitude >= 100 { self.stands = now } }
        if let trial = self.trials.first {
            let step = Int(trial.to) - Int(trial.from)
            // Onward is the same answer; back is none that can be told apart.
            if (change > 0) == (step > 0) {
                self.trials[0].to = Int32(clamping: watts)
                if change.magnitude > step.magnitude / 20 { self.trials[0].updated = now }
            } else if change.magnitude > step.magnitude / 10 {
                self.trials = []
            } else {
                self.trials[0].to = Int32(clamping: watts)
            }
        } else if change.magnitude >= UInt(max(least, Self.leastStep)), now >= self.stands + Self.settling {
            self.trials = [StationTrial(from: known, to: watts, metered: metered, isTimed: isTimed, at: now)]
        }
    }

    /// The set-point in force, W, where it is known.
    public var commanded: Int? { self.setpoint.map(Int.init) }

    /// What is in force is not known any more: what the meter shows says nothing until it is.
    public mutating func void() {
        guard self.setpoint != nil else { return }
        self.trials = []
        self.setpoint = nil
    }

    /// Takes a reading of the meter, W. Nothing but a look where nothing is being tested.
    @inline(__always)
    public mutating func measure(_ watts: Int, at: Instant) {
        guard !self.trials.isEmpty else { return }
        self.judge(watts, at: at)
    }

    @inline(never)
    private mutating func judge(_ watts: Int, at: Instant) {
        self.trials[0].measure(watts, at: at)
        let trial = self.trials[0]
        let isSettled = at >= trial.updated + Self.settling && at >= trial.arrivedAt + Self.settling
        guard isSettled || at >= trial.since + Self.patience else { return }
        self.trials = []
        guard abs(Int(trial.to) - Int(trial.from)) >= Self.leastStep else { return }
        self.keep(trial.proof)
    }

    /// Adds a proof, and lets go of the oldest.
    mutating func keep(_ proof: StationProof) {
        if self.proofs.count >= Self.most { self.proofs.removeFirst() }
        self.proofs.append(proof)
        self.seen += 1
        if !proof.isFollowed { self.missed += 1 }
        let wasIgnoring = self.ignoresSince != nil
        if self.isMissed {
            self.ignoresSince = self.ignoresSince ?? self.proofs.suffix(Self.fewest).first?.at
        } else {
            self.ignoresSince = nil
            // Who was put right begins anew: what it did before is no part of it.
            if wasIgnoring { self.proofs.removeAll { !$0.isFollowed } }
        }
        self.gainPerMille = self.proofs.count < Self.fewest ? 1_000 : Self.median(self.proofs.map(\.gainPerMille))
        let times = self.fullResponse
        self.slowest = times?.least.milliseconds ?? 0
        self.surest = times?.most.milliseconds ?? Int.max
    }

    /// Two of the last three dispatches were not followed.
    private var isMissed: Bool {
        self.proofs.count >= Self.fewest && self.proofs.suffix(Self.fewest).count { !$0.isFollowed } >= 2
    }
}

// What follows from the proofs.
extension StationTrust {
    static func median(_ values: [Int]) -> Int { values.isEmpty ? 0 : values.sorted()[values.count / 2] }

    /// True once most of its last dispatches moved nothing: it accepts and ignores.
    public var isIgnoring: Bool { self.ignoresSince != nil }
    /// The last dispatch that was followed, and the last one that was looked at.
    public var lastFollowed: Instant? { self.proofs.last { $0.isFollowed }?.at }
    public var lastProof: Instant? { self.proofs.last?.at }
    /// What of its headroom can be sold, in 1/1000: never more than all of it; nothing is taken off for 5 %, which is
    /// within what losses, rounding and the meter's class make.
    public var derating: Int {
        self.isIgnoring ? 0 : self.gainPerMille >= 950 ? 1_000 : max(0, self.gainPerMille)
    }
    /// Dispatches not followed, in 1/1000 of those that are kept.
    public var missedPerMille: Int {
        self.proofs.isEmpty ? 0 : self.proofs.count { !$0.isFollowed } * 1_000 / self.proofs.count
    }

    private func bracket(_ least: (StationProof) -> Int32, _ most: (StationProof) -> Int32) -> ResponseBounds? {
        let timed = self.proofs.filter(\.isTimed)
        guard timed.count >= Self.fewest else { return nil }
        return ResponseBounds(
            least: .milliseconds(Self.median(timed.map { Int(least($0)) })),
            most: .milliseconds(Self.median(timed.map { Int(most($0)) })))
    }

    /// From the command to the first change of power; nil before enough was timed.
    public var delay: ResponseBounds? { self.bracket(\.earliest, \.latest) }
    /// From the command to all of it.
    public var fullResponse: ResponseBounds? { self.bracket(\.fullEarliest, \.fullLatest) }
    /// The response is not faster than this: what the meter proves against a product's activation time.
    public var provenSlowness: TimeSpan { .milliseconds(self.slowest) }
    /// The response to reckon with: what is proven where it is slower than what was said, or surely faster.
    public func response(said: TimeSpan) -> TimeSpan {
        max(.milliseconds(self.slowest), min(said, .milliseconds(min(self.surest, 86_400_000))))
    }
    /// W a second at least; nil before it was seen to move.
    public var ramp: Power? {
        let seen = self.proofs.filter { $0.ramp > 0 }.map { Int($0.ramp) }
        return seen.isEmpty ? nil : Power(watts: Self.median(seen))
    }

    /// metered = gain × set-point + offset, by the medians of Theil and Sen, and the step to which it rounds: four
    /// times the median of what is left, where set-points fall anywhere between two steps.
    public var line: (gainPerMille: Int, offset: Power, step: Power)? {
        let points = self.proofs
        guard points.count >= Self.fewest else { return nil }
        var slopes: [Int] = []
        for (index, one) in points.enumerated() {
            for other in points[(index + 1)...] where abs(Int(other.to) - Int(one.to)) >= Self.leastStep {
                slopes.append((Int(other.metered) - Int(one.metered)) * 1_000_000 / (Int(other.to) - Int(one.to)))
            }
        }
        guard slopes.count >= Self.fewest else { return nil }
        let slope = Self.median(slopes)
        let rest = points.map { Int($0.metered) - Int($0.to) * slope / 1_000_000 }
        let offset = Self.median(rest)
        let step = 4 * Self.median(rest.map { abs($0 - offset) })
        return (slope / 1_000, Power(watts: offset), Power(watts: max(1, step)))
    }

    /// When a station that ignores is asked again by a small commissioning dispatch.
    public var retryAt: Instant? {
        guard self.isIgnoring, let last = self.lastProof else { return nil }
        let missed = self.proofs.reversed().prefix { !$0.isFollowed }.count
        let wait = Self.firstRetry.microseconds << max(0, min(missed - Self.fewest, 6))
        return last + TimeSpan(microseconds: min(wait, Self.lastRetry.microseconds))
    }

    /// Everything that decides, for a state's fingerprint.
    public var marks: [Int] {
        var marks = [
            self.seen, self.missed, Int(self.setpoint ?? -1), self.stands.microseconds, self.gainPerMille, self.slowest,
            self.ignoresSince?.microseconds ?? -1, self.trials.first?.updated.microseconds ?? -1,
            Int(self.trials.first?.metered ?? 0),
        ]
        for proof in self.proofs { marks += [proof.at.microseconds, proof.gainPerMille, Int(proof.fullLatest)] }
        return marks
    }
}
