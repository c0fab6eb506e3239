import Control
import Domain
import Foundation
import GridCodes
import Ledger
import TestSupport
import Testing

@testable import Engine

/// The golden hour of the regulation score, from signals and meters through the engine to the payment, and checked again
/// from the recorded rows as `headroom settle` does.
@Suite struct GoldenHourTests {
    private struct Golden: Decodable {
        struct Parts: Decodable { var score: Double }
        struct Case: Decodable {
            var column: String
            var precision_shift_0s: Parts
        }
        var pjm_golden_case: Case
    }

    private static func value(_ values: [Double], step: Double, at time: Double) -> Double {
        let place = time / step
        guard place > 0 else { return values[0] }
        guard place < Double(values.count - 1) else { return values[values.count - 1] }
        let index = Int(place)
        return values[index] + (values[index + 1] - values[index]) * (place - Double(index))
    }

    private static let watts = 500_000

    /// A symmetric product whose two directions are one, sold for two hours.
    private func plant() throws -> (plant: Plant, start: Instant) {
        var configuration = Plant.configuration()
        var product = configuration.region.products[0]
        product.id = "REG"
        product.activation = .signal
        product.symmetry = .symmetric
        product.curve = []
        product.terms = try productTerms(
            method: "threePart", full: 7_500, zero: 2_500, isJoint: true, mileagePrice: 1_500_000, penalty: "forfeit")
        configuration.region.products = [product]
        configuration.resources = [.init(id: "R", products: ["REG"])]
        var plant = Plant(cars: 60, configuration: configuration, site: { $0.defaultStay = .hours(24) })
        for _ in 0..<10 { plant.second() }
        let start = Instant(seconds: (plant.now.seconds / 3_600 + 1) * 3_600)
        for hour in 0..<2 {
            let from = start + .seconds(hour * 3_600)
            let block = MarketInterval(start: from, end: from + .seconds(3_600))
            let call = BidCall(
                resource: "R", product: "REG", block: block, gateClosure: from - .seconds(60), reference: "e")
            plant.second(extra: [.bidCalled(call)])
            let bids = plant.bids.suffix(2)
            #expect(bids.count == 2 && bids.allSatisfy { $0.quantity.watts >= Self.watts })
            plant.second(
                extra: bids.map { bid in
                    .awarded(
                        Award(
                            id: AwardID("\(hour)-\(bid.direction.rawValue)"), bid: bid.id, resource: "R",
                            product: "REG", block: block, direction: bid.direction,
                            quantity: Power(watts: Self.watts),
                            pricePerMegawattHour: Money(microUnits: 20_000_000, currency: .eur),
                            energyPricePerMegawattHour: Money(microUnits: 30_000_000, currency: .eur)))
                })
        }
        return (plant, start)
    }

    @Test func theGoldenHourIsSettledByItsScore() throws {
        guard let url = Workspace.sharedData("golden/golden_vectors.json"),
            let file = Workspace.sharedData("regulation-signal-caiso-4s/FrequencyRegulationData-first90days.csv")
        else {
            print("skipped: ../shared/data/golden or ../shared/data/regulation-signal-caiso-4s is absent")
            return
        }
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url)).pjm_golden_case
        let rows = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
        let column = try #require(
            rows[0].split(separator: ",", omittingEmptySubsequences: false).firstIndex { $0 == golden.column })
        let day = rows.dropFirst().compactMap {
            Double($0.split(separator: ",", omittingEmptySubsequences: false)[column]).map { $0 / 100 }
        }
        var (plant, start) = try self.plant()
        let declared = try #require(plant.baselines.last?.power(at: start).watts)
        var path = 0
        var before: Int?
        for second in 0..<3_640 {
            let at = start + .seconds(second)
            let asked = Int((Self.value(day, step: 4, at: Double(second)) * Double(Self.watts)).rounded())
            let came = Int((Self.value(day, step: 4, at: Double(second) - 6) * Double(Self.watts)).rounded())
            let signal = GridSignal(
                resource: "R", product: "REG", sequence: UInt64(second + 1), sentAt: at, validFrom: at,
                expiry: at + .seconds(5), value: .request(watts: asked), trace: .none)
            let reading = MeterReading(
                worker: "w0", sequence: UInt64(1_000_000 + second), station: "st-0-0", evse: 1, token: "tok-0-0",
                at: at + .milliseconds(500), receivedAt: at, power: Power(watts: declared - came),
                importRegister: .zero, exportRegister: .zero, stateOfCharge: StateOfCharge(basisPoints: 6_000))
            for effect in plant.engine.step([.signal(signal), .readings("w0", [reading])], at: at) {
                plant.records += effect.records
            }
            if second < 3_600 {
                if let before { path += abs(max(0, asked) - max(0, before)) }
                before = asked
            }
        }
        let results = plant.engine.snapshot().results
        #expect(results.map(\.award.direction) == [.up, .down])
        let expected = Int((golden.precision_shift_0s.score * 10_000).rounded())
        for result in results {
            let proof = try #require(result.proof)
            #expect(proof.terms.method == .threePart && abs(proof.score - expected) <= 1, "\(proof.score), \(expected)")
            #expect(result.performance == proof.score && result.energyPayment == .zero(.eur))
        }
        let up = results[0]
        #expect(up.proof?.path == path && path > Self.watts)
        // (20 ÷ 2 × 0.5 MW + 1.50 × MW of path) × score: the two directions are one quantity at one price.
        let wanted = (Double(Self.watts) * 10 + Double(path) * 1.5) * Double(up.performance) / 10_000
        #expect(abs(Double(up.availabilityPayment.microUnits) - wanted) <= 1)
        self.check(plant, results)
    }

    /// The same from the recorded rows, as `headroom settle` reads them: in order, each once.
    private func check(_ plant: Plant, _ results: [BlockResult]) {
        var samples: [Instant: DeliverySample] = [:]
        var posted: [String: LedgerTransaction] = [:]
        for record in plant.records {
            if case .sample(let sample, _, _) = record { samples[sample.at] = sample }
            if case .transaction(let transaction) = record { posted[transaction.id] = transaction }
        }
        for result in results {
            var check = BlockCheck(result)
            check.take(samples.values.sorted { $0.at < $1.at })
            #expect(check.seconds == 3_600)
            #expect(check.differences(award: result.award) { posted[$0] } == [])
            // One that is not what it was: the score, and with it the money, is another.
            var other = BlockCheck(result)
            other.take(
                samples.values.sorted { $0.at < $1.at }.map { sample in
                    var sample = sample
                    sample.delivered = Power(watts: sample.delivered.watts / 2)
                    return sample
                })
            let found = other.differences(award: result.award) { posted[$0] }.map(\.what)
            #expect(found.contains("score by threePart (1/10,000)") && found.contains("availability payment"))
        }
    }
}
