import Domain
import GridCodes
import Testing

@testable import Aggregator

/// Where nobody says when the gate closes, the product's pack does.
@Suite struct VENGateTests {
    @Test func thePackSaysWhenTheGateCloses() throws {
        let region = RegionPack(
            region: "r", validFrom: "2026-01-01", currency: .eur, nominalMilliHertz: 50_000,
            holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200, plausibleMilliHertz: [45_000, 55_000],
            frequencyStaleMilliseconds: 1_500, fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000,
            products: [
                Product(
                    id: "P", name: "P", activation: .signal, symmetry: .up, curve: [], fullDeliveryMilliseconds: 30_000,
                    needsResidentCurve: false, enduranceSeconds: 900, minimumBidWatts: 10_000, bidStepWatts: 1_000,
                    blockSeconds: 3_600, blockAnchor: 0, gateClosureSeconds: 4_500, confidence: 9_900,
                    sparePerMille: 100, gainPerMille: 1_000, slewPerMille: 0, holdSeconds: 10, score: .deliveredShare,
                    availabilityPrice: 20_000_000, energyPrice: 100_000_000)
            ], sources: [])
        var configuration = VENConfiguration(
            vtnURL: "https://vtn.example", clientID: "c", clientSecret: "s", venName: "v",
            programs: [
                VENConfiguration.Participation(program: "A", product: "P", resource: "R"),
                VENConfiguration.Participation(program: "B", product: "P", resource: "R"),
                VENConfiguration.Participation(program: "C", product: "NONE", resource: "R"),
            ])
        configuration.programs[1].gateClosureSeconds = 60
        #expect(configuration.completed(by: region).programs.map(\.gateClosureSeconds) == [4_500, 60, nil])
    }

    /// An operator whose award was not taken reads why before anything else.
    @Test func aRefusedAwardIsSaidUpstream() throws {
        var bid = OpenADRSample.bid
        bid.refusal = "award a is more than the bid: award at most the bid"
        bid.explanation = String(repeating: "words ", count: 200)
        let report = try #require(
            BidMessage.request(bid, OpenADRSample.baseline, storage: nil, clientName: "headroom"))
        let message = try #require(BidMessage(report, interval: 0, currency: .eur))
        #expect(message.explanation.hasPrefix("award a is more than the bid") && message.explanation.count == 500)
    }
}
