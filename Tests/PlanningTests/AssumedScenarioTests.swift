import Domain
import Planning
import Testing

/// Equally likely answers tell the same as the curve that they are of.
@Suite struct AssumedScenarioTests {
    @Test func answersAreThoseOfTheCurve() {
        let offers = (0..<60).map { _ in HeadroomOffer(watts: 11_000, departure: nil, stay: 9_500) }
        let block = MarketInterval(start: .distantPast, end: .distantPast)
        let firm = firmHeadroom(offers, block: block, endurance: .zero, confidence: 9_900)
        let answers = firm.scenarios(400)
        #expect(answers.count == 400 && zip(answers, answers.dropFirst()).allSatisfy { $0 <= $1 })
        let centre = firm.mean - firm.keptBack
        #expect(abs(answers.reduce(0, +) / 400 - centre) < firm.deviation / 50)
        for watts in [centre - 2 * firm.deviation, centre - firm.deviation, centre, centre + firm.deviation] {
            let share = answers.count { $0 < watts } * 10_000 / 400
            #expect(abs(share - firm.shortfall(under: watts)) <= 60, "\(watts) W")
            let short = answers.reduce(0) { $0 + max(0, watts - $1) } / 400
            #expect(abs(short - firm.expectedShortfall(under: watts)) <= firm.deviation / 50)
        }
    }

    @Test func nothingUncertainIsAlwaysTheSame() {
        let firm = FirmHeadroom(mean: 5_000, firm: 5_000, counted: 1, leaving: 0, confidence: 9_000)
        #expect(firm.scenarios(3) == [5_000, 5_000, 5_000])
    }
}
