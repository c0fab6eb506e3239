import CTelemetry
import Domain
import Fleet

/// A worker that was lost while it sent readings: what its meters showed since is still to come.
struct Outage: Hashable, Sendable, Codable {
    /// For so long the seconds that it knows of stay open. It is longer than any lease: an export ends within it.
    static let patience = TimeSpan.seconds(120)
    /// Once it is back, its journal is here after so long, if there is anything in it.
    static let catchUp = TimeSpan.seconds(15)

    /// So long after it is back a station may not have said who is plugged in: it comes again within seconds.
    static let settling = TimeSpan.seconds(6)

    /// So long after its hello a worker may need to hold the plan in force: the plan goes to it whole, and is named again.
    static let answering = TimeSpan.seconds(3)

    /// A station that loses its worker does for so long what it was told: the longest watchdog of a set-point.
    static let held = TimeSpan.seconds(45)

    /// So long after a signal a worker's set-points are on their way, and it is heard again.
    static let reaction = TimeSpan.milliseconds(300)

    /// When the last reading that was taken was received by the worker.
    var since: Instant
    /// When it said hello again; nil while it is away.
    var backAt: Instant?
    /// Everything up to its return was taken, or is waited for no longer.
    var isWhole = false
    /// By slot, what its points held and what their base was when it was lost.
    var terms: [Terms] = []

    struct Terms: Hashable, Sendable, Codable {
        var heldUp: Int
        var heldDown: Int
        var base: Int?
    }

    /// Whether it knows more of a second than was there in time.
    func covers(_ second: Int) -> Bool {
        second >= self.since.seconds && self.backAt.map { second <= $0.seconds } ?? true
    }
}

/// What was known of a station when its worker was restarted.
struct FormerLife: Hashable, Sendable, Codable {
    var capability: Capability
    /// The most that it and its car could discharge, W; nil in what was kept before this was.
    var mostDischarge: Int?
    /// What it was told last, W, + = charge, and when that was; nil where nobody can tell.
    var told: Told?
    /// When its worker registered it again; nil before.
    var registeredAt: Instant?

    struct Told: Hashable, Sendable, Codable {
        var watts: Int
        var at: Instant
    }
}

// Seconds of which not all is known yet stay open, and nobody is judged by them.
extension AggregatorEngine {
    mutating func noteLost(_ worker: WorkerID) {
        guard let last = self.readingsUpTo[worker], self.now - last < Outage.patience else { return }
        // Lost again before its seconds are closed: it is the same outage.
        if self.outages[worker] != nil {
            self.outages[worker]?.backAt = nil
            self.outages[worker]?.isWhole = false
            return
        }
        let points = self.fleet.index(of: worker).map { self.points[$0] } ?? []
        self.outages[worker] = Outage(
            since: last, terms: points.map { .init(heldUp: $0.heldUp, heldDown: $0.heldDown, base: $0.base) })
    }

    /// It said hello, maybe in another life, before it was missed.
    mutating func noteBack(_ worker: WorkerID, isAnotherLife: Bool) {
        if isAnotherLife { self.noteLost(worker) }
        if self.outages[worker] != nil { self.outages[worker]?.backAt = self.now }
    }

    /// Readings come in the order in which the worker received them.
    mutating func noteReadings(_ worker: WorkerID, upTo received: Instant) {
        let upTo = min(received, self.now)
        self.readingsUpTo[worker] = max(upTo, self.readingsUpTo[worker] ?? .distantPast)
    }

    /// Lets go of what is waited for no longer, and of outages that no open second knows.
    mutating func watchOutages() {
        guard !self.outages.isEmpty else { return }
        // Who is back is in the plan as soon as he is known again.
        if self.outages.keys.contains(where: { self.isBack($0) }) { self.markDirty() }
        for (worker, outage) in self.outages where !outage.isWhole {
            let isOver = outage.backAt.map { self.now - $0 >= Outage.catchUp } ?? false
            if isOver || self.now - outage.since >= Outage.patience { self.outages[worker]?.isWhole = true }
        }
        let open = self.resources.compactMap(\.nextSecond).min() ?? 0
        self.outages = self.outages.filter { _, outage in
            guard outage.isWhole else { return true }
            return outage.backAt.map { ($0 + Outage.catchUp).seconds >= open } ?? true
        }
        if self.outages.isEmpty { self.formerLives = [:] }
    }

    /// The first second that has to stay open; nil where all is known.
    var firstUnknownSecond: Int? {
        self.outages.values.filter { !$0.isWhole }.map(\.since.seconds).min()
    }

    /// Whether somebody is away, or just back: the others are asked for something else than the request, since what he
    /// may be doing is reckoned with.
    var isSomebodyAway: Bool {
        self.outages.values.contains { outage in
            outage.backAt.map { self.now - $0 < Outage.catchUp } ?? true
        }
    }

    /// Whether a worker of the resource said hello a moment ago and does not follow the plan in force yet.
    func isSomebodyAnswering(_ index: Int) -> Bool {
        self.outages.contains { worker, outage in
            guard let back = outage.backAt, self.now - back < Outage.answering, !self.follows(worker, index) else {
                return false
            }
            return self.fleet.index(of: worker).map { number in
                self.places[index].contains { $0.worker == number }
            } ?? false
        }
    }

    /// Whether everybody could hear what he was asked in a second, and was heard himself. While one is away the others are
    /// asked for something else than the request: what he may be doing is reckoned with.
    func isWholeKnown(_ second: Int) -> Bool {
        self.outages.values.allSatisfy { outage in
            second < outage.since.seconds - 1
                || outage.backAt.map { second > ($0 + Outage.catchUp).seconds } ?? false
        }
    }

    /// A car that stands at a worker which was restarted, and of which not everything is known again: it does what it was
    /// told last, and is told nothing new by somebody who takes it for empty.
    func isSettling(_ place: Place, _ point: borrowing Point) -> Bool {
        guard !self.outages.isEmpty, self.isBack(self.fleet.workers[place.worker].id) else { return false }
        if point.charge != nil && !Point.isSure(self.fleet.lines[place.line]) { return true }
        // What it can do is read from it anew, one thing after the other, and for as long it can do less.
        guard !self.formerLives.isEmpty, let name = self.names[place.worker][place.slot],
            let former = self.formerLives[PlaceKey(station: name.station, evse: name.evse)]
        else { return false }
        return self.fleet.limits[place.line].capability.rawValue < former.capability.rawValue
            || self.mostDischarge(place.line) < former.mostDischarge ?? 0
    }

    /// The most that a station and its car say they can discharge, W.
    private func mostDischarge(_ line: Int) -> Int {
        min(Int(self.fleet.limits[line].maxDischarge), Int(self.fleet.lines[line].record.max_discharge))
    }

    /// Points of workers that are just back and that the plan which is named moves: of all others of theirs the meter
    /// counts and not the base, until a plan that has them is in force.
    func movedOfThoseWhoAreBack(_ index: Int) -> [Int: Set<UInt32>] {
        guard !self.outages.isEmpty else { return [:] }
        let state = self.resources[index]
        var moved: [Int: Set<UInt32>] = [:]
        for (worker, number) in self.outages.keys.compactMap({ id in self.fleet.index(of: id).map { (id, $0) } })
        where self.isBack(worker) {
            let slots = self.follows(worker, index) ? state.placed[worker]?.first?.slots : nil
            moved[number] = Set(slots ?? [])
        }
        return moved
    }

    /// Whether a worker hears us and does what signals say that name the plan in force.
    func follows(_ worker: WorkerID, _ index: Int) -> Bool {
        self.resources[index].followers.contains(worker)
            && self.fleet.index(of: worker).map { self.fleet.workers[$0].connected } ?? false
    }

    private func isBack(_ worker: WorkerID) -> Bool {
        guard let back = self.outages[worker]?.backAt else { return false }
        return self.now - back < Outage.catchUp
    }

    /// What the stations do of a worker that was restarted and has not registered them yet, W: they hold what they were
    /// told for as long as its profile says, and others must not do it a second time.
    func orphanPower(_ index: Int) -> Int {
        guard !self.outages.isEmpty, !self.orphans.isEmpty else { return 0 }
        var watts = 0
        for (key, orphan) in self.orphans {
            guard let held = self.belief(key, orphan.point), let site = self.enrolment.site(station: key.station),
                self.resourceIndex[self.enrolment.sites[site].resource] == index
            else { continue }
            watts += held
        }
        return watts
    }

    /// What a station does whose worker was restarted a moment ago and knows the station, but not yet who is plugged in
    /// there, W.
    func unseen(_ place: Place) -> Int {
        guard !self.formerLives.isEmpty, !self.fleet.lines[place.line].isMetered,
            let outage = self.outages[self.fleet.workers[place.worker].id],
            let name = self.names[place.worker][place.slot]
        else { return 0 }
        let key = PlaceKey(station: name.station, evse: name.evse)
        // Lost again meanwhile: nobody can say more of them than before. A worker that is back may be long in having its
        // stations back: each has its own time.
        guard let former = self.formerLives[key],
            outage.backAt.map({ self.now - (former.registeredAt ?? $0) < Outage.settling }) ?? true
        else { return 0 }
        return self.belief(key, self.points[place.worker][place.slot]) ?? 0
    }

    /// What a station is believed to do that nobody hears, W: what its meter said last, or what its worker told it after
    /// that. nil once it has let go by itself.
    func belief(_ key: PlaceKey, _ point: borrowing Point) -> Int? {
        var belief: (watts: Int, at: Instant)?
        if let last = point.meter.last, !last.begins { belief = (last.watts, last.at) }
        if let told = self.formerLives[key]?.told, told.at > belief?.at ?? .distantPast {
            belief = (told.watts, told.at)
        }
        return belief.flatMap { self.now - $0.at < Outage.held ? $0.watts : nil }
    }

    /// Keeps what was known of a worker's stations before it is forgotten with its life.
    mutating func keepFormerLives(of worker: Int) {
        for (slot, line) in self.fleet.range(worker).enumerated() {
            guard slot < self.names[worker].count, let name = self.names[worker][slot] else { continue }
            let key = PlaceKey(station: name.station, evse: name.evse)
            // Restarted again before all was read: what it could do before that is not forgotten.
            let before = self.formerLives[key]
            let capability = self.fleet.limits[line].capability
            let isMore = before.map { $0.capability.rawValue < capability.rawValue } ?? true
            self.formerLives[key] = FormerLife(
                capability: isMore ? capability : before?.capability ?? capability,
                mostDischarge: max(self.mostDischarge(line), before?.mostDischarge ?? 0), told: before?.told)
        }
        self.keepTold(of: worker)
    }

    /// What it told them last: those that did what they were told, of the request that it had heard when it was heard
    /// itself for the last time.
    private mutating func keepTold(of worker: Int) {
        let id = self.fleet.workers[worker].id
        let heard = self.fleet.range(worker).reduce(Int64(0)) { max($0, self.fleet.lines[$1].receivedAt) }
        let reached = Instant(microseconds: Int(heard)) - Outage.reaction
        for state in self.resources where state.followers.contains(id) {
            let requests = state.sent.compactMapValues { sent in sent.last { $0.at <= reached }?.watts }
            guard let placed = state.placed[id], requests.count == state.sent.count else { continue }
            let shifts = Self.shifts(placed, requests, count: self.points[worker].count)
            for slot in Set(placed.first?.slots ?? []).map(Int.init) where slot < shifts.count {
                guard let name = self.names[worker][slot], let base = self.points[worker][slot].base,
                    !self.points[worker][slot].isSuspect, !self.points[worker][slot].countsAsMetered
                else { continue }
                let key = PlaceKey(station: name.station, evse: name.evse)
                self.formerLives[key]?.told = .init(watts: base + shifts[slot], at: reached)
            }
        }
    }
}
