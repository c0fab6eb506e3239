import Control
import Domain
import Foundation
import GridCodes
import Testing

@testable import Engine

/// Charging by price: cheap, in time, under the site's limit, and never at the cost of what is sold.
@Suite struct ChargingTests {
    private let start = Instant(seconds: 1_200_000_000)

    /// A price for each of so many minutes from the start on; every site looks at it within five minutes.
    private func prices(_ values: [Int], minutes: Int) throws -> Event {
        let steps = values.enumerated().map {
            PriceCurve.Step(at: self.start + .minutes($0.offset * minutes), value: $0.element * 1_000_000)
        }
        return .priced(
            try #require(
                PriceCurve(kind: .price, steps: steps, end: self.start + .minutes(values.count * minutes))))
    }

    /// Ten cars that leave in an hour with 5 % more, on a day whose second third is cheap.
    private func plant(limit: Int = 5_000_000) -> Plant {
        Plant(
            cars: 10, workers: 1, site: { $0.importLimit = Power(watts: limit) },
            each: { car, _ in
                car.departure = Instant(seconds: 1_200_000_000) + .minutes(70)
                car.target = 6_500
            })
    }

    /// What was charged until now, Wh.
    private func charged(_ plant: Plant) -> Int { plant.cars[0].reduce(0) { $0 + $1.importWs } / 3_600 }

    @Test func carsChargeWhenItIsCheapAndAreReady() throws {
        var plant = self.plant()
        plant.second(extra: [try self.prices([90, 20, 90, 90], minutes: 20)])
        for _ in 0..<20 { plant.second() }
        let early = self.charged(plant)
        plant.run(until: self.start + .minutes(19))
        // A bit is charged before the plan is there.
        #expect(self.charged(plant) - early < 300, "nearly nothing while it is dear")
        let waiting = plant.engine.snapshot().explanation(of: "v-0-3") { "\(($0 - self.start).seconds / 60) min" }
        #expect(
            waiting
                == "v-0-3 waits at 0 kW, bound by the price of 90.00 per MWh now, 20.00 per MWh at 20 min, and by its "
                + "promise of 65 % at 70 min; next best: steady charging until 70 min at a mean of 67.05 per MWh, "
                + "instead of waiting")
        plant.run(until: self.start + .minutes(46))
        #expect(plant.cars[0].allSatisfy { $0.soc >= 6_490 }, "\(plant.cars[0].map(\.soc))")
        let done = plant.engine.snapshot().explanation(of: "v-0-3") { "\(($0 - self.start).seconds / 60) min" }
        #expect(done?.contains("next best: ") == true)
        plant.run(until: self.start + .minutes(70))
        for slot in 0..<10 { plant.cars[0][slot].isPlugged = false }
        for _ in 0..<3 { plant.second() }
        #expect(plant.engine.promisesBroken == 0)
        let met = plant.records.compactMap { record -> Bool? in
            if case .departure(_, _, _, let met, _) = record { met } else { nil }
        }
        #expect(met.count == 10 && met.allSatisfy { $0 })
    }

    /// Behind a connection that carries three of ten at once everybody is ready all the same, and it is never above.
    @Test func theSitesLimitIsKeptAndEverybodyIsReady() throws {
        var plant = self.plant(limit: 66_000)
        plant.second(extra: [try self.prices([90, 20, 90, 90], minutes: 20)])
        for _ in 0..<60 * 64 {
            plant.second()
            let base = plant.engine.points[0].reduce(0) { $0 + max(0, $1.bounds.base) }
            #expect(base <= 66_000, "\(base) W")
        }
        #expect(plant.cars[0].allSatisfy { $0.soc >= 6_490 }, "\(plant.cars[0].map(\.soc))")
        #expect(plant.engine.snapshot().sites().map(\.isReady) == [true])
    }

    /// While something is offered or sold, every base is what it is without prices.
    @Test func whatIsSoldStaysFree() throws {
        var plant = self.plant()
        var steady = self.plant()
        plant.second()
        steady.second()
        let block = plant.sell()
        #expect(steady.sell() == block)
        plant.second(extra: [try self.prices([90, 20, 90, 90], minutes: 20)])
        steady.second()
        while plant.now < block.end - .seconds(1) {
            plant.second()
            steady.second()
            // How long a car could wait is reckoned at each plan, and prices make one due.
            func rooms(_ plant: Plant) -> [[Int]] {
                plant.engine.points[0].map { [$0.bounds.base, $0.bounds.low, $0.bounds.high] }
            }
            #expect(rooms(plant) == rooms(steady))
        }
        for _ in 0..<30 { plant.second() }
        #expect(plant.engine.points[0].contains { $0.planned != nil }, "and by price afterwards")
    }

    @Test func aJournalWithPricesIsReplayedBitForBit() throws {
        var plant = self.plant(limit: 66_000)
        plant.second(extra: [try self.prices([90, 20, 30, 90], minutes: 20)])
        for _ in 0..<120 { plant.second() }
        var again = AggregatorEngine(configuration: Plant.configuration())
        for (at, events) in plant.journal { _ = again.step(events, at: at) }
        #expect(again.fingerprint == plant.engine.fingerprint)
        let bytes = try JSONEncoder().encode(EngineCheckpoint(plant.engine))
        let restored = try #require(try JSONDecoder().decode(EngineCheckpoint.self, from: bytes).restored)
        #expect(restored.fingerprint == plant.engine.fingerprint)
        #expect(restored.snapshot() == plant.engine.snapshot())
        #expect(restored.snapshot().sites().map(\.planned) == [10])
    }

    /// The site says by when, and because of whom not.
    @Test func theVerdictNamesWhoIsLate() {
        var plant = Plant(
            cars: 3, workers: 1,
            each: { car, index in
                car.departure = Instant(seconds: 1_200_000_000) + .minutes(30 + index)
                car.target = index == 1 ? 9_900 : 6_100
            })
        for _ in 0..<20 { plant.second() }
        let site = plant.engine.snapshot().sites()[0]
        #expect(site.plugged == 3 && site.ready == 2 && !site.isReady)
        let said = site.verdict { "\(($0 - self.start).seconds / 60) min" }
        #expect(
            said.hasPrefix("all ready by 32 min: no, because v-0-1: ") && said.contains("do not reach the target"),
            "\(said)")
        let why = plant.engine.snapshot().explanation(of: "v-0-1") { "\(($0 - self.start).seconds / 60) min" }
        #expect(why?.contains("bound by its promise of 99 % at 31 min, which cannot be kept: ") == true, "\(why ?? "")")
        #expect(why?.hasSuffix("next best: none, since it is given all that there is") == true, "\(why ?? "")")
        #expect(plant.engine.snapshot().explanation(of: "nobody") { "\($0)" } == nil)
    }

    /// What is heard of tomorrow leaves today as it was.
    @Test func aLaterCurveCountsFromItsFirstStepOn() throws {
        func curve(_ values: [Int], from first: Int) throws -> PriceCurve {
            let steps = values.enumerated().map {
                PriceCurve.Step(at: Instant(seconds: first + $0.offset), value: $0.element)
            }
            return try #require(
                PriceCurve(kind: .price, steps: steps, end: Instant(seconds: first + values.count)))
        }
        let merged = try curve([1, 2, 3], from: 0).replaced(by: try curve([7, 8], from: 2), at: Instant(seconds: 0))
        #expect((0..<5).map { merged.value(at: Instant(seconds: $0)) } == [1, 2, 7, 8, nil])
        #expect(PriceCurve(kind: .price, steps: [], end: Instant(seconds: 9)) == nil)
        let twice = [PriceCurve.Step(at: Instant(seconds: 1), value: 1), .init(at: Instant(seconds: 1), value: 2)]
        #expect(PriceCurve(kind: .price, steps: twice, end: Instant(seconds: 9)) == nil)
        let absurd = [PriceCurve.Step(at: Instant(seconds: 1), value: .min)]
        #expect(PriceCurve(kind: .price, steps: absurd, end: Instant(seconds: 9)) == nil)
    }
}
