import Control
import Domain
import FleetLink
import GridCodes
import TestSupport
import Testing

/// Partitions of ten minutes and two hours, in virtual time: the hub's and the link's machines, and the worker's edge
/// controller, as the processes have them; stations that follow at once.
@Suite struct LongPartitionTests {
    private static let region = RegionPack(
        region: "test", validFrom: "2026", currency: .eur, nominalMilliHertz: 50_000, holdLoadBelowMilliHertz: 49_800,
        holdLoadAboveMilliHertz: 50_200, plausibleMilliHertz: [45_000, 55_000], frequencyStaleMilliseconds: 1_500,
        fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000, products: [], sources: [])
    private static let stations = 20
    private static let base = 7_000

    /// A worker with its link, and an aggregator that sends a plan, its renewals and a request each second.
    private struct Pair {
        var hub = HubMachine(epoch: Epoch(1))
        var link: LinkMachine
        var edge: EdgeController
        var now = Instant(seconds: 1_795_464_000)
        var isCut = false
        var setpoints: [Int: (watts: Int, until: Instant)] = [:]
        var readings: UInt64 = 0
        /// Readings that the hub handed on, in their order.
        var taken: [UInt64] = []
        var lost = 0
        var sequence: UInt64 = 0
        var toHub: [ControlMessage] = []
        var frames: [[UInt8]] = []

        init() {
            self.link = LinkMachine(worker: "w", incarnation: Incarnation(7))
            self.edge = EdgeController(
                rules: EdgeRules(region: LongPartitionTests.region, watchdog: .seconds(60)), seed: 3)
            for slot in 0..<LongPartitionTests.stations { self.edge.bind(LongPartitionTests.registration(slot)) }
            _ = self.link.register((0..<LongPartitionTests.stations).map(LongPartitionTests.registration))
        }

        /// What the stations do, W: a set-point that lapsed is 0 W.
        var power: Int {
            (0..<LongPartitionTests.stations).reduce(0) { sum, slot in
                sum + (self.setpoints[slot].flatMap { self.now < $0.until ? $0.watts : nil } ?? 0)
            }
        }

        mutating func tenth(_ request: Int) {
            self.now = self.now + .milliseconds(100)
            if self.now.microseconds % 1_000_000 == 0 { self.second(request) }
            self.run(self.link.tick(at: self.now))
            self.exchange()
            for action in self.hub.tick(at: self.now) { self.perform(action) }
            for action in self.edge.step(at: self.now) {
                if case .setpoint(let slot, let watts, let validFor) = action {
                    self.setpoints[Int(slot)] = (watts, self.now + validFor)
                }
            }
        }

        private mutating func second(_ request: Int) {
            self.readings += 1
            let reading = MeterReading(
                worker: "w", sequence: self.readings, station: "s", evse: 1, token: nil, at: self.now,
                receivedAt: self.now, power: .zero, importRegister: .zero, exportRegister: .zero, stateOfCharge: nil)
            self.run(self.link.enqueue([reading], at: self.now))
            let record = [UInt8](repeating: 0, count: 40)
            self.run(self.link.publish([(0, record)], at: self.now))
            guard !self.isCut, self.link.isConnected else { return }
            let plan = LongPartitionTests.plan(until: self.now + .seconds(60))
            if self.edge.currentPlan("R") == nil {
                self.hear(ControlMessage.prepare(plan, hash: plan.hash))
            } else {
                self.hear(ControlMessage.renew(plan.id, validUntil: self.now + .seconds(60)))
            }
            self.sequence += 1
            let signal = DispatchSignal(
                plan: plan.id, planHash: 0, product: "P", sequence: self.sequence, sentAt: self.now,
                validFrom: self.now, expiry: self.now + .seconds(5), slow: request, fast: request, trace: .none)
            self.run(self.link.signal(SignalFrame.dispatch(signal).encoded(), at: self.now))
        }

        private mutating func hear(_ message: ControlMessage) {
            guard !self.isCut else { return }
            self.run(self.link.control(message.encoded(), at: self.now))
        }

        private mutating func run(_ actions: [LinkAction]) {
            for action in actions {
                switch action {
                case .send(let message): if self.isCut { self.link.unsent() } else { self.toHub.append(message) }
                case .publish(let frame): if !self.isCut { self.frames.append(frame) }
                case .plan(let plan, let hash): _ = self.edge.prepare(plan, hash: hash, at: self.now)
                case .renew(let plan, let until): self.edge.renew(plan, validUntil: until)
                case .signal(let signal): _ = self.edge.signal(signal, at: self.now)
                default: break
                }
            }
        }

        private mutating func exchange() {
            while !self.toHub.isEmpty {
                let message = self.toHub.removeFirst()
                for action in self.hub.control(message.encoded(), from: "w", route: [1], at: self.now) {
                    self.perform(action)
                }
            }
            for frame in self.frames {
                for action in self.hub.telemetry(frame, from: "w", at: self.now) { self.perform(action) }
            }
            self.frames = []
        }

        private mutating func perform(_ action: HubAction) {
            switch action {
            case .send(_, let message): self.hear(message)
            case .refuse(_, let reason): self.hear(.refused(reason: reason))
            case .event(.readings(_, let readings)):
                self.taken += readings.map(\.sequence)
                guard let last = readings.last?.sequence else { return }
                for next in self.hub.journalled(readings: last, of: "w") { self.perform(next) }
            case .event(.workerLost): self.lost += 1
            case .event: break
            }
        }
    }

    private static func registration(_ slot: Int) -> Registration {
        Registration(
            slot: UInt32(slot), generation: 1, station: StationID("s\(slot)"), evse: 1, token: nil,
            capability: .setpoint, maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
            minimumPower: .zero, step: Power(watts: 1), responseTime: .seconds(1))
    }

    /// Each station charges with its base, and may be moved from there to full discharge.
    private static func plan(until: Instant) -> WorkerPlan {
        let award = Power(watts: Self.stations * 20_000)
        return WorkerPlan(
            id: PlanID(epoch: Epoch(1), resource: "R", version: 1), worker: "w", validUntil: until,
            products: [
                PlanProduct(
                    product: "P", activation: .signal, awardUp: award, awardDown: .zero,
                    spareUp: Power(watts: Self.stations * 2_000), spareDown: .zero, curve: [], gainPerMille: 1_000,
                    slewPerSecond: .zero, holdTime: .seconds(10), upTable: [0, Self.stations * Self.base], downTable: []
                )
            ],
            entries: (0..<Self.stations).map {
                PlanEntry(slot: UInt32($0), generation: 1, base: 7_000, low: -15_000, high: 22_000, resident: false)
            },
            segments: (0..<Self.stations).flatMap { slot in
                [
                    PlanSegment(
                        slot: UInt32(slot), product: 0, direction: .up, kind: .shift, bucket: 0, height: 7_000),
                    PlanSegment(
                        slot: UInt32(slot), product: 0, direction: .up, kind: .inject, bucket: 1, height: 15_000),
                ]
            })
    }

    @Test(arguments: [600, 7_200]) func aLongPartition(_ seconds: Int) throws {
        var pair = Pair()
        let request = Self.stations * 18_000
        func wait(_ seconds: Int, _ look: (Pair) -> Void = { _ in }) {
            for _ in 0..<seconds * 10 {
                pair.tenth(request)
                look(pair)
            }
        }
        wait(30)
        let before = pair.power
        #expect(before == Self.stations * Self.base - request, "\(before) W: the request is met")
        pair.isCut = true
        var worst = 0
        var last = before
        var ended: Int?
        var highest = 0
        let cut = pair.now
        wait(seconds) { now in
            worst = max(worst, now.power - last)
            last = now.power
            if ended == nil, now.power >= 0 { ended = (now.now - cut).seconds }
            highest = max(highest, now.power)
        }
        let ramp = Self.stations * Self.region.rampWattsPerSecond
        #expect(worst <= ramp * 11 / 100, "a tenth of a second moved \(worst) W, the ramp is \(ramp) W/s")
        #expect(ended ?? .max <= 90, "the export ended after \(ended ?? -1) s")
        #expect(pair.power == Self.stations * Self.base && highest == pair.power, "charging again, as planned")
        #expect(pair.lost == 1)
        pair.isCut = false
        var least = 0
        wait(30) { least = min(least, $0.power) }
        #expect(pair.power == before && least >= before, "back at \(pair.power) W, \(least) W on the way")
        #expect(pair.taken == Array(1...pair.readings), "each reading came once, in its order")
        let name = "partition of \(seconds / 60) min, virtual time"
        let rise = "rise \(worst * 10) of \(ramp) W/s, export over after \(ended ?? -1) s, \(pair.taken.count) readings"
        Verdicts.row(name, seed: 3, rise, isGood: pair.power == before)
    }
}
