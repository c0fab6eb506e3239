import Domain
import Planning
import Testing

@Suite struct FirmHeadroomTests {
    private let block = MarketInterval(start: Instant(seconds: 1_000), end: Instant(seconds: 1_300))

    @Test func whoLeavesTooEarlyIsLeftOut() {
        let offers = [
            HeadroomOffer(watts: 10_000, departure: Instant(seconds: 2_199), stay: 10_000),
            HeadroomOffer(watts: 10_000, departure: Instant(seconds: 2_200), stay: 10_000),
            HeadroomOffer(watts: 10_000, departure: nil, stay: 10_000),
            HeadroomOffer(watts: 0, departure: nil, stay: 10_000),
        ]
        let firm = firmHeadroom(
            offers, block: self.block, endurance: .seconds(900), confidence: 9_900, commonMode: 0)
        #expect(
            firm
                == FirmHeadroom(
                    mean: 20_000, firm: 20_000, counted: 2, leaving: 1, confidence: 9_900))
        #expect(firm.explanation.contains("1 leave too early"))
    }

    /// The stated quantile is held: simulated portfolios fall below it no more often than they may.
    @Test func theQuantileIsHeldInSimulation() {
        var generator = SeededGenerator(seed: 5)
        let offers = (0..<150).map { _ in
            HeadroomOffer(
                watts: Int.random(in: 3_000...22_000, using: &generator), departure: nil,
                stay: 9_700)
        }
        for (confidence, most) in [(9_000, 120), (9_900, 15)] {
            let firm = firmHeadroom(
                offers, block: self.block, endurance: .zero, confidence: confidence)
            var misses = 0
            for _ in 0..<1_000 {
                // A common factor of 2 %: the sum of twelve uniforms is nearly normal.
                let normal = (0..<12).reduce(-6_000) { sum, _ in
                    sum + Int.random(in: 0...1_000, using: &generator)
                }
                let came = offers.reduce(0) {
                    $0 + (Int.random(in: 0..<10_000, using: &generator) < $1.stay ? $1.watts : 0)
                }
                if came + firm.mean * 2 * normal / 100_000 < firm.firm { misses += 1 }
            }
            #expect(misses <= most, "\(confidence): \(misses) of 1,000")
            #expect(firm.firm > firm.mean * 85 / 100, "and it is not timid")
        }
    }

    @Test func roots() {
        #expect(
            squareRoot(0) == 0 && squareRoot(1) == 1 && squareRoot(2) == 2 && squareRoot(16) == 4)
        #expect(squareRoot(Int128(3_000_000_000) * 3_000_000_000) == 3_000_000_000)
        #expect(normalQuantile(9_900) == 2_327 && normalQuantile(9_901) == 2_576)
    }
}
