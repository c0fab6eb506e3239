import Control
import Domain
import Foundation
import Testing

@testable import Engine

/// Stations that accept and do less: what their meters proved is taken off what is sold, and made up for.
@Suite struct TrustTests {
    /// 20 % deliver half, 10 % charge on whatever they are told: nobody knows which before they were asked.
    private func plant(cars: Int = 60, isHonest: Bool = false) -> Plant {
        let start = Instant(seconds: 1_200_000_000)
        var plant = Plant(
            cars: cars,
            each: { car, index in
                car.departure = start + .hours(6)
                car.target = 9_000
                guard !isHonest else { return }
                car.halves = index % 10 < 2
                car.freezes = index % 10 == 5
            })
        plant.run(until: plant.now + .seconds(60))
        return plant
    }

    /// Sells the next block and lets the grid ask three times in it; returns what was bid and the share delivered.
    private func block(_ plant: inout Plant, id: AwardID) -> (bid: Int, share: Int) {
        let block = plant.sell(id: id)
        let bid = plant.bids.last?.quantity.watts ?? 0
        while plant.now < block.start + .seconds(30) { plant.second() }
        let first = plant.samples.count
        for _ in 0..<3 {
            plant.milliHertz = 49_400
            plant.run(until: plant.now + .seconds(40))
            plant.milliHertz = 50_000
            plant.run(until: plant.now + .seconds(30))
        }
        while plant.now < block.end + .seconds(2) { plant.second() }
        let samples = plant.samples[first...].filter { $0.requested.watts > 0 && $0.product == "FR" }
        let requested = samples.reduce(0) { $0 + $1.requested.watts }
        let came = samples.reduce(0) { $0 + min($1.requested.watts, max(0, $1.delivered.watts)) }
        return (bid, requested > 0 ? came * 1_000 / requested : 0)
    }

    @Test func whatStationsUsuallyFailToDeliverIsNotSoldAndIsMadeUpFor() {
        var plant = self.plant()
        let naive = self.block(&plant, id: "a1")
        #expect(naive.share < 950, "nobody knows yet: \(naive)")
        _ = self.block(&plant, id: "a2")
        let knowing = self.block(&plant, id: "a3")
        #expect(knowing.share >= 980, "\(knowing)")
        #expect(knowing.bid < naive.bid && knowing.bid > naive.bid / 2, "\(naive) \(knowing)")
        let points = plant.engine.points.joined()
        for (car, point) in zip(plant.cars.joined(), points) {
            #expect(point.proof.isIgnoring == car.freezes, "\(car.token) \(point.proof.proofs)")
            // Who is called last was hardly asked yet.
            guard point.proof.proofs.count >= StationTrust.fewest else { continue }
            #expect((point.proof.gainPerMille < 600) == (car.freezes || car.halves), "\(car.token) \(point.proof)")
        }
        let ignoring = plant.engine.snapshot().suspects.filter { $0.reason.contains("ignores") }
        #expect(points.count { $0.proof.gainPerMille < 600 } >= 15)
        #expect(ignoring.count == 6 && ignoring.allSatisfy { $0.since != nil && $0.retryAt != nil && $0.trust == 0 })
    }

    @Test func anHonestFleetLosesNothing() {
        var plant = self.plant(isHonest: true)
        let first = self.block(&plant, id: "a1")
        let later = self.block(&plant, id: "a2")
        #expect(first.share >= 980 && later.share >= 980, "\(first) \(later)")
        #expect(plant.engine.points.joined().allSatisfy { $0.derating == 1_000 })
        #expect(plant.engine.snapshot().suspects.isEmpty)
    }

    @Test func whoIgnoredIsAskedAgainAndComesBack() {
        var plant = self.plant(cars: 10)
        _ = self.block(&plant, id: "a1")
        _ = self.block(&plant, id: "a2")
        func ignoring(_ plant: Plant) -> Int { plant.engine.points.joined().count { $0.proof.isIgnoring } }
        #expect(ignoring(plant) == 1)
        let held = plant.engine.points.joined().filter { $0.proof.isIgnoring }.map(\.heldUp)
        #expect(held == [0])
        for worker in plant.cars.indices {
            for slot in plant.cars[worker].indices { plant.cars[worker][slot].freezes = false }
        }
        let point = plant.engine.points.joined().first { $0.proof.isIgnoring }
        let due = point?.proof.retryAt ?? plant.now
        #expect(due > plant.now + .minutes(2))
        plant.run(until: due - .seconds(10))
        #expect(ignoring(plant) == 1, "not before its time")
        plant.run(until: due + .minutes(3))
        #expect(ignoring(plant) == 0, "\(plant.engine.points.joined().map(\.proof.proofs.count))")
    }

    @Test func theRecordIsInTheCheckpointAndInTheFingerprint() throws {
        var plant = self.plant(cars: 20)
        _ = self.block(&plant, id: "a1")
        let proofs = plant.engine.points.joined().map(\.proof)
        #expect(proofs.contains { !$0.proofs.isEmpty })
        let bytes = try JSONEncoder().encode(EngineCheckpoint(plant.engine))
        let restored = try #require(try JSONDecoder().decode(EngineCheckpoint.self, from: bytes).restored)
        #expect(restored.points.joined().map(\.proof) == proofs)
        var other = plant.engine
        other.points[0][0].proof.void()
        other.points[0][0].proof = StationTrust()
        #expect(other.fingerprint != plant.engine.fingerprint)
        var replayed = AggregatorEngine(configuration: Plant.configuration())
        for (at, events) in plant.journal { _ = replayed.step(events, at: at) }
        #expect(replayed.fingerprint == plant.engine.fingerprint, "bit for bit from the journal")
    }
}
