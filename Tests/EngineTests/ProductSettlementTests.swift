import Control
import Domain
import Foundation
import GridCodes
import Ledger
import Testing

@testable import Engine

/// Each product is settled by its own terms.
@Suite struct ProductSettlementTests {
    private func plant(
        _ terms: ProductTerms, cars: Int = 40, each: @escaping (inout Plant.Car, Int) -> Void = { _, _ in },
        signal: Bool = false
    ) -> Plant {
        var configuration = Plant.configuration()
        configuration.region.products[0].terms = terms
        if signal {
            configuration.region.products[0].activation = .signal
            configuration.region.products[0].curve = []
        }
        return Plant(cars: cars, configuration: configuration, each: each)
    }

    private func request(_ watts: Int, _ plant: Plant, _ number: Int, lasts: TimeSpan = .seconds(90)) -> Event {
        .signal(
            GridSignal(
                resource: "R", product: "FR", sequence: 1_000_000 + UInt64(number), sentAt: plant.now,
                validFrom: plant.now, expiry: plant.now + lasts, value: .request(watts: watts), trace: .none))
    }

    /// A response that lies in its envelope has a K of one, whatever the delivered share; cars that ignore cost it.
    @Test func theWorstPeriodsEnvelopeScalesTheBlock() throws {
        let terms = try productTerms(mechanism: "localCurve", method: "envelope", full: 300, zero: 700, window: 100)
        func settled(ignoring: Int) throws -> BlockResult {
            var plant = self.plant(terms, each: { car, index in car.freezes = index < ignoring })
            for _ in 0..<10 { plant.second() }
            let block = plant.sell(share: ignoring == 0 ? 50 : 100)
            plant.run(until: block.start + .seconds(120))
            plant.milliHertz = 49_700
            plant.run(until: block.start + .seconds(160))
            plant.milliHertz = 50_000
            plant.run(until: block.end + .seconds(40))
            return try #require(plant.engine.snapshot().results.first)
        }
        let good = try settled(ignoring: 0)
        #expect(good.proof?.terms.method == .envelope && good.proof?.score == 10_000, "\(good.proof as Any)")
        #expect(good.performance == 10_000 && good.energyPayment == .zero(.eur))
        let bad = try settled(ignoring: 25)
        let proof = try #require(bad.proof)
        #expect(bad.performance < 10_000 && bad.performance == proof.score)
        #expect(proof.notes.contains { $0.contains("settlement period 2 of 3") }, "\(proof.notes)")
        #expect(bad.availabilityPayment.microUnits < good.availabilityPayment.microUnits * 2)
    }

    /// By the product's rule a block whose cars stay costs nothing; where they leave inside it what they did not hold is
    /// taken back, in the books of the aggregator.
    @Test func aBlockThatWasNotHeldIsPenalised() throws {
        let terms = try productTerms(
            mechanism: "localCurve", penalty: "contractual",
            damages: #"{"scoreBelow":5000,"shortPerMille":1000,"availabilityBelow":9900,"missedPerMille":2000}"#)
        func settled(leaving: Int) throws -> (BlockResult, AggregatorEngine) {
            var plant = self.plant(terms)
            for _ in 0..<10 { plant.second() }
            let block = plant.sell()
            plant.run(until: block.start + .seconds(60))
            for slot in 0..<leaving { plant.cars[slot % 2][slot / 2].isPlugged = false }
            plant.run(until: block.end + .seconds(40))
            return (try #require(plant.engine.snapshot().results.first), plant.engine)
        }
        let (kept, _) = try settled(leaving: 0)
        #expect(kept.penalty == nil && kept.performance == 10_000)
        let (missed, engine) = try settled(leaving: 30)
        let penalty = try #require(missed.penalty)
        // Nothing was asked, so the score is whole; three quarters left for four fifths of the block.
        #expect(missed.performance == 10_000)
        let whole = missed.availabilityPayment.microUnits
        #expect(penalty.microUnits > whole / 2 && penalty.microUnits < whole * 3 / 2, "\(penalty) of \(whole)")
        #expect(engine.snapshot().ledgerBalanced)
        #expect(
            engine.books.balances[.init(account: "aggregator:penalty", unit: .money(.eur))] == penalty.microUnits)
    }

    /// Who costs points is named, the worst first, with the station.
    @Test func whoCostsPointsIsNamed() throws {
        var plant = self.plant(
            try productTerms(method: "accuracy", full: 9_000, zero: 5_000, window: 60),
            each: { car, index in car.halves = index == 1 }, signal: true)
        for _ in 0..<10 { plant.second() }
        let block = plant.sell(share: 100)
        plant.run(until: block.start + .seconds(20))
        let all = plant.engine.snapshot().resources[0].awardedUp.watts
        plant.second(extra: [self.request(all, plant, 1, lasts: .seconds(200))])
        for _ in 0..<100 { plant.second() }
        let running = try #require(plant.engine.snapshot().standings.first)
        #expect(running.award.product == "FR" && running.lacks.first?.station == "st-0-1", "\(running)")
        plant.run(until: block.end + .seconds(40))
        let proof = try #require(plant.engine.snapshot().results.first?.proof)
        #expect(proof.lacks.first?.vehicle == "v-0-1" && proof.lacks.first?.station == "st-0-1")
        #expect(proof.lacks.first.map { $0.missed.wattHours > 10 } == true)
        #expect(plant.engine.snapshot().standings.isEmpty)
    }

    /// Measured against the meter before the order: what the fleet did otherwise than declared is neither paid nor held
    /// against it.
    @Test func theMeterBeforeIsTheBaseline() throws {
        func delivered(_ baseline: String) throws -> (BlockResult, [DeliverySample]) {
            let terms = try productTerms(baseline: baseline, capacity: "none", energy: "marginal")
            var plant = self.plant(terms, signal: true)
            for _ in 0..<10 { plant.second() }
            let block = plant.sell(share: 50)
            plant.run(until: block.start + .seconds(20))
            // Ten cars leave with their load before anything is asked.
            for slot in 0..<10 { plant.cars[0][slot].isPlugged = false }
            for _ in 0..<40 { plant.second() }
            let asked = plant.engine.snapshot().resources[0].awardedUp.watts / 2
            plant.second(extra: [self.request(asked, plant, 1, lasts: .seconds(60))])
            for _ in 0..<60 { plant.second() }
            plant.run(until: block.end + .seconds(40))
            let samples = plant.records.compactMap { record -> DeliverySample? in
                guard case .sample(let sample, _, _) = record, sample.requested != .zero else { return nil }
                return sample
            }
            return (try #require(plant.engine.snapshot().results.first), samples)
        }
        let (result, samples) = try delivered("meterBefore")
        let (other, declared) = try delivered("declared")
        let basis = try #require(samples.dropFirst(5).first?.baseline.watts)
        #expect(samples.allSatisfy { $0.baseline.watts == basis }, "it stands while the order does")
        #expect(declared[5].baseline.watts - basis > 10_000, "\(declared[5].baseline.watts), \(basis)")
        #expect(result.proof?.terms.baseline == "meterBefore" && result.performance > 9_000, "\(result.performance)")
        #expect(result.availabilityPayment == .zero(.eur) && result.energyPayment.microUnits > 0)
        #expect(other.proof?.terms.baseline == "declared")
    }

    @Test func likeDaysAreTheBaselineOrItIsSaidWhyNot() throws {
        let terms = try productTerms(baseline: "dayMatching", days: 3, highest: 3)
        func settled(days: Int) throws -> (BlockResult, [DeliverySample]) {
            var plant = self.plant(terms, signal: true)
            for _ in 0..<10 { plant.second() }
            let today = LoadDiary.place(plant.now.seconds, nil).0
            #expect(!today.isWeekend)
            var diary = LoadDiary()
            for back in stride(from: 20, to: 0, by: -1) where !(today + -back).isWeekend {
                let weekdays = (1...back).count { !(today + -$0).isWeekend }
                guard weekdays <= days else { continue }
                for hour in 0..<24 {
                    for second in 0..<1_800 {
                        diary.add(
                            second: (today.days - back) * 86_400 + hour * 3_600 + second, watts: 1_000_000 + weekdays,
                            isAsked: false, zone: nil)
                    }
                }
            }
            plant.engine.resources[0].diary = diary
            let block = plant.sell(share: 50)
            plant.run(until: block.end + .seconds(40))
            let samples = plant.records.compactMap { record -> DeliverySample? in
                if case .sample(let sample, _, _) = record { sample } else { nil }
            }
            return (try #require(plant.engine.snapshot().results.first), samples)
        }
        let (result, samples) = try settled(days: 3)
        #expect(samples.allSatisfy { $0.baseline.watts == 1_000_002 }, "the mean of three days")
        #expect(result.proof?.notes.isEmpty == true)
        let (short, rows) = try settled(days: 2)
        #expect(rows.allSatisfy { $0.baseline.watts < 1_000_000 })
        #expect(short.proof?.notes.first?.contains("2 like days of 3") == true, "\(short.proof as Any)")
    }

    /// Hours in which something was asked, or that were hardly seen, are no like hours.
    @Test func askedHoursAreNoLikeHours() {
        var diary = LoadDiary()
        for second in 0..<7_200 { diary.add(second: second, watts: 1_000, isAsked: second == 3_601, zone: nil) }
        for second in 7_200..<8_900 { diary.add(second: second, watts: 1_000, isAsked: false, zone: nil) }
        #expect(diary.days.first?.load.prefix(4) == [1_000, nil, nil, nil])
        diary.add(second: -1, watts: 1, isAsked: false, zone: nil)
        #expect(diary.days.count == 1, "time does not run backwards")
    }
}
