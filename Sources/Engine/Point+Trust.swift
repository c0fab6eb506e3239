import Control
import Domain

// What a station makes of what it is told: whether it is sold, for how much, and how it gets another chance.
extension Point {
    /// Less than this of what was asked, in 1/10,000, and it is not sold.
    private static let leastTrust = 5_000
    /// What was asked is forgotten by halves beyond this.
    private static let memory = Energy(wattHours: 2_000)
    /// W by which a commissioning dispatch moves the base, and for how long: its meter has to settle.
    private static let testStep = 2_000
    private static let testSpan = TimeSpan.seconds(45)

    /// Counts a second in which it was asked for something, W ≥ 0.
    mutating func count(asked: Int, came: Int) {
        self.asked += Power(watts: asked).over(.seconds(1))
        self.came += Power(watts: came).over(.seconds(1))
        guard self.asked > Self.memory else { return }
        self.asked = Energy(wattSeconds: self.asked.wattSeconds / 2)
        self.came = Energy(wattSeconds: self.came.wattSeconds / 2)
    }

    /// It accepts and does not deliver: nothing of it is sold.
    @inline(__always)
    var isSuspect: Bool { self.proof.isIgnoring || self.trust < Self.leastTrust }
    /// It draws what it likes, or is being tried: the declared load counts with its meter.
    var countsAsMetered: Bool { self.isDeaf || self.proof.isIgnoring || self.test != nil }

    /// What of its headroom counts, in 1/1000: what it usually fails to deliver is taken off.
    @inline(__always)
    var derating: Int { self.isSuspect ? 0 : self.proof.derating }

    /// The base that its promise knows is in force again, as far as planning goes, while a test moves it.
    mutating func recall() {
        if let test = self.test { self.base = test.before }
    }

    /// Moves the base of a station that is not sold by a little for a while, on its schedule and while nothing is
    /// asked of anybody: followed there and back, it is sold again. `isBeside` it is tried beside what is sold: others
    /// make up for the little that it moves.
    mutating func commissioned(
        _ kept: Bounds, inside whole: Bounds, isQuiet: Bool, isAsked: Bool, isBeside: Bool = false, at now: Instant
    ) -> Bounds {
        if let test = self.test {
            if !isAsked, now < test.until || (!isQuiet && !isBeside), whole.low <= test.base, test.base <= whole.high {
                return Self.pinned(kept, test.base)
            }
            self.test = nil
            if isAsked { self.proof.void() }
            return kept
        }
        guard self.isSuspect, isQuiet, self.base != nil else { return kept }
        self.forgive(at: now)
        let due = self.proof.retryAt ?? (self.proof.lastProof ?? .distantPast) + .minutes(10)
        guard self.isSuspect, now >= due, let base = Self.moved(kept.base, inside: whole) else { return kept }
        self.test = Test(until: now + Self.testSpan, before: kept.base, base: base)
        return Self.pinned(kept, base)
    }

    private static func pinned(_ kept: Bounds, _ base: Int) -> Bounds {
        var pinned = kept
        (pinned.base, pinned.low, pinned.high) = (base, base, base)
        return pinned
    }

    private static func moved(_ base: Int, inside whole: Bounds) -> Int? {
        [base - Self.testStep, base + Self.testStep].first { whole.low <= $0 && $0 <= whole.high }
    }

    /// Who followed two tests begins anew.
    private mutating func forgive(at now: Instant) {
        let last = self.proof.proofs.suffix(2)
        guard !self.proof.isIgnoring, last.count == 2, last.allSatisfy(\.isFollowed),
            last.allSatisfy({ $0.at > now - .minutes(5) })
        else { return }
        (self.asked, self.came) = (.zero, .zero)
    }

    /// What the control room is told of it, where it does not do what it accepts.
    func suspect(_ station: StationID) -> EngineSnapshot.Suspect? {
        let derating = self.derating
        guard self.isSuspect || self.isDeaf || derating < 800 else { return nil }
        let reason =
            self.proof.isIgnoring
            ? "accepts and ignores: nothing of it is sold"
            : self.isDeaf
                ? "draws more than it was told: it counts with its meter"
                : self.isSuspect
                    ? "delivered \(self.trust / 100) % of what was asked: nothing of it is sold"
                    : "delivers \(derating / 10) % of what it is told, and is sold for as much"
        return EngineSnapshot.Suspect(
            station: station, trust: min(self.trust, self.proof.isIgnoring ? 0 : self.proof.derating * 10),
            since: self.proof.ignoresSince, lastFollowed: self.proof.lastFollowed, retryAt: self.proof.retryAt,
            reason: reason)
    }
}
