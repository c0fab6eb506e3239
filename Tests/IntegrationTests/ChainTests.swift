import Foundation
import TestSupport
import Testing

/// The whole chain as real processes: `headroom demo`, then what it left behind, looked at from outside.
@Suite(.serialized, .wantsHeadroom) struct ChainTests {
    private struct Summary: Decodable {
        var passed: Bool
        var checks: [String: Bool]
        var blocksSettled: Int
        var performance: Double
        var earned: String
    }
    private struct Login: Codable {
        var user: String
        var password: String
        var role: String
    }
    private struct Visit: Encodable {
        var user: String
        var password: String
        var path: String
        var expect: [String]
    }

    /// One run of six minutes feeds every test below; they look at different sides of it.
    @Test(.timeLimit(.minutes(15))) func aBlockIsSoldDeliveredSettledAndShown() async throws {
        try await Program.withHeadroom { headroom, folder in
            let log = folder.appending(path: "demo.log")
            let demo = try Program.start(
                headroom, ["demo", "--headless", "--minutes", "6", "--stations", "120", "--data", folder.path], log: log
            )
            try await self.pause(60)
            try await self.metricsAreSound()
            while demo.isRunning { try await self.pause(1) }
            let said = try String(contentsOf: log, encoding: .utf8)
            let start = try #require(said.firstIndex(of: "{"), "\(said)")
            let summary = try JSONDecoder().decode(Summary.self, from: Data(said[start...].utf8))
            #expect(demo.terminationStatus == 0 && summary.passed, "\(said.suffix(2_000))")
            #expect(summary.blocksSettled >= 1 && summary.performance >= 0.95)
            try self.booksAreSound(headroom, folder)
            try await self.portalShowsIt(headroom, folder, earned: summary.earned)
        }
    }

    /// Ctrl-C ends all processes within two seconds, and the ports are free again.
    @Test(.timeLimit(.minutes(3))) func anInterruptEndsEverything() async throws {
        try await Program.withHeadroom { headroom, folder in
            let log = folder.appending(path: "demo.log")
            let demo = try Program.start(
                headroom, ["demo", "--headless", "--minutes", "6", "--stations", "40", "--data", folder.path], log: log)
            let ports = [8_080, 8_090] + Array(9_464...9_468)
            for port in ports { #expect(try await self.answers(port, within: 60), "port \(port)") }
            let pressed = ContinuousClock.now
            demo.interrupt()
            while demo.isRunning, ContinuousClock.now - pressed < .seconds(20) { try await self.pause(0.01) }
            // A fifth of a second beyond the promise, for the test's own view of the end.
            #expect(ContinuousClock.now - pressed < .milliseconds(2_200))
            #expect(demo.terminationStatus == 1, "nothing was settled")
            let said = try String(contentsOf: log, encoding: .utf8)
            #expect(said.hasSuffix("stopped before a block was settled\n"), "\(said.suffix(300))")
            for port in ports { #expect(try await !self.answers(port, within: 0), "port \(port) is free again") }
        }
    }

    private func answers(_ port: Int, within seconds: Int) async throws -> Bool {
        for turn in 0...(seconds * 4) {
            if turn > 0 { try await self.pause(0.25) }
            if try Program.run("/usr/bin/curl", ["-s", "-o", "/dev/null", "http://127.0.0.1:\(port)/healthz"]).status
                == 0
            {
                return true
            }
        }
        return false
    }

    /// Real `promtool check metrics` on every process, and health.
    private func metricsAreSound() async throws {
        let promtool = try #require(Program.find("promtool"), "Debian's prometheus brings promtool")
        for port in 9_464...9_468 {
            let metrics = try Program.run("/usr/bin/curl", ["-sf", "http://127.0.0.1:\(port)/metrics"])
            #expect(metrics.status == 0 && metrics.output.contains("# TYPE"), "port \(port)")
            let file = try Program.temporaryFolder().appending(path: "metrics")
            try metrics.output.write(to: file, atomically: true, encoding: .utf8)
            let check = try Program.run("/bin/sh", ["-c", "'\(promtool)' check metrics < '\(file.path)'"])
            #expect(check.status == 0, "port \(port): \(check.errors)\(check.output)")
            for path in ["healthz", "readyz"] {
                let health = try Program.run("/usr/bin/curl", ["-sf", "http://127.0.0.1:\(port)/\(path)"])
                #expect(health.status == 0, "\(path) on \(port)")
            }
        }
    }

    private func booksAreSound(_ headroom: String, _ folder: URL) throws {
        let database = "sqlite:\(folder.path)/headroom.db"
        let books = try Program.run(headroom, ["ledger", "verify", "--tenant", "demo", "--database", database])
        #expect(books.status == 0 && books.output.contains(" 0 findings"), "\(books.output)\(books.errors)")
        let settled = try Program.run(headroom, ["settle", "--database", database])
        #expect(settled.status == 0 && settled.output.contains(" 0 differences"), "\(settled.output)\(settled.errors)")
        let replay = try Program.run(headroom, ["replay", folder.path + "/aggregator/journal"])
        #expect(replay.status == 0 && replay.output.contains("fingerprint"), "\(replay.errors)")
        #expect(!replay.output.contains(" 0 marks"), "fingerprints of the live run were found again: \(replay.output)")
        let period = ISO8601DateFormatter().string(from: Date()).prefix(7)
        let report = [
            "report", "--owner", "harbour-taxi", "--period", String(period), "--tenant", "demo", "--database", database,
        ]
        let csv = try Program.run(headroom, report + ["--format", "csv"])
        #expect(csv.status == 0 && csv.output.split(separator: "\n").count > 10, "\(csv.errors)")
        let html = try Program.run(headroom, report + ["--format", "html"])
        #expect(html.output.contains("Draft of a statement for Harbour Taxi"), "it has no number before it is issued")
        let wrong = try Program.run(headroom, report + ["--format", "pdf"])
        #expect(wrong.status == 2, "bad usage")
    }

    /// The aggregator alone, started again from its journal, shows the settled block to each role in Chromium.
    private func portalShowsIt(_ headroom: String, _ folder: URL, earned: String) async throws {
        guard Program.find("chromedriver") != nil, let python = Program.find("python3") else {
            Issue.record("chromedriver or python3 is missing: ops/setup test installs them")
            return
        }
        let aggregator = try Program.start(
            headroom, ["aggregator", "--config", folder.path + "/aggregator.yaml"],
            log: folder.appending(path: "again.log"))
        defer { aggregator.terminate() }
        for _ in 0..<60 {
            if try Program.run("/usr/bin/curl", ["-sf", "http://127.0.0.1:8080/healthz"]).status == 0 { break }
            try await self.pause(0.5)
        }
        let logins = try JSONDecoder().decode(
            [Login].self, from: Data(contentsOf: folder.appending(path: "logins.json")))
        let pages = ["fleet-owner": "/owner", "grid-operator": "/grid", "utility": "/utility", "operator": "/control"]
        let visits = logins.map { login in
            Visit(
                user: login.user, password: login.password, path: pages[login.role] ?? "/",
                expect: login.role == "fleet-owner" ? ["DEMO-FR", "Earned", "EUR"] : ["DEMO-FR", earned])
        }
        let roles = folder.appending(path: "roles.json")
        try JSONEncoder().encode(visits).write(to: roles)
        let shots = Workspace.root.appending(path: ".build/artefacts")
        let browser = try Program.run(
            python,
            [
                Workspace.root.appending(path: "Tests/Interop/browser_portal.py").path, "http://127.0.0.1:8080",
                shots.path,
                roles.path,
            ])
        #expect(browser.status == 0, "\(browser.output)\(browser.errors)")
        #expect(browser.output.contains("4 passed, 0 failed"))
    }

    private func pause(_ seconds: Double) async throws {
        try await Task.sleep(for: .seconds(seconds))
    }
}
