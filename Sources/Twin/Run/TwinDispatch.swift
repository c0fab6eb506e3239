import Control
import Domain
import Engine
import GridCodes

/// The aggregator and the worker of a run: the same engine and the same edge controller as on the street, joined
/// without a wire.
struct TwinDispatch: Sendable {
    /// Rounds of effects and answers within one step; the rest waits for the next.
    static let mostRounds = 4
    static let worker = WorkerID("twin")
    static let incarnation = Incarnation(1)

    private var engine: AggregatorEngine
    private var edge: EdgeController
    private let market: TwinMarket
    private var sequence: UInt64 = 0
    private var inbox: [Event] = []
    private var curves = CurveTable()
    /// Plans by id as prepared, to read headroom and base off the one in force.
    private var plans: [PlanID: WorkerPlan] = [:]
    private(set) var setpointMessages = 0
    private(set) var baselines: [DeclaredBaseline] = []
    private(set) var blocks: [BlockResult] = []
    /// What the operator bought of blocks that are not over.
    private var awards: [Award] = []
    /// Commands of this step: (slot, W).
    private(set) var commands: [(slot: Int, watts: Int)] = []

    init(
        engine: AggregatorEngine, rules: EdgeRules, market: TwinMarket, enrolment: [Event],
        seed: UInt64
    ) {
        self.engine = engine
        self.edge = EdgeController(rules: rules, seed: seed)
        self.market = market
        self.inbox = enrolment + [.workerJoined(Self.worker, Self.incarnation)]
    }

    /// A slot changed hands.
    mutating func bind(_ registrations: [Registration], enrolment: [Event]) {
        for registration in registrations {
            self.edge.bind(registration)
            self.edge.setAvailable(slot: registration.slot, registration.token != nil)
            self.curves.set(Int(registration.slot), nil)
        }
        self.inbox += enrolment
        self.inbox.append(.registered(Self.worker, Self.incarnation, registrations))
    }

    mutating func enqueue(_ events: [Event]) {
        self.inbox += events
    }

    /// One step: telemetry and signal in, commands out. `milliHertz` is what stations and worker measure.
    mutating func step(
        telemetry: (bytes: [UInt8], count: Int), stride: Int, signal: GridSignal?, milliHertz: Int?,
        at now: Instant
    ) {
        self.sequence += 1
        let batch = TelemetryBatch(
            worker: Self.worker, incarnation: Self.incarnation, sequence: self.sequence,
            sentAt: now,
            stride: stride, count: telemetry.count, bytes: telemetry.bytes)
        var events = self.inbox + self.market.calls(at: now) + [.telemetry(batch)]
        if let signal { events.append(.signal(signal)) }
        events.append(.tick)
        self.inbox = []
        if let milliHertz { self.edge.measured(milliHertz: milliHertz, at: now) }
        for _ in 0..<Self.mostRounds where !events.isEmpty {
            let effects = self.engine.step(events, at: now)
            events = []
            for effect in effects { self.handle(effect.action, at: now, answers: &events) }
        }
        self.inbox += events
        self.command(at: now, milliHertz: milliHertz)
    }

    private mutating func handle(_ action: Effect.Action, at now: Instant, answers: inout [Event]) {
        switch action {
        case .prepare(let plan, let hash, let change):
            guard plan.worker == Self.worker else { return }
            self.plans[plan.id] = plan
            let answer =
                change.map { self.edge.amend($0, hash: hash, at: now) } ?? self.edge.prepare(plan, hash: hash, at: now)
            switch answer {
            case .accepted: answers.append(.planAcknowledged(Self.worker, plan.id, hash: hash))
            case .refused(let reason):
                answers.append(.planRefused(Self.worker, plan.id, reason: reason))
            case .unknownPlan(let wanted):
                answers.append(.planRefused(Self.worker, wanted, reason: "the worker does not have it"))
            }
        case .renew(_, let id, let validUntil):
            self.edge.renew(id, validUntil: validUntil)
        case .broadcast(let signal):
            _ = self.edge.signal(signal, at: now)
        case .bid(let bid, let baseline):
            self.baselines.append(baseline)
            let said = self.market.answers(to: bid)
            answers += said
            for case .awarded(let award) in said { self.awards.append(award) }
        case .performance(let block):
            self.blocks.append(block)
        case .relayFrequency, .stop, .release, .report, .record, .recordReadings, .overridesTaken:
            break
        }
    }

    /// What is sold of a direction now: an operator asks for no more than that.
    mutating func sold(_ direction: Direction, at now: Instant) -> Power {
        self.awards.removeAll { $0.block.end <= now }
        let watts = self.awards.reduce(0) { sum, award in
            sum + (award.direction == direction && award.block.contains(now) ? award.quantity.watts : 0)
        }
        return Power(watts: watts)
    }

    private mutating func command(at now: Instant, milliHertz: Int?) {
        self.commands.removeAll(keepingCapacity: true)
        for action in self.edge.step(at: now) {
            switch action {
            case .setpoint(let slot, let watts, _):
                self.setpointMessages += 1
                self.curves.set(Int(slot), nil)
                self.commands.append((Int(slot), watts))
            case .arm(let slot, let points, _):
                self.setpointMessages += 1
                self.curves.set(Int(slot), points)
            case .residual(let resource, let product, let watts):
                self.inbox.append(.residual(Self.worker, resource, product, watts: watts))
            }
        }
        guard let milliHertz else { return }
        let told = self.commands.count
        self.curves.answer(milliHertz) { self.commands.append(($0, $1)) }
        if self.commands.count > told { self.commands.sort { $0.slot < $1.slot } }
    }

    /// The plan that rules now.
    mutating func currentPlan(_ resource: ResourceID) -> WorkerPlan? {
        guard let id = self.edge.currentPlan(resource) else { return nil }
        if self.plans.count > 8 {
            self.plans = self.plans.filter { $0.key.version >= id.version }
        }
        return self.plans[id]
    }
}

/// Curves that stations hold, and what they last made of the frequency.
private struct CurveTable: Sendable {
    private struct Row: Sendable {
        var slot: Int
        var points: [CurvePower]
        /// What was answered; nil before it was.
        var watts: Int?
    }
    private var rows: [Row] = []
    /// By slot: its row, or −1.
    private var rowOfSlot: [Int] = []
    private var milliHertz: Int?

    mutating func set(_ slot: Int, _ points: [CurvePower]?) {
        while slot >= self.rowOfSlot.count { self.rowOfSlot.append(-1) }
        let row = self.rowOfSlot[slot]
        guard let points else {
            guard row >= 0 else { return }
            self.rowOfSlot[slot] = -1
            if let last = self.rows.popLast(), last.slot != slot {
                self.rows[row] = last
                self.rowOfSlot[last.slot] = row
            }
            return
        }
        // Renewed, and the same: what it answers stays.
        if row >= 0, self.rows[row].points == points { return }
        self.milliHertz = nil
        if row >= 0 {
            self.rows[row] = Row(slot: slot, points: points)
        } else {
            self.rowOfSlot[slot] = self.rows.count
            self.rows.append(Row(slot: slot, points: points))
        }
    }

    /// Hands over the slots whose stations answer another power than before, in no order.
    mutating func answer(_ milliHertz: Int, _ body: (Int, Int) -> Void) {
        guard self.milliHertz != milliHertz else { return }
        self.milliHertz = milliHertz
        for row in self.rows.indices {
            guard let watts = power(of: self.rows[row].points, at: milliHertz), self.rows[row].watts != watts
            else { continue }
            self.rows[row].watts = watts
            body(self.rows[row].slot, watts)
        }
    }
}
