import Control
import Domain
import Foundation
import GridCodes
import Testing

@testable import Engine

/// Charging by price beside what is sold: cheaper, with the same baseline, the same delivery and every promise kept.
@Suite struct ChargingBesideReserveTests {
    private let start = Instant(seconds: 1_200_000_000)

    /// Ten cars that leave in three hours with 10 % more; their site carries all of them.
    private func plant() -> Plant {
        Plant(
            cars: 10, workers: 1,
            each: { car, _ in
                car.departure = Instant(seconds: 1_200_000_000) + .minutes(180)
                car.target = 7_000
            })
    }

    /// Dear, cheap, dear for twenty minutes each, and so on: EUR per MWh.
    private let values = [90, 20, 90, 60, 90, 90, 20, 90, 90]

    private func prices() throws -> Event {
        let steps = self.values.enumerated().map {
            PriceCurve.Step(at: self.start + .minutes($0.offset * 20), value: $0.element * 1_000_000)
        }
        return .priced(try #require(PriceCurve(kind: .price, steps: steps, end: self.start + .minutes(180))))
    }

    /// What came of it: energy cost in EUR/MWh × W·s, the baseline that was declared, the block, and who was ready.
    private struct Day {
        var cost = 0
        var declared: [Int] = []
        var roomsAtStart: [[Int]] = []
        var chargesAtStart: [Int] = []
        var basesInside: [Int] = []
        var block: BlockResult?
        var met: [Bool] = []
        var engine: AggregatorEngine
        var journal: [(Instant, [Event])] = []
    }

    /// Sells the block that begins about 80 minutes from now, calls it in full for its whole time, and goes on until the
    /// cars have left.
    private func day(_ plant: Plant, priced: Bool) throws -> Day {
        var plant = plant
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call(after: .minutes(80)))])
        let bid = try #require(plant.bids.last)
        plant.second(extra: [
            .bidAnswered(bid.id, .received, reason: ""),
            .awarded(
                Award(
                    id: "a", bid: bid.id, resource: "R", product: "FR", block: bid.call.block, direction: .up,
                    quantity: bid.quantity, pricePerMegawattHour: bid.pricePerMegawattHour,
                    energyPricePerMegawattHour: .zero(.eur))),
        ])
        plant.second(extra: priced ? [try self.prices()] : [])
        var day = Day(engine: plant.engine)
        while plant.now < self.start + .minutes(179) {
            let minute = (plant.now - self.start).seconds / 60
            plant.milliHertz = bid.call.block.contains(plant.now) ? 49_500 : 50_000
            plant.second()
            let drawn = plant.cars[0].reduce(0) { $0 + $1.power }
            day.cost += drawn * self.values[min(self.values.count - 1, minute / 20)]
            if plant.now == bid.call.block.start {
                day.chargesAtStart = plant.cars[0].map(\.soc)
                day.roomsAtStart = plant.engine.points[0].map { [$0.bounds.base - $0.bounds.low, $0.bounds.base] }
            }
            if bid.call.block.contains(plant.now) {
                day.basesInside.append(plant.engine.points[0].reduce(0) { $0 + $1.bounds.base })
            }
        }
        for slot in 0..<10 { plant.cars[0][slot].isPlugged = false }
        for _ in 0..<3 { plant.second() }
        day.met = plant.records.compactMap { if case .departure(_, _, _, let met, _) = $0 { met } else { nil } }
        day.declared = plant.baselines.map { $0.power(at: bid.call.block.start).watts }
        day.block = plant.engine.snapshot().results.first
        (day.engine, day.journal) = (plant.engine, plant.journal)
        return day
    }

    @Test func itIsCheaperAndBreaksNoPromise() throws {
        let steady = try self.day(self.plant(), priced: false)
        let priced = try self.day(self.plant(), priced: true)
        #expect(priced.cost < steady.cost * 85 / 100, "\(priced.cost) of \(steady.cost)")
        // The baseline stays what was declared, and the cars draw it all through the block.
        #expect(priced.declared == steady.declared && Set(priced.declared).count == 1)
        let declared = try #require(priced.declared.first)
        #expect(
            priced.basesInside.allSatisfy { abs($0 - declared) <= declared / 50 }, "\(priced.basesInside.prefix(5))")
        for (ours, theirs) in zip(priced.roomsAtStart, steady.roomsAtStart) {
            #expect(ours[0] >= theirs[0] - 500, "no less up headroom: \(ours) and \(theirs)")
        }
        for (ours, theirs) in zip(priced.chargesAtStart, steady.chargesAtStart) {
            #expect(abs(ours - theirs) <= 25, "as full as steady charging would have made it: \(ours), \(theirs)")
        }
        let (block, other) = (try #require(priced.block), try #require(steady.block))
        #expect(block.award.quantity == other.award.quantity && block.performance >= other.performance)
        #expect(block.delivered.wattSeconds >= other.delivered.wattSeconds * 99 / 100)
        #expect(priced.met.count == 10 && priced.met.allSatisfy { $0 } && priced.engine.promisesBroken == 0)
        #expect(!priced.engine.snapshot().bids.contains { $0.state == .redeclared || $0.state == .withdrawn })
    }

    @Test func aJournalWithPledgesIsReplayedBitForBit() throws {
        var plant = self.plant()
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call(after: .minutes(80)))])
        plant.second(extra: [try self.prices()])
        for _ in 0..<90 { plant.second() }
        #expect(plant.engine.points[0].allSatisfy { $0.pledge != nil && $0.planned == 0 }, "it is dear now")
        var again = AggregatorEngine(configuration: Plant.configuration())
        for (at, events) in plant.journal { _ = again.step(events, at: at) }
        #expect(again.fingerprint == plant.engine.fingerprint)
        let bytes = try JSONEncoder().encode(EngineCheckpoint(plant.engine))
        let restored = try #require(try JSONDecoder().decode(EngineCheckpoint.self, from: bytes).restored)
        #expect(restored.fingerprint == plant.engine.fingerprint)
    }

    /// While a price keeps the cars waiting, a later block is offered and declared as if they charged steadily.
    @Test func laterBlocksAreOfferedAsTheyWillBe() throws {
        var plant = self.plant()
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call(after: .minutes(80)))])
        let first = try #require(plant.bids.last)
        let declared = try #require(plant.baselines.last?.power(at: first.call.block.start).watts)
        plant.second(extra: [try self.prices()])
        for _ in 0..<90 { plant.second() }
        #expect(plant.engine.points[0].allSatisfy { $0.base == 0 })
        plant.second(extra: [.bidCalled(plant.call(after: .minutes(100)))])
        let later = try #require(plant.bids.last)
        #expect(later.call.block != first.call.block && later.firmHeadroom.watts >= first.firmHeadroom.watts * 98 / 100)
        let baseline = try #require(plant.baselines.last?.power(at: later.call.block.start).watts)
        #expect(declared > 10_000 && abs(baseline - declared) <= declared / 50, "\(baseline) and \(declared)")
    }

    /// A site that does not carry all its stations at once stands still, as before.
    @Test func aNarrowSiteChargesSteadily() throws {
        var plant = Plant(
            cars: 10, workers: 1, site: { $0.importLimit = Power(watts: 66_000) },
            each: { car, _ in
                car.departure = Instant(seconds: 1_200_000_000) + .minutes(180)
                car.target = 7_000
            })
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call(after: .minutes(80)))])
        plant.second(extra: [try self.prices()])
        for _ in 0..<90 { plant.second() }
        #expect(plant.engine.points[0].allSatisfy { $0.pledge == nil && $0.planned == nil })
    }
}
