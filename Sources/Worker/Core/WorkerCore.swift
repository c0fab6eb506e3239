import Control
import Domain
import FleetLink
import GridCodes
import Logging
import Metrics
import Runtime
import Synchronization

/// Joins the OCPP server, the edge controller, the journal of readings and the link to the aggregator.
/// State is behind one lock; nothing waits while it is held.
final class WorkerCore: StationObserver {
    struct State {
        var table: EVSETable
        var edge: EdgeController
        var commissioner: Commissioner
        /// When it was last looked at who could be tested.
        var lookedAt = Instant.distantPast
        var stops: [StopOrder] = []
        /// The trace that each resource's set-points answer, and what the log told of it.
        var traces: [ResourceID: TraceID] = [:]
        var told = SignalTraces()
        var wantedAt = Instant.distantPast
    }
    private let configuration: WorkerConfiguration
    let nominal: Int
    let state: Mutex<State>
    private let journal: ReadingJournal
    private let memory: SessionMemory
    private let overrides: OverrideMemory
    /// The depot's own; nil = the aggregator's relay is all there is.
    private let frequency: (any FrequencySource)?
    /// How old a measurement may be to be acted on.
    private let frequencyStale: TimeSpan
    /// Keeps activations; nil where none are kept.
    let proof: ProofRecorder?
    let logger: Logger
    /// Keeps what stations proved; nil in tests.
    let store: CapabilityStore?
    let command: Mutex<@Sendable ([StationOrder]) -> Void> = Mutex({ _ in })
    private let uplink: Mutex<FleetUplink?> = Mutex(nil)
    private let answered = Metrics.Timer(label: "headroom.dispatch.answer")
    private let refused = Counter(label: "headroom.dispatch.refused")
    private let sent = Counter(label: "headroom.dispatch.sent")

    init(
        _ configuration: WorkerConfiguration, region: RegionPack, journal: ReadingJournal, memory: SessionMemory,
        overrides: OverrideMemory, seed: UInt64, store: CapabilityStore? = nil, logger: Logger
    ) throws {
        self.configuration = configuration
        self.nominal = region.nominalMilliHertz
        self.frequency = try configuration.frequencySource(logger: logger)
        let rules = EdgeRules(
            region: region, watchdog: .seconds(configuration.watchdogSeconds),
            planSpread: .milliseconds(configuration.planSpreadMilliseconds))
        self.frequencyStale = rules.frequencyStale
        var table = EVSETable(nameplate: Power(watts: configuration.nameplateWatts))
        for (station, facts) in overrides.inForce {
            table.set(StationOverrides(remembered: facts, at: WallClock.now()), of: station)
        }
        self.overrides = overrides
        let commissioner = Commissioner(
            configuration.ocpp.commissioning, meterEvery: .seconds(configuration.ocpp.meterSeconds),
            proofs: store?.proofs ?? [:])
        self.state = Mutex(
            State(table: table, edge: EdgeController(rules: rules, seed: seed), commissioner: commissioner))
        self.proof =
            configuration.proofMegabytes > 0
            ? ProofRecorder(
                folder: configuration.data + "/proof", mostBytes: configuration.proofMegabytes << 20, logger: logger)
            : nil
        self.store = store
        self.journal = journal
        self.memory = memory
        self.logger = logger
    }

    /// Who carries orders out and who speaks to the aggregator; set once, before anything runs.
    func connect(command: @escaping @Sendable ([StationOrder]) -> Void, uplink: FleetUplink) {
        self.command.withLock { $0 = command }
        self.uplink.withLock { $0 = uplink }
        self.journal.onDurable { uplink.enqueue($0) }
        self.journal.replay(from: self.journal.firstSequence)
        self.overrides.onDurable { uplink.note($0) }
    }

    var link: FleetUplink? { self.uplink.withLock { $0 } }

    // MARK: - What stations say

    func station(_ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?) {
        let memory = self.memory
        for case .plugged(let evse, let token?, let transaction) in facts {
            memory.remember(EVSEKey(station: station, evse: evse), transaction, token)
        }
        for fact in facts where fact.isOverride {
            self.logger.notice(
                "somebody else decides at a station", metadata: [LogKey.station: "\(station)", "what": "\(fact)"])
        }
        for case .capability(let evse, let capability) in facts {
            guard let reason = capability.reason else { continue }
            // At each connect: whoever asks why a charger is not used finds it here.
            self.logger.info(
                "a charging point can do less than its kind",
                metadata: [
                    LogKey.station: "\(station)", "evse": "\(evse)", "dialect": "\(capability.dialect)",
                    "reason": "\(reason)",
                ])
        }
        let isOverride = facts.contains { if case .unplugged = $0 { true } else { $0.isOverride } }
        let (readings, registrations, notes, inForce) = self.state.withLock { state in
            let readings = state.table.take(facts, of: station, at: at, worker: self.configuration.worker) {
                memory.token($0, $1)
            }
            self.commission(facts, of: station, at: at, &state)
            let registrations = state.register()
            if facts.contains(where: { if case .connected = $0 { true } else { false } }) {
                for (place, slot) in state.table.slots.enumerated() where slot.key.station == station {
                    state.edge.setAvailable(slot: UInt32(place), true)
                    state.edge.forget(slot: UInt32(place))
                }
            }
            let inForce = isOverride ? state.table.overrides[station]?.facts ?? [] : []
            return (readings, registrations, state.table.takeNotes(), inForce)
        }
        // What others decide is answered once that is on the disk, all else with the readings.
        let isOthers = facts.contains(where: \.isOverride)
        if isOverride || !notes.isEmpty {
            self.overrides.keep(inForce, of: station, notes: notes, then: isOthers ? acknowledge : nil)
        }
        if !registrations.isEmpty { self.link?.register(registrations) }
        let rest = isOthers ? nil : acknowledge
        if !readings.isEmpty || rest != nil { self.journal.keep(readings, then: rest) }
    }

    /// The power up to which one charging point may charge by itself: all of them together stay below the site's
    /// limit, also when every station loses us at once. More points than were counted on share the same limit.
    func fallbackLimit(stations: Int) -> Power? {
        guard let limit = self.configuration.siteLimitWatts else { return nil }
        let known = self.state.withLock { $0.table.slots.count }
        return Power(watts: limit / max(self.configuration.chargingPoints ?? stations, known, 1))
    }

    func answered(_ answer: OrderAnswer) {
        self.answered.recordMicroseconds(answer.latency.microseconds)
        let now = WallClock.now()
        // What a station holds already is accepted at once, without a word to it: that is no charger's answer.
        let isAnswer = answer.outcome == .accepted && answer.latency > .zero
        let isTold = self.state.withLock { isAnswer && $0.told.isFirst(.answered, of: answer.trace) }
        if isTold {
            self.logger.info(
                "a charger answered",
                metadata: [
                    LogKey.trace: "\(answer.trace.hex)", LogKey.station: "\(answer.station)", "evse": "\(answer.evse)",
                    "setpoint.watts": "\(answer.asked?.watts ?? 0)", LogKey.latency: "\(answer.latency.microseconds)",
                ])
        }
        self.state.withLock { state in
            guard let place = state.table.slot(EVSEKey(station: answer.station, evse: answer.evse)) else { return }
            guard !state.commissioner.isTesting(place) else {
                return state.commissioner.answered(place, answer.outcome, at: now)
            }
            switch answer.outcome {
            case .accepted, .superseded: break
            case .timedOut, .notConnected: state.edge.forget(slot: UInt32(place))
            case .rejected, .failed, .notSupported:
                self.refused.increment()
                state.table.refuse(place, until: now + .seconds(30))
                state.edge.setAvailable(slot: UInt32(place), false)
            }
        }
    }

    // MARK: - What the aggregator says

    /// On the link's thread.
    func heard(_ actions: [LinkAction]) {
        let now = WallClock.now()
        var wasSignal = false
        for action in actions {
            switch action {
            case .plan(let plan, let hash):
                self.answer(plan.id, hash, self.state.withLock { $0.edge.prepare(plan, hash: hash, at: now) })
            case .amend(let patch, let hash):
                self.answer(patch.id, hash, self.state.withLock { $0.edge.amend(patch, hash: hash, at: now) })
            case .renew(let plan, let until): self.state.withLock { $0.edge.renew(plan, validUntil: until) }
            case .signal(let signal):
                wasSignal = true
                self.signal(signal, at: now)
            case .frequency(let signal):
                guard !self.measures(at: now), case .frequency(let milliHertz) = signal.value else { continue }
                wasSignal = true
                self.state.withLock { state in
                    _ = state.told.hear(signal)
                    state.traces[signal.resource] = signal.trace
                    state.edge.measured(milliHertz: milliHertz, at: now)
                }
            case .stop(let order): self.stop(order)
            case .release(let order): self.release(order)
            case .stops(let orders): self.replaceStops(orders, at: now)
            case .drop(let sequence): self.journal.drop(upTo: sequence)
            case .dropOverrides(let sequence): self.overrides.drop(upTo: sequence)
            case .reload(let sequence): self.journal.replay(from: sequence)
            case .connected(let epoch):
                self.logger.info("the aggregator welcomed us", metadata: ["epoch": "\(epoch.value)"])
            case .refused(let reason): self.logger.warning("the aggregator refused", metadata: ["reason": "\(reason)"])
            case .send, .publish, .left: break
            }
        }
        if wasSignal { self.step(at: now) }
    }

    private func answer(_ plan: PlanID, _ hash: UInt64, _ answer: EdgeAnswer) {
        switch answer {
        case .accepted: self.link?.answer(plan, hash: hash, refusal: nil)
        case .refused(let reason): self.link?.answer(plan, hash: hash, refusal: reason)
        case .unknownPlan(let wanted): self.link?.say([.planWanted(wanted)])
        }
    }

    private func signal(_ signal: DispatchSignal, at now: Instant) {
        let wanted = self.state.withLock { state -> PlanID? in
            if state.told.hear(signal) != .repeated { state.traces[signal.plan.resource] = signal.trace }
            guard case .unknownPlan(let plan) = state.edge.signal(signal, at: now), now - state.wantedAt > .seconds(1)
            else { return nil }
            state.wantedAt = now
            return plan
        }
        if let wanted { self.link?.say([.planWanted(wanted)]) }
    }

    /// A stop of a zone or of a site holds for every station here: the depot is the site, and too much
    /// stopped is safe. It is latched until released.
    private func stop(_ order: StopOrder) {
        self.state.withLock { state in
            if !state.stops.contains(where: { $0.scope == order.scope }) { state.stops.append(order) }
            state.applyStops()
        }
        self.logger.notice("discharge is stopped", metadata: ["scope": "\(order.scope)", "by": "\(order.by)"])
        self.step(at: WallClock.now())
    }

    private func release(_ order: StopOrder) {
        self.state.withLock { state in
            state.stops.removeAll { $0.scope == order.scope && $0.at <= order.at }
            state.applyStops()
        }
        self.logger.notice("a stop is released", metadata: ["scope": "\(order.scope)", "by": "\(order.by)"])
    }

    /// All stops in force, after a hello: what was released meanwhile holds no longer.
    private func replaceStops(_ orders: [StopOrder], at now: Instant) {
        let changed = self.state.withLock { state in
            defer {
                state.stops = orders
                state.applyStops()
            }
            return state.stops != orders
        }
        guard changed else { return }
        self.logger.notice("the aggregator told which stops are in force", metadata: ["count": "\(orders.count)"])
        self.step(at: now)
    }

    // MARK: - What time brings

    /// Whether the depot's own measurement is fresh; else what the aggregator relays counts.
    private func measures(at now: Instant) -> Bool {
        self.frequency?.newest(at: now).map { now - $0.at <= self.frequencyStale } ?? false
    }

    /// Measures until cancelled; each measurement is acted on at once.
    func measure() async {
        await self.frequency?.run { self.step(at: WallClock.now()) }
    }

    /// One step of the edge controller; its set-points go to the stations at once.
    func step(at now: Instant) {
        let local = self.frequency?.newest(at: now)
        let (orders, residuals) = self.state.withLock { state -> ([StationOrder], [ControlMessage]) in
            if let local { state.edge.measured(milliHertz: local.milliHertz, at: local.at) }
            for (place, slot) in state.table.slots.enumerated()
            where slot.refusedUntil > .distantPast && slot.refusedUntil <= now {
                state.table.refuse(place, until: .distantPast)
                state.edge.setAvailable(slot: UInt32(place), true)
            }
            return self.translate(state.edge.step(at: now), state)
        }
        if !orders.isEmpty {
            self.sent.increment(by: orders.count)
            self.tell(orders)
            self.command.withLock { $0 }(orders)
        }
        if !residuals.isEmpty { self.link?.say(residuals) }
        self.commission(at: now)
    }

    private func translate(_ actions: [EdgeAction], _ state: borrowing State) -> ([StationOrder], [ControlMessage]) {
        var orders: [StationOrder] = []
        var residuals: [ControlMessage] = []
        func order(_ slot: UInt32, _ command: StationCommand) {
            let key = state.table.slots[Int(slot)].key
            let trace = state.edge.resource(slot: slot).flatMap { state.traces[$0] } ?? .none
            orders.append(StationOrder(station: key.station, evse: key.evse, command: command, trace: trace))
        }
        for action in actions {
            switch action {
            case .setpoint(let slot, let watts, let validFor):
                order(slot, .setpoint(Power(watts: watts), validFor: validFor))
            case .arm(let slot, let points, let validFor):
                order(slot, self.arm(points, validFor: validFor))
            case .residual(let resource, let product, let watts):
                residuals.append(.residual(resource, product, watts: watts))
            }
        }
        return (orders, residuals)
    }

    func arm(_ points: [CurvePower], baseline: Int? = nil, validFor: TimeSpan) -> StationCommand {
        let baseline = baseline ?? power(of: points, at: self.nominal) ?? 0
        let curve = points.map {
            FrequencyWatts(milliHertz: $0.milliHertz, power: Power(watts: $0.watts - baseline))
        }
        return .armCurve(curve, baseline: Power(watts: baseline), validFor: validFor)
    }

    /// Says once of each trace that is told of that its first set-points are on their way.
    private func tell(_ orders: [StationOrder]) {
        let traces = Set(orders.map(\.trace))
        let told = self.state.withLock { state in traces.filter { state.told.isFirst(.sent, of: $0) } }
        for trace in told {
            let own = orders.filter { $0.trace == trace }
            self.logger.info(
                "set-points are sent",
                metadata: [
                    LogKey.trace: "\(trace.hex)", LogKey.station: "\(own.first?.station.rawValue ?? "")",
                    "orders": "\(own.count)",
                ])
        }
    }

    /// Publishes what changed, or everything.
    func publish(all: Bool) {
        let records = self.state.withLock { $0.table.records(all: all, at: WallClock.now()) }
        if !records.isEmpty { self.link?.publish(records) }
        if all { self.overrides.handOver() }
    }
}

extension WorkerCore.State {
    func isStopped(_ station: StationID) -> Bool {
        self.stops.contains { order in
            if case .station(let id) = order.scope { return id == station }
            return true
        }
    }

    mutating func applyStops() {
        for (place, slot) in self.table.slots.enumerated() {
            self.edge.setStopped(slot: UInt32(place), self.isStopped(slot.key.station) || slot.standing == .unproven)
        }
    }

    /// What is told anew of charging points, known to the edge controller first.
    mutating func register() -> [Registration] {
        let registrations = self.table.registrations()
        for registration in registrations {
            self.edge.bind(registration)
            let isUnproven = self.table.slots[Int(registration.slot)].standing == .unproven
            self.edge.setStopped(slot: registration.slot, isUnproven || self.isStopped(registration.station))
        }
        return registrations
    }
}
