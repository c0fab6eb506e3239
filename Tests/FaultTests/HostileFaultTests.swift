import Domain
import FleetLink
import Foundation
import NIOCore
import TestSupport
import Testing

/// Somebody means harm at the aggregator's sockets while the fleet exports: dispatch goes on as if nothing were.
@Suite(.wantsHeadroom, .ownThreads) struct HostileFaultTests {
    @Test(.timeLimit(.minutes(8))) func strangersFloodsAndThieves() async throws {
        var terms = FaultPlant.Terms(name: "stolen key, false name, doubled vehicle, floods, 1,000 half-open", seed: 7)
        terms.seconds = 170
        terms.adapt = { plant in
            // The key of worker 1 was changed; somebody has the old one. A third worker is let in, and turns bad.
            try FileManager.default.moveItem(atPath: plant.path("worker-1.key"), toPath: plant.path("stolen.key"))
            _ = try plant.command(["keys", "--out", plant.folder.path, "worker-1", "worker-2", "worker-3", "utility"])
        }
        try await FaultPlant.run(terms) { plant in
            try await plant.fault("a stolen old key", resume: 1) { try await self.stolenKey(plant) }
            try await plant.fault("another's name", resume: 1) { try await self.falseName(plant) }
            try await plant.fault("two workers claim one vehicle", resume: 6) { try await self.doubledVehicle(plant) }
            try await plant.fault("a worker that floods", resume: 2) { try await self.flood(plant) }
            try await plant.fault("large frames", resume: 2) { try await self.largeFrames(plant) }
            try await plant.fault("1,000 half-open handshakes", resume: 15) { try await self.halfOpen(plant) }
        }
    }

    private func stolenKey(_ plant: FaultPlant) async throws {
        let thief = try Rogue(plant.plant, key: "stolen.key")
        defer { thief.leave() }
        #expect(try await !thief.hello(as: "worker-1", life: 9))
        for sequence in 1...50 as ClosedRange<UInt64> {
            thief.publish([Rogue.frame("worker-1", life: 9, sequence: sequence)])
        }
        try await plant.pause(1)
        #expect(plant.metric("headroom_hub_keys_refused") ?? 0 >= 1, "who has an old key is refused and counted")
        #expect(plant.metric("headroom_hub_workers") == 2)
    }

    private func falseName(_ plant: FaultPlant) async throws {
        let rogue = try Rogue(plant.plant, key: "worker-3.key")
        defer { rogue.leave() }
        let before = plant.metric("headroom_hub_strangers") ?? 0
        #expect(try await !rogue.hello(as: "worker-1", life: 9), "a key speaks under its own name only")
        for sequence in 1...50 as ClosedRange<UInt64> {
            rogue.publish([Rogue.frame("worker-1", life: 9, sequence: sequence)])
        }
        try await plant.pause(1.5)
        #expect(plant.metric("headroom_hub_strangers") ?? 0 >= before + 40)
        #expect(rogue.heard.contains(.refused(reason: "this key belongs to another worker")))
    }

    /// Worker 3 says that the car of S1, which stands at worker 1, is at a point of its own, and then that S1 is.
    private func doubledVehicle(_ plant: FaultPlant) async throws {
        let rogue = try Rogue(plant.plant, key: "worker-3.key")
        defer { rogue.leave() }
        #expect(try await rogue.hello(as: "worker-3", life: 3))
        for (slot, station) in ["X1", "S1"].enumerated() {
            let claim = Registration(
                slot: UInt32(slot), generation: 1, station: StationID(station), evse: 1, token: "T1",
                capability: .setpoint, maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
                minimumPower: Power(watts: 1_380), step: Power(watts: 100), responseTime: .milliseconds(200))
            rogue.say([ControlMessage.register(incarnation: Incarnation(3), [claim]).encoded()])
            for sequence in 1...6 as ClosedRange<UInt64> {
                let number = UInt64(slot) * 6 + sequence
                rogue.publish([Rogue.frame("worker-3", life: 3, sequence: number, count: slot + 1)])
                rogue.say([ControlMessage.heartbeat(clock: Rogue.now).encoded()])
                try await plant.pause(1)
            }
        }
        let live = try plant.plant.live()
        #expect(live.vehiclesPlugged == SmallPlant.stations, "one car counts once: \(live)")
    }

    private func flood(_ plant: FaultPlant) async throws {
        let rogue = try Rogue(plant.plant, key: "worker-3.key")
        defer { rogue.leave() }
        #expect(try await rogue.hello(as: "worker-3", life: 4))
        let before = plant.memory("aggregator")
        var sequence: UInt64 = 0
        let end = plant.now + 10
        while plant.now < end {
            let frames = (1...200).map { Rogue.frame("worker-3", life: 4, sequence: sequence + UInt64($0), count: 256) }
            sequence += 200
            rogue.publish(frames)
            rogue.say((1...50).map { _ in ControlMessage.heartbeat(clock: Rogue.now).encoded() })
            rogue.say((1...5).map { _ in Array(repeating: 0xEE, count: 1_000) })
            try await plant.pause(0.02)
        }
        self.expectMemory(plant, before)
        #expect(plant.metric("headroom_hub_malformed") ?? 0 > 0)
    }

    /// Of a worker with a good key: each cuts its connection. Of strangers: nothing is taken.
    private func largeFrames(_ plant: FaultPlant) async throws {
        let before = plant.memory("aggregator")
        let rogue = try Rogue(plant.plant, key: "worker-3.key")
        defer { rogue.leave() }
        #expect(try await rogue.hello(as: "worker-3", life: 5))
        for _ in 0..<10 {
            rogue.say([Array(repeating: 1, count: 8 << 20)])
            rogue.publish([Array(repeating: 1, count: 8 << 20)])
            try await plant.pause(0.3)
        }
        for port in plant.plant.ports[2...5] {
            for channel in try await Strangers.connect(4, port: port) {
                try? await Strangers.pour(channel, mebibytes: 16)
                try? await channel.close()
            }
        }
        self.expectMemory(plant, before)
    }

    /// They hold all sockets, and a worker that was killed comes back all the same.
    private func halfOpen(_ plant: FaultPlant) async throws {
        var channels: [any Channel] = []
        for port in plant.plant.ports[2...5] { channels += try await Strangers.connect(250, port: port) }
        #expect(channels.count == 1_000)
        try await plant.kill9("worker2")
        try plant.restart("worker2")
        for channel in channels { try? await channel.close() }
    }

    private func expectMemory(_ plant: FaultPlant, _ before: Int) {
        let after = plant.memory("aggregator")
        #expect(after > 0 && after - before < 150_000, "the aggregator grew from \(before) to \(after) KiB")
    }
}
