import Domain
import GridCodes
import Planning
import Testing

@Suite struct BidBeliefTests {
    private let block = MarketInterval(start: Instant(seconds: 3_600_000), end: Instant(seconds: 3_603_600))

    private func plugged(_ cars: Int) -> FirmHeadroom {
        firmHeadroom(
            (0..<cars).map { _ in HeadroomOffer(watts: 10_000, departure: nil, stay: 9_800) }, block: self.block,
            endurance: .zero, confidence: 9_900)
    }

    private func measured(_ watts: Int) -> BlockForecast? {
        var forecaster = PortfolioForecaster(source: .habits, confidences: [9_900])
        for hour in 0..<24 * 30 {
            forecaster.state(hour: hour, raw: watts, enrolled: 10, at: Instant(seconds: hour * 3_600 - 48 * 3_600))
            if hour < 24 * 30 - 1 {
                forecaster.judge(hour: hour, came: watts + hour * 7_919 % (watts / 10), enrolled: 10)
            }
        }
        return forecaster.block(24 * 30 - 1..<24 * 30, enrolled: 10)
    }

    private func belief(_ cars: Int, _ watts: Int?, ahead: TimeSpan, promised: Int = 0) -> BidBelief {
        BidBelief(
            plugged: self.plugged(cars), measured: watts.flatMap(self.measured), block: self.block, confidence: 9_900,
            promised: promised, days: 29, at: self.block.start - ahead)
    }

    @Test func withoutDaysJudgedWhoIsPluggedInDecides() {
        let belief = self.belief(40, nil, ahead: .hours(12))
        #expect(belief.source == .coldStart && belief.firm == self.plugged(40).firm && belief.mean == 392_000)
    }

    @Test func aNearBlockIsTheLesserOfBoth() {
        let few = self.belief(10, 300_000, ahead: .minutes(30))
        #expect(few.source == .measured && few.firm == self.plugged(10).firm)
        let many = self.belief(100, 300_000, ahead: .minutes(30))
        #expect(many.firm > 250_000 && many.firm < 320_000)
        #expect(many.explanation.contains("of 29 days judged") && many.explanation.contains("100 cars plugged in"))
    }

    @Test func aBlockFarOffIsAsMeasured() {
        let far = self.belief(0, 300_000, ahead: .hours(12))
        #expect(far.firm > 250_000 && far.mean > far.firm && !far.explanation.contains("plugged in"))
        #expect(self.belief(0, 300_000, ahead: .hours(12), promised: 100_000).firm == far.firm - 100_000)
    }

    /// More offered is never less risky, and what is promised to others counts before it.
    @Test(arguments: [nil, 300_000] as [Int?])
    func riskRisesWithWhatIsOffered(_ watts: Int?) {
        let belief = self.belief(40, watts, ahead: .minutes(5))
        var before = (probability: 0, shortfall: 0)
        for offered in stride(from: 0, through: 600_000, by: 5_000) {
            let now = (belief.shortfall(under: offered), belief.expectedShortfall(under: offered))
            #expect(now.0 >= before.probability && now.1 >= before.shortfall && now.0 <= 10_000)
            before = now
        }
        #expect(before.probability >= 9_990 && before.shortfall > 200_000)
        #expect(belief.shortfall(under: belief.firm) <= 105, "1 % and what is rounded up")
        let promised = self.belief(40, watts, ahead: .minutes(5), promised: 50_000)
        #expect(promised.shortfall(under: 200_000) == belief.shortfall(under: 250_000))
    }

    @Test func theGreatestAreFoundWithoutSorting() {
        var greatest = Greatest(most: 3)
        for (row, watts) in [5, 0, 9, 5, 7, 9, 1].enumerated() { greatest.add(row, watts: watts) }
        #expect(greatest.rows == [2, 5, 4] && greatest.count == 6)
    }
}
