import Domain
import Foundation
import Testing

@testable import Planning

/// A portfolio whose expected sum is known and whose outcome scatters, by all cars together.
private struct Scatter {
    var forecaster = PortfolioForecaster(source: .habits, confidences: [9_000, 9_900])
    var generator: SeededGenerator
    var hour = 480_000
    /// Of the days to come, by day: all hours of a day go alike, as far as `common` says, in 1/100.
    var common = 60

    init(seed: UInt64, common: Int = 60) {
        self.generator = SeededGenerator(seed: seed)
        self.common = common
        for ahead in 0..<48 {
            self.forecaster.state(hour: self.hour + ahead, raw: 1_000_000, enrolled: 100, at: .distantPast)
        }
    }

    /// Plays days; `level` is what comes in the mean, in 1/100 of what is expected.
    mutating func play(days: Int, level: Int = 100, enrolled: Int = 100) {
        for _ in 0..<days {
            let day = Int.random(in: -200_000...200_000, using: &self.generator)
            for _ in 0..<24 {
                let own = Int.random(in: -200_000...200_000, using: &self.generator)
                let noise = (day * self.common + own * (100 - self.common)) / 100
                let came = (1_000_000 + noise) * level / 100
                self.forecaster.judge(hour: self.hour, came: came * enrolled / 100, enrolled: enrolled)
                self.forecaster.state(
                    hour: self.hour + 48, raw: 1_000_000 * enrolled / 100, enrolled: enrolled,
                    at: Instant(seconds: self.hour * 3_600))
                self.hour += 1
            }
        }
    }
}

@Suite struct PortfolioForecasterTests {
    @Test func nothingIsStatedBeforeEnoughDaysWereJudged() {
        var scatter = Scatter(seed: 1)
        scatter.play(days: 13)
        #expect(!scatter.forecaster.isReady)
        #expect(scatter.forecaster.block(scatter.hour..<scatter.hour + 1, enrolled: 100) == nil)
        scatter.play(days: 1)
        #expect(scatter.forecaster.isReady)
        #expect(scatter.forecaster.standing(scatter.hour)?.quantiles.isEmpty == true, "that was believed earlier")
        #expect(scatter.forecaster.standing(scatter.hour + 47)?.quantiles.count == 2)
    }

    /// The stated quantile is the measured one, whether hours of a day hang together or not.
    @Test(arguments: zip([0, 60, 100], [1, 2, 3] as [UInt64]))
    func theStatedQuantileIsTheMeasuredOne(common: Int, seed: UInt64) throws {
        var scatter = Scatter(seed: seed, common: common)
        scatter.play(days: 300)
        let ninety = try #require(scatter.forecaster.scores[0].coverage)
        let ninetyNine = try #require(scatter.forecaster.scores[1].coverage)
        #expect((8_800...9_200).contains(ninety))
        #expect((9_750...9_960).contains(ninetyNine))
        #expect(scatter.forecaster.scores[0].sharpness ?? 0 > 7_800, "and it is not timid")
    }

    /// A slow drift of the level never shows in the coverage.
    @Test func driftIsFollowed() throws {
        var scatter = Scatter(seed: 4)
        for month in 0..<10 { scatter.play(days: 20, level: 100 - 4 * month) }
        #expect((8_800...9_200).contains(try #require(scatter.forecaster.scores[0].coverage)))
        #expect((5_900...7_000).contains(scatter.forecaster.level))
    }

    /// After a step of two fifths the change is noticed, dated, and what is stated follows within days.
    @Test func aStepIsNoticedAndDated() throws {
        var scatter = Scatter(seed: 5)
        scatter.play(days: 100)
        #expect(scatter.forecaster.changes.isEmpty, "noise is no step")
        let day = scatter.hour / 24
        scatter.play(days: 12, level: 60)
        let noticed = try #require(scatter.forecaster.changes.first)
        #expect((day - 3...day + 2).contains(noticed))
        let before = scatter.forecaster.scores[0]
        scatter.play(days: 40, level: 60)
        let after = scatter.forecaster.scores[0]
        #expect((after.held - before.held) * 100 >= (after.hours - before.hours) * 86)
        #expect((5_500...6_500).contains(scatter.forecaster.level))
    }

    /// What comes is compared by car: cars that come or go with the enrolment are no surprise.
    @Test func enrolmentIsNoSurprise() throws {
        var scatter = Scatter(seed: 6)
        scatter.play(days: 60)
        let level = scatter.forecaster.level
        scatter.play(days: 60, enrolled: 300)
        scatter.play(days: 60, enrolled: 50)
        #expect((level - 700...level + 700).contains(scatter.forecaster.level))
        #expect(scatter.forecaster.changes.isEmpty)
    }

    /// A block of four hours is held as a whole: less is firm than in each of its hours alone; and where hours of a
    /// day hang together, more is firm than where they do not.
    @Test func aBlockIsItsWorstHour() throws {
        var firms: [Int] = []
        for common in [0, 100] {
            var scatter = Scatter(seed: 7, common: common)
            scatter.play(days: 80)
            let hour = scatter.hour + 20
            let block = try #require(scatter.forecaster.block(hour..<hour + 4, enrolled: 100))
            let alone = try (hour..<hour + 4).map {
                try #require(scatter.forecaster.block($0..<$0 + 1, enrolled: 100)).firm(9_000)
            }
            #expect(block.firm(9_000) <= alone.min() ?? 0)
            #expect(block.scenarios == block.scenarios.sorted() && block.scenarios.count > 300)
            firms.append(block.firm(9_000) * 100 / (alone.min() ?? 1))
        }
        #expect(firms[0] < firms[1])
    }

    @Test func theProbabilityOfAShortfallFitsWhatIsFirm() throws {
        var scatter = Scatter(seed: 8)
        scatter.play(days: 120)
        let block = try #require(scatter.forecaster.block(scatter.hour..<scatter.hour + 1, enrolled: 100))
        for confidence in [9_000, 9_900] {
            let risk = block.shortfall(under: block.firm(confidence), confidence: confidence)
            #expect((10_000 - confidence) * 6 / 10...(10_000 - confidence) * 14 / 10 ~= risk, "\(confidence): \(risk)")
        }
        #expect(block.shortfall(under: 0, confidence: 9_000) < 100)
        #expect(block.shortfall(under: .max, confidence: 9_000) > 9_000)
        let half = try #require(scatter.forecaster.block(scatter.hour..<scatter.hour + 1, enrolled: 50))
        #expect(abs(half.firm(9_000) * 2 - block.firm(9_000)) < 10)
    }

    @Test func whatMakesNoSenseChangesNothing() {
        var scatter = Scatter(seed: 9)
        scatter.play(days: 20)
        let before = scatter.forecaster
        let now = Instant.distantPast
        let again = scatter.forecaster.state(hour: scatter.hour + 10, raw: 1, enrolled: 1, at: now)
        let negative = scatter.forecaster.state(hour: scatter.hour + 90, raw: -1, enrolled: 1, at: now)
        #expect(again == nil && negative == nil, "stated already, and no power")
        scatter.forecaster.judge(hour: scatter.hour - 1, came: 5, enrolled: 100)
        #expect(scatter.forecaster == before, "an hour is judged once")
        #expect(scatter.forecaster.block(scatter.hour..<scatter.hour, enrolled: 100) == nil)
        #expect(scatter.forecaster.block(scatter.hour..<scatter.hour + 25, enrolled: 100) == nil)
        let late = scatter.hour + 47
        #expect(scatter.forecaster.block(late..<late + 2, enrolled: 100) == nil, "nothing is believed of it")
    }

    /// A pause of days leaves a hole that is not resampled, and the rest goes on.
    @Test func aPauseTeachesNothing() throws {
        var scatter = Scatter(seed: 10)
        scatter.play(days: 30)
        scatter.hour += 24 * 80
        for ahead in 0..<48 {
            scatter.forecaster.state(hour: scatter.hour + ahead, raw: 1_000_000, enrolled: 100, at: .distantPast)
        }
        scatter.play(days: 1)
        #expect(scatter.forecaster.block(scatter.hour..<scatter.hour + 1, enrolled: 100)?.scenarios.count ?? 0 < 100)
        scatter.play(days: 30)
        let block = try #require(scatter.forecaster.block(scatter.hour..<scatter.hour + 1, enrolled: 100))
        #expect((150...230).contains(block.scenarios.count), "\(block.scenarios.count)")
    }

    @Test func itIsWrittenDownAndGoesOnAlike() throws {
        var scatter = Scatter(seed: 11)
        scatter.play(days: 40)
        var twin = scatter
        twin.forecaster = try JSONDecoder().decode(
            PortfolioForecaster.self, from: try JSONEncoder().encode(scatter.forecaster))
        scatter.play(days: 10)
        twin.play(days: 10)
        #expect(twin.forecaster == scatter.forecaster)
        var (a, b) = (Fingerprint(), Fingerprint())
        scatter.forecaster.fingerprint(into: &a)
        twin.forecaster.fingerprint(into: &b)
        #expect(a.value == b.value)
    }

    @Test func theScoreIsTheArithmeticOne() {
        var score = ForecastScore(confidence: 9_000)
        #expect(score.coverage == nil && score.sharpness == nil && score.explanation == "not judged yet")
        score.take(firm: 80, came: 100)
        score.take(firm: 100, came: 100)
        score.take(firm: 130, came: 100)
        #expect(score.hours == 3 && score.held == 2 && score.coverage == 6_666)
        #expect(score.loss == 20 * 1_000 + 30 * 9_000)
        #expect(score.sharpness == 310 * 10_000 / 300)
        #expect(score.explanation.contains("90.0 %") && score.explanation.contains("66.6 %"))
    }
}
