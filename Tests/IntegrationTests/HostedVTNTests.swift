import Foundation
import TestSupport
import Testing

/// An operator without a VTN of its own uses the aggregator's: plain HTTP at a real process.
@Suite(.serialized, .timeLimit(.minutes(4))) struct HostedVTNTests {
    private static let clients = """
        vtn:
          clients:
            - id: headroom
              secret: a-secret-of-the-test
              scopes: [read_targets, read_ven_objects, write_reports, write_subscriptions, write_vens]
            - { id: operator, secret: the-operators-secret, scopes: [read_all, write_programs, write_events] }

        """

    /// A plant whose files are written and whose VEN reads the aggregator's own VTN; nothing of it runs.
    private func withPlant(_ body: (SmallPlant) async throws -> Void) async throws {
        guard let headroom = Program.headroom else {
            print("skipped: the headroom binary is not beside the tests; `swift build --product headroom` makes it")
            return
        }
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let plant = try SmallPlant(headroom: headroom, folder: folder, database: "sqlite:\(folder.path)/h.db", signal: [(0, 0)])
        try self.change(plant) { text in
            text = text.replacing("dispatch: fast", with: "dispatch: openadr") + Self.clients
            let line = text.split(separator: "\n").first { $0.contains("vtnURL:") } ?? ""
            text = text.replacing(line, with: "  vtnURL: \(plant.portal)/openadr3/3.1.0")
        }
        try await body(plant)
    }

    private func change(_ plant: SmallPlant, _ edit: (inout String) -> Void) throws {
        var text = try String(contentsOfFile: plant.path("aggregator.yaml"), encoding: .utf8)
        edit(&text)
        try text.write(toFile: plant.path("aggregator.yaml"), atomically: true, encoding: .utf8)
    }

    /// One request of an operator's client; nil where the answer is no JSON.
    private func ask(_ plant: SmallPlant, _ path: String, token: String? = nil, _ body: [String] = []) throws -> Any? {
        let login = token.map { ["-H", "authorization: Bearer \($0)"] } ?? []
        let outcome = try Program.run("/usr/bin/curl", ["-s", "\(plant.portal)/openadr3/3.1.0/\(path)"] + login + body)
        return try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8), options: .fragmentsAllowed)
    }

    private func post(_ plant: SmallPlant, _ path: String, _ token: String, _ object: [String: Any]) throws -> [String: Any] {
        let data = try JSONSerialization.data(withJSONObject: object)
        let answer = try self.ask(
            plant, path, token: token,
            ["-H", "content-type: application/json", "-d", String(decoding: data, as: UTF8.self)])
        return try #require(answer as? [String: Any])
    }

    private func token(_ plant: SmallPlant, secret: String = "the-operators-secret") throws -> String? {
        let form = "grant_type=client_credentials&client_id=operator&client_secret=\(secret)"
        return (try self.ask(plant, "auth/token", ["-d", form]) as? [String: Any])?["access_token"] as? String
    }

    private func waitFor<Value>(_ what: String, seconds: Int = 40, _ look: () throws -> Value?) async throws -> Value {
        for _ in 0..<(seconds * 5) {
            if let found = try look() { return found }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw CocoaError(.featureUnsupported, userInfo: ["waited in vain for": what])
    }

    private func list(_ plant: SmallPlant, _ path: String, _ token: String) throws -> [[String: Any]] {
        try self.ask(plant, path, token: token) as? [[String: Any]] ?? []
    }

    private func stop(_ process: Process) async throws {
        process.terminate()
        for _ in 0..<100 where process.isRunning { try await Task.sleep(for: .milliseconds(50)) }
        #expect(!process.isRunning && process.terminationStatus == 0)
    }

    private func event(_ program: String, _ name: String, _ descriptors: [[String: Any]], _ payloads: [[String: Any]]) -> [String: Any] {
        let start = ISO8601DateFormatter().string(from: Date().addingTimeInterval(-1))
        return [
            "programID": program, "eventName": name, "priority": 1, "payloadDescriptors": descriptors,
            "intervalPeriod": ["start": start, "duration": "PT10M"], "intervals": [["id": 0, "payloads": payloads]],
        ]
    }

    @Test func anOperatorDispatchesThroughTheAggregatorsOwnVTN() async throws {
        try await self.withPlant { plant in
            var aggregator = try plant.run("aggregator")
            defer { if aggregator.isRunning { aggregator.terminate() } }
            let token = try await self.waitFor("a token") { try self.token(plant) }
            #expect(try self.token(plant, secret: "wrong") == nil)
            #expect((try self.ask(plant, "programs") as? [String: Any])?["status"] as? Int == 401, "the protocol's own error")
            // Our own VEN has registered there as it would anywhere.
            _ = try await self.waitFor("the aggregator's ven") {
                try self.list(plant, "vens", token).first { $0["venName"] as? String == "test-plant" }
            }

            let program = try #require(try self.post(plant, "programs", token, ["programName": "TEST-AGC"])["id"] as? String)
            let relative: [String: Any] = ["payloadType": "DISPATCH_SETPOINT_RELATIVE", "units": "KW", "objectType": "EVENT_PAYLOAD_DESCRIPTOR"]
            let dispatch = try self.post(
                plant, "events", token,
                self.event(program, "DISPATCH-1", [relative], [["type": "DISPATCH_SETPOINT_RELATIVE", "values": [-250]]]))
            #expect(dispatch["id"] is String, "\(dispatch)")
            let heard = try await self.waitFor("a signal") { self.line(plant, "a signal was heard") }
            #expect(heard.contains("watts=250000") && heard.contains("resource=fleet") && heard.contains("product=TEST-AGC"), "\(heard)")

            try await self.readsReports(plant, token, program)
            try await self.stop(aggregator)
            aggregator = try plant.run("aggregator")
            let again = try await self.waitFor("a token after a restart") { try self.token(plant) }
            #expect(try self.list(plant, "programs", again).contains { $0["id"] as? String == program }, "objects outlive the process")
            #expect(FileManager.default.fileExists(atPath: plant.path("aggregator/openadr-vtn.jsonl")))
            try await self.stop(aggregator)
        }
    }

    /// An award is acknowledged by a report, which the operator reads where it published the award.
    private func readsReports(_ plant: SmallPlant, _ token: String, _ program: String) async throws {
        func descriptor(_ type: String, _ units: String, _ currency: String?) -> [String: Any] {
            var object: [String: Any] = ["payloadType": type, "units": units, "objectType": "EVENT_PAYLOAD_DESCRIPTOR"]
            object["currency"] = currency
            return object
        }
        let award = try self.post(
            plant, "events", token,
            self.event(
                program, "AWARD-by-hand",
                [
                    descriptor("EXPORT_CAPACITY_RESERVATION", "KW", nil), descriptor("EXPORT_CAPACITY_RESERVATION_FEE", "MW_H", "EUR"),
                    descriptor("EXPORT_PRICE", "MWH", "EUR"),
                ],
                [
                    ["type": "EXPORT_CAPACITY_RESERVATION", "values": [40]],
                    ["type": "EXPORT_CAPACITY_RESERVATION_FEE", "values": [30]], ["type": "EXPORT_PRICE", "values": [90]],
                ]))
        let id = try #require(award["id"] as? String, "\(award)")
        let report = try await self.waitFor("a report on the award") {
            try self.list(plant, "reports", token).first { $0["eventID"] as? String == id }
        }
        #expect(report["clientID"] as? String == "headroom" || report["clientName"] as? String == "test-plant", "\(report)")
    }

    private func line(_ plant: SmallPlant, _ message: String) -> String? {
        let text = (try? String(contentsOfFile: plant.path("aggregator.log"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.contains(message) }.map(String.init)
    }

    @Test(arguments: [
        ("operator, secret: the-operators-secret", "headroom, secret: x", "vtn.clients: give each client an id of its own"),
        ("read_all, write_programs", "read_all, write_all", "write_all is none of"),
        ("clientID: headroom", "clientID: stranger", "name stranger with its secret among vtn.clients"),
        ("portal: { port:", "other: { port:", "unknown key 'other'"),
    ])
    func aWrongConfigurationIsNamed(_ from: String, _ to: String, _ expected: String) async throws {
        try await self.withPlant { plant in
            let file = plant.path("aggregator.yaml")
            let sound = try Program.run(plant.headroom, ["check-config", "aggregator", file])
            #expect(sound.status == 0, "\(sound.errors)")
            try self.change(plant) { $0 = $0.replacing(from, with: to) }
            let check = try Program.run(plant.headroom, ["check-config", "aggregator", file])
            #expect(check.status == 1 && check.errors.contains(expected), "\(check.errors)")
            #expect(check.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func aHostedVTNNeedsThePortal() async throws {
        try await self.withPlant { plant in
            try self.change(plant) { text in
                text = text.split(separator: "\n").filter { !$0.hasPrefix("portal:") }.joined(separator: "\n") + "\n"
            }
            let check = try Program.run(plant.headroom, ["check-config", "aggregator", plant.path("aggregator.yaml")])
            #expect(check.status == 1 && check.errors.contains("add `portal`"), "\(check.errors)")
        }
    }
}
