import Foundation
import TestSupport
import Testing
import Twin

/// `headroom twin` as a process: what it takes, what it writes, what it says.
@Suite(.wantsHeadroom, .ownThreads) struct TwinCommandTests {
    /// A configuration of a region, and ten cars that stay for six minutes.
    private func write(region: String, into folder: URL) throws {
        let demo = try String(contentsOf: Workspace.root.appending(path: "Config/demo/twin.yaml"), encoding: .utf8)
        #expect(demo.contains("region: demo "))
        try demo.replacingOccurrences(of: "region: demo ", with: "region: \(region) ")
            .write(to: folder.appending(path: "twin.yaml"), atomically: true, encoding: .utf8)
        let head =
            "vehicle_id,site_id,arrival,departure,arrival_soc,target_soc,min_soc,battery_kwh,max_charge_kw,max_discharge_kw,efficiency\n"
        let rows = (0..<10).map {
            "ev-\($0),site-1,2026-11-26T08:00:00Z,2026-11-26T08:06:00Z,0.6,0.6,0.3,60,22,22,0.95\n"
        }
        try (head + rows.joined()).write(to: folder.appending(path: "day.csv"), atomically: true, encoding: .utf8)
        try "time,value\n2026-11-26T08:02:00Z,50.0\n2026-11-26T08:03:00Z,49.6\n2026-11-26T08:05:00Z,50.0\n"
            .write(to: folder.appending(path: "hertz.csv"), atomically: true, encoding: .utf8)
    }

    private func run(_ headroom: String, _ folder: URL, product: String, out: String, _ more: [String] = []) throws
        -> Program.Outcome
    {
        try Program.run(
            headroom,
            [
                "twin", "run", "--config", folder.appending(path: "twin.yaml").path, "--sessions",
                folder.appending(path: "day.csv").path,
                "--signal", folder.appending(path: "hertz.csv").path, "--product", product, "--award", "100", "--out",
                folder.appending(path: out).path,
            ] + more)
    }

    private func members(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// The configuration names the region; `--region` overrides it; one that is not there is refused with the choice.
    @Test func theConfigurationsRegionIsTaken() async throws {
        try await Program.withHeadroom { headroom, folder in
            try self.write(region: "gb", into: folder)
            let british = try self.run(headroom, folder, product: "GB-DCL", out: "gb", ["--json"])
            #expect(british.status == 0, "\(british.errors)")
            #expect(try self.members(british.output)["currency"] as? String == "GBP")
            let demo = try self.run(headroom, folder, product: "DEMO-FR", out: "demo", ["--region", "demo", "--json"])
            #expect(demo.status == 0, "\(demo.errors)")
            #expect(try self.members(demo.output)["currency"] as? String == "EUR")
            let none = try self.run(headroom, folder, product: "GB-DCL", out: "x", ["--region", "atlantis"])
            #expect(
                none.status == 1 && ["atlantis", "caiso", "demo", "gb"].allSatisfy(none.errors.contains),
                "\(none.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "x").path))
        }
    }

    /// The keys of `kpis.json` are a contract; steps may be fractions of a second; files repeat to the byte.
    @Test func aRunAtTwentyHertzWritesWhatIsAgreed() async throws {
        try await Program.withHeadroom { headroom, folder in
            try self.write(region: "demo", into: folder)
            let first = try self.run(headroom, folder, product: "DEMO-FR", out: "a", ["--step", "0.05", "--json"])
            let second = try self.run(headroom, folder, product: "DEMO-FR", out: "b", ["--step", "0.05"])
            #expect(first.status == 0 && second.status == 0, "\(first.errors)\(second.errors)")
            let kpis = try self.members(first.output)
            let keys = [
                "sessions", "readiness_met", "readiness_missed", "requested_kwh", "delivered_kwh", "tracking_mae_pu",
                "score",
                "availability", "charged_kwh", "discharged_kwh", "equivalent_full_cycles", "currency", "wear_cost",
                "energy_cost",
                "capacity_revenue", "site_limit_violations", "setpoint_messages", "steps", "wall_seconds",
                "cpu_seconds", "seed", "version",
            ]
            #expect(Set(kpis.keys) == Set(keys))
            #expect(kpis["score"] is NSNull && kpis["steps"] as? Int == 6 * 60 * 20)
            #expect(kpis["wear_cost"] is String && kpis["energy_cost"] is String && kpis["capacity_revenue"] is String)
            #expect(second.output.contains("10 of 10 cars"), "\(second.output)")
            #expect(!first.errors.contains("\r"), "plain lines where nobody watches")
            for name in ["setpoints.csv", "delivered.csv", "vehicles.csv"] {
                let a = try Data(contentsOf: folder.appending(path: "a/\(name)"))
                #expect(try a == Data(contentsOf: folder.appending(path: "b/\(name)")) && a.count > 60, "\(name)")
            }
        }
    }

    @Test func twoRunsAreCompared() async throws {
        try await Program.withHeadroom { headroom, folder in
            try self.write(region: "demo", into: folder)
            for (name, more) in [("a", []), ("b", ["--step", "8"])] {
                #expect(try self.run(headroom, folder, product: "DEMO-FR", out: name, more).status == 0)
            }
            let folders = ["a", "b"].map { folder.appending(path: $0).path }
            let out = folder.appending(path: "c")
            let arguments = ["twin", "compare"] + folders + ["--out", out.path]
            let json = try Program.run(headroom, arguments + ["--json"])
            #expect(json.status == 0, "\(json.errors)")
            let steps = try #require(try self.members(json.output)["steps"] as? [String: Double])
            #expect(steps == ["a": 90, "b": 45, "change": -45])
            #expect(try String(contentsOf: out.appending(path: "comparison.json"), encoding: .utf8) == json.output)
            #expect(
                try String(contentsOf: out.appending(path: "comparison.html"), encoding: .utf8).contains(
                    "<td>steps</td>"))
            let table = try Program.run(headroom, arguments)
            #expect(table.status == 0 && table.output.contains("-45"), "\(table.output)")
            let wrong = try Program.run(headroom, ["twin", "compare", folder.path, folders[1], "--out", out.path])
            #expect(
                wrong.status == 1 && wrong.errors.contains("kpis.json")
                    && wrong.errors.split(separator: "\n").count == 1)
        }
    }

    @Test(arguments: [["--step", "0.0001"], ["--step", "nan"], ["--award", "-1"], ["--signal-kind", "sound"]])
    func badUsageIsTwo(option: [String]) async throws {
        try await Program.withHeadroom { headroom, folder in
            try self.write(region: "demo", into: folder)
            let said = try self.run(headroom, folder, product: "DEMO-FR", out: "x", option)
            #expect(said.status == 2 && said.errors.contains(option[0]), "\(said.errors)")
        }
    }

    @Test(arguments: [["twin"], ["twin", "run"], ["twin", "compare"]]) func helpHasAnExample(command: [String])
        async throws
    {
        try await Program.withHeadroom { headroom, _ in
            let said = try Program.run(headroom, command + ["--help"])
            #expect(said.status == 0 && said.output.contains("Example: headroom twin"), "\(said.output)")
        }
    }
}
