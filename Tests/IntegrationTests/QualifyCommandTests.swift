import Foundation
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
