import CTelemetry
import Control
import Domain
import Engine
import GridCodes

/// A region with one local-curve product in short blocks.
let testRegion = RegionPack(
    region: "test", validFrom: "2026", currency: .eur, nominalMilliHertz: 50_000,
    holdLoadBelowMilliHertz: 49_800,
    holdLoadAboveMilliHertz: 50_200, plausibleMilliHertz: [45_000, 55_000],
    frequencyStaleMilliseconds: 1_500,
    fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000,
    products: [
        Product(
            id: "FR", name: "droop", activation: .localCurve, symmetry: .up,
            curve: [(49_500, 1000), (49_985, 0), (50_015, 0)].map {
                CurvePoint(milliHertz: $0.0, perMille: $0.1)
            },
            fullDeliveryMilliseconds: 5_000, needsResidentCurve: false, enduranceSeconds: 900,
            minimumBidWatts: 10_000,
            bidStepWatts: 10_000, blockSeconds: 300, blockAnchor: 0, gateClosureSeconds: 5,
            confidence: 9_900,
            sparePerMille: 150, gainPerMille: 1_030, slewPerMille: 0, holdSeconds: 10,
            score: .deliveredShare,
            availabilityPrice: 45_000_000, energyPrice: 120_000_000)
    ], sources: [])

/// Two workers with edge controllers, stations that follow with a second's delay, cars with batteries: all pure.
struct Plant {
    var engine: AggregatorEngine
    var edges: [EdgeController]
    var cars: [[Car]]
    var now = Instant(seconds: 1_200_000_000)
    var milliHertz = 50_000
    /// Everything that was journalled: events with their time.
    var journal: [(Instant, [Event])] = []
    var records: [Record] = []
    var bids: [Bid] = []
    /// Sent with the bid of the same index.
    var baselines: [DeclaredBaseline] = []
    var samples: [DeliverySample] = []
    /// What workers were told of a plan that they had, and how many plans went whole.
    var changes: [PlanPatch] = []
    var wholes = 0
    /// The life of each worker.
    var incarnations: [UInt64]
    /// How many stations of a worker that was restarted are back.
    private var registered: [Int: Int] = [:]
    /// Workers whose link is down: what they say waits, what is said to them is lost.
    private(set) var cut: [Int: [MeterReading]] = [:]
    private(set) var site = SiteTerms(
        id: "s", tenant: "t", region: "test", zone: "z", resource: "R",
        importLimit: Power(watts: 5_000_000), exportLimit: Power(watts: 5_000_000), staleLoad: .zero,
        defaultStay: .hours(6), defaultTarget: StateOfCharge(basisPoints: 8_000))
    private var sequences: [UInt64]
    private var signalSequence: UInt64 = 0
    private var pending: [Event] = []
    /// Acknowledgements of plans that are on their way, and for how many seconds they are; 0: they come at once.
    private var answers: [(due: Instant, event: Event)] = []
    var answerSeconds = 1
    /// Workers whose journals of readings are behind.
    var lateJournals: Set<Int> = []

    static func configuration() -> EngineConfiguration {
        EngineConfiguration(
            tenant: "t", zone: "z", region: testRegion, epoch: Epoch(1),
            resources: [.init(id: "R", products: ["FR"])])
    }

    init(
        cars count: Int, workers: Int = 2, configuration: EngineConfiguration = Self.configuration(),
        remembered: [TrustRecord] = [], site change: (inout SiteTerms) -> Void = { _ in },
        each: (inout Car, Int) -> Void = { _, _ in }
    ) {
        change(&self.site)
        self.engine = AggregatorEngine(configuration: configuration)
        self.incarnations = Array(repeating: 1, count: workers)
        let rules = EdgeRules(region: configuration.region, watchdog: .seconds(60))
        self.edges = (0..<workers).map { EdgeController(rules: rules, seed: UInt64($0)) }
        self.sequences = Array(repeating: 0, count: workers)
        self.cars = (0..<workers).map { worker in
            (0..<count / workers).map { slot in
                var car = Car(token: TokenID("tok-\(worker)-\(slot)"), soc: 6_000)
                each(&car, worker * (count / workers) + slot)
                return car
            }
        }
        self.step(self.enrolment())
        if !remembered.isEmpty { self.step([.remembered(remembered)]) }
        for worker in 0..<workers { self.step(self.hello(worker)) }
    }

    private func enrolment() -> [Event] {
        var changes: [EnrolmentChange] = [
            .owner(OwnerTerms(id: "o", tenant: "t", name: "Owner")),
            .contract(
                ContractTerms(
                    id: "c", owner: "o", tenant: "t", currency: .eur, ownerShare: 8_000,
                    wearPerKilowattHour: 40_000)),
            .site(self.site),
        ]
        for (worker, cars) in self.cars.enumerated() {
            for (slot, car) in cars.enumerated() {
                changes.append(
                    .station(StationTerms(id: StationID("st-\(worker)-\(slot)"), site: "s")))
                changes.append(
                    .vehicle(
                        VehicleTerms(
                            id: VehicleID("v-\(worker)-\(slot)"), owner: "o", contract: "c",
                            tenant: "t", tokens: [car.token],
                            capacity: Energy(wattHours: 60_000), maxCharge: Power(watts: 22_000),
                            maxDischarge: Power(watts: 22_000),
                            reserve: StateOfCharge(basisPoints: 2_000), efficiency: 9_500,
                            dischargeConsentAt: .distantPast)))
            }
        }
        return changes.map(Event.enrolled)
    }

    func hello(_ worker: Int) -> [Event] {
        let id = WorkerID("w\(worker)")
        return [
            .workerJoined(id, Incarnation(self.incarnations[worker])),
            .registered(
                id, Incarnation(self.incarnations[worker]),
                self.cars[worker].indices.map { self.registration(worker, $0) }),
        ]
    }

    func registration(_ worker: Int, _ slot: Int) -> Registration {
        Registration(
            slot: UInt32(slot), generation: 1, station: StationID("st-\(worker)-\(slot)"), evse: 1,
            token: self.cars[worker][slot].token,
            capability: self.cars[worker][slot].capability,
            maxCharge: Power(watts: 22_000),
            maxDischarge: Power(watts: 22_000), minimumPower: .zero, step: Power(watts: 1),
            responseTime: .seconds(1))
    }

    /// Steps the engine and does what its effects say.
    mutating func step(_ events: [Event]) {
        self.journal.append((self.now, events))
        for effect in self.engine.step(events, at: self.now) {
            switch effect.action {
            case .prepare(let plan, let hash, let change): self.prepare(plan, hash, change)
            case .broadcast(let signal):
                for edge in self.edges.indices where self.cut[edge] == nil {
                    _ = self.edges[edge].signal(signal, at: self.now)
                }
            case .renew(let worker, let plan, let until):
                if let index = self.index(worker), self.cut[index] == nil {
                    self.edges[index].renew(plan, validUntil: until)
                }
            case .bid(let bid, let baseline):
                self.bids.append(bid)
                self.baselines.append(baseline)
            case .record, .recordReadings: self.records += effect.records
            case .report(let sample): self.samples.append(sample)
            default: break
            }
        }
        let answers = self.answerSeconds == 0 ? self.answers.map(\.event) : []
        guard !answers.isEmpty else { return }
        self.answers = []
        self.step(answers)
    }

    /// Nil for one that the test itself speaks for.
    private func index(_ worker: WorkerID) -> Int? {
        Int(worker.rawValue.dropFirst()).flatMap { $0 < self.cars.count ? $0 : nil }
    }

    private mutating func prepare(_ plan: WorkerPlan, _ hash: UInt64, _ change: PlanPatch?) {
        if let change { self.changes.append(change) } else { self.wholes += 1 }
        guard let index = self.index(plan.worker) else {
            return self.answer(.planAcknowledged(plan.worker, plan.id, hash: plan.hash))
        }
        guard self.cut[index] == nil else { return }
        for slot in self.cars[index].indices.prefix(self.registered[index] ?? Int.max) {
            self.edges[index].bind(self.registration(index, slot))
        }
        let answer =
            change.map { self.edges[index].amend($0, hash: hash, at: self.now) }
            ?? self.edges[index].prepare(plan, hash: hash, at: self.now)
        switch answer {
        case .accepted:
            self.answer(.planAcknowledged(plan.worker, plan.id, hash: plan.hash))
        case .refused(let reason):
            self.answer(.planRefused(plan.worker, plan.id, reason: reason))
        case .unknownPlan(let wanted):
            self.answer(.planRefused(plan.worker, wanted, reason: "the worker does not have it"))
        }
    }

    private mutating func answer(_ event: Event) {
        self.answers.append((self.now + .seconds(self.answerSeconds), event))
    }

    /// One second: cars follow, meters are read, the edge answers the frequency, the engine steps.
    mutating func second(extra: [Event] = []) {
        self.now = self.now + .seconds(1)
        self.signalSequence += 1
        let now = self.now
        var events: [Event] = self.answers.filter { $0.due <= now }.map(\.event) + self.pending + extra
        self.answers.removeAll { $0.due <= now }
        self.pending = []
        events.append(
            .signal(
                GridSignal(
                    resource: "R", product: "FR", sequence: self.signalSequence, sentAt: self.now,
                    validFrom: self.now,
                    expiry: self.now + .seconds(2), value: .frequency(milliHertz: self.milliHertz),
                    trace: .none)))
        for worker in self.cars.indices { events += self.measure(worker) }
        self.step(events)
    }

    /// The aggregator is frozen: workers and cars go on by themselves, what they say is heard afterwards.
    mutating func freeze(seconds: Int) {
        for _ in 0..<seconds {
            self.now = self.now + .seconds(1)
            for worker in self.cars.indices { self.pending += self.measure(worker) }
        }
    }

    private mutating func measure(_ worker: Int) -> [Event] {
        self.edges[worker].measured(milliHertz: self.milliHertz, at: self.now)
        for slot in self.cars[worker].indices {
            let car = self.cars[worker][slot]
            let asked = car.ignores ? car.most : car.setpoint ?? 7_000
            let made = self.cars[worker][slot].made(of: asked)
            let power = car.isPlugged && car.isPowered ? min(made, car.most) : 0
            self.cars[worker][slot].power = power
            if power >= 0 {
                self.cars[worker][slot].importWs += power
            } else {
                self.cars[worker][slot].exportWs -= power
            }
            self.cars[worker][slot].stored += power >= 0 ? power * 95 / 100 : power * 100 / 95
        }
        for action in self.edges[worker].step(at: self.now) {
            if case .setpoint(let slot, let watts, _) = action {
                let isFrozen = self.cars[worker][Int(slot)].freezes && self.cars[worker][Int(slot)].setpoint != nil
                if !isFrozen { self.cars[worker][Int(slot)].setpoint = watts }
            }
        }
        let readings = self.readings(worker)
        if self.cut[worker] != nil {
            self.cut[worker]? += readings
            return []
        }
        guard !self.lateJournals.contains(worker) else { return [self.telemetry(worker)] }
        return [self.telemetry(worker), .readings(WorkerID("w\(worker)"), readings)]
    }

    /// Cuts a worker's link; the hub gives it up five seconds later, and its journal comes with its next hello.
    mutating func cut(_ worker: Int, seconds: Int, _ look: (Plant) -> Void) {
        self.cut[worker] = []
        for second in 0..<seconds {
            self.second(extra: second == 5 ? [.workerLost(WorkerID("w\(worker)"))] : [])
            look(self)
        }
        let waited = self.cut.removeValue(forKey: worker) ?? []
        var events = self.hello(worker)
        for first in stride(from: 0, to: waited.count, by: 500) {
            events.append(
                .readings(WorkerID("w\(worker)"), Array(waited[first..<min(first + 500, waited.count)])))
        }
        self.second(extra: events)
        look(self)
    }

    /// Kills a worker and starts it again: another life with an empty edge controller; its stations hold what they have.
    mutating func restart(_ worker: Int) {
        self.incarnations[worker] += 1
        self.edges[worker] = EdgeController(
            rules: EdgeRules(region: self.engine.configuration.region, watchdog: .seconds(60)), seed: 77)
        self.registered[worker] = 0
        self.step([.workerJoined(WorkerID("w\(worker)"), Incarnation(self.incarnations[worker]))])
    }

    /// The first stations of a worker that was restarted are back.
    mutating func registerSome(_ worker: Int, upTo count: Int) {
        let known = self.registered[worker] ?? 0
        let slots = known..<min(count, self.cars[worker].count)
        guard !slots.isEmpty else { return }
        self.registered[worker] = slots.upperBound
        for slot in slots { self.edges[worker].bind(self.registration(worker, slot)) }
        self.step([
            .registered(
                WorkerID("w\(worker)"), Incarnation(self.incarnations[worker]),
                slots.map { self.registration(worker, $0) })
        ])
    }

    private func telemetry(_ worker: Int) -> Event {
        var bytes: [UInt8] = []
        for (slot, car) in self.cars[worker].enumerated().prefix(self.registered[worker] ?? Int.max) {
            var record = headroom_record()
            record.slot = UInt32(slot)
            if car.isPlugged && car.isSeen {
                record.flags = UInt32(HEADROOM_PLUGGED | HEADROOM_CONSENT)
                if car.isAvailable && car.isMetered { record.flags |= UInt32(HEADROOM_AVAILABLE) }
                if let departure = car.departure {
                    record.flags |= UInt32(HEADROOM_DEPARTURE_FROM_CAR)
                    record.departure = UInt32(departure.seconds)
                }
                record.energy_needed = Int32(car.missing)
            }
            if car.isOnline { record.flags |= UInt32(HEADROOM_ONLINE) }
            record.power = car.isMetered ? Int32(car.power) : 0
            record.age = car.isMetered ? 0 : .max
            record.max_charge = 22_000
            record.max_discharge = Int32(car.mostDischarge)
            record.capacity = car.tellsCapacity ? 60_000 : 0
            record.soc = UInt16(car.soc)
            record.soc_error = UInt16(car.socError)
            unsafe withUnsafeBytes(of: record) { unsafe bytes.append(contentsOf: $0) }
        }
        return .telemetry(
            TelemetryBatch(
                worker: WorkerID("w\(worker)"), incarnation: Incarnation(self.incarnations[worker]),
                sequence: 1, sentAt: self.now, stride: 40, count: bytes.count / 40, bytes: bytes))
    }

    private mutating func readings(_ worker: Int) -> [MeterReading] {
        self.cars[worker].enumerated().prefix(self.registered[worker] ?? Int.max).filter {
            $0.element.isMetered && $0.element.isOnline
        }.map {
            slot, car in
            self.sequences[worker] += 1
            return MeterReading(
                worker: WorkerID("w\(worker)"), sequence: self.sequences[worker],
                station: StationID("st-\(worker)-\(slot)"),
                evse: 1, token: car.token, at: self.now, receivedAt: self.now,
                power: Power(watts: car.power),
                importRegister: Energy(wattSeconds: car.importWs),
                exportRegister: Energy(wattSeconds: car.exportWs),
                stateOfCharge: StateOfCharge(basisPoints: car.soc))
        }
    }

    /// The call for the next block.
    func call(product: ProductID = "FR", after wait: TimeSpan = .seconds(300)) -> BidCall {
        let block = testRegion.products[0].block(containing: self.now + wait)
        return BidCall(
            resource: "R", product: product, block: block, gateClosure: block.start - .seconds(5),
            reference: "e")
    }

    /// Calls for a bid on the next block and awards it; returns the block.
    @discardableResult mutating func sell(share: Int = 100, id: AwardID = "a") -> MarketInterval {
        let call = self.call()
        let block = call.block
        self.second(extra: [.bidCalled(call)])
        guard let bid = self.bids.last else { return block }
        let watts = bid.quantity.watts * share / 100 / 10_000 * 10_000
        self.second(
            extra: [
                .bidAnswered(bid.id, .received, reason: ""),
                .awarded(
                    Award(
                        id: id, bid: bid.id, resource: "R", product: "FR", block: block,
                        direction: .up,
                        quantity: Power(watts: watts),
                        pricePerMegawattHour: Money(microUnits: 45_000_000, currency: .eur),
                        energyPricePerMegawattHour: Money(microUnits: 120_000_000, currency: .eur))),
            ])
        return block
    }

    mutating func run(until end: Instant) {
        while self.now < end { self.second() }
    }
}
