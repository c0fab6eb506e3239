public import Domain

/// What was metered for one award, second by second, and what its product's score makes of it. The engine adds to it while
/// the block runs; who checks a settled block adds the recorded seconds in the same order and gets the same.
public struct BlockAccount: Hashable, Sendable, Codable {
    public let terms: SettlementTerms
    /// Energies of the award's own direction.
    public private(set) var score = DeliveryScore()
    /// Σ |change of the request| in the award's direction, W.
    public private(set) var path = 0
    private let start: Instant
    private let end: Instant
    private let direction: Direction
    private let award: Int
    private var last: Int?
    /// Requests of the last seconds that may still be on their way.
    private var recent: [Int] = []
    private var windows: [Window] = []
    /// Every tenth second, for a score that compares shapes.
    private var asked: [Int] = []
    private var came: [Int] = []

    /// Sums of one window of the score.
    struct Window: Hashable, Sendable, Codable {
        var asked = 0
        var missed = 0
        var errors = 0
        var seconds = 0
    }

    public init(_ award: Award, terms: SettlementTerms) {
        self.terms = terms
        self.start = award.block.start
        self.end = award.block.end
        self.direction = award.direction
        self.award = award.quantity.watts
    }

    /// So many seconds behind the block are looked at, too: a shape that comes late ends late.
    public var tailSeconds: Int { self.terms.method == .threePart ? 1 : 0 }

    /// Adds the second at `at`, in the order of time; those outside of the block and its tail count for nothing.
    /// - Parameters:
    ///   - requested, delivered: deviations from the baseline, + = up, of the whole product.
    public mutating func add(requested: Power, delivered: Power, at second: Instant) {
        guard second >= self.start else { return }
        if second >= self.end {
            let isTail = second < self.end + .seconds(self.tailSeconds)
            if isTail, self.isTenth(second) { self.came.append(delivered.watts) }
            return
        }
        let own = self.own(requested.watts)
        self.score.add(requested: Power(watts: own), delivered: delivered, span: .seconds(1))
        if let last = self.last { self.path += Int((own - last).magnitude) }
        self.last = own
        switch self.terms.method {
        case .deliveredShare: break
        case .threePart:
            guard self.isTenth(second) else { return }
            self.asked.append(requested.watts)
            self.came.append(delivered.watts)
        case .envelope, .accuracy: self.compare(requested.watts, delivered.watts, second)
        }
    }

    private func own(_ request: Int) -> Int { self.direction == .up ? max(0, request) : min(0, request) }

    private func isTenth(_ second: Instant) -> Bool { (second.seconds - self.start.seconds) % 10 == 0 }

    /// What came against the nearest that some permitted delay makes of the request.
    private mutating func compare(_ requested: Int, _ delivered: Int, _ second: Instant) {
        let isOther = !self.terms.isJoint && requested != 0 && self.own(requested) == 0
        // What is asked of the other direction is the other award's.
        let (asked, came) = isOther ? (0, 0) : (self.terms.isJoint ? requested : self.own(requested), delivered)
        self.recent.append(asked)
        if self.recent.count > self.terms.backSeconds + 1 { self.recent.removeFirst() }
        let (low, high) = (self.recent.min() ?? asked, self.recent.max() ?? asked)
        let missed = max(0, low - came, came - high)
        let number = (second.seconds - self.start.seconds) / max(1, self.terms.windowSeconds)
        while self.windows.count <= number { self.windows.append(Window()) }
        self.windows[number].asked += Int(min(max(came, low), high).magnitude)
        self.windows[number].missed += missed
        self.windows[number].errors += self.award > 0 ? missed * 10_000 / self.award : 0
        self.windows[number].seconds += 1
    }
}

extension BlockAccount {
    /// Everything that decides the verdict, in a fixed order.
    public var figures: [Int] {
        let score = self.score
        var figures = [score.requested, score.delivered, score.over].map(\.wattSeconds)
        figures += [self.path, self.last ?? 0, self.asked.count] + self.recent
        for window in self.windows { figures += [window.asked, window.missed, window.errors, window.seconds] }
        return figures + self.asked.suffix(30) + self.came.suffix(30)
    }

    /// The score, the factor that scales the capacity payment, and what has to be said about them.
    public struct Verdict: Hashable, Sendable {
        /// 1/10,000.
        public var score: Int
        public var factor: Int
        public var notes: [String] = []
    }

    /// What the seconds so far are worth.
    public var verdict: Verdict {
        switch self.terms.method {
        case .deliveredShare: self.scored(self.score.share)
        case .threePart: self.threePart
        case .accuracy: self.accuracy
        case .envelope: self.envelope
        }
    }

    /// What the seconds so far are worth while the block runs: of a score by the hour, the windows that are whole.
    public var live: Verdict {
        guard self.terms.method == .threePart, self.asked.count < 360 else { return self.verdict }
        let unit = Double(max(1, self.award))
        let parts = ThreePartScore(precisionShift: 0).soFar(
            signal: self.asked.map { Double($0) / unit }, response: self.came.map { Double($0) / unit })
        return parts.map { self.scored(Int(($0.total * 10_000).rounded())) } ?? self.scored(self.score.share)
    }

    private func scored(_ score: Int) -> Verdict {
        var verdict = Verdict(score: score, factor: score >= self.terms.zero ? score : 0)
        if verdict.factor == 0, score > 0 {
            verdict.notes.append("under the least score of \(percent(self.terms.zero)): capacity is not paid")
        } else if self.terms.zero > 0, score < self.terms.full {
            verdict.notes.append("under \(percent(self.terms.full)): the qualification is at risk")
        }
        return verdict
    }

    /// The mean of whole hours. A block of less than an hour has no such score: its delivered share counts.
    private var threePart: Verdict {
        let hours = self.asked.count / 360
        guard hours > 0 else { return self.scored(self.score.share) }
        var sum = 0.0
        for hour in 0..<hours {
            let from = hour * 360
            let parts = ThreePartScore(precisionShift: 0).score(
                signal: self.asked[from..<from + 360].map { Double($0) / Double(max(1, self.award)) },
                response: self.came[from..<min(self.came.count, from + 390)].map {
                    Double($0) / Double(max(1, self.award))
                })
            sum += parts?.total ?? 0
        }
        return self.scored(Int((sum / Double(hours) * 10_000).rounded()))
    }

    /// The mean over windows, by their time; one under the least accuracy counts for nothing.
    private var accuracy: Verdict {
        let windows = self.windows.filter { $0.seconds > 0 }
        let seconds = windows.reduce(0) { $0 + $1.seconds }
        guard seconds > 0 else { return self.scored(10_000) }
        func mean(_ value: (Int) -> Int) -> Int {
            windows.reduce(0) { $0 + value($1.accuracy) * $1.seconds } / seconds
        }
        let (score, paid) = (mean { $0 }, mean { $0 >= self.terms.zero ? $0 : 0 })
        var verdict = Verdict(score: score, factor: paid)
        let unpaid = windows.count { $0.accuracy < self.terms.zero }
        if unpaid > 0 {
            verdict.notes.append(
                "\(unpaid) of \(windows.count) windows under \(percent(self.terms.zero)): they are not paid")
        }
        if score < self.terms.full {
            verdict.notes.append("under \(percent(self.terms.full)): the qualification is at risk")
        }
        return verdict
    }

    /// K of the worst settlement period.
    private var envelope: Verdict {
        let factors = self.windows.map { window -> Int in
            let error = window.seconds > 0 ? window.errors / window.seconds : 0
            if error <= self.terms.full { return 10_000 }
            return error >= self.terms.zero
                ? 0 : (self.terms.zero - error) * 10_000 / (self.terms.zero - self.terms.full)
        }
        let worst = factors.min() ?? 10_000
        var verdict = Verdict(score: worst, factor: worst)
        if let period = factors.firstIndex(of: worst), worst < 10_000 {
            verdict.notes.append("K is \(percent(worst)), by settlement period \(period + 1) of \(factors.count)")
        }
        return verdict
    }
}

extension BlockAccount.Window {
    /// 1 − Σ missed ÷ Σ nearest, as ``trackingAccuracy(asked:came:)``.
    fileprivate var accuracy: Int {
        guard self.asked > 0 else { return self.missed == 0 ? 10_000 : 0 }
        return Int(max(0, (Int128(self.asked) - Int128(self.missed)) * 10_000 / Int128(self.asked)))
    }
}

private func percent(_ share: Int) -> String { "\(share / 100).\(share % 100 / 10) %" }

extension Product {
    /// How a block of this product is settled.
    public var settlement: SettlementTerms {
        guard let terms = self.terms else { return .plain }
        let isAccurate = terms.performance.method == .envelope || terms.performance.method == .accuracy
        // A set-point is followed as it comes; a curve has its time.
        let hasTime = isAccurate && self.activation == .localCurve
        let late = max(
            self.fullDeliveryMilliseconds,
            terms.response.initiationMilliseconds + (terms.response.rampMilliseconds ?? 0))
        return SettlementTerms(
            method: SettlementTerms.Method(rawValue: terms.performance.method.rawValue) ?? .deliveredShare,
            full: terms.performance.full, zero: terms.performance.zero,
            windowSeconds: terms.performance.windowSeconds, backSeconds: hasTime ? (late + 999) / 1_000 : 0,
            isJoint: terms.bid.isJoint,
            capacityPerMille: terms.payment.capacity == .none ? 0 : terms.bid.isJoint ? 500 : 1_000,
            energyPerMille: terms.payment.energy == .none ? 0 : 1_000,
            mileagePrice: terms.payment.paysMileage ? terms.payment.mileagePrice ?? 0 : 0,
            baseline: terms.baseline.method.rawValue, damages: terms.payment.damages,
            paysMileage: terms.payment.paysMileage ? true : nil)
    }
}
