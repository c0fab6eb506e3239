import Domain
import Foundation
import GridCodes
import Planning
import Testing

@testable import Engine

/// Bids of measured risks: what the engine saw of the hours before decides once fourteen days were judged.
@Suite struct MeasuredBidTests {
    /// What was seen of forty cars minute by minute until `now`; `up` says how much in an hour since 1970.
    private func seen(days: Int, until now: Instant, cars: Int = 8, up: (Int) -> Int) -> HeadroomWatch {
        var watch = HeadroomWatch()
        var minute = now.seconds / 60 - days * 1_440
        while minute < now.seconds / 60 {
            let at = Instant(seconds: minute * 60)
            guard watch.begins(at, resources: 1, region: testRegion, confidences: [9_900]) else { break }
            let watts = up(minute / 60)
            for car in 0..<cars {
                watch.take(
                    car, resource: 0, rated: 100_000, up: watts / cars + 10 * (cars - car), down: watts / cars / 2)
            }
            watch.end([watts, watts / 2])
            minute += 1
        }
        return watch
    }

    private func ready(_ cars: Int = 40, plugged: Bool = true) -> Plant {
        var plant = Plant(cars: cars)
        for worker in 0..<2 { for slot in 0..<cars / 2 { plant.cars[worker][slot].isPlugged = plugged } }
        for _ in 0..<10 { plant.second() }
        return plant
    }

    @Test func beforeFourteenDaysTheAssumedRisksDecide() throws {
        var plant = self.ready()
        plant.engine.watch = self.seen(days: 13, until: plant.now) { _ in 1_000 }
        plant.second(extra: [.bidCalled(plant.call())])
        let bid = try #require(plant.bids.last)
        let risk = try #require(bid.risk)
        #expect(risk.source == .coldStart && risk.quantile == 100 && risk.vehicles == 40)
        #expect(risk.contributors.count == 5 && risk.believedAt == plant.now)
        #expect(1...100 ~= risk.shortfallProbability, "held with 99 %, and more by its spare")
        #expect(bid.explanation.contains("by assumed risks, none measured yet"))
        #expect(bid.firmHeadroom.watts > 400_000)
    }

    @Test func aNearBlockIsBidWithTheLesserOfBoth() throws {
        var plant = self.ready()
        // Of forty cars that could be moved by more than 400 kW there were never more than 200 kW at this hour.
        plant.engine.watch = self.seen(days: 24, until: plant.now) { 160_000 + $0 * 7_919 % 40_000 }
        plant.second(extra: [.bidCalled(plant.call())])
        let bid = try #require(plant.bids.last)
        let risk = try #require(bid.risk)
        #expect(risk.source == .measured && bid.firmHeadroom.watts < 200_000 && bid.firmHeadroom.watts > 120_000)
        #expect(risk.believedAt < plant.now && bid.explanation.contains("measured on days before"))
        #expect(risk.expectedShortfall.watts < 1_000 && risk.expectedPenalty.microUnits >= 0)
        let row = plant.records.compactMap { if case .bid(let row) = $0 { row } else { nil } }.last
        #expect(row?.risk == risk, "kept with the bid's row")

        // And what is plugged in bounds it where that is less.
        var few = self.ready(4)
        few.engine.watch = self.seen(days: 24, until: few.now) { _ in 400_000 }
        few.second(extra: [.bidCalled(few.call())])
        #expect((few.engine.snapshot().bids.last?.firmHeadroom.watts ?? .max) < 4 * 44_000)
    }

    /// The cars of tomorrow are not here yet.
    @Test func aBlockFarOffIsBidAsMeasured() throws {
        var plant = self.ready(plugged: false)
        plant.engine.watch = self.seen(days: 24, until: plant.now) { 300_000 + $0 * 7_919 % 40_000 }
        plant.second(extra: [.bidCalled(plant.call(after: .hours(12)))])
        let bid = try #require(plant.bids.last)
        let risk = try #require(bid.risk)
        #expect(risk.source == .measured && bid.quantity.watts >= 200_000 && risk.vehicles == 8)
        #expect(risk.contributors.first == "v-0-0", "the car that usually offers most")
        for _ in 0..<10 { plant.second() }
        #expect(plant.engine.snapshot().bids.map(\.state) == [.submitted], "who is away now is none")
        plant.second(extra: [
            .awarded(
                Award(
                    id: "a", bid: bid.id, resource: "R", product: "FR", block: bid.call.block, direction: .up,
                    quantity: bid.quantity, pricePerMegawattHour: bid.pricePerMegawattHour,
                    energyPricePerMegawattHour: .zero(.eur)))
        ])
        for _ in 0..<10 { plant.second() }
        #expect(plant.engine.snapshot().bids.map(\.state) == [.awarded], "and none to declare less")
    }

    /// What points offer is watched minute by minute, judged hour by hour, and shown.
    @Test func anHourIsJudgedByTheLeastThatWasOffered() throws {
        var plant = Plant(cars: 4)
        while plant.now.seconds % 3_600 != 3_590 { plant.now = plant.now + .seconds(1) }
        // The belief about the hour to come has to stand before it: the first hours only state.
        plant.engine.watch = self.seen(days: 3, until: plant.now, cars: 4) { _ in 120_000 }
        let before = try #require(plant.engine.watch.book).ahead[0].judged
        while plant.now.seconds % 3_600 != 60 { plant.second() }
        #expect(plant.engine.watch.book?.ahead[0].judged == before + 1, "the hour that was watched")
        let scores = plant.engine.snapshot().forecasts
        #expect(scores.map(\.direction) == [.up, .down] && scores.allSatisfy { $0.confidence == 9_900 && !$0.isReady })
    }

    /// What is watched and believed is in the checkpoint and in the fingerprint.
    @Test func whatIsBelievedIsKept() throws {
        var plant = self.ready()
        plant.engine.watch = self.seen(days: 16, until: plant.now) { 160_000 + $0 * 7_919 % 40_000 }
        plant.second()
        let bytes = try JSONEncoder().encode(EngineCheckpoint(plant.engine))
        var twin = plant
        twin.engine = try #require(try JSONDecoder().decode(EngineCheckpoint.self, from: bytes).restored)
        for _ in 0..<70 {
            plant.second()
            twin.second()
        }
        plant.second(extra: [.bidCalled(plant.call())])
        twin.second(extra: [.bidCalled(twin.call())])
        #expect(plant.bids.last?.risk != nil && plant.bids.last?.risk == twin.bids.last?.risk)
        #expect(twin.engine.fingerprint == plant.engine.fingerprint)
        var other = plant.engine
        other.watch = HeadroomWatch()
        #expect(other.fingerprint != plant.engine.fingerprint)
    }
}
