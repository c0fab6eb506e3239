import CTelemetry
import Domain
import Engine
import Fleet
import Foundation
import GridCodes
import Runtime
import Synchronization
import TestSupport
import Testing
import ZeroMQ

@testable import Aggregator
@testable import FleetLink
@testable import Worker

/// A socket that says what no worker of ours would say, and keeps what comes back.
private final class Raw: SocketOwner, Sendable {
    let heard = Mutex<[ControlMessage]>([])
    let control: Int

    init(control: Int) { self.control = control }

    func received(_ messages: [Incoming], on group: SocketThread) {
        let decoded = messages.compactMap { try? ControlMessage(decoding: $0.frames[0]) }
        self.heard.withLock { $0 += decoded }
    }

    func ticked(on group: SocketThread) {}

    func wait(_ what: ([ControlMessage]) -> Bool) async -> Bool {
        for _ in 0..<250 {
            if what(self.heard.withLock({ $0 })) { return true }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}

/// The lives of a worker on real sockets, as the aggregator's engine sees them, and what others try meanwhile.
@Suite(.serialized, .ownThreads) struct LinkLifeTests {
    private typealias Plant = LinkHubTests.Plant

    private func registration(_ slot: UInt32, _ station: String) -> Registration {
        Registration(
            slot: slot, generation: 1, station: StationID(station), evse: 1, token: nil, capability: .setpoint,
            maxCharge: Power(watts: 11_000), maxDischarge: Power(watts: 11_000), minimumPower: .zero,
            step: Power(watts: 1),
            responseTime: .seconds(1))
    }

    private func record(_ slot: UInt32, watts: Int32) -> (slot: UInt32, bytes: [UInt8]) {
        var record = headroom_record()
        record.slot = slot
        record.flags = UInt32(HEADROOM_PLUGGED | HEADROOM_ONLINE | HEADROOM_AVAILABLE)
        record.power = watts
        return (slot, unsafe withUnsafeBytes(of: record) { unsafe Array($0) })
    }

    private func reading(_ sequence: UInt64) -> MeterReading {
        MeterReading(
            worker: "w1", sequence: sequence, station: "CS0", evse: 1, token: nil, at: Instant(seconds: Int(sequence)),
            receivedAt: Instant(seconds: 1), power: .zero, importRegister: .zero, exportRegister: .zero,
            stateOfCharge: nil)
    }

    private func engine() throws -> AggregatorEngine {
        let region = try StrictYAML.load(
            RegionPack.self, from: Workspace.root.appending(path: "Config/regions/demo/region.yaml").path)
        return AggregatorEngine(
            configuration: EngineConfiguration(
                tenant: "t", zone: "z", region: region, epoch: Epoch(1),
                resources: [.init(id: "R", products: ["DEMO-FR"])]))
    }

    /// Power of each bound point, and how many of them can be commanded.
    private func state(_ plant: Plant) -> (watts: [Int32], available: Int, sound: Bool) {
        guard let fleet = plant.ears.engine.withLock({ $0?.fleet }) else { return ([], 0, false) }
        let lines = fleet.lines.filter { $0.bound == 1 }
        return (lines.map(\.record.power), lines.count { $0.isAvailable }, fleet.verify())
    }

    private func sees(_ plant: Plant, _ watts: [Int32], available: Int) async -> Bool {
        let seen = await plant.ears.wait { _ in
            let state = self.state(plant)
            return state.watts == watts && state.available == available
        }
        return seen && self.state(plant).sound
    }

    @Test func aWorkerRegistersVanishesReturnsAndRestartsMidStream() async throws {
        let plant = try Plant()
        let engine = try self.engine()
        plant.ears.engine.withLock { $0 = engine }
        let hub = try plant.hub()
        let link = try plant.link()
        link.register((0..<3).map { self.registration($0, "CS\($0)") })
        link.publish((0..<3).map { self.record($0, watts: 7_000) })
        link.enqueue([self.reading(1), self.reading(2)])
        #expect(await self.sees(plant, [7_000, 7_000, 7_000], available: 3), "registered")
        #expect(await plant.ears.wait { $0.has { if case .readings = $0 { true } else { false } } })
        hub.journalled("w1", 2)

        // Its process is stopped for longer than the hub waits, with readings and records under way.
        link.group.perform { _ in Thread.sleep(forTimeInterval: 7) }
        link.publish([self.record(1, watts: -3_000)])
        link.enqueue([self.reading(3)])
        #expect(await self.sees(plant, [7_000, 7_000, 7_000], available: 0), "vanished")
        #expect(plant.ears.has { $0 == .workerLost("w1") })
        #expect(
            await self.sees(plant, [7_000, -3_000, 7_000], available: 3), "returned, with what it had to say meanwhile")
        #expect(
            await plant.ears.wait {
                $0.has { if case .readings(_, let all) = $0 { all.map(\.sequence) == [3] } else { false } }
            })
        hub.journalled("w1", 3)

        // It is killed mid-stream and starts again with other slots; its journal goes on.
        for _ in 0..<20 { link.publish([self.record(2, watts: 1)]) }
        link.group.stop()
        let again = try plant.link(incarnation: 2)
        again.register([self.registration(0, "CS2"), self.registration(1, "CS0")])
        again.enqueue((2...4).map { self.reading($0) })
        again.publish([self.record(0, watts: 500), self.record(1, watts: -500)])
        #expect(await self.sees(plant, [500, -500], available: 2), "restarted: nothing of the life before is left")
        #expect(
            await plant.ears.wait {
                $0.has { if case .readings(_, let all) = $0 { all.map(\.sequence) == [4] } else { false } }
            })
        let taken = plant.ears.events.withLock { events in
            events.flatMap { if case .readings(_, let all) = $0 { all.map(\.sequence) } else { [] as [UInt64] } }
        }
        #expect(taken == [1, 2, 3, 4], "each reading once and in order over all lives")
        await again.stop()
        #expect(await self.sees(plant, [500, -500], available: 0), "gone")
        hub.close()
    }

    /// A raw worker under a key and an identity of its choice.
    private func raw(_ plant: Plant, key: String, identity: String?) throws -> (group: SocketGroup, ears: Raw) {
        let pair = try KeyPair.read(from: plant.path("\(key).key"))
        let ears = Raw(control: 1)
        func spec(_ kind: SocketSpec.Kind, _ place: Int) -> SocketSpec {
            SocketSpec(
                kind: kind, side: .connect, endpoint: plant.endpoint(place),
                security: .client(pair, server: plant.serverKey))
        }
        let group = try SocketGroup(
            context: Context(),
            sockets: [spec(.publish, 0), spec(.dealer(identity: identity), 1), spec(.dealer(identity: identity), 3)],
            tick: 20, owner: ears)
        return (group, ears)
    }

    private func hello(_ worker: WorkerID, _ incarnation: UInt64) -> [UInt8] {
        ControlMessage.hello(worker: worker, incarnation: Incarnation(incarnation), versions: 1...2, clock: wallNow())
            .encoded()
    }

    private func telemetry(_ sequence: UInt64, _ incarnation: UInt64) -> [UInt8] {
        TelemetryFrame(
            worker: "w1", incarnation: Incarnation(incarnation), sequence: sequence, epoch: Epoch(1), sentAt: wallNow(),
            trace: .none, stride: 40, count: 1, records: self.record(0, watts: 1).bytes
        ).encoded()
    }

    private func plan(entries: Int, segments: Int) -> WorkerPlan {
        WorkerPlan(
            id: PlanID(epoch: Epoch(1), resource: "R", version: 1), worker: "w1", validUntil: wallNow() + .minutes(5),
            products: [
                PlanProduct(
                    product: "P", activation: .signal, awardUp: .zero, awardDown: .zero, spareUp: .zero,
                    spareDown: .zero,
                    curve: [], gainPerMille: 1_000, slewPerSecond: .zero, holdTime: .zero, upTable: [], downTable: [])
            ],
            entries: (0..<entries).map {
                PlanEntry(slot: UInt32($0), generation: 1, base: 0, low: 0, high: 0, resident: false)
            },
            segments: (0..<segments).map {
                PlanSegment(slot: UInt32($0 % entries), product: 0, direction: .up, kind: .shift, bucket: 0, height: 1)
            })
    }

    /// Another key of the list takes a worker's name as its socket's identity, before and while the worker is there.
    @Test func nobodyTakesAWorkersPlaceWithAnotherKeyOfTheList() async throws {
        let plant = try Plant()
        let hub = try plant.hub()
        let (thief, ears) = try self.raw(plant, key: "utility", identity: "w1")
        let stolen = self.hello("w1", 66)
        thief.perform { $0.send([stolen], on: 1) }
        #expect(await ears.wait { $0 == [.refused(reason: "this key belongs to another worker")] })
        let link = try plant.link()
        #expect(await plant.ears.wait { $0.has { $0 == .workerJoined("w1", Incarnation(1)) } }, "its place is free")
        let forged = self.telemetry(1, 1)
        let readings = ControlMessage.readings(from: 1, [self.reading(1)]).encoded()
        thief.perform { thread in
            thread.send([forged], on: 0)
            thread.send([readings], on: 1)
            thread.send([stolen], on: 1)
        }
        #expect(await ears.wait { $0.count == 3 })
        let plan = self.plan(entries: 1, segments: 1)
        hub.perform([
            Effect(id: .init(epoch: Epoch(1), counter: 1), action: .prepare(plan, hash: plan.hash, change: nil))
        ])
        #expect(
            await plant.ears.wait { $0.heard.withLock { $0.contains(.plan(plan, hash: plan.hash)) } },
            "the plan goes to its worker")
        link.publish([self.record(0, watts: 5)])
        #expect(await plant.ears.wait { $0.has { if case .telemetry = $0 { true } else { false } } })
        let heard = ears.heard.withLock { $0 }
        #expect(heard.allSatisfy { if case .refused = $0 { true } else { false } }, "the thief hears refusals only")
        #expect(!plant.ears.has { if case .readings = $0 { true } else { false } })
        #expect(
            !plant.ears.has {
                if case .telemetry(let batch) = $0 { batch.bytes == self.record(0, watts: 1).bytes[...] } else { false }
            })
        thief.stop()
        await link.stop()
        hub.close()
    }

    @Test func framesThatAreReplayedOnRealSocketsChangeNothing() async throws {
        let plant = try Plant()
        let hub = try plant.hub()
        let (worker, ears) = try self.raw(plant, key: "w1", identity: nil)
        let hello = self.hello("w1", 5)
        worker.perform { $0.send([hello], on: 1) }
        #expect(await ears.wait { $0.contains { if case .welcome = $0 { true } else { false } } })
        let first = self.telemetry(1, 5)
        let second = self.telemetry(2, 5)
        let readings = ControlMessage.readings(from: 1, [self.reading(1)]).encoded()
        worker.perform { thread in
            for frame in [first, first, second, first, second] { thread.send([frame], on: 0) }
            for _ in 0..<3 { thread.send([readings], on: 1) }
        }
        let last = self.telemetry(3, 5)
        #expect(
            await plant.ears.wait { _ in
                worker.perform { $0.send([last], on: 0) }
                return plant.ears.has { if case .telemetry(let batch) = $0 { batch.sequence == 3 } else { false } }
            })
        #expect(await ears.wait { $0.count { if case .readingsAcknowledged = $0 { true } else { false } } >= 3 })
        let events = plant.ears.events.withLock { $0 }
        let sequences = events.compactMap { if case .telemetry(let batch) = $0 { batch.sequence } else { nil } }
        #expect(Set(sequences).count == sequences.count && sequences == sequences.sorted())
        #expect(events.count { if case .readings = $0 { true } else { false } } == 1)
        worker.stop()
        hub.close()
    }

    @Test func theGreatestPlanArrivesAndAGreaterOneIsRefusedBeforeItIsSent() async throws {
        let plant = try Plant()
        let hub = try plant.hub()
        let link = try plant.link()
        #expect(await plant.ears.wait { $0.has { $0 == .workerJoined("w1", Incarnation(1)) } })
        func prepare(_ plan: WorkerPlan) {
            hub.perform([
                Effect(id: .init(epoch: Epoch(1), counter: 1), action: .prepare(plan, hash: plan.hash, change: nil))
            ])
        }
        prepare(self.plan(entries: PlanPart.mostParts * PlanPart.mostEntries + 1, segments: 1))
        #expect(
            await plant.ears.wait {
                $0.has {
                    if case .planRefused("w1", _, let reason) = $0 {
                        reason.contains("start another worker")
                    } else {
                        false
                    }
                }
            })
        prepare(self.plan(entries: ControlMessage.mostEntries, segments: ControlMessage.mostSegments))
        #expect(
            await plant.ears.wait {
                $0.heard.withLock {
                    $0.contains {
                        if case .plan(let plan, let hash) = $0 {
                            plan.entries.count == 50_000 && plan.hash == hash
                        } else {
                            false
                        }
                    }
                }
            })
        // One entry more than a message holds: in parts.
        prepare(self.plan(entries: ControlMessage.mostEntries + 1, segments: 1))
        #expect(
            await plant.ears.wait {
                $0.heard.withLock {
                    $0.contains {
                        if case .amend(let patch, let hash) = $0 {
                            patch.entries.count == 50_001 && patch.applied(to: patch.empty)?.hash == hash
                        } else {
                            false
                        }
                    }
                }
            })
        #expect(
            plant.ears.events.withLock { $0.count { if case .workerJoined = $0 { true } else { false } } } == 1,
            "no connection was cut")
        await link.stop()
        hub.close()
    }

    @Test func whatChangedOfAPlanArrivesInPartsAndNotThePlan() async throws {
        let plant = try Plant()
        let hub = try plant.hub()
        let link = try plant.link()
        #expect(await plant.ears.wait { $0.has { $0 == .workerJoined("w1", Incarnation(1)) } })
        let plan = self.plan(entries: 30_000, segments: 30_000)
        let change = PlanPatch(
            id: plan.id, base: 0, worker: plan.worker, validUntil: plan.validUntil, products: plan.products, gone: [7],
            entries: Array(plan.entries.suffix(12_000)), segments: Array(plan.segments.suffix(12_000)))
        let action = Effect.Action.prepare(plan, hash: plan.hash, change: change)
        hub.perform([Effect(id: .init(epoch: Epoch(1), counter: 1), action: action)])
        #expect(
            await plant.ears.wait { $0.heard.withLock { $0.contains(.amend(change, hash: plan.hash)) } },
            "in three messages")
        #expect(!plant.ears.heard.withLock { $0.contains(.plan(plan, hash: plan.hash)) })
        await link.stop()
        hub.close()
    }

    @Test func aNewcomerHearsWhichStopsAreInForceAndAUtilityIsNoWorker() async throws {
        let plant = try Plant()
        let order = StopOrder(id: 7, scope: .zone("z"), at: Instant(seconds: 1), by: "op")
        let hub = try plant.hub(stops: [order], utilities: ["utility"])
        let link = try plant.link()
        #expect(await plant.ears.wait { $0.heard.withLock { $0.contains(.stops([order])) } })
        let impostor = try plant.link("utility", key: "utility")
        #expect(
            await plant.ears.wait {
                $0.heard.withLock {
                    $0.contains {
                        if case .refused(let reason) = $0 { reason.contains("utility's") } else { false }
                    }
                }
            })
        let (worker, _) = try self.raw(plant, key: "w1", identity: nil)
        let (utility, _) = try self.raw(plant, key: "utility", identity: nil)
        func signal(_ watts: Int, _ sequence: UInt64) -> [UInt8] {
            SignalFrame.grid(
                GridSignal(
                    resource: "R", product: "P", sequence: sequence, sentAt: wallNow(), validFrom: wallNow(),
                    expiry: wallNow() + .minutes(1), value: .request(watts: watts), trace: .none)
            ).encoded()
        }
        let forged = signal(666, 9)
        worker.perform { $0.send([forged], on: 2) }
        try await Task.sleep(for: .milliseconds(300))
        let genuine = signal(5, 1)
        utility.perform { $0.send([genuine], on: 2) }
        #expect(await plant.ears.wait { $0.has { if case .signal = $0 { true } else { false } } })
        let values = plant.ears.events.withLock {
            $0.compactMap { if case .signal(let signal) = $0 { signal.value } else { nil } }
        }
        #expect(values == [.request(watts: 5)], "a worker's key signals nothing")
        for group in [worker, utility] { group.stop() }
        await impostor.stop()
        await link.stop()
        hub.close()
    }
}
