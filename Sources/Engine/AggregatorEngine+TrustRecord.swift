import Control
import Domain
import Fleet
import GridCodes

/// What was said last of a trust record that is kept for good.
struct KeptTrust: Hashable, Sendable, Codable {
    var at: Instant
    var verdict: TrustRecord.Verdict
    var seen: Int
    var gainPerMille: Int
    /// The proven slowness, ms.
    var slowness: Int
}

// Trust records on their way to the database: when something changed, and never with each reading.
extension Point {
    /// Another figure is kept so long after the last record, and one that hardly changed so long.
    private static let leastPause = TimeSpan.minutes(15)
    private static let longestPause = TimeSpan.hours(24)
    /// What counts as another figure: of the gain in 1/1000, and of the response in ms.
    private static let leastGain = 50
    private static let leastSlowness = 1_000
    /// Enough to be judged by.
    private static let withheldAsked = Energy(wattHours: 101)

    var verdict: TrustRecord.Verdict {
        if self.proof.isIgnoring { return .ignoring }
        if self.isSuspect { return .withheld }
        if self.proof.proofs.count < StationTrust.fewest { return .unproven }
        return self.proof.derating < 1_000 ? .derated : .proven
    }

    /// Whether the record has to be kept anew. Nothing but a look at two numbers where no dispatch was proven since.
    private func isWorthKeeping(at now: Instant) -> Bool {
        let verdict = self.verdict
        guard let kept = self.kept else { return verdict != .unproven }
        // Whether it is sold at all, and the first proof, are news at once.
        if kept.isSuspect != self.isSuspect || (kept.verdict == .ignoring) != (verdict == .ignoring)
            || (kept.verdict == .unproven && verdict != .unproven)
        {
            return true
        }
        guard kept.seen != self.proof.seen else { return false }
        let isOther =
            verdict != kept.verdict || abs(self.proof.gainPerMille - kept.gainPerMille) >= Self.leastGain
            || abs(self.proof.provenSlowness.milliseconds - kept.slowness) >= Self.leastSlowness
        return now - kept.at >= (isOther ? Self.leastPause : Self.longestPause)
    }

    /// The record where it has to be kept now; said once.
    mutating func recordDue(_ registration: @autoclosure () -> Registration?, at now: Instant) -> TrustRecord? {
        // Who has proven too little, and was asked nothing that it failed, is nine in ten of all.
        // They are told by what is in the point: the proofs themselves lie elsewhere in memory.
        guard self.kept != nil || self.proof.seen >= StationTrust.fewest || self.isSuspect else { return nil }
        guard self.kept != nil || self.proof.proofs.count >= StationTrust.fewest || self.isSuspect else { return nil }
        guard self.kept?.seen != self.proof.seen || self.isSuspect != (self.kept?.isSuspect ?? false),
            self.isWorthKeeping(at: now), let registration = registration()
        else { return nil }
        self.kept = KeptTrust(
            at: now, verdict: self.verdict, seen: self.proof.seen, gainPerMille: self.proof.gainPerMille,
            slowness: self.proof.provenSlowness.milliseconds)
        let line = self.proof.line
        return TrustRecord(
            station: registration.station, evse: registration.evse, at: now, verdict: self.verdict,
            delay: self.proof.delay, fullResponse: self.proof.fullResponse, rampPerSecond: self.proof.ramp,
            gainPerMille: self.proof.gainPerMille, offset: line?.offset, step: line?.step, seen: self.proof.seen,
            missed: self.proof.missed, ignoresSince: self.proof.ignoresSince, retryAt: self.proof.retryAt,
            proofs: self.proof.proofs)
    }

    /// Takes over what was kept of it before, as long as it has proven nothing here.
    mutating func remember(_ record: TrustRecord) {
        guard self.proof.seen == 0 else { return }
        self.proof = StationTrust(record)
        // What was asked and did not come is not in a record: that nothing of it is sold is, until it follows two tests.
        if record.verdict == .withheld { (self.asked, self.came) = (Self.withheldAsked, .zero) }
        self.kept = KeptTrust(
            at: record.at, verdict: record.verdict, seen: self.proof.seen, gainPerMille: self.proof.gainPerMille,
            slowness: self.proof.provenSlowness.milliseconds)
    }
}

extension KeptTrust {
    var isSuspect: Bool { self.verdict == .ignoring || self.verdict == .withheld }
}

extension AggregatorEngine {
    /// Keeps what a point has proven, where that changed.
    mutating func keepTrust(_ point: inout Point, line: Int) {
        guard let record = point.recordDue(self.fleet.registration(line), at: self.now) else { return }
        self.emit(
            .record(
                .trust(record, tenant: self.configuration.tenant, region: self.configuration.region.region)))
    }

    /// What the database remembers of points that register later, or have proven nothing yet.
    mutating func remember(_ records: [TrustRecord]) {
        for record in records {
            let key = PlaceKey(station: record.station, evse: record.evse)
            if let spot = self.place[key], spot.slot < self.points[spot.worker].count {
                self.points[spot.worker][spot.slot].remember(record)
            } else {
                self.remembered[key] = record
            }
        }
    }
}
