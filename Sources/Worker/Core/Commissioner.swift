import Control
import Domain

/// Which charging points have proved themselves, and the tests that run now. A pure value behind the core's lock.
struct Commissioner: Sendable {
    /// What became of a test, for the log and the store.
    struct Outcome: Sendable {
        var place: Int
        var verdict: Commissioning.Verdict
    }

    /// A point that failed is asked again after this: its settings may have been corrected.
    static let retryAfterFailure = TimeSpan.hours(24)
    /// How long a point is left alone after a test that proved nothing, doubled up to an hour.
    static let retryAfterNothing = TimeSpan.seconds(60)
    /// After it could be tested first: its needs, its limits and its first profile are on their way.
    static let settling = TimeSpan.seconds(3)

    private struct Wait: Sendable {
        var until: Instant
        var tries = 0
        var isPatient = false
    }

    let mode: CommissioningMode
    let meterEvery: TimeSpan
    private var identities: [StationID: CommissioningRecord.Identity] = [:]
    private(set) var proofs: [StationID: CommissioningRecord] = [:]
    private var tests: [Int: Commissioning] = [:]
    private var waits: [Int: Wait] = [:]

    init(_ mode: CommissioningMode, meterEvery: TimeSpan, proofs: [StationID: CommissioningRecord] = [:]) {
        self.mode = mode
        self.meterEvery = meterEvery
        self.proofs = proofs
    }

    var isOff: Bool { self.mode == .off }
    var places: [Int] { self.tests.keys.sorted() }
    func isTesting(_ place: Int) -> Bool { self.tests[place] != nil }

    // MARK: What is known

    /// What a station says it is. A proof of another firmware is void: true then.
    mutating func met(_ station: StationID, _ identity: CommissioningRecord.Identity) -> Bool {
        self.identities[station] = identity
        guard let proof = self.proofs[station], let known = proof.identity, known != identity else { return false }
        self.proofs[station] = nil
        return true
    }

    func proof(_ key: EVSEKey) -> CommissioningRecord.Point? { self.proofs[key.station]?.points[key.evse] }

    /// What a point may be used for, by what it proved.
    func standing(_ slot: EVSETable.Slot) -> EVSETable.Standing {
        guard !self.isOff else { return .free }
        guard let proof = self.proof(slot.key), proof.expirySeconds != nil else { return .unproven }
        let isWhole = proof.followsCurve == true || slot.capability?.capability != .residentCurve
        return isWhole ? .free : .withoutCurve
    }

    /// Whether something is left to prove.
    private func wants(_ slot: EVSETable.Slot, at now: Instant) -> Bool {
        guard let capability = slot.capability?.capability, capability == .setpoint || capability == .residentCurve
        else { return false }
        guard let proof = self.proof(slot.key) else { return true }
        let isWhole = proof.expirySeconds != nil && (capability != .residentCurve || proof.followsCurve == true)
        // Once a proof is there, what is missing is asked for once a day.
        return !isWhole && now - Instant(seconds: proof.at) >= Self.retryAfterFailure
    }

    // MARK: Tests

    /// Begins the tests that can be made now.
    mutating func begin(_ table: EVSETable, at now: Instant, isFree: (Int) -> Bool) -> [Int] {
        // Together they must be no swing for the site: a twentieth of it at a time.
        let most = max(4, table.slots.count / 20)
        var begun: [Int] = []
        for (place, slot) in table.slots.enumerated() where self.tests.count < most && self.tests[place] == nil {
            // Whoever has proved all is passed by without a look at what he proved.
            guard slot.standing != .free, slot.isPlugged else { continue }
            guard self.wants(slot, at: now), table.canBeTested(place, at: now), isFree(place) else { continue }
            let wait = self.waits[place] ?? Wait(until: now + Self.settling)
            self.waits[place] = wait
            let terms = self.terms(slot, isPatient: wait.isPatient)
            guard now >= wait.until, Commissioning.isPossible(terms) else { continue }
            self.tests[place] = Commissioning(terms, at: now)
            begun.append(place)
        }
        return begun
    }

    private func terms(_ slot: EVSETable.Slot, isPatient: Bool) -> Commissioning.Terms {
        Commissioning.Terms(
            least: slot.capability?.minimumPower.watts ?? 0, most: slot.meter?.power?.watts ?? 0,
            fallsTo: slot.capability?.fallsTo.watts ?? 0, meterEvery: self.meterEvery,
            testsCurve: slot.capability?.capability == .residentCurve, isPatient: isPatient)
    }

    mutating func measured(_ place: Int, watts: Int, milliHertz: Int?, at now: Instant) {
        self.tests[place]?.measured(watts: watts, milliHertz: milliHertz, at: now)
    }

    mutating func answered(_ place: Int, isAccepted: Bool, reason: String, at now: Instant) {
        self.tests[place]?.answered(isAccepted: isAccepted, reason: reason, at: now)
    }

    mutating func interrupted(_ place: Int, _ why: String) { self.tests[place]?.interrupted(why) }

    /// Orders to say now, and the tests that came to an end.
    mutating func step(_ table: EVSETable, at now: Instant) -> (orders: [(Int, Commissioning.Order)], ended: [Outcome])
    {
        var orders: [(Int, Commissioning.Order)] = []
        var ended: [Outcome] = []
        for place in self.tests.keys.sorted() {
            self.tests[place]?.step(at: now)
            if let order = self.tests[place]?.nextOrder() { orders.append((place, order)) }
            guard let verdict = self.tests[place]?.verdict else { continue }
            self.tests[place] = nil
            self.keep(verdict, place, table.slots[place].key, at: now)
            ended.append(Outcome(place: place, verdict: verdict))
        }
        return (orders, ended)
    }

    private mutating func keep(_ verdict: Commissioning.Verdict, _ place: Int, _ key: EVSEKey, at now: Instant) {
        let point: CommissioningRecord.Point
        switch verdict {
        case .open:
            let tries = (self.waits[place]?.tries ?? 0) + 1
            let wait = min(Self.retryAfterNothing * (1 << min(tries - 1, 6)), .hours(1))
            self.waits[place] = Wait(until: now + wait, tries: tries, isPatient: true)
            return
        case .failed(let reason): point = CommissioningRecord.Point(failure: reason, at: now)
        case .passed(let proof): point = CommissioningRecord.Point(proof, at: now)
        }
        self.waits[place] = nil
        var proof = self.proofs[key.station] ?? CommissioningRecord(identity: self.identities[key.station])
        proof.identity = self.identities[key.station] ?? proof.identity
        proof.points[key.evse] = point
        self.proofs[key.station] = proof
    }
}
