import Domain
import Foundation
import Storage
import TestSupport
import Testing

/// `headroom qualify`: a fleet of five, each with another reason.
@Suite(.wantsHeadroom, .ownThreads) struct QualifyCommandTests {
    private struct Answer: Decodable {
        struct Product: Decodable {
            struct Refusal: Decodable {
                var reason: String
                var stations: [String]
            }
            var product: String
            var stations: [String]
            var proven: [String]?
            var notYetProven: [String]?
            var watts: Int
            var refusals: [Refusal]
        }
        var products: [Product]
    }

    private static let header =
        "station_id,ocpp,site_id,token,vehicle_id,battery_kwh,soc,target_soc,departure,max_charge_kw,"
        + "max_discharge_kw,min_kw,step_w,latency_ms,ramp_kw_s,v2x,behaviour\n"

    private func fleet(_ folder: URL) throws -> String {
        let rows = [
            ("curve", "2.1", 100, 80, "curve"), ("quick", "2.0.1", 100, 80, "yes"), ("slow", "2.1", 9_000, 2, "yes"),
            ("old", "1.6", 100, 80, "no"), ("said", "2.0.1", 100, 80, "curve"),
        ].map { name, version, latency, ramp, v2x in
            "\(name),\(version),s,T-\(name),v-\(name),60,0.6,0.65,300,22,22,1.38,100,\(latency),\(ramp),\(v2x),ok\n"
        }
        let file = folder.appending(path: "fleet.csv")
        try (Self.header + rows.joined()).write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    @Test func eachStationIsToldWhy() async throws {
        try await Program.withHeadroom { headroom, folder in
            let fleet = try self.fleet(folder)
            let outcome = try Program.run(headroom, ["qualify", fleet, "--region", "gb", "--json"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
            let low = try #require(answer.products.first { $0.product.contains("DC") })
            // 44 kW at 80 kW/s after 100 ms come within the second that is asked for.
            #expect(low.stations == ["curve"] && low.watts == 44_000)
            let refused = low.refusals.first { $0.reason.contains("resident") }
            #expect(refused?.stations == ["quick", "slow", "old", "said"])
        }
    }

    /// What meters have proven outranks the data sheet, either way.
    @Test func theDatabaseKnowsBetter() async throws {
        try await Program.withHeadroom { headroom, folder in
            let fleet = try self.fleet(folder)
            let url = "sqlite:\(folder.path)/h.db"
            let store = Store(database: try await DatabaseURL(url).open())
            try await store.enrol(
                [.owner(OwnerTerms(id: "o", tenant: "t", name: "O"))], zone: "z", at: Instant(seconds: 1))
            func trust(_ station: StationID, _ verdict: TrustRecord.Verdict, _ seconds: Int) -> Record {
                let response = ResponseBounds(least: .seconds(seconds), most: .seconds(seconds + 1))
                return .trust(
                    TrustRecord(
                        station: station, evse: 1, at: Instant(seconds: 1_795_694_400), verdict: verdict,
                        delay: response,
                        fullResponse: response, rampPerSecond: nil, gainPerMille: 500, offset: nil, step: nil, seen: 5,
                        missed: 0, ignoresSince: verdict == .ignoring ? Instant(seconds: 1_795_694_400) : nil,
                        retryAt: nil, proofs: []), tenant: "t", region: "r")
            }
            try await store.apply(
                [trust("quick", .proven, 9), trust("slow", .derated, 0), trust("old", .ignoring, 0)], zone: "z",
                epoch: nil, source: "test", upTo: 3)
            await store.database.close()
            let outcome = try Program.run(
                headroom, ["qualify", fleet, "--region", "demo", "--database", url, "--json"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
            let product = try #require(answer.products.first)
            // `slow` answers in 31 s by its data sheet and in one by its meter, with half of its 44 kW.
            #expect(product.proven == ["slow"] && product.notYetProven == ["curve", "said"], "\(product)")
            #expect(product.stations == ["curve", "slow", "said"] && product.watts == 44_000 * 2 + 22_000)
            let reasons = product.refusals.map { "\($0.stations[0]) \($0.reason)" }
            #expect(
                reasons.contains { $0.hasPrefix("quick answers in 9000 ms") && $0.hasSuffix("(its meter proved it)") })
            #expect(reasons.contains("old accepts and does nothing since 2026-11-26 12:00:00 UTC"), "\(reasons)")
            let none = try Program.run(
                headroom, ["qualify", fleet, "--region", "demo", "--database", "sqlite:\(folder.path)/none.db"])
            #expect(none.status == 1 && none.errors.contains("no database at"), "\(none.errors)")
        }
    }

    @Test func aTableForPeople() async throws {
        try await Program.withHeadroom { headroom, folder in
            let fleet = try self.fleet(folder)
            let outcome = try Program.run(headroom, ["qualify", fleet, "--region", "demo"])
            #expect(outcome.output.contains("not slow: answers in 31000 ms"), "\(outcome.output)")
            #expect(outcome.output.contains("not enough for a bid") || outcome.output.contains("stations, "))
            let none = try Program.run(headroom, ["qualify", fleet, "--region", "atlantis"])
            #expect(none.status == 1 && none.errors.contains("take one of"), "\(none.errors)")
            let absent = try Program.run(headroom, ["qualify", fleet + ".none"])
            #expect(absent.status == 1 && absent.errors.contains("fleet.csv.none"), "\(absent.errors)")
        }
    }
}
