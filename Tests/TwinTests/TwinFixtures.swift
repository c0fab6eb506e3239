import Domain
import Foundation
import GridCodes

@testable import Twin

/// Runs that the tests share.
enum TwinFixtures {
    static let start = Instant(seconds: 1_795_680_000)

    /// A region with one curve product and one signal product, both with small blocks.
    static func region() throws -> RegionPack {
        let curve =
            #"[{"milliHertz":49500,"perMille":1000},{"milliHertz":49800,"perMille":50},"#
            + #"{"milliHertz":49985,"perMille":0},{"milliHertz":50015,"perMille":0}]"#
        func product(_ id: String, _ activation: String, _ symmetry: String, _ curve: String)
            -> String
        {
            #"{"id":"\#(id)","name":"\#(id)","activation":"\#(activation)","symmetry":"\#(symmetry)","#
                + #""curve":\#(curve),"fullDeliveryMilliseconds":5000,"needsResidentCurve":false,"#
                + #""enduranceSeconds":60,"minimumBidWatts":10000,"bidStepWatts":10000,"blockSeconds":300,"#
                + #""blockAnchor":0,"gateClosureSeconds":5,"confidence":9900,"sparePerMille":150,"#
                + #""gainPerMille":1000,"slewPerMille":0,"holdSeconds":10,"score":"deliveredShare","#
                + #""availabilityPrice":45000000,"energyPrice":120000000}"#
        }
        let text =
            #"{"region":"test","validFrom":"2026-01-01","currency":"EUR","nominalMilliHertz":50000,"#
            + #""holdLoadBelowMilliHertz":49800,"holdLoadAboveMilliHertz":50200,"#
            + #""plausibleMilliHertz":[45000,55000],"frequencyStaleMilliseconds":10000,"#
            + #""fallbackSpreadSeconds":30,"rampWattsPerSecond":1000,"sources":[],"products":["#
            + product("TEST-FR", "localCurve", "up", curve) + ","
            + product("TEST-AGC", "signal", "symmetric", "[]") + "]}"
        return try JSONDecoder().decode(RegionPack.self, from: Data(text.utf8))
    }

    static func config(
        kind: TwinConfig.Station.Kind = .setpoint, latency: Int = 300, sites: Int = 2,
        importKilowatts: Double = 100_000, exportKilowatts: Double = 100_000, seed: UInt64 = 7
    ) -> TwinConfig {
        TwinConfig(
            region: "test", seed: seed, wearPerKilowattHour: 0.03,
            stations: .init(
                kind: kind, latencyMilliseconds: latency, rampKilowattsPerSecond: 40,
                minimumKilowatts: 0, stepWatts: 1),
            sites: (1...sites).map {
                .init(
                    id: "site-\($0)", importKilowatts: importKilowatts,
                    exportKilowatts: exportKilowatts)
            })
    }

    /// Cars that stay for `minutes` from the start on, half full, in no hurry.
    static func parked(_ count: Int, minutes: Int, sites: Int = 2) -> [Session] {
        (0..<count).map { index in
            Session(
                vehicle: VehicleID("ev-\(index)"), site: SiteID("site-\(index % sites + 1)"),
                arrival: self.start, departure: self.start + .minutes(minutes),
                arrivalCharge: StateOfCharge(basisPoints: 6_000),
                targetCharge: StateOfCharge(basisPoints: 6_500 + index % 5 * 100),
                minimumCharge: StateOfCharge(basisPoints: 3_000),
                capacity: Energy(wattHours: 60_000), maxCharge: Power(watts: 22_000),
                maxDischarge: Power(watts: 22_000), efficiency: 9_500)
        }
    }

    /// Runs an input to its end, or at most `span` of it.
    static func run(
        _ input: TwinInput, for span: TimeSpan? = nil
    ) -> (report: TwinReport, steps: [TwinRecorder.Step]) {
        var run = TwinRun(input)
        if let span {
            _ = run.advance(steps: span.microseconds / input.step.microseconds)
        } else {
            while run.advance(steps: 1_000) {}
        }
        return (run.finish(), run.recorder.steps)
    }
}
