import Control
import Domain
import Foundation
import Testing

@testable import Engine

/// Trust records that are kept for good: when something changed, never with each reading, and known after a restart.
@Suite struct TrustRecordTests {
    private static let start = Instant(seconds: 1_200_000_000)

    private func plant(cars: Int = 20) -> Plant {
        var plant = Plant(
            cars: cars,
            each: { car, index in
                car.departure = Self.start + .hours(9)
                car.target = 9_000
                car.halves = index % 10 < 2
                car.freezes = index % 10 == 5
            })
        plant.run(until: plant.now + .seconds(60))
        return plant
    }

    /// Sells a block and asks in it, so that dispatches are looked at.
    private func block(_ plant: inout Plant, id: AwardID) {
        let block = plant.sell(id: id)
        while plant.now < block.start + .seconds(30) { plant.second() }
        for _ in 0..<3 {
            plant.milliHertz = 49_400
            plant.run(until: plant.now + .seconds(40))
            plant.milliHertz = 50_000
            plant.run(until: plant.now + .seconds(30))
        }
        while plant.now < block.end + .seconds(2) { plant.second() }
    }

    private func trust(_ plant: Plant) -> [TrustRecord] {
        plant.records.compactMap { if case .trust(let record, "t", "test") = $0 { record } else { nil } }
    }

    @Test func whatChangedIsKeptOnceAndNotWithEachReading() throws {
        var plant = self.plant()
        #expect(self.trust(plant).isEmpty, "nothing was proven yet")
        self.block(&plant, id: "a1")
        self.block(&plant, id: "a2")
        let records = self.trust(plant)
        let byStation = Dictionary(grouping: records, by: \.station)
        #expect(byStation.count >= 10, "\(byStation.keys)")
        #expect(byStation.values.allSatisfy { $0.count <= 3 }, "\(byStation.mapValues { $0.map(\.verdict) })")
        for (car, point) in zip(plant.cars.joined(), plant.engine.points.joined()) {
            let station = StationID("st-" + car.token.rawValue.dropFirst(4))
            let last = byStation[station]?.last
            #expect(car.freezes == (last?.verdict == .ignoring), "\(station) \(String(describing: last))")
            guard let last else { continue }
            #expect(last.seen >= StationTrust.fewest || last.verdict == .withheld)
            #expect(last.missed <= last.seen && last.evse == 1)
            #expect(last.ignoresSince == point.proof.ignoresSince || !car.freezes)
            #expect((last.verdict == .derated) == (car.halves && !car.freezes), "\(station) \(last.gainPerMille)")
        }
        // Hours in which nothing is asked keep nothing more but what the schedule tries.
        let before = records.count
        plant.run(until: plant.now + .minutes(9))
        #expect(self.trust(plant).count == before)
    }

    @Test func anEngineWithoutAJournalGoesOnFromTheRecords() throws {
        var plant = self.plant()
        self.block(&plant, id: "a1")
        self.block(&plant, id: "a2")
        var last: [StationID: TrustRecord] = [:]
        for record in self.trust(plant) { last[record.station] = record }
        let data = try JSONEncoder().encode(Array(last.values))
        let kept = try JSONDecoder().decode([TrustRecord].self, from: data)
        var other = Plant(cars: 20, remembered: kept)
        #expect(self.trust(other).isEmpty)
        var count = 0
        for (old, new) in zip(plant.engine.points.joined(), other.engine.points.joined()) {
            guard new.proof.seen > 0 else { continue }
            count += 1
            #expect(new.proof.isIgnoring == old.proof.isIgnoring && new.isSuspect == old.isSuspect)
            #expect(new.verdict == new.kept?.verdict && new.proof.seen <= old.proof.seen)
            #expect(new.proof.ignoresSince == old.proof.ignoresSince)
        }
        #expect(count == last.count && count >= 10)
        other.run(until: other.now + .seconds(60))
        #expect(self.trust(other).isEmpty, "what is known is not said again")
        let again = other.engine
        var twice = other.engine
        _ = twice.step([.remembered(kept)], at: other.now)
        #expect(zip(twice.points.joined(), again.points.joined()).allSatisfy { $0.proof == $1.proof })
    }

    @Test func whoIsNotSoldForWhatDidNotComeStaysSo() {
        var point = Point()
        point.remember(
            TrustRecord(
                station: "s", evse: 1, at: Self.start, verdict: .withheld, delay: nil, fullResponse: nil,
                rampPerSecond: nil, gainPerMille: 1_000, offset: nil, step: nil, seen: 2, missed: 1,
                ignoresSince: nil, retryAt: nil, proofs: []))
        #expect(point.isSuspect && point.verdict == .withheld && point.proof.seen == 2 && point.proof.missed == 1)
    }
}
