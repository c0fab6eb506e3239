import Domain
import Foundation
import GridCodes
import TestSupport
import Testing

@Suite struct ScoreTests {
    private struct Golden: Decodable {
        struct Parts: Decodable {
            var correlation: Double
            var delay: Double
            var precision: Double
            var score: Double
        }
        struct Case: Decodable {
            var column: String
            var precision_shift_10s: Parts
            var precision_shift_0s: Parts
        }
        var pjm_golden_case: Case
    }

    /// Linear interpolation of equidistant samples, held outside.
    private static func resampled(_ values: [Double], step: Double, at times: [Double]) -> [Double] {
        times.map { time in
            let place = time / step
            guard place > 0 else { return values[0] }
            guard place < Double(values.count - 1) else { return values[values.count - 1] }
            let index = Int(place)
            return values[index] + (values[index + 1] - values[index]) * (place - Double(index))
        }
    }

    /// An hour of the recorded signal, answered 6 s late: both readings of the precision term.
    @Test func theGoldenHourHasItsThreePartScore() throws {
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
        #expect(day.count == 3_600)
        let times = (0..<2_100).map { Double($0) * 2 }
        let signal = Self.resampled(day, step: 4, at: times)
        let response = Self.resampled(signal, step: 2, at: times.map { $0 - 6 })
        let asked = stride(from: 0, to: signal.count, by: 5).map { signal[$0] }
        let came = stride(from: 0, to: response.count, by: 5).map { response[$0] }
        for (shift, expected) in [(1, golden.precision_shift_10s), (0, golden.precision_shift_0s)] {
            let ours = try #require(ThreePartScore(precisionShift: shift).score(signal: asked, response: came))
            #expect(abs(ours.correlation - expected.correlation) < 1e-6, "shift \(shift)")
            #expect(abs(ours.delay - expected.delay) < 1e-6)
            #expect(abs(ours.precision - expected.precision) < 1e-6)
            #expect(abs(ours.total - expected.score) < 1e-6)
        }
    }

    @Test func threePartsAtTheirEnds() {
        let score = ThreePartScore(precisionShift: 0)
        let wave = (0..<390).map { Double(($0 * 37) % 21 - 10) / 10 }
        let perfect = score.score(signal: wave, response: wave)
        #expect(perfect.map { abs($0.total - 1) < 1e-9 } == true)
        let still = score.score(signal: wave, response: Array(repeating: 0, count: 390))
        #expect(still?.correlation == 0 && (still?.precision ?? 1) < 0.2)
        let quiet = Array(repeating: 0.0, count: 390)
        #expect(score.score(signal: quiet, response: quiet)?.total == 1, "nothing was asked and nothing done")
        #expect(score.score(signal: Array(wave.prefix(359)), response: wave) == nil)
        #expect(score.score(signal: wave, response: wave.map { _ in Double.nan }) == nil)
    }

    /// 2 MW × 0.9 × (20 + 3 × 1.5) USD = 44.10 USD; under 0.25 the hour is forfeited; prices may be negative.
    @Test func creditsFollowScoreAndMileage() {
        func amount(_ score: Int, _ price: Int) -> Int {
            RegulationCredit.amount(
                watts: 2_000_000, score: score, least: 2_500, capabilityPrice: price, performancePrice: 1_500_000,
                mileageRatio: 3_000)
        }
        #expect(amount(9_000, 20_000_000) == 44_100_000)
        #expect(amount(2_499, 20_000_000) == 0 && amount(2_500, 20_000_000) == 12_250_000)
        #expect(amount(10_000, -10_000_000) == -11_000_000)
        #expect(abs(RegulationCredit.mileage([0, 0.5, -0.5, -0.5]) - 1.5) < 1e-12)
    }

    /// A step to 49.5 Hz: whatever lies between the old and the new value is right until full delivery is due.
    @Test func theEnvelopeLeavesTimeAndNoMore() throws {
        let product = try #require(try Packs.pack("gb").product("GB-DCL"))
        let envelope = ResponseEnvelope(product: product, stepMilliseconds: 100)
        let frequency = Array(repeating: 50_000, count: 5) + Array(repeating: 49_500, count: 25)
        let award = Power(watts: 1_000_000)
        func response(after steps: Int) -> [Int] { frequency.indices.map { $0 < 5 + steps ? 0 : 1_000_000 } }
        func errors(_ steps: Int) -> [Int] {
            envelope.errors(milliHertz: frequency, response: response(after: steps), award: award)
        }
        #expect(errors(0).allSatisfy { $0 == 0 } && errors(10).allSatisfy { $0 == 0 })
        #expect(errors(11).filter { $0 > 0 } == [10_000], "one tenth of a second late, by all of the award")
        // 3 % cost nothing, 5 % half, 7 % all; the worst period counts.
        #expect([300, 500, 700, 900].map { envelope.factor(errors: [$0]) } == [10_000, 5_000, 0, 0])
        #expect(envelope.factor(periods: [[0], [400], [0]]) == 7_500)
        #expect(envelope.factor(errors: []) == 0 && envelope.factor(periods: []) == 0)
        let over = envelope.errors(milliHertz: [50_000], response: [40_000], award: award)
        #expect(over == [400], "the envelope has two sides")
    }

    @Test func containmentIsDueWithinThirtySeconds() throws {
        let product = try #require(try Packs.pack("ce").product("CE-FCR"))
        let accuracy = FrequencyResponseAccuracy(product: product)
        #expect(
            [0, 2_000, 15_000, 30_000, 60_000].map { accuracy.due(milliseconds: $0) } == [0, 0, 500, 1_000, 1_000])
        let frequency = Array(repeating: 49_900, count: 120)
        let award = Power(watts: 1_000_000)
        func score(_ watts: Int) -> Int? {
            accuracy.accuracy(milliHertz: frequency, response: Array(repeating: watts, count: 120), award: award)
        }
        #expect(score(500_000) == 10_000 && score(450_000) == 9_000 && score(-500_000) == 0)
        #expect(accuracy.accuracy(milliHertz: frequency, response: [], award: award) == nil)
    }

    @Test func trackingHasItsEnds() {
        #expect(trackingAccuracy(asked: [100, -100], came: [90, -80]) == 8_500)
        #expect(
            trackingAccuracy(asked: [0, 0], came: [0, 0]) == 10_000 && trackingAccuracy(asked: [0], came: [1]) == 0)
        #expect(trackingAccuracy(asked: [100], came: [-500]) == 0 && trackingAccuracy(asked: [], came: []) == 10_000)
        let quarters = [(asked: [0, 100, 0], came: [0, 90, 0]), (asked: [0, 100, 0], came: [0, 10, 0])]
        #expect(RegulationAccuracy(least: 2_500).followedPath(quarters) == 180, "the second quarter is under the least")
    }

    @Test func supportsOfTheFastReserve() {
        let award = Power(watts: 1_000_000)
        let support = FastReserveSupport(option: FastReserveSupport.options[0], isLong: false)
        let up = Array(repeating: 0, count: 13) + Array(repeating: 1_000_000, count: 51)
        let slow = (1...50).map { 1_000_000 - $0 * 20_000 }
        #expect(support.fault(response: up + slow, award: award) == nil)
        #expect(support.fault(response: up + [0, 0], award: award)?.contains("ramp down") == true)
        #expect(support.fault(response: up, award: award)?.contains("keep at least") == true)
        #expect(support.fault(response: [0] + up + slow, award: award)?.contains("arm a faster trigger") == true)
        var hole = up + slow
        hole[40] = 900_000
        #expect(support.fault(response: hole, award: award)?.contains("let go after 4 s") == true)
        let long = FastReserveSupport(option: FastReserveSupport.options[2], isLong: true)
        #expect(
            long.fault(response: Array(repeating: 0, count: 7) + Array(repeating: 1_000_000, count: 302), award: award)
                == nil)
    }

    @Test func reservesThatAreHeld() throws {
        let award = Power(watts: 1_000)
        let half = Array(repeating: 0, count: 600) + Array(repeating: 2_000, count: 50) + Array(repeating: 0, count: 50)
        #expect(ContingencyReserve.held(response: half, award: award, activation: .minutes(10)) == 5_000)
        #expect(ContingencyReserve.held(response: [1_000], award: award, activation: .minutes(10)) == 0)
        let product = try #require(try Packs.pack("nem").product("NEM-R6L6"))
        // A ramp over 6 s to 1 MW, then held for the minute, at 200 ms.
        let ramp = (0..<30).map { ($0 * 2 + 1) * 1_000_000 / 60 } + Array(repeating: 1_000_000, count: 271)
        func delivered(_ response: [Int], _ isFew: Bool) -> Int? {
            FrequencyControl.delivered(response: response, stepMilliseconds: 200, product: product, isFew: isFew)?.watts
        }
        #expect(delivered(ramp, false).map { (999_990...1_000_000).contains($0) } == true)
        #expect(delivered(ramp, true).map { (949_990...950_000).contains($0) } == true)
        #expect(delivered(Array(ramp.prefix(300)), false) == nil && delivered(ramp.map { -$0 }, false) == 0)
        #expect(PerformanceFactor.factor(relieved: [], pledged: 100) == 10_000)
        #expect(PerformanceFactor.factor(relieved: [50, 100, -30], pledged: 100) == 4_000)
        #expect(PerformanceFactor.factor(relieved: [500], pledged: 100) == 10_000)
    }

    /// 300 s and a ramp of 300 s in the US; 60 s and ten minutes on the continent; the longest random delay in Britain.
    @Test func aTripTakesAFleetAwayForMinutes() throws {
        func parts(_ region: String, _ seconds: [Int]) throws -> [Int] {
            let pack = try Packs.pack(region)
            return seconds.map { pack.availablePerMille(after: .seconds($0)) }
        }
        for region in ["pjm", "caiso", "ercot", "coned"] {
            #expect(try parts(region, [0, 299, 300, 450, 600, 9_999]) == [0, 0, 0, 500, 1_000, 1_000], "\(region)")
        }
        #expect(try parts("ce", [59, 60, 360, 660]) == [0, 0, 500, 1_000])
        #expect(try parts("nem", [59, 240, 420]) == [0, 500, 1_000])
        #expect(try parts("gb", [0, 599, 600]) == [0, 0, 1_000])
        let rule = try #require(try Packs.pack("ce").interconnection?.first)
        #expect(
            [49_800, 49_300, 47_000, 50_200, 50_700].map { rule.claimedPerMille(milliHertz: $0) } == [
                0, 200, 1_000, 0, -200,
            ])
        #expect(rule.available(Power(watts: 7_400), after: .seconds(360)).watts == 3_700)
    }
}
