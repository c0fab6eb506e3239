import Domain
import Foundation
import GridCodes
import TestSupport
import Testing

/// A product with a curve, as sound as a pack wants it.
func soundProduct(_ id: ProductID = "P", needsResident: Bool = false) -> Product {
    Product(
        id: id, name: "Test", activation: .localCurve, symmetry: .up, curve: containmentLow,
        fullDeliveryMilliseconds: 1_000, needsResidentCurve: needsResident, enduranceSeconds: 900,
        minimumBidWatts: 1_000_000, bidStepWatts: 100_000, blockSeconds: 14_400,
        blockAnchor: 82_800,
        gateClosureSeconds: 60, confidence: 9_900, sparePerMille: 150, gainPerMille: 1_000,
        slewPerMille: 0,
        holdSeconds: 10, score: .deliveredShare, availabilityPrice: 1, energyPrice: 1)
}

func soundPack(_ products: [Product]) -> RegionPack {
    RegionPack(
        region: "t", validFrom: "2026-01-01", currency: .eur, nominalMilliHertz: 50_000,
        holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200,
        plausibleMilliHertz: [45_000, 55_000],
        frequencyStaleMilliseconds: 1_000, fallbackSpreadSeconds: 30, rampWattsPerSecond: 100,
        products: products,
        sources: [])
}

@Suite struct RegionTests {
    @Test func aSoundPackHasNoFindings() {
        #expect(soundPack([soundProduct()]).findings.isEmpty)
    }

    private static var faults: [(finding: String, change: (inout RegionPack) -> Void)] {
        [
            ("one lies on each side", { $0.holdLoadBelowMilliHertz = 50_000 }),
            ("give a low and a high bound", { $0.plausibleMilliHertz = [50_000] }),
            ("rampWattsPerSecond is above 0", { $0.rampWattsPerSecond = 0 }),
            ("randomDelaySeconds is 0 to 1800", { $0.randomDelaySeconds = 1_801 }),
            ("P: spreadPerMille is 0 to 500", { $0.products[0].spreadPerMille = 1 }),
            (
                "P: spreadPerMille is 0 to 500",
                { ($0.products[0].activation, $0.products[0].spreadPerMille) = (.signal, 501) }
            ),
            ("each id stands once", { $0.products.append($0.products[0]) }),
            ("P: a local curve has at least two points", { $0.products[0].curve = [] }),
            ("P: curve points rise", { $0.products[0].curve.reverse() }),
            ("P: a curve lies between", { $0.products[0].curve[0].perMille = 1_001 }),
            ("P: the curve of an up product", { $0.products[0].symmetry = .down }),
            ("P: bidStepWatts and blockSeconds", { $0.products[0].blockSeconds = 0 }),
            ("P: minimumBidWatts and enduranceSeconds", { $0.products[0].enduranceSeconds = 0 }),
            ("P: confidence is 1 to 10000", { $0.products[0].confidence = 0 }),
            ("P: gainPerMille is 1 to 1500", { $0.products[0].gainPerMille = 1_501 }),
            ("P: sparePerMille and holdSeconds", { $0.products[0].holdSeconds = -1 }),
        ]
    }

    @Test func eachFaultIsNamed() {
        for fault in Self.faults {
            var pack = soundPack([soundProduct()])
            fault.change(&pack)
            #expect(pack.findings.contains { $0.contains(fault.finding) }, "\(fault.finding)")
        }
    }

    @Test func whoMayServeAProduct() {
        let contained = soundProduct("GB-DCL", needsResident: true)
        #expect(
            contained.refusal(capability: .residentCurve, responseTime: .milliseconds(900)) == nil)
        #expect(
            contained.refusal(capability: .setpoint, responseTime: .zero)
                == "GB-DCL needs a frequency curve resident in the station")
        #expect(
            contained.refusal(capability: .residentCurve, responseTime: .milliseconds(1_001))
                == "answers in 1001 ms, GB-DCL needs 1000 ms")
        #expect(
            soundProduct().refusal(capability: .none, responseTime: .zero) == "cannot be commanded")
        #expect(soundProduct().refusal(capability: .setpoint, responseTime: .seconds(1)) == nil)
    }

    @Test func bidsComeInSteps() {
        let product = soundProduct()
        #expect(
            [-5, 999_999, 1_000_000, 1_099_999, 1_100_000].map { product.biddable($0).watts } == [
                0, 0, 1_000_000, 1_000_000, 1_100_000,
            ])
    }

    @Test func blocksFollowTheirAnchorAlsoBeforeIt() {
        let product = soundProduct()
        for second in [0, 82_799, 82_800, 97_199, 97_200, -1, 1_756_332_000] {
            let block = product.block(containing: Instant(seconds: second))
            #expect(block.contains(Instant(seconds: second)) && block.duration == .seconds(14_400))
            #expect((block.start.seconds - 82_800) % 14_400 == 0)
        }
    }

    @Test func aRequestIsTheCurveTimesTheAwardOfItsDirection() {
        var product = soundProduct()
        product.curve = [(49_800, 1_000), (50_200, -1_000)].map {
            CurvePoint(milliHertz: $0.0, perMille: $0.1)
        }
        let awards = (up: Power(watts: 800_000), down: Power(watts: 400_000))
        #expect(
            product.request(milliHertz: 49_900, awardUp: awards.up, awardDown: awards.down).watts
                == 400_000)
        #expect(
            product.request(milliHertz: 50_100, awardUp: awards.up, awardDown: awards.down).watts
                == -200_000)
        #expect(
            product.request(milliHertz: 50_000, awardUp: awards.up, awardDown: awards.down) == .zero
        )
    }
}

/// The packs that ship, read line by line: the curves as they stand in `Config/regions`.
@Suite struct ShippedCurveTests {
    private func curve(_ product: String, region: String) throws -> [CurvePoint] {
        let text = try String(
            contentsOf: Workspace.root.appending(path: "Config/regions/\(region)/region.yaml"),
            encoding: .utf8)
        let sections = text.components(separatedBy: "  - id: ")
        let section = try #require(sections.first { $0.hasPrefix(product + "\n") })
        return section.split(separator: "\n").compactMap { line in
            guard line.contains("milliHertz:"), line.contains("perMille:") else { return nil }
            let numbers = line.split { !"-0123456789".contains($0) }.compactMap { Int($0) }
            return numbers.count >= 2
                ? CurvePoint(milliHertz: numbers[0], perMille: numbers[1]) : nil
        }
    }

    /// Dynamic containment low and high against the golden vectors, up for low frequency, down for high.
    @Test func dynamicContainmentIsTheGoldenCurve() throws {
        guard let golden = try GoldenResponses.read() else { return }
        let low = try self.curve("GB-DCL", region: "gb")
        let high = try self.curve("GB-DCH", region: "gb")
        #expect(low.count == 4 && high.count == 4)
        for (hertz, expected) in zip(golden.f_hz, try #require(golden.response["DC"])) {
            let milliHertz = Int((hertz * 1000).rounded())
            let ours =
                curveResponse(low, milliHertz: milliHertz)
                + curveResponse(high, milliHertz: milliHertz)
            #expect(abs(Double(ours) / 1000 - expected) <= 0.000_6, "\(hertz) Hz")
        }
    }

    /// Dynamic containment through the recorded event: energy and seconds at full power as computed elsewhere.
    @Test func theRecordedEventGivesTheGoldenEnergy() throws {
        let path = "frequency-gb-2019-08-09/neso-frequency-2019-08-09-event-window.csv"
        guard let trace = Workspace.sharedData(path),
            let vectors = Workspace.sharedData("golden/golden_vectors.json")
        else {
            print("skipped: ../shared/data/golden or the recording of 9 August 2019 is absent")
            return
        }
        struct Replay: Decodable {
            var seconds_saturated: Int
            var energy_exported_kWh_per_MW: Double
            var energy_imported_kWh_per_MW: Double
        }
        struct Golden: Decodable { var gb_2019_08_09_replay: [String: Replay] }
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: vectors))
        let expected = try #require(golden.gb_2019_08_09_replay["DC"])
        let low = try self.curve("GB-DCL", region: "gb")
        let high = try self.curve("GB-DCH", region: "gb")
        let seconds = try String(contentsOf: trace, encoding: .utf8).split(
            whereSeparator: \.isNewline
        )
        .compactMap {
            $0.split(separator: ",").last.flatMap {
                Double($0.trimmingCharacters(in: .whitespaces))
            }
        }
        .map { Int(($0 * 1000).rounded()) }
        #expect(seconds.count == 540)
        let up = seconds.map { curveResponse(low, milliHertz: $0) }
        let down = seconds.map { curveResponse(high, milliHertz: $0) }
        #expect(up.count { $0 == 1_000 } == expected.seconds_saturated)
        // One per mille of a megawatt for a second is 1/3600 kWh.
        #expect(abs(Double(up.reduce(0, +)) / 3_600 - expected.energy_exported_kWh_per_MW) < 0.05)
        #expect(
            abs(-Double(down.reduce(0, +)) / 3_600 - expected.energy_imported_kWh_per_MW) < 0.05)
    }

    /// The nadir of 9 August 2019 asks the demo's product for everything, quiet seconds for nothing.
    @Test func theDemoAnswersTheEventInFull() throws {
        let curve = try self.curve("DEMO-FR", region: "demo")
        #expect(curveResponse(curve, milliHertz: 48_790) == 1_000)
        for milliHertz in [49_985, 50_000, 50_015, 50_300] {
            #expect(curveResponse(curve, milliHertz: milliHertz) == 0, "\(milliHertz) mHz")
        }
    }
}
