import Domain
import Foundation
import GridCodes
import Testing

@testable import Engine

/// A state that is written down and read again goes on as if nothing had been.
@Suite struct CheckpointTests {
    private func again(_ engine: AggregatorEngine) throws -> AggregatorEngine? {
        let bytes = try JSONEncoder().encode(EngineCheckpoint(engine))
        return try JSONDecoder().decode(EngineCheckpoint.self, from: bytes).restored
    }

    /// In the middle of a sold block, with late readings, a stop and a car that left.
    @Test func whatIsRestoredGoesOnAlike() throws {
        var plant = Plant(cars: 40)
        for _ in 0..<20 { plant.second() }
        let block = plant.sell()
        plant.second(extra: [
            .stopped(StopOrder(id: 1, scope: .station("st-0-3"), at: plant.now, by: "a person"))
        ])
        while plant.now < block.start + .seconds(60) { plant.second() }
        plant.milliHertz = 49_700
        plant.cars[1][4].isPlugged = false
        for _ in 0..<20 { plant.second() }
        var twin = plant
        twin.engine = try #require(try self.again(plant.engine))
        #expect(twin.engine.snapshot() == plant.engine.snapshot())
        for second in 0..<400 {
            if second == 30 { (plant.milliHertz, twin.milliHertz) = (50_000, 50_000) }
            plant.second()
            twin.second()
            #expect(twin.engine.fingerprint == plant.engine.fingerprint, "after \(second) s")
            guard twin.engine.fingerprint == plant.engine.fingerprint else { return }
        }
        #expect(plant.records.contains { if case .block = $0 { true } else { false } }, "the block was settled")
        #expect(twin.records == plant.records, "and pays the same")
    }

    @Test func anotherStateThanTheOneThatWasKeptIsNotRestored() throws {
        var plant = Plant(cars: 4)
        for _ in 0..<10 { plant.second() }
        let text = String(decoding: try JSONEncoder().encode(EngineCheckpoint(plant.engine)), as: UTF8.self)
        let wrong = text.replacingOccurrences(of: "\"promisesBroken\":0", with: "\"promisesBroken\":1")
        #expect(wrong != text)
        #expect(!text.contains("lacking"), "read by who knows nothing of it, and from who wrote nothing of it")
        #expect(try JSONDecoder().decode(EngineCheckpoint.self, from: Data(wrong.utf8)).restored == nil)
        let later = text.replacingOccurrences(of: "\"version\":\(EngineCheckpoint.version),", with: "\"version\":9,")
            .replacingOccurrences(of: "\"version\":\(EngineCheckpoint.version)}", with: "\"version\":9}")
        #expect(later != text)
        #expect(try JSONDecoder().decode(EngineCheckpoint.self, from: Data(later.utf8)).restored == nil)
    }
}
