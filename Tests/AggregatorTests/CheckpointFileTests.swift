import Domain
import Engine
import Foundation
import Synchronization
import Testing

@testable import Aggregator

/// A checkpoint is written down in parts, so that a large fleet's is never in memory as one tree.
extension EngineServiceTests {
    private func engine(points: Int) -> AggregatorEngine {
        var engine = AggregatorEngine(configuration: self.configuration)
        var now = Instant(seconds: 1_800_000_000)
        for worker in 0..<3 {
            let id = WorkerID("w\(worker)")
            let registrations = (0..<points * worker).map { slot in
                Registration(
                    slot: UInt32(slot), generation: 1, station: StationID("s-\(worker)-\(slot)"), evse: 1, token: nil,
                    capability: .setpoint, maxCharge: Power(watts: 11_000), maxDischarge: Power(watts: slot),
                    minimumPower: .zero, step: Power(watts: 1), responseTime: .seconds(1))
            }
            _ = engine.step(
                [.workerJoined(id, Incarnation(7)), .registered(id, Incarnation(7), registrations)], at: now)
            now = now + .seconds(1)
        }
        return engine
    }

    private func written(_ engine: AggregatorEngine) throws -> [UInt8] {
        let bytes = Mutex<[UInt8]>([])
        try CheckpointFile.write(engine) { part in bytes.withLock { $0 += part } }
        return bytes.withLock { $0 }
    }

    private func read(_ bytes: [UInt8]) throws -> AggregatorEngine? {
        try CheckpointFile.read(bytes.count) { count, place in Array(bytes.dropFirst(place).prefix(count)) }
    }

    /// Bytes of each part, the state's last.
    private func frames(_ bytes: [UInt8]) -> [Range<Int>] {
        var frames: [Range<Int>] = []
        var place = 4
        while place < bytes.count {
            let length = bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            frames.append(place..<place + 4 + length)
            place += 4 + length
        }
        return frames
    }

    @Test(arguments: [0, 1, 256, 511, 700]) func aCheckpointInPartsIsTheState(_ points: Int) throws {
        let engine = self.engine(points: points)
        let restored = try #require(try self.read(self.written(engine)))
        #expect(restored.fingerprint == engine.fingerprint && restored.snapshot() == engine.snapshot())
    }

    /// What stands for a thousand cars more is parts alone, and none is large.
    @Test func noPartGrowsWithTheFleet() throws {
        let few = try self.frames(self.written(self.engine(points: 600)))
        let many = try self.frames(self.written(self.engine(points: 1_800)))
        #expect(many.count > few.count)
        let most = try #require(many.map(\.count).max())
        #expect(most < 512 * 1_500, "a part of \(most) bytes")
        let (one, other) = (try #require(few.last).count, try #require(many.last).count)
        #expect(other < one + 1_000, "the state has \(one) bytes, then \(other)")
    }

    @Test func aCheckpointFromBeforeIsRead() throws {
        let engine = self.engine(points: 2)
        let bytes = [UInt8](try JSONEncoder().encode(EngineCheckpoint(engine)))
        #expect(try self.read(bytes)?.fingerprint == engine.fingerprint)
    }

    /// Neither its beginning alone, nor with a part missing or doubled.
    @Test func whatIsNotWholeIsNoCheckpoint() throws {
        let engine = self.engine(points: 3)
        let bytes = try self.written(engine)
        for count in stride(from: 0, to: bytes.count, by: 97) {
            #expect((try? self.read(Array(bytes.prefix(count)))) == nil)
        }
        #expect(try self.read(bytes + [0]) == nil)
        let frames = self.frames(bytes)
        for frame in frames.dropLast() {
            #expect((try? self.read(Array(bytes[..<frame.lowerBound] + bytes[frame.upperBound...]))) == nil)
            #expect((try? self.read(Array(bytes[..<frame.upperBound] + bytes[frame.lowerBound...]))) == nil)
        }
    }
}
