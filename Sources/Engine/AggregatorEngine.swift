import Control
public import Domain
public import Fleet
import GridCodes
public import Ledger

/// The aggregator's brain: a pure function of its journal. `step` takes what happened and the time, and
/// returns what is to be done; the same events at the same times give the same state, bit for bit.
public struct AggregatorEngine: Sendable, Codable {
    public private(set) var configuration: EngineConfiguration
    public private(set) var enrolment = EnrolmentBook()
    public internal(set) var fleet: FleetState
    public internal(set) var market = MarketBook()
    public internal(set) var books = AccountBook()
    /// What the points offered, and what is believed of the hours to come.
    var watch = HeadroomWatch()
    /// What each battery that is enrolled has spent.
    var wear = WearBook()
    /// By worker (in the order of the fleet's) and slot.
    @RowsInParts var points: [[Point]] = []
    /// Who is registered at a point and nowhere else since, by worker and slot.
    var names: [[PointName?]] = []
    var resources: [ResourceState]
    var resourceIndex: [ResourceID: Int] = [:]
    @PairsInParts var place: [PlaceKey: Spot] = [:]
    /// By resource: where its bound lines are, in the order of workers and slots. Derived, and made anew when
    /// something was bound since.
    var places: [[Place]] = []
    /// Those of them that hold something that is sold. Derived, too.
    var holders: [[Place]] = []
    /// Lines of vehicles that more than one point claims. Derived, with the places.
    var rivals: [UInt32: [Int]] = [:]
    var arePlacesStale = true
    /// Enrolments came that may change whom a point belongs to: many of them are one look at every point.
    private var areBindingsStale = false
    /// By resource: what the meters showed in the seconds that are not closed yet. Derived.
    var bins: [MeterBins] = []
    /// By resource: its stack as it stands from plan to plan. Derived: a stack built from nothing is the same.
    var stacks: [StandingStack?] = []
    /// By resource: what its stack is to know of its points. Derived.
    var drafts: [StackDrafts] = []
    /// By site: what its stations can do together. Derived with the places.
    var nameplates: [(charge: Int, discharge: Int)] = []
    /// Of points that belong to no resource: nobody reads them.
    var strayBins = MeterBins(seconds: 0)
    var readingsSeen: [WorkerID: SequenceWindow] = [:]
    /// When each worker received the last reading that was taken, and whose readings are still to come.
    var readingsUpTo: [WorkerID: Instant] = [:]
    var outages: [WorkerID: Outage] = [:]
    /// Points of a worker that restarted, until it registers them again.
    @PairsInParts private(set) var orphans: [PlaceKey: Orphan] = [:]
    /// Of stations whose workers were restarted lately.
    @PairsInParts var formerLives: [PlaceKey: FormerLife] = [:]
    /// Up to where each worker's notes of others' decisions were taken; and when owners withdrew their consent.
    var overridesTaken: [WorkerID: UInt64] = [:]
    var consentWithdrawn: [VehicleID: Instant] = [:]
    /// Stations that are away or just back, where connection codes bind them.
    @PairsInParts var absences: [PlaceKey: Absence] = [:]
    /// What the database remembers of points that nobody has registered yet.
    @PairsInParts var remembered: [PlaceKey: TrustRecord] = [:]
    var siteLoads: [SiteID: SiteLoad] = [:]
    /// The curves that charging is planned by, one for the zone and one for each site that has its own; and what sites
    /// were planned for, by index.
    var prices: [PriceCurve] = []
    var charging: [SiteCharging] = []
    public internal(set) var stops: [StopOrder] = []
    public internal(set) var promisesBroken = 0
    /// How running awards stand, for the rim.
    var standings: [EngineSnapshot.Standing] = []
    var standingsAt = 0
    var history: [HistoryPoint] = []
    var historySecond = 0
    var plugCheckedAt = 0
    var gatesWatchedAt = 0
    private var agedAt = 0
    public private(set) var now = Instant.distantPast
    private var counter: UInt64 = 0
    private var effects: [Effect] = []

    /// A charging point's name at the rim.
    struct PlaceKey: Hashable, Comparable, Sendable, Codable {
        var station: StationID
        var evse: Int

        static func < (one: Self, other: Self) -> Bool { (one.station, one.evse) < (other.station, other.evse) }
    }

    struct Spot: Sendable, Codable {
        var worker: Int
        var slot: Int
    }

    struct SiteLoad: Sendable, Codable {
        var power: Power
        var at: Instant
    }

    /// A charging point by name, and who is plugged in.
    struct PointName: Sendable {
        var station: StationID
        var evse: Int
        var token: TokenID?
    }

    /// Where a charging point is: worker and slot, and its index into the fleet's lines.
    struct Place: Sendable {
        var worker: Int
        var slot: Int
        var line: Int
    }

    /// A point that waits for its worker, with who was plugged in.
    struct Orphan: Sendable, Codable {
        var point: Point
        var token: TokenID?
    }

    public init(configuration: EngineConfiguration) {
        self.configuration = configuration
        self.fleet = FleetState(resources: configuration.resources.count)
        self.resources = configuration.resources.map { ResourceState(terms: $0) }
        for (index, terms) in configuration.resources.enumerated() {
            self.resourceIndex[terms.id] = index
        }
        self.findPlaces()
    }

    /// What a checkpoint holds: everything but what follows from it.
    private enum CodingKeys: String, CodingKey {
        case configuration, enrolment, fleet, market, books, wear, points, place, resources, resourceIndex, readingsSeen
        case orphans, siteLoads, stops, promisesBroken, history, historySecond, plugCheckedAt, gatesWatchedAt, agedAt
        case now, counter, areBindingsStale, remembered
        case overridesTaken, consentWithdrawn, readingsUpTo, outages, formerLives, watch, standings, standingsAt
        case absences
        case prices, charging
    }

    /// A new leader takes over this state: its epoch names new plans, nobody counts as connected until he says
    /// hello again, and what was sold stays sold. Resources are added, never taken away.
    public mutating func resume(_ configuration: EngineConfiguration, at now: Instant) {
        self.now = max(self.now, now)
        self.configuration = configuration
        self.counter = 0
        self.stacks = []
        for terms in configuration.resources {
            if let index = self.resourceIndex[terms.id] {
                self.resources[index].resume(terms)
            } else {
                self.resourceIndex[terms.id] = self.resources.count
                self.resources.append(ResourceState(terms: terms))
            }
        }
        for worker in self.fleet.workers {
            if worker.connected { self.noteLost(worker.id) }
            self.fleet.leave(worker.id)
        }
        self.arePlacesStale = true
        self.findPlaces()
    }

    /// The last reading of each worker that was taken: where its journal goes on after a restart of ours.
    public var readingsTaken: [WorkerID: UInt64] { self.readingsSeen.mapValues(\.highest) }

    /// Applies events in their order, then lets time do its work: plans, signals, seconds, gates, settlement.
    public mutating func step(_ events: some Sequence<Event>, at now: Instant) -> [Effect] {
        precondition(now >= self.now, "time does not run backwards")
        self.now = now
        for event in events { self.apply(event) }
        self.rebindIfStale()
        self.findPlaces()
        self.ageTelemetry()
        self.watchOutages()
        for index in self.resources.indices {
            self.planIfDue(index)
            self.nameIfAcknowledged(index)
            self.noteStanding(index)
            self.watchCommands(index)
            self.broadcastIfDue(index)
            self.closeSeconds(index)
        }
        self.notePlugging()
        self.watchHeadroom()
        self.watchGates()
        self.matchDays()
        self.settleBlocks()
        self.noteStandings()
        self.noteHistory()
        // Handed over whole: what is in them belongs to nobody here any more.
        var done: [Effect] = []
        swap(&done, &self.effects)
        return done
    }

    mutating func emit(_ action: Effect.Action) {
        self.counter += 1
        self.effects.append(
            Effect(
                id: .init(epoch: self.configuration.epoch, counter: self.counter), action: action))
    }

    private mutating func apply(_ event: Event) {
        if case .enrolled(let change) = event { return self.enrol(change) }
        self.rebindIfStale()
        switch event {
        case .enrolled: break
        case .workerJoined(let worker, let incarnation): self.join(worker, incarnation)
        case .workerLost(let worker): self.lose(worker)
        case .registered(let worker, let incarnation, let registrations):
            self.register(worker, incarnation, registrations)
        case .telemetry(let batch): _ = self.fleet.ingest(batch)
        case .readings(let worker, let readings): self.take(readings, from: worker)
        case .planAcknowledged(let worker, let plan, let hash):
            self.acknowledged(worker, plan, hash)
        case .planRefused(let worker, let plan, _): self.refused(worker, plan)
        case .residual(let worker, let resource, let product, let watts):
            guard let index = self.resourceIndex[resource] else { return }
            self.resources[index].residuals[worker, default: [:]][product] = watts
        case .signal(let signal): self.take(signal)
        case .bidCalled(let call):
            self.findPlaces()
            self.bid(call)
        case .bidAnswered(let bid, let state, _): self.answered(bid, state)
        case .bidsPlanned(let plan): self.take(plan)
        case .awarded(let award): self.awarded(award)
        case .siteLoad(let site, let power): self.siteLoads[site] = SiteLoad(power: power, at: self.now)
        case .stopped(let order): self.stop(order)
        case .released(let order): self.release(order)
        case .overridden(let worker, let notes): self.take(notes, from: worker)
        case .remembered(let records): self.remember(records)
        case .priced(let curve): self.take(curve)
        case .tick: break
        }
    }
}

// Who is there.
extension AggregatorEngine {
    private mutating func enrol(_ change: EnrolmentChange) {
        self.noting(consentOf: change) { engine in
            if engine.enrolment.apply(change, at: engine.now) { engine.areBindingsStale = true }
            if case .battery(let terms) = change, let index = engine.enrolment.vehicle(terms.vehicle) {
                engine.wear.enrol(terms, index, engine.configuration.batteries ?? [])
            }
        }
        self.markDirty()
    }

    /// Binds every point anew where an enrolment changed who or what it stands for.
    private mutating func rebindIfStale() {
        guard self.areBindingsStale else { return }
        self.areBindingsStale = false
        self.findPlaces()
        for resource in self.resources.indices { self.accrueHeld(resource) }
        for worker in self.fleet.workers.indices { self.rebind(worker) }
    }

    /// Looks up vehicle, site and resource of every registration again.
    private mutating func rebind(_ worker: Int) {
        for index in self.fleet.range(worker) {
            guard let registration = self.fleet.registration(index) else { continue }
            self.bind(registration, worker: worker)
        }
    }

    private mutating func bind(_ registration: Registration, worker: Int) {
        self.arePlacesStale = true
        let site = self.enrolment.site(station: registration.station)
        let resource = site.flatMap { self.resourceIndex[self.enrolment.sites[$0].resource] }
        let before = self.fleet.range(worker).count
        if Int(registration.slot) < before,
            Int(self.fleet.lines[self.fleet.range(worker).lowerBound + Int(registration.slot)].resource)
                != resource ?? Int(VehicleLine.noResource)
        {
            self.voidBins()
        }
        // A car of another tenant is a stranger here: its headroom is not ours to sell.
        let vehicle = self.enrolment.vehicle(token: registration.token).flatMap {
            self.enrolment.vehicles[$0].tenant == self.configuration.tenant ? $0 : nil
        }
        guard
            self.fleet.register(
                registration, worker: self.fleet.workers[worker].id, vehicle: vehicle, site: site,
                resource: resource)
                != nil
        else { return }
        let used = self.fleet.range(worker).count
        if used > before || self.points[worker].count < used {
            self.points[worker] += Array(
                repeating: Point(), count: used - self.points[worker].count)
        }
        let slot = Int(registration.slot)
        let key = PlaceKey(station: self.enrolment.kept(registration.station), evse: registration.evse)
        if let old = self.place.updateValue(Spot(worker: worker, slot: slot), forKey: key),
            old.slot < self.names[old.worker].count
        {
            self.names[old.worker][old.slot] = nil
        }
        if self.names[worker].count < used {
            self.names[worker] += Array(repeating: nil, count: used - self.names[worker].count)
        }
        self.names[worker][slot] = PointName(
            station: key.station, evse: registration.evse, token: self.enrolment.kept(registration.token))
    }

    private mutating func join(_ worker: WorkerID, _ incarnation: Incarnation) {
        self.findPlaces()
        let known = self.fleet.index(of: worker)
        for resource in self.resources.indices { self.accrueHeld(resource) }
        let isAnotherLife = known.map { self.fleet.workers[$0].incarnation != incarnation } ?? false
        self.noteBack(worker, isAnotherLife: isAnotherLife)
        if let known, isAnotherLife { self.orphan(known) }
        self.fleet.join(worker, incarnation: incarnation)
        if known == nil {
            self.points.append([])
            self.names.append([])
        }
        self.arePlacesStale = true
        for index in self.resources.indices {
            self.resources[index].acknowledged.remove(worker)
            self.resources[index].unheard.insert(worker)
            if isAnotherLife { self.resources[index].followers.remove(worker) }
        }
        self.markDirty()
    }

    /// Keeps what is known of a restarted worker's points: its meters go on, and so do its drivers' promises.
    private mutating func orphan(_ worker: Int) {
        self.keepFormerLives(of: worker)
        for (slot, index) in self.fleet.range(worker).enumerated()
        where slot < self.points[worker].count {
            guard let registration = self.fleet.registration(index) else { continue }
            var point = self.points[worker][slot]
            point.heldUp = 0
            point.heldDown = 0
            let key = PlaceKey(station: registration.station, evse: registration.evse)
            self.orphans[key] = Orphan(point: point, token: registration.token)
            self.place[key] = nil
        }
        self.points[worker] = []
        self.names[worker] = []
        self.voidBins()
    }

    private mutating func lose(_ worker: WorkerID) {
        self.voidProofs(of: worker)
        self.noteLost(worker)
        self.fleet.leave(worker)
        self.markDirty()
    }

    private mutating func register(
        _ worker: WorkerID, _ incarnation: Incarnation, _ registrations: [Registration]
    ) {
        guard let index = self.fleet.index(of: worker),
            self.fleet.workers[index].incarnation == incarnation
        else { return }
        for registration in registrations {
            let slot = Int(registration.slot)
            let range = self.fleet.range(index)
            let old = slot < range.count ? self.fleet.registration(range.lowerBound + slot) : nil
            let line = old.map { _ in self.fleet.lines[range.lowerBound + slot] }
            if let line, Int(line.resource) < self.resources.count {
                self.accrueHeld(
                    Int(line.resource), Place(worker: index, slot: slot, line: range.lowerBound + slot),
                    of: self.market.unsettled(self.resources[Int(line.resource)].terms.id))
            }
            self.bind(registration, worker: index)
            guard slot < self.points[index].count, old?.generation != registration.generation else {
                continue
            }
            // Another car came before it was heard that the one before had left.
            if let line, old?.token != nil, self.points[index][slot].pluggedAt != nil {
                self.departed(index, slot, line)
            }
            self.begin(registration, worker: index, slot: slot)
        }
        self.markDirty()
    }

    /// Another car, or the same one under a worker that was restarted.
    private mutating func begin(_ registration: Registration, worker: Int, slot: Int) {
        let key = PlaceKey(station: registration.station, evse: registration.evse)
        if let orphan = self.orphans.removeValue(forKey: key) {
            self.points[worker][slot] = orphan.point
            let now = self.now
            self.formerLives[key]?.registeredAt = now
            self.voidBins()
            if orphan.token == registration.token { return }
        }
        self.points[worker][slot].endSession()
        if let record = self.remembered.removeValue(forKey: key) { self.points[worker][slot].remember(record) }
    }

    /// Points whose telemetry stopped lose their availability, in the figures as in the plan, until it comes again.
    private mutating func ageTelemetry() {
        guard self.now.seconds != self.agedAt else { return }
        if self.now.seconds / 60 != self.agedAt / 60 { self.fleet.audit() }
        self.agedAt = self.now.seconds
        if self.fleet.age(before: self.now - self.configuration.telemetryStale) > 0 { self.markDirty() }
    }

    private mutating func stop(_ order: StopOrder) {
        guard !self.stops.contains(where: { $0.scope == order.scope }) else { return }
        self.stops.append(order)
        self.emit(.stop(order))
        self.markDirty()
    }

    private mutating func release(_ order: StopOrder) {
        guard self.stops.contains(where: { $0.scope == order.scope }) else { return }
        self.stops.removeAll { $0.scope == order.scope }
        self.emit(.release(order))
        self.markDirty()
    }

    /// Plans are due anew.
    mutating func markDirty() {
        for index in self.resources.indices { self.resources[index].dirty = true }
    }

    /// Whether a stop holds for a charging point.
    func isStopped(station: StationID, site: Int?) -> Bool {
        self.stops.contains { order in
            switch order.scope {
            case .station(let id): id == station
            case .site(let id): site.map { self.enrolment.sites[$0].id == id } ?? false
            case .zone(let id): id == self.configuration.zone
            }
        }
    }
}
