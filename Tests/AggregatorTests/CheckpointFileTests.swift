import Domain
import Engine
import Foundation
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

    @Test(arguments: [1, 7, 12, 24, 1_000]) func aCheckpointInPartsIsTheState(_ most: Int) throws {
        let engine = self.engine(points: 12)
        let restored = try #require(CheckpointFile.decode(CheckpointFile.encode(engine, by: most)))
        #expect(restored.fingerprint == engine.fingerprint && restored.snapshot() == engine.snapshot())
    }

    @Test func aCheckpointFromBeforeIsRead() throws {
        let engine = self.engine(points: 2)
        let bytes = [UInt8](try JSONEncoder().encode(EngineCheckpoint(engine)))
        #expect(CheckpointFile.decode(bytes)?.fingerprint == engine.fingerprint)
    }

    /// Neither its beginning alone, nor with a part missing or doubled.
    @Test func whatIsNotWholeIsNoCheckpoint() throws {
        let engine = self.engine(points: 3)
        let bytes = try CheckpointFile.encode(engine, by: 2)
        for count in stride(from: 0, to: bytes.count, by: 97) {
            #expect(CheckpointFile.decode(Array(bytes.prefix(count))) == nil)
        }
        #expect(CheckpointFile.decode(bytes + [0]) == nil)
        let first = 8 + bytes[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(CheckpointFile.decode(Array(bytes[..<4] + bytes[first...])) == nil, "a part is missing")
        #expect(CheckpointFile.decode(Array(bytes[..<first] + bytes[4...])) == nil, "a part is there twice")
    }
}
