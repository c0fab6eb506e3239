public import Domain

/// Proves, before a charging point is used for V2G, that what it is told ends by itself, and that a curve in it moves
/// its power the right way. Pure: samples and time in, one order at a time out. It only ever charges, with less than the
/// car takes anyway, so that neither a consent nor an export approval nor room at the site is needed.
///
/// 1. It is told to charge with a known power for a short time, and the meter shows it.
/// 2. Nobody speaks. The meter has to leave that power within the stated time.
/// 3. It is told once more, and has to follow: it was the time that ended it, and not the car.
/// 4. Where it holds curves: one whose knee lies a little below the present frequency, then one a little above it.
public struct Commissioning: Sendable {
    /// What is told of the charging point.
    public struct Terms: Hashable, Sendable {
        /// Least charging power, and what the car takes at present, W, > 0.
        public var least: Int
        public var most: Int
        /// What the point charges with once nobody speaks, W.
        public var fallsTo: Int
        /// Between two meter samples.
        public var meterEvery: TimeSpan
        public var testsCurve: Bool
        /// It did not follow in the usual time: it gets more, and then it is held against it.
        public var isPatient: Bool

        public init(
            least: Int, most: Int, fallsTo: Int, meterEvery: TimeSpan, testsCurve: Bool, isPatient: Bool = false
        ) {
            self.least = max(least, 0)
            self.most = max(most, 1)
            self.fallsTo = max(fallsTo, 0)
            self.meterEvery = meterEvery
            self.testsCurve = testsCurve
            self.isPatient = isPatient
        }
    }

    /// What the worker shall say to the point.
    public enum Order: Hashable, Sendable {
        case setpoint(watts: Int, validFor: TimeSpan)
        /// Absolute power over frequency; the baseline is the middle of it, so that a wrong sign shows, and even then
        /// nobody is discharged.
        case arm(points: [CurvePower], baseline: Int, validFor: TimeSpan)
    }

    /// What was seen.
    public struct Proof: Hashable, Sendable {
        /// From the stated end to the first sample that shows it, s.
        public var expirySeconds: Int
        /// nil where no curve was tried.
        public var followsCurve: Bool?
        /// Why the curve is not used, where it is not.
        public var curveFault: String?

        public init(expirySeconds: Int, followsCurve: Bool?, curveFault: String? = nil) {
            self.expirySeconds = expirySeconds
            self.followsCurve = followsCurve
            self.curveFault = curveFault
        }
    }

    public enum Verdict: Hashable, Sendable {
        case passed(Proof)
        /// The point does not do what keeps the grid safe: it is not used for V2G.
        case failed(String)
        /// Nothing can be said: again later.
        case open(String)
    }

    enum Stage: Hashable, Sendable {
        case following
        case silent
        case returning
        case curve(isAbove: Bool)
    }

    /// How far the knees lie from the present frequency, and half the width of the slope between them.
    static let offsetMilliHertz = 30
    static let slopeMilliHertz = 10

    /// Whether the power at present leaves room for a test beneath it.
    public static func isPossible(_ terms: Terms) -> Bool {
        let test = Commissioning(terms, at: .distantPast)
        return terms.most - test.low >= 2 * test.tolerance && test.high - test.low >= 2 * test.tolerance
            && test.low > 2 * test.tolerance
    }

    public let terms: Terms
    public private(set) var verdict: Verdict?
    private(set) var stage = Stage.following
    /// The order that waits to be said; taken by ``nextOrder()``.
    private var order: Order?
    /// When the order in force was given, and when it was accepted.
    private var orderedAt: Instant
    private var acceptedAt: Instant?
    /// The stage ends at this.
    private var until: Instant
    private var last: Int?
    private var hits = 0
    private var expirySeconds = 0
    private var curve: [CurvePower] = []
    private var seenAbove: Int?

    public init(_ terms: Terms, at now: Instant) {
        self.terms = terms
        self.orderedAt = now
        self.until = now
        self.tell(.setpoint(watts: self.low, validFor: self.validFor), at: now)
    }

    // MARK: What is asked

    /// A quarter of what the car takes, or a little more where that is what it falls to; and more than that for the upper end of a curve.
    var low: Int {
        let quarter = min(max(self.terms.least, self.terms.most / 4), self.terms.most)
        return self.isNear(self.terms.fallsTo, quarter) ? min(quarter + 3 * self.tolerance, self.terms.most) : quarter
    }
    var high: Int { min(max(self.terms.most / 2, self.low + 4 * self.tolerance), self.terms.most) }
    var tolerance: Int { max(200, self.terms.most / 20) }
    /// Long enough for two samples at the power that was asked.
    var validFor: TimeSpan { .seconds(self.terms.isPatient ? 30 : 6) + self.terms.meterEvery * 2 }
    /// How late the end may show: what stations take to notice, and the meter to tell.
    var grace: TimeSpan { .seconds(self.terms.isPatient ? 15 : 5) + self.terms.meterEvery * 2 }

    /// The order to say now; each is given once.
    public mutating func nextOrder() -> Order? {
        defer { self.order = nil }
        return self.order
    }

    private mutating func tell(_ order: Order, at now: Instant) {
        self.order = order
        self.orderedAt = now
        self.acceptedAt = nil
        self.hits = 0
        self.last = nil
        self.until = now + self.validFor + self.grace
    }

    // MARK: What happens

    /// The station's answer to the order in force.
    public mutating func answered(isAccepted: Bool, reason: String, at now: Instant) {
        guard self.verdict == nil, self.acceptedAt == nil else { return }
        guard isAccepted else {
            if case .curve = self.stage { return self.finish(curveFault: "the station refused the curve: \(reason)") }
            return self.end(.open("the station refused the order: \(reason)"))
        }
        self.acceptedAt = now
        self.until = now + self.validFor + self.grace
    }

    /// The car left, the link broke, a person or somebody else decides.
    public mutating func interrupted(_ why: String) {
        if self.verdict == nil { self.end(.open(why)) }
    }

    /// A sample of the meter; the frequency where the station measured it, else the worker's.
    public mutating func measured(watts: Int, milliHertz: Int?, at: Instant) {
        guard self.verdict == nil, let accepted = self.acceptedAt, at >= accepted else { return }
        self.last = watts
        switch self.stage {
        case .following, .returning:
            if self.isNear(watts, self.low) { self.hits += 1 }
            if self.stage == .returning, self.hits > 0 { self.returned(milliHertz, at: at) }
        case .silent:
            guard self.hasLetGo(watts) else { return }
            self.expirySeconds = max(0, (at - (accepted + self.validFor)).seconds)
            self.stage = .returning
            self.tell(.setpoint(watts: self.low, validFor: self.validFor), at: at)
        case .curve(let isAbove):
            self.followed(watts, milliHertz, isAbove: isAbove, at: at)
        }
    }

    /// Time passes.
    public mutating func step(at now: Instant) {
        guard self.verdict == nil else { return }
        if self.acceptedAt == nil {
            if now - self.orderedAt > .seconds(15) { self.end(.open("the station did not answer")) }
            return
        }
        switch self.stage {
        // A station counts in whole seconds, from when it got the order.
        case .following where now >= self.orderedAt + self.validFor - .seconds(1):
            guard self.hits > 0 else { return self.end(self.notFollowed) }
            self.stage = .silent
        case .following: break
        case .silent, .returning, .curve:
            if now >= self.until { self.end(self.overdue) }
        }
    }

    // MARK: What follows from it

    private func isNear(_ watts: Int, _ wanted: Int) -> Bool { abs(watts - wanted) <= self.tolerance }

    /// Whatever it does instead; that the car is still there is seen when it is asked again.
    private func hasLetGo(_ watts: Int) -> Bool { !self.isNear(watts, self.low) }

    private var notFollowed: Verdict {
        guard let last = self.last else { return .open("the meter told nothing") }
        return last > self.low + self.tolerance && self.terms.isPatient
            ? .failed("it was told \(self.low) W, accepted, and charged with \(last) W")
            : .open("it charged with \(last) W of \(self.low) W")
    }

    private var overdue: Verdict {
        switch self.stage {
        case .silent:
            guard let last = self.last else { return .open("the meter told nothing") }
            return .failed(
                "told for \(self.validFor.seconds) s, an order still held \(self.grace.seconds) s after its end: \(last) W"
            )
        case .returning: return .open("it charged with \(self.last ?? 0) W of \(self.low) W when it was asked again")
        case .following: return .open("the meter told nothing")
        case .curve: return self.passed(curveFault: self.curveFault)
        }
    }

    private mutating func returned(_ milliHertz: Int?, at now: Instant) {
        guard self.terms.testsCurve else { return self.end(self.passed(curveFault: nil)) }
        guard let milliHertz else { return self.finish(curveFault: "nobody knows the frequency") }
        self.arm(isAbove: true, milliHertz, at: now)
    }

    /// The frequency lies above the slope, so that it says the higher power; or below it.
    private mutating func arm(isAbove: Bool, _ milliHertz: Int, at now: Instant) {
        let middle = milliHertz + (isAbove ? -Self.offsetMilliHertz : Self.offsetMilliHertz)
        self.stage = .curve(isAbove: isAbove)
        self.curve = [
            CurvePower(milliHertz: middle - Self.slopeMilliHertz, watts: self.low),
            CurvePower(milliHertz: middle + Self.slopeMilliHertz, watts: self.high),
        ]
        self.tell(
            .arm(points: self.curve, baseline: (self.low + self.high) / 2, validFor: .seconds(60)), at: now)
    }

    /// Two samples in a row on the curve are enough: the first may be on its way there.
    private mutating func followed(_ watts: Int, _ milliHertz: Int?, isAbove: Bool, at now: Instant) {
        guard let milliHertz, let wanted = power(of: self.curve, at: milliHertz) else { return }
        self.hits = self.isNear(watts, wanted) ? self.hits + 1 : 0
        guard self.hits >= 2 else { return }
        if isAbove {
            self.seenAbove = watts
            self.arm(isAbove: false, milliHertz, at: now)
        } else {
            self.end(self.passed(curveFault: nil, follows: true))
        }
    }

    private var curveFault: String {
        guard let last = self.last, case .curve(let isAbove) = self.stage else { return "the meter told nothing" }
        let wanted = isAbove ? self.high : self.low
        let turned = isAbove ? self.low : self.high
        let side = isAbove ? "above" : "below"
        let sign = self.isNear(last, turned) ? ", the wrong way round" : ""
        return "\(side) the knee its curve says \(wanted) W and the meter \(last) W\(sign)"
    }

    private func passed(curveFault: String?, follows: Bool = false) -> Verdict {
        .passed(
            Proof(
                expirySeconds: self.expirySeconds, followsCurve: self.terms.testsCurve ? follows : nil,
                curveFault: curveFault))
    }

    private mutating func finish(curveFault: String) { self.end(self.passed(curveFault: curveFault)) }

    private mutating func end(_ verdict: Verdict) {
        self.verdict = verdict
        self.order = nil
    }
}
