import CTelemetry
import Domain
import Engine
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing
import ZeroMQ

@testable import Aggregator
@testable import FleetLink
@testable import Worker

func wallNow() -> Instant { Instant(microseconds: Int(Date().timeIntervalSince1970 * 1e6)) }

/// A real hub and a real link over CURVE sockets on this machine.
@Suite(.serialized, .ownThreads) struct LinkHubTests {
    final class Ears: Sendable {
        let events = Mutex<[Event]>([])
        let heard = Mutex<[LinkAction]>([])
        let room = Mutex(true)
        /// The aggregator's own state, where a test looks at it.
        let engine = Mutex<AggregatorEngine?>(nil)

        func wait(_ what: (Ears) -> Bool) async -> Bool {
            for _ in 0..<400 {
                if what(self) { return true }
                try? await Task.sleep(for: .milliseconds(20))
            }
            return false
        }

        func has(_ match: (Event) -> Bool) -> Bool { self.events.withLock { $0.contains(where: match) } }
    }

    struct Plant {
        var folder: URL
        var ports: [Int]
        var serverKey: String
        let ears = Ears()

        init() throws {
            self.folder = FileManager.default.temporaryDirectory.appending(
                path: "link-\(UInt64.random(in: 0 ... .max))")
            try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
            self.ports = Ports.free(4)
            let server = try KeyPair.generate()
            self.serverKey = server.publicKey
            try server.write(to: self.path("aggregator.key"))
            var allowed = ""
            for name in ["w1", "utility"] {
                let pair = try KeyPair.generate()
                try pair.write(to: self.path("\(name).key"))
                allowed += "\(name) \(pair.publicKey)\n"
            }
            try allowed.write(toFile: self.path("allowed"), atomically: true, encoding: .utf8)
        }

        func path(_ name: String) -> String { self.folder.appending(path: name).path }
        func endpoint(_ index: Int) -> String { "tcp://127.0.0.1:\(self.ports[index])" }

        func hub(epoch: UInt32 = 1, stops: [StopOrder]? = nil, utilities: [String]? = nil) throws -> FleetHub {
            let ears = self.ears
            return try FleetHub(
                HubConfiguration(
                    telemetry: self.endpoint(0), control: self.endpoint(1), signal: self.endpoint(2),
                    fastSignal: self.endpoint(3), keyFile: self.path("aggregator.key"), allowFile: self.path("allowed"),
                    utilities: utilities),
                epoch: Epoch(epoch), stops: stops, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ) { events in
                guard ears.room.withLock({ $0 }) else { return false }
                ears.events.withLock { $0 += events }
                ears.engine.withLock { engine in
                    let now = max(engine?.now ?? .distantPast, wallNow())
                    _ = engine?.step(events, at: now)
                }
                return true
            }
        }

        func link(_ name: String = "w1", key: String = "w1", incarnation: UInt64 = 1) throws -> FleetUplink {
            let ears = self.ears
            return try FleetUplink(
                UplinkConfiguration(
                    telemetry: self.endpoint(0), control: self.endpoint(1), signal: self.endpoint(2),
                    keyFile: self.path("\(key).key"), aggregatorKey: self.serverKey),
                worker: WorkerID(name), incarnation: Incarnation(incarnation)
            ) { actions in ears.heard.withLock { $0 += actions } }
        }
    }

    private func reading(_ sequence: UInt64) -> MeterReading {
        MeterReading(
            worker: "w1", sequence: sequence, station: "s", evse: 1, token: nil, at: Instant(seconds: Int(sequence)),
            receivedAt: Instant(seconds: 1), power: .zero, importRegister: .zero, exportRegister: .zero,
            stateOfCharge: nil)
    }

    private func record(_ slot: UInt8) -> (slot: UInt32, bytes: [UInt8]) {
        (UInt32(slot), [slot] + Array(repeating: 0, count: 39))
    }

    /// Said over real sockets until the engine has room for it and says that it took it.
    @Test func decisionsOfOthersAreSaidUntilTheEngineTookThem() async throws {
        let plant = try Plant()
        defer { try? FileManager.default.removeItem(at: plant.folder) }
        plant.ears.room.withLock { $0 = false }
        let hub = try await self.hub(plant)
        let link = try plant.link()
        let room = OverrideNote.Room(charge: Power(watts: 22_000), discharge: Power(watts: 11_000))
        let note = OverrideNote(
            sequence: 7, kind: .priority, isOver: false, station: "s", evse: 1, token: nil, at: Instant(seconds: 1),
            source: "driver", before: room, after: room)
        link.note([note])
        #expect(await plant.ears.wait { $0.heard.withLock { $0.contains(.connected(Epoch(1))) } })
        plant.ears.room.withLock { $0 = true }
        #expect(await plant.ears.wait { $0.has { $0 == .overridden("w1", [note]) } })
        let taken = Effect(id: .init(epoch: Epoch(1), counter: 1), action: .overridesTaken("w1", upTo: 7))
        hub.perform([taken])
        #expect(await plant.ears.wait { $0.heard.withLock { $0.contains(.dropOverrides(upTo: 7)) } })
        await link.stop()
        hub.close()
    }

    /// A hub on ports that were just let go of: libzmq frees them a moment later, and a program that another test is just
    /// starting has them, too, for a moment.
    private func hub(_ plant: Plant, epoch: UInt32 = 1) async throws -> FleetHub {
        for _ in 0..<100 {
            if let hub = try? plant.hub(epoch: epoch) { return hub }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try plant.hub(epoch: epoch)
    }

    @Test func telemetrySignalsPlansAndReadingsCrossTheSockets() async throws {
        let plant = try Plant()
        let hub = try await self.hub(plant)
        let link = try plant.link()
        let ears = plant.ears
        #expect(await ears.wait { $0.has { $0 == .workerJoined("w1", Incarnation(1)) } })
        link.publish([self.record(1)])
        #expect(await ears.wait { $0.has { if case .telemetry(let batch) = $0 { batch.count == 1 } else { false } } })
        link.enqueue([self.reading(1), self.reading(2)])
        #expect(await ears.wait { $0.has { if case .readings("w1", let all) = $0 { all.count == 2 } else { false } } })
        #expect(
            !ears.heard.withLock { $0.contains(.drop(readingsUpTo: 2)) },
            "nothing is acknowledged before it is journalled")
        hub.journalled("w1", 2)
        #expect(await ears.wait { $0.heard.withLock { $0.contains(.drop(readingsUpTo: 2)) } })
        let order = StopOrder(id: 7, scope: .zone("z"), at: Instant(seconds: 1), by: "op")
        hub.perform([Effect(id: .init(epoch: Epoch(1), counter: 1), action: .stop(order))])
        #expect(await ears.wait { $0.heard.withLock { $0.contains(.stop(order)) } })
        await link.stop()
        #expect(await ears.wait { $0.has { $0 == .workerLost("w1") } }, "FIN is heard")
        hub.close()
    }

    @Test func aRestartedAggregatorAndARestartedWorkerFindEachOtherAgain() async throws {
        let plant = try Plant()
        var hub = try await self.hub(plant)
        let link = try plant.link()
        #expect(await plant.ears.wait { $0.has { $0 == .workerJoined("w1", Incarnation(1)) } })
        link.enqueue([self.reading(1)])
        #expect(await plant.ears.wait { $0.has { if case .readings = $0 { true } else { false } } })
        hub.close()
        plant.ears.events.withLock { $0 = [] }
        hub = try await self.hub(plant, epoch: 2)
        hub.restore(["w1": 1])
        link.enqueue([self.reading(2)])
        #expect(
            await plant.ears.wait {
                $0.has { if case .readings(_, let all) = $0 { all.map(\.sequence) == [2] } else { false } }
            })
        #expect(plant.ears.heard.withLock { $0.contains(.connected(Epoch(2))) })
        await link.stop()
        let again = try plant.link(incarnation: 2)
        #expect(await plant.ears.wait { $0.has { $0 == .workerJoined("w1", Incarnation(2)) } })
        await again.stop()
        hub.close()
    }

    @Test func anothersKeyIsRefusedAndAStrangerIsNotHeard() async throws {
        let plant = try Plant()
        let hub = try await self.hub(plant)
        let thief = try plant.link("w1", key: "utility")
        #expect(
            await plant.ears.wait { $0.heard.withLock { $0.contains(.refused("this key belongs to another worker")) } })
        try KeyPair.generate().write(to: plant.path("stranger.key"))
        let stranger = try plant.link("w1", key: "stranger", incarnation: 9)
        let strangersKey = try KeyPair.read(from: plant.path("stranger.key")).publicKey
        #expect(await plant.ears.wait { _ in hub.refusals.keys == [strangersKey] })
        #expect(!plant.ears.has { if case .workerJoined = $0 { true } else { false } })
        await thief.stop()
        await stranger.stop()
        hub.close()
    }

    @Test func theFastSignalIsHeardOnceAndEchoed() async throws {
        let plant = try Plant()
        let hub = try await self.hub(plant)
        let uplink = try FastSignalUplink(
            endpoint: plant.endpoint(3), name: "utility", keyFile: plant.path("utility.key"), serverKey: plant.serverKey
        )
        func signal(_ sequence: UInt64, lasting: TimeSpan = .seconds(60)) -> GridSignal {
            let now = Instant(microseconds: Int(Date().timeIntervalSince1970 * 1e6))
            return GridSignal(
                resource: "R", product: "P", sequence: sequence, sentAt: now, validFrom: now, expiry: now + lasting,
                value: .request(watts: 5), trace: .none)
        }
        uplink.send([signal(1), signal(1), signal(2, lasting: .seconds(-1)), signal(3)])
        #expect(
            await plant.ears.wait { $0.has { if case .signal(let heard) = $0 { heard.sequence == 3 } else { false } } })
        let heard = plant.ears.events.withLock {
            $0.compactMap { if case .signal(let signal) = $0 { signal.sequence } else { nil } }
        }
        #expect(heard == [1, 3], "a replayed and an expired one change nothing")
        let sample = DeliverySample(
            resource: "R", product: "P", at: Instant(seconds: 1), requested: .zero, delivered: .zero, baseline: .zero,
            metered: Power(watts: 7))
        hub.perform([Effect(id: .init(epoch: Epoch(1), counter: 1), action: .report(sample))])
        var echoed: [DeliverySample] = []
        for _ in 0..<200 where echoed.isEmpty {
            echoed = uplink.receive()
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(echoed == [sample])
        uplink.stop()
        hub.close()
    }

    @Test func anInboxWithoutRoomHasEverybodySayHelloAgainAndLosesNoReading() async throws {
        let plant = try Plant()
        let hub = try await self.hub(plant)
        let link = try plant.link()
        #expect(await plant.ears.wait { $0.has { $0 == .workerJoined("w1", Incarnation(1)) } })
        plant.ears.room.withLock { $0 = false }
        link.enqueue([self.reading(1)])
        try await Task.sleep(for: .milliseconds(300))
        plant.ears.room.withLock { $0 = true }
        #expect(
            await plant.ears.wait {
                $0.has { if case .readings(_, let all) = $0 { all.map(\.sequence) == [1] } else { false } }
            })
        await link.stop()
        hub.close()
    }
}
