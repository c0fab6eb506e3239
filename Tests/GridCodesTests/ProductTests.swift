import Domain
import Foundation
import GridCodes
import TestSupport
import Testing

/// Points of the curve of GB dynamic containment low, as `Config/regions/gb` has it.
let containmentLow = [(49_500, 1000), (49_800, 50), (49_985, 0), (50_000, 0)].map {
    CurvePoint(milliHertz: $0.0, perMille: $0.1)
}

@Suite struct ProductTests {
    @Test(arguments: [
        (50_100, 0), (50_000, 0), (49_985, 0), (49_800, 50), (49_650, 525), (49_500, 1000),
        (48_790, 1000),
    ])
    func theCurveIsPiecewiseLinearAndSaturates(milliHertz: Int, perMille: Int) {
        #expect(curveResponse(containmentLow, milliHertz: milliHertz) == perMille)
    }

    /// Response curves at 23 frequencies, where the recordings are there.
    @Test func theCurveMatchesTheGoldenVectors() throws {
        guard let golden = try GoldenResponses.read() else { return }
        let expected = try #require(golden.response["DC"])
        #expect(golden.f_hz.count == 23)
        for (hertz, response) in zip(golden.f_hz, expected) where response >= 0 {
            let ours = curveResponse(containmentLow, milliHertz: Int((hertz * 1000).rounded()))
            #expect(abs(Double(ours) / 1000 - response) <= 0.000_6, "\(hertz) Hz")
        }
    }

    @Test func overDeliveryNeverMakesUpForAMiss() {
        var score = DeliveryScore()
        score.add(requested: Power(watts: 100), delivered: Power(watts: 50), span: .seconds(10))
        score.add(requested: Power(watts: 100), delivered: Power(watts: 300), span: .seconds(10))
        #expect(score.share == 7_500)
        #expect(score.over == Energy(wattSeconds: 2_000))
        score.add(requested: Power(watts: -100), delivered: Power(watts: 100), span: .seconds(20))
        #expect(score.share == 3_750, "delivery against the request counts as none")
        #expect(DeliveryScore().share == 10_000)
    }
}
