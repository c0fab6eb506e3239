import Domain
import Engine
import Testing

@testable import Portal

@Suite struct GridPageTests {
    /// A bid's risk, why an award was not taken, and how often the stated quantile held are on the operator's page.
    @Test func theRiskOfABidIsShown() {
        let block = MarketInterval(start: Instant(seconds: 3_600), end: Instant(seconds: 7_200))
        let risk = BidRisk(
            quantile: 100, shortfallProbability: 43, expectedShortfall: Power(watts: 1_234),
            expectedPenalty: Money(microUnits: 5_678_900, currency: .eur), source: .measured,
            believedAt: Instant(seconds: 0), vehicles: 57, contributors: ["van-<7>"])
        var bid = Bid(
            id: "b", tenant: "t",
            call: BidCall(resource: "R", product: "FR", block: block, gateClosure: block.start, reference: "e"),
            direction: .up, quantity: Power(watts: 250_000), pricePerMegawattHour: .zero(.eur), confidence: 9_900,
            firmHeadroom: Power(watts: 260_000), state: .received, explanation: "so much; \(risk.explanation)",
            risk: risk)
        bid.refusal = "award a is more than the bid"
        let page = GridPage.html(
            user: SignedIn(name: "g", role: .gridOperator, tenant: "t", owner: nil, csrf: "c"), figures: nil,
            plot: "", bids: [bid], awards: [], blocks: [],
            refused: [RefusedAward(award: "a", bid: "b", at: block.start, reason: "more than the bid")],
            forecasts: [
                EngineSnapshot.Forecast(
                    resource: "R", direction: .up, confidence: 9_900, daysJudged: 13, isReady: false, hours: 300,
                    coverage: 9_880, relativeLoss: 12_300, sharpness: 6_200, changes: 1)
            ]
        ).text
        for words in [
            "0.43 %", "5.678900 EUR", "57 cars stand behind it", "van-&lt;7&gt;", "award a is more than the bid",
            "98.80 %", "13 of 14 days judged", "62.00 %", "measured on days before",
        ] { #expect(page.contains(words), "\(words)") }
    }

    /// How a running block stands is for both; who costs points is the aggregator's own business.
    @Test func runningBlocksShowTheirScore() {
        let block = MarketInterval(start: Instant(seconds: 3_600), end: Instant(seconds: 7_200))
        let award = Award(
            id: "a", bid: "b", resource: "R", product: "DCL", block: block, direction: .up,
            quantity: Power(watts: 250_000), pricePerMegawattHour: .zero(.eur),
            energyPricePerMegawattHour: .zero(.eur))
        let standing = EngineSnapshot.Standing(
            award: award, method: .envelope, score: 7_525, factor: 7_500, notes: ["by settlement period 2"],
            lacks: [.init(vehicle: "bus-7", station: "st-<7>", missed: Energy(wattHours: 1_250))])
        let own = StandingTable.html([standing], names: true).text
        for words in ["K of the envelope", "75.25 %", "75.00 %", "by settlement period 2", "bus-7 at st-&lt;7&gt;: "] {
            #expect(own.contains(words), "\(words)")
        }
        let page = GridPage.html(
            user: SignedIn(name: "g", role: .gridOperator, tenant: "t", owner: nil, csrf: "c"), figures: nil,
            plot: "", bids: [], awards: [], blocks: [], standings: [standing]
        ).text
        #expect(page.contains("75.25 %") && !page.contains("bus-7"))
    }
}
