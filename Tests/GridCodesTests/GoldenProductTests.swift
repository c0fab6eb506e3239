import Domain
import Foundation
import GridCodes
import TestSupport
import Testing

/// Each product against the golden vectors where they have it, else against figures of the fact sheet.
@Suite struct GoldenProductTests {
    /// Products whose curves together are one of the golden curves.
    private static let curves: [(golden: String, region: String, products: [ProductID])] = [
        ("DC", "gb", ["GB-DCL", "GB-DCH"]), ("DM", "gb", ["GB-DML", "GB-DMH"]), ("DR", "gb", ["GB-DRL", "GB-DRH"]),
        ("FCR_CE", "ce", ["CE-FCR"]), ("FCR_N", "nordic", ["NORDIC-FCRN"]),
        ("FCR_D", "nordic", ["NORDIC-FCRD-UP", "NORDIC-FCRD-DOWN"]),
    ]

    @Test func curvesAreTheGoldenCurves() throws {
        guard let golden = try GoldenResponses.read() else { return }
        for (name, region, ids) in Self.curves {
            let pack = try Packs.pack(region)
            let products = try ids.map { try #require(pack.product($0), "\($0)") }
            let expected = try #require(golden.response[name])
            #expect(golden.f_hz.count == 23 && expected.count == 23)
            for (hertz, response) in zip(golden.f_hz, expected) {
                let milliHertz = Int((hertz * 1000).rounded())
                let ours = products.reduce(0) {
                    $0 + curveResponse($1.curve, milliHertz: milliHertz, scale: 1_000)
                }
                #expect(abs(Double(ours) / 1e6 - response) <= 1.5e-6, "\(name) at \(hertz) Hz")
            }
        }
    }

    private struct Replay: Decodable {
        var seconds_saturated: Int
        var seconds_above_5pct: Int
        var energy_exported_kWh_per_MW: Double
        var energy_imported_kWh_per_MW: Double
    }

    private static func recording() throws -> [Int]? {
        let path = "frequency-gb-2019-08-09/neso-frequency-2019-08-09-event-window.csv"
        guard let trace = Workspace.sharedData(path) else { return nil }
        return try String(contentsOf: trace, encoding: .utf8).split(whereSeparator: \.isNewline)
            .compactMap { $0.split(separator: ",").last.flatMap { Double($0.trimmingCharacters(in: .whitespaces)) } }
            .map { Int(($0 * 1000).rounded()) }
    }

    @Test func theRecordedEventMovesTheGoldenEnergy() throws {
        guard let seconds = try Self.recording(), let url = Workspace.sharedData("golden/golden_vectors.json") else {
            print("skipped: ../shared/data/golden or the recording of 9 August 2019 is absent")
            return
        }
        struct Golden: Decodable { var gb_2019_08_09_replay: [String: Replay] }
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
        let pack = try Packs.pack("gb")
        for kind in ["DC", "DM", "DR"] {
            let expected = try #require(golden.gb_2019_08_09_replay[kind])
            let low = try #require(pack.product(ProductID("GB-\(kind)L"))).curve
            let high = try #require(pack.product(ProductID("GB-\(kind)H"))).curve
            let up = seconds.map { curveResponse(low, milliHertz: $0, scale: 1_000) }
            let down = seconds.map { curveResponse(high, milliHertz: $0, scale: 1_000) }
            let exported = Double(up.reduce(0, +)) / 3.6e6
            let imported = -Double(down.reduce(0, +)) / 3.6e6
            #expect(up.count { $0 >= 999_900 } == expected.seconds_saturated, "\(kind)")
            // The vectors are of binary fractions: a response of 5 % to the millionth fell on either side of it.
            let sizes = zip(up, down).map { abs($0 + $1) }
            let above = sizes.count { $0 > 50_000 }...sizes.count { $0 >= 50_000 }
            #expect(above.contains(expected.seconds_above_5pct) && above.count <= 5, "\(kind): \(above)")
            #expect(abs(exported - expected.energy_exported_kWh_per_MW) < 1e-3, "\(kind)")
            #expect(abs(imported - expected.energy_imported_kWh_per_MW) < 1e-3, "\(kind)")
        }
    }

    /// Full delivery in ms, endurance in s, least bid in W, and how the sheet marks the weakest of them: V verified,
    /// T transcribed, M from memory, A assumed.
    private static let sheet: [(id: ProductID, full: Int, endurance: Int, least: Int, mark: String)] = [
        ("GB-DCL", 1_000, 900, 1_000_000, "M"), ("GB-DMH", 1_000, 1_800, 1_000_000, "M"),
        ("GB-DRL", 10_000, 3_600, 1_000_000, "M"), ("GB-SFFR", 30_000, 1_800, 1_000_000, "M"),
        ("CE-FCR", 30_000, 900, 1_000_000, "M"), ("EU-AFRR-E", 300_000, 900, 1_000_000, "V"),
        ("DE-AFRR-C", 300_000, 3_600, 1_000_000, "M"), ("CE-MFRR-E", 750_000, 900, 1_000_000, "M"),
        ("NORDIC-FCRN", 180_000, 3_600, 100_000, "M"), ("NORDIC-FCRD-UP", 7_500, 1_200, 1_000_000, "M"),
        ("NORDIC-FCRD-DOWN", 7_500, 1_200, 1_000_000, "M"), ("NORDIC-FFR", 1_300, 30, 1_000_000, "M"),
        ("NORDIC-MFRR-E", 750_000, 900, 1_000_000, "M"), ("PJM-REG-CLASSIC", 10_000, 900, 100_000, "A"),
        ("CAISO-REG", 8_000, 3_600, 500_000, "A"), ("ERCOT-RRS-FFR", 250, 900, 100_000, "M"),
        ("ERCOT-ECRS", 600_000, 3_600, 100_000, "M"), ("ERCOT-REG", 8_000, 1_800, 100_000, "A"),
        ("NEM-R1L1", 1_000, 6, 1_000_000, "M"), ("NEM-R6L6", 6_000, 60, 1_000_000, "M"),
        ("NEM-R60L60", 60_000, 300, 1_000_000, "M"), ("DR-CA-ELRP", 600_000, 3_600, 100_000, "A"),
        ("DR-CONED-DLRP", 600_000, 14_400, 50_000, "A"), ("DR-CONED-AUTODLM", 600_000, 14_400, 50_000, "A"),
        ("DR-CONED-TERMDLM", 600_000, 14_400, 50_000, "A"),
    ]

    @Test func figuresAreTheSheets() throws {
        let packs = try Packs.names().map { try Packs.pack($0) }
        for row in Self.sheet {
            let product = try #require(packs.lazy.compactMap { $0.product(row.id) }.first, "\(row.id)")
            #expect(product.fullDeliveryMilliseconds == row.full, "\(row.id)")
            #expect(product.enduranceSeconds == row.endurance, "\(row.id)")
            #expect(product.minimumBidWatts == row.least, "\(row.id)")
            let pack = try #require(packs.first { $0.product(row.id) != nil })
            let weakest = ["fullDeliveryMilliseconds", "enduranceSeconds", "minimumBidWatts"].map { figure in
                Self.rank(figure, of: row.id, in: pack)
            }.max()
            #expect(weakest.map { ["V", "T", "M", "A"][$0] } == row.mark, "\(row.id): the weakest certainty")
        }
    }

    /// 0 verified … 3 assumed, of one figure of a product.
    private static func rank(_ figure: String, of id: ProductID, in pack: RegionPack) -> Int {
        let entries = pack.sources.filter { entry in
            let parts = entry.figure.components(separatedBy: ": ")
            return parts[parts.count - 1].components(separatedBy: ", ").contains(figure)
                && (parts.count == 1 || parts[0].components(separatedBy: ", ").contains(id.rawValue))
        }
        let marks = ["verified in source", "verified in a transcription", "from memory", "assumption"]
        return entries.compactMap { marks.firstIndex(of: $0.certainty) }.max() ?? 9
    }
}
