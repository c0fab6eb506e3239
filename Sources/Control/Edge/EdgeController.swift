public import Domain

/// Turns plans, signals and the local frequency into set-points of a worker's charging points
/// (dispatch.md sections 2 and 5). A pure value: the worker runs it at 10 Hz, the twin in virtual time.
///
/// It refuses what its guard forbids, whoever asks: an older epoch, a plan that does not hold together,
/// a request above award and spare, a slew above the product's, and anything that moves load against the grid.
public struct EdgeController: Sendable {
    /// What the controller knows of a charging point.
    struct Point: Sendable {
        var generation: UInt32
        var minimum: Int
        var step: Int
        /// False at a slot that nothing is bound to.
        var isBound = true
        var available = true
        var stopped = false
        /// Last set-point sent, with its time; nil = none that holds.
        var sent: Int?
        var sentAt = Instant.distantPast
        /// Where the fallback's ramp is; nil while a lease holds.
        var ramped: Int?
        var curve: [CurvePower] = []
        var armedAt = Instant.distantPast
        /// A reminder to tell it again is out.
        var isReminded = false
        /// Share of the fallback spread after which this point starts back, 0–999.
        var delay: Int
        /// The base that the point was told; nil before the first.
        var base: Int?
        /// When it is to be told the plan's base, where that waits.
        var due: Instant?
        /// More than its base was asked at the last step.
        var isResponding = false
        /// What its random times are drawn from.
        var lot: UInt64
    }
    /// The last request of a signal product.
    struct Request: Sendable {
        var signal: DispatchSignal
        var appliedAt: Instant
        /// Until when it was held because its end would have moved load against the grid.
        var heldUntil = Instant.distantPast
    }
    /// A resource's plans: the one in force and the one that was prepared.
    struct Held: Sendable {
        var current: EdgePlan?
        var next: EdgePlan?
        /// When the fallback's delays began, after the lease ended without a new one; nil while it holds.
        var expiredAt: Instant?
        /// When the lease ended; nil while it holds.
        var lapsedAt: Instant?
        /// Requests that all points were told already; nil when the next step has to visit them all.
        var settled: Settled?
        var requests: [ProductID: Request] = [:]
        var sequence: [ProductID: UInt64] = [:]
        /// Request per product at the last step, W, + = up.
        var applied: [ProductID: Int] = [:]
        var residuals: [ProductID: Int] = [:]
        /// What products with a spread asked lately.
        var trails: [ProductID: RequestTrail] = [:]
    }

    /// Nothing has to be sent but renewals unless the requests change.
    struct Settled: Sendable {
        var requests: [Int]
        /// No local-curve product asked for anything, so that every curve was brought up to date.
        var isCalm: Bool
        /// Every point of the plan can be commanded: no request leaves a residual.
        var isWhole: Bool
    }

    public let rules: EdgeRules
    var points = PointTable()
    /// True when points changed since the last step, so that nothing may be left out of the next.
    var touched = true
    var held: [ResourceID: Held] = [:]
    var renewals = Renewals()
    var epoch = Epoch(0)
    var frequency: (milliHertz: Int, at: Instant)?
    let seed: UInt64
    var generator: SeededGenerator
    var lastStep = Instant.distantPast
    /// How much was refused or ignored, for metrics.
    public internal(set) var counts = Counts()

    public struct Counts: Hashable, Sendable {
        public var plansRefused = 0
        public var signalsRefused = 0
        public var signalsExpired = 0
        public var signalsStale = 0
        public var absurdFrequencies = 0
    }

    public init(rules: EdgeRules, seed: UInt64) {
        self.rules = rules
        self.seed = seed
        self.generator = SeededGenerator(seed: seed)
    }

    /// Tells what stands behind a slot; a new generation forgets what was sent to the old one.
    public mutating func bind(_ registration: Registration) {
        self.touched = true
        if let known = self.points[registration.slot], known.generation == registration.generation {
            self.points[registration.slot]?.minimum = registration.minimumPower.watts
            self.points[registration.slot]?.step = max(1, registration.step.watts)
            return
        }
        let stopped = self.points[registration.slot]?.stopped ?? false
        self.points[registration.slot] = Point(
            generation: registration.generation, minimum: registration.minimumPower.watts,
            step: max(1, registration.step.watts), stopped: stopped,
            delay: Int.random(in: 0..<1000, using: &self.generator), lot: self.lot(of: registration))
    }

    /// Seed and name decide a station's random times, and not who was bound before it.
    private func lot(of registration: Registration) -> UInt64 {
        var mark = Fingerprint()
        mark.add(self.seed)
        mark.add(registration.station.rawValue)
        mark.add(registration.evse)
        mark.add(registration.generation)
        return mark.value
    }

    /// A point that refuses or cannot be reached keeps what it has; the others make up for it.
    public mutating func setAvailable(slot: UInt32, _ available: Bool) {
        guard self.points[slot]?.available != available else { return }
        self.touched = true
        self.points[slot]?.available = available
        self.points[slot]?.sent = nil
        self.points[slot]?.curve = []
    }

    /// Latches or releases a stop: no discharge at this point.
    public mutating func setStopped(slot: UInt32, _ stopped: Bool) {
        self.touched = true
        self.points[slot]?.stopped = stopped
    }

    /// Forgets the set-point that a point was sent, so that the next step sends it again.
    public mutating func forget(slot: UInt32) {
        self.touched = true
        self.points[slot]?.sent = nil
        self.points[slot]?.curve = []
    }

    /// Takes a local frequency measurement. An absurd one is counted and not believed.
    public mutating func measured(milliHertz: Int, at instant: Instant) {
        guard self.rules.plausibleMilliHertz.contains(milliHertz) else {
            self.counts.absurdFrequencies += 1
            return
        }
        if let known = self.frequency, known.at > instant { return }
        self.frequency = (milliHertz, instant)
    }

    /// The frequency in mHz while it is fresh enough to act on.
    public func freshFrequency(at now: Instant) -> Int? {
        guard let frequency = self.frequency, now - frequency.at <= self.rules.frequencyStale
        else { return nil }
        return frequency.milliHertz
    }

    /// PREPARE: checks a plan and holds it beside the one in force. `hash` is what the aggregator computed.
    public mutating func prepare(_ plan: WorkerPlan, hash: UInt64, at now: Instant) -> EdgeAnswer {
        guard plan.id.epoch >= self.epoch else { return self.refusePlan("an older epoch") }
        guard plan.validUntil > now else { return self.refusePlan("its lease is over") }
        guard plan.hash == hash else { return self.refusePlan("its hash does not match") }
        var held = self.held[plan.id.resource] ?? Held()
        if let current = held.current, plan.id.epoch == current.plan.id.epoch,
            plan.id.version < current.plan.id.version
        {
            return self.refusePlan("an older version")
        }
        switch EdgePlan.checked(plan, hash: hash, before: held.current, most: self.rules.mostEntries) {
        case .failure(let refusal):
            return self.refusePlan(refusal.reason)
        case .success(let checked):
            self.epoch = plan.id.epoch
            if held.current?.plan.id == plan.id {
                held.current = checked
            } else {
                held.next = checked
            }
            held.settled = nil
            self.held[plan.id.resource] = held
            return .accepted
        }
    }

    /// PREPARE by what changed since a plan that is held, in force or beside it, or since nothing. Where that is not here, the whole plan has
    /// to come. Said twice it has the effect of once.
    public mutating func amend(_ patch: PlanPatch, hash: UInt64, at now: Instant) -> EdgeAnswer {
        let known = [self.held[patch.id.resource]?.next, self.held[patch.id.resource]?.current].compactMap { $0 }
        if known.contains(where: { $0.plan.id == patch.id && $0.hash == hash }) { return .accepted }
        let base = PlanID(epoch: patch.id.epoch, resource: patch.id.resource, version: patch.base)
        let isWhole = patch.base == PlanPatch.nothing
        guard let plan = isWhole ? patch.empty : known.first(where: { $0.plan.id == base })?.plan else {
            return .unknownPlan(patch.id)
        }
        guard let amended = patch.applied(to: plan) else {
            return self.refusePlan("a change that does not fit the plan that it names")
        }
        return self.prepare(amended, hash: hash, at: now)
    }

    private mutating func refusePlan(_ reason: String) -> EdgeAnswer {
        self.counts.plansRefused += 1
        return .refused(reason)
    }

    /// Renews the lease of a plan that is held.
    public mutating func renew(_ id: PlanID, validUntil: Instant) {
        if self.held[id.resource]?.current?.plan.id == id {
            self.held[id.resource]?.current?.plan.validUntil = validUntil
        }
        if self.held[id.resource]?.next?.plan.id == id {
            self.held[id.resource]?.next?.plan.validUntil = validUntil
        }
    }

    /// The plan in force for a resource.
    public func currentPlan(_ resource: ResourceID) -> PlanID? {
        self.held[resource]?.current?.plan.id
    }

    /// The resource whose plan in force commands a point.
    public func resource(slot: UInt32) -> ResourceID? {
        self.held.first { $0.value.current?.entryOfSlot[slot] != nil }?.key
    }

    /// Takes the one scalar. It names the plan it belongs to; a prepared plan comes into force by being named.
    public mutating func signal(_ signal: DispatchSignal, at now: Instant) -> EdgeAnswer {
        guard signal.plan.epoch >= self.epoch else { return self.refuseSignal("an older epoch") }
        guard now < signal.expiry else {
            self.counts.signalsExpired += 1
            return .refused("expired")
        }
        var held = self.held[signal.plan.resource] ?? Held()
        if held.next?.plan.id == signal.plan {
            // A new leader counts its signals from the start; the old one's are refused by their epoch.
            if let current = held.current, current.plan.id.epoch < signal.plan.epoch {
                held.sequence = [:]
            }
            held.current = held.next
            held.next = nil
            held.settled = nil
            held.expiredAt = nil
            held.lapsedAt = nil
        }
        guard let plan = held.current, plan.plan.id == signal.plan else {
            return .unknownPlan(signal.plan)
        }
        self.held[signal.plan.resource] = held
        guard signal.sequence > (held.sequence[signal.product] ?? 0) else {
            self.counts.signalsStale += 1
            return .refused("an older sequence")
        }
        guard let product = plan.plan.products.first(where: { $0.product == signal.product }) else {
            return self.refuseSignal("a product that the plan does not have")
        }
        if product.activation == .signal,
            let reason = self.guardRefusal(signal, product, held, at: now)
        {
            return self.refuseSignal(reason)
        }
        if product.activation == .signal,
            let reason = self.againstTheGrid(signal, before: held.applied[signal.product] ?? 0, at: now)
        {
            self.hold(signal)
            return self.refuseSignal(reason)
        }
        self.held[signal.plan.resource]?.sequence[signal.product] = signal.sequence
        self.held[signal.plan.resource]?.requests[signal.product] = Request(
            signal: signal, appliedAt: now)
        return .accepted
    }

    private mutating func refuseSignal(_ reason: String) -> EdgeAnswer {
        self.counts.signalsRefused += 1
        return .refused(reason)
    }

    /// Why the guard forbids a request, or nil.
    private func guardRefusal(
        _ signal: DispatchSignal, _ product: PlanProduct, _ held: Held, at now: Instant
    ) -> String? {
        let most = product.awardUp.watts + product.spareUp.watts
        let least = -(product.awardDown.watts + product.spareDown.watts)
        guard (least...most).contains(signal.fast) else { return "a request above award and spare" }
        let before = held.applied[signal.product] ?? 0
        if product.slewPerSecond.watts > 0, let last = held.requests[signal.product] {
            let seconds = max(1, (now - last.appliedAt).seconds)
            guard (signal.fast - before).magnitude <= product.slewPerSecond.watts * seconds else {
                return "a slew above the product's"
            }
        }
        return nil
    }

    /// Why a request would move load against the grid at the local frequency, or nil.
    private func againstTheGrid(_ signal: DispatchSignal, before: Int, at now: Instant) -> String? {
        guard let frequency = self.freshFrequency(at: now) else { return nil }
        if frequency < self.rules.holdLoadBelowMilliHertz, signal.fast < before {
            return "raises load while the frequency is low"
        }
        if frequency > self.rules.holdLoadAboveMilliHertz, signal.fast > before {
            return "lowers load while the frequency is high"
        }
        return nil
    }

    /// Who is refused for the frequency's sake is there all the same: what was asked before holds as long as this
    /// would have. Else a wiggle of a watt would end in silence, and silence in a ramp to nothing.
    private mutating func hold(_ signal: DispatchSignal) {
        let resource = signal.plan.resource
        self.held[resource]?.sequence[signal.product] = signal.sequence
        guard let last = self.held[resource]?.requests[signal.product]?.signal.expiry else { return }
        self.held[resource]?.requests[signal.product]?.signal.expiry = max(last, signal.expiry)
    }
}
