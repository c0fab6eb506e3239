import Foundation
import TestSupport
import Testing

/// An operator without a VTN of its own uses the aggregator's: plain HTTP at a real process.
@Suite(.serialized, .wantsHeadroom, .ownThreads, .timeLimit(.minutes(5))) struct HostedVTNChainTests {
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
        try await Program.withHeadroom { headroom, folder in
            let plant = try SmallPlant(
                headroom: headroom, folder: folder, database: "sqlite:\(folder.path)/h.db", signal: [(0, 0)])
            try self.change(plant) { text in
                text = text.replacing("dispatch: fast", with: "dispatch: openadr") + Self.clients
                let line = text.split(separator: "\n").first { $0.contains("vtnURL:") } ?? ""
                text = text.replacing(
                    line, with: "  vtnURL: \(plant.portal)/openadr3/3.1.0\n  prices: [{ program: TARIFF }]")
            }
            try await body(plant)
        }
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

    private func post(_ plant: SmallPlant, _ path: String, _ token: String, _ object: [String: Any]) throws -> [String:
        Any]
    {
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

    private func waitFor<Value>(
        _ what: String, _ plant: SmallPlant? = nil, seconds: Int = 40, _ look: () throws -> Value?
    ) async throws -> Value {
        if let found = try await Program.wait(within: Double(seconds), for: look) { return found }
        throw CocoaError(
            .featureUnsupported, userInfo: ["waited in vain for": what, "log": plant?.log("aggregator") ?? ""])
    }

    private func list(_ plant: SmallPlant, _ path: String, _ token: String) throws -> [[String: Any]] {
        try self.ask(plant, path, token: token) as? [[String: Any]] ?? []
    }

    private func stop(_ process: Process) async throws {
        #expect(try await Program.end(process) && process.terminationStatus == 0)
    }

    private func descriptor(_ type: String, _ units: String, _ currency: String? = nil) -> [String: Any] {
        var object: [String: Any] = ["payloadType": type, "units": units, "objectType": "EVENT_PAYLOAD_DESCRIPTOR"]
        object["currency"] = currency
        return object
    }

    /// An event of one interval: from now on for ten minutes unless `period` says another time.
    private func event(
        _ program: String, _ name: String, _ descriptors: [[String: Any]], _ payloads: [[String: Any]],
        period: [String: Any]? = nil
    ) -> [String: Any] {
        let start = ISO8601DateFormatter().string(from: Date().addingTimeInterval(-1))
        return [
            "programID": program, "eventName": name, "priority": 1, "payloadDescriptors": descriptors,
            "intervalPeriod": period ?? ["start": start, "duration": "PT10M"],
            "intervals": [["id": 0, "payloads": payloads]],
        ]
    }

    @Test func anOperatorDispatchesThroughTheAggregatorsOwnVTN() async throws {
        try await self.withPlant { plant in
            var aggregator = try plant.run("aggregator")
            defer { if aggregator.isRunning { aggregator.terminate() } }
            let token = try await self.waitFor("a token") { try self.token(plant) }
            #expect(try self.token(plant, secret: "wrong") == nil)
            #expect(
                (try self.ask(plant, "programs") as? [String: Any])?["status"] as? Int == 401,
                "the protocol's own error")
            // Our own VEN has registered there as it would anywhere.
            _ = try await self.waitFor("the aggregator's ven") {
                try self.list(plant, "vens", token).first { $0["venName"] as? String == "test-plant" }
            }

            let program = try #require(
                try self.post(plant, "programs", token, ["programName": "TEST-AGC"])["id"] as? String)
            let relative = self.descriptor("DISPATCH_SETPOINT_RELATIVE", "KW")
            let dispatch = try self.post(
                plant, "events", token,
                self.event(
                    program, "DISPATCH-1", [relative], [["type": "DISPATCH_SETPOINT_RELATIVE", "values": [-250]]]))
            #expect(dispatch["id"] is String, "\(dispatch)")
            let heard = try await self.waitFor("a signal", plant) { self.line(plant, "a signal was heard") }
            #expect(
                heard.contains("watts=250000") && heard.contains("resource=fleet")
                    && heard.contains("product=TEST-AGC"), "\(heard)")

            try await self.readsPrices(plant, token)
            try await self.readsReports(plant, token, program)
            try await self.stop(aggregator)
            aggregator = try plant.run("aggregator")
            let again = try await self.waitFor("a token after a restart") { try self.token(plant) }
            #expect(
                try self.list(plant, "programs", again).contains { $0["id"] as? String == program },
                "objects outlive the process")
            #expect(FileManager.default.fileExists(atPath: plant.path("aggregator/openadr-vtn.jsonl")))
            try await self.stop(aggregator)
        }
    }

    /// A price per kWh, published as an event, is what cars charge by; one without units is refused with what to do.
    private func readsPrices(_ plant: SmallPlant, _ token: String) async throws {
        let tariff = try #require(
            try self.post(plant, "programs", token, ["programName": "TARIFF"])["id"] as? String)
        _ = try self.post(
            plant, "events", token,
            self.event(
                tariff, "DAY", [self.descriptor("PRICE", "KWH", "EUR")], [["type": "PRICE", "values": [0.21, 0.05]]]))
        _ = try await self.waitFor("prices", plant) { self.line(plant, "prices were heard", with: "steps=2") }
        _ = try self.post(
            plant, "events", token, self.event(tariff, "ODD", [], [["type": "PRICE", "values": [0.5]]]))
        _ = try await self.waitFor("a refusal", plant) { self.line(plant, "was not used", with: "units KWH or MWH") }
    }

    /// An award is acknowledged by a report, which the operator reads where it published the award.
    private func readsReports(_ plant: SmallPlant, _ token: String, _ program: String) async throws {
        let award = try self.post(
            plant, "events", token,
            self.event(
                program, "AWARD-by-hand",
                [
                    self.descriptor("EXPORT_CAPACITY_RESERVATION", "KW"),
                    self.descriptor("EXPORT_CAPACITY_RESERVATION_FEE", "MW_H", "EUR"),
                    self.descriptor("EXPORT_PRICE", "MWH", "EUR"),
                ],
                [
                    ["type": "EXPORT_CAPACITY_RESERVATION", "values": [40]],
                    ["type": "EXPORT_CAPACITY_RESERVATION_FEE", "values": [30]],
                    ["type": "EXPORT_PRICE", "values": [90]],
                ]))
        let id = try #require(award["id"] as? String, "\(award)")
        let report = try await self.waitFor("a report on the award") {
            try self.list(plant, "reports", token).first { $0["eventID"] as? String == id }
        }
        #expect(
            report["clientID"] as? String == "headroom" || report["clientName"] as? String == "test-plant", "\(report)")
    }

    private func line(_ plant: SmallPlant, _ message: String, of name: String = "aggregator", with fact: String = "")
        -> String?
    {
        let text = (try? String(contentsOfFile: plant.path("\(name).log"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.contains(message) && (fact.isEmpty || $0.contains(fact)) }.map(
            String.init)
    }

    /// All by hand over plain HTTP: a call, the bid out of the reports, an award of half of it, an instruction. The
    /// cars answer, and one trace leads from the event to the charger through the logs of both processes.
    @Test func anOperatorBuysAndDispatchesByHand() async throws {
        try await self.withPlant { plant in
            let processes = try ["aggregator", "worker", "stations"].map { try plant.run($0) }
            defer { for process in processes.reversed() where process.isRunning { process.terminate() } }
            let token = try await self.waitFor("a token") { try self.token(plant) }
            let program = try #require(
                try self.post(plant, "programs", token, ["programName": "TEST-AGC"])["id"] as? String)
            try await plant.reach(SmallPlant.block.lowerBound - 16)
            let report = try await self.bid(plant, token, program)
            let name = try #require(report["reportName"] as? String)
            let offered = try #require(self.available(report), "\(report)")
            #expect(name.hasPrefix("BID-") && offered >= 20, "\(report)")
            let bought = offered / 20 * 10
            let fee = "EXPORT_CAPACITY_RESERVATION_FEE"
            _ = try self.post(
                plant, "events", token,
                self.event(
                    program, "AWARD-\(name.dropFirst(4))",
                    [
                        self.descriptor("EXPORT_CAPACITY_RESERVATION", "KW"), self.descriptor(fee, "MW_H", "EUR"),
                        self.descriptor("EXPORT_PRICE", "MWH", "EUR"),
                    ],
                    [
                        ["type": "EXPORT_CAPACITY_RESERVATION", "values": [bought]], ["type": fee, "values": [30]],
                        ["type": "EXPORT_PRICE", "values": [90]],
                    ], period: self.block(plant)))
            try await plant.reach(SmallPlant.block.lowerBound + 8)
            _ = try self.post(
                plant, "events", token,
                self.event(
                    program, "DISPATCH-1", [self.descriptor("DISPATCH_SETPOINT_RELATIVE", "KW")],
                    [["type": "DISPATCH_SETPOINT_RELATIVE", "values": [-bought]]]))
            let heard = try await self.waitFor("the signal") {
                self.line(plant, "a signal was heard", with: "watts=\(bought * 1_000)")
            }
            let trace = try #require(heard.split(separator: " ").first { $0.hasPrefix("trace.id=") }.map(String.init))
            let answered = try await self.waitFor("the charger's answer: \(plant.log("worker"))") {
                self.line(plant, "a charger answered", of: "worker", with: trace)
            }
            #expect(answered.contains("station.id=S") && answered.contains("latency.us="), "\(answered)")
            #expect(self.line(plant, "a request was broadcast", with: trace) != nil)
            #expect(self.line(plant, "set-points are sent", of: "worker", with: trace) != nil)
        }
    }

    private func block(_ plant: SmallPlant) -> [String: Any] {
        let start = plant.start.addingTimeInterval(Double(SmallPlant.block.lowerBound))
        return ["start": ISO8601DateFormatter().string(from: start), "duration": "PT\(SmallPlant.block.count)S"]
    }

    /// Calls for bids on the block, and waits for the one that offers to go up.
    private func bid(_ plant: SmallPlant, _ token: String, _ program: String) async throws -> [String: Any] {
        let wanted = ["UP_REGULATION_AVAILABLE", "DOWN_REGULATION_AVAILABLE"].map { type -> [String: Any] in
            [
                "payloadType": type, "readingType": "FORECAST", "units": "KW", "startInterval": 0, "numIntervals": 1,
                "historical": false, "frequency": 0,
            ]
        }
        let call = try self.post(
            plant, "events", token,
            [
                "programID": program, "eventName": "CALL-by-hand", "reportDescriptors": wanted,
                "intervalPeriod": self.block(plant),
            ])
        let id = try #require(call["id"] as? String, "\(call)")
        return try await self.waitFor("a bid", seconds: 10) {
            try self.list(plant, "reports", token).first {
                $0["eventID"] as? String == id && self.available($0) != nil
            }
        }
    }

    /// kW offered up in a report, or nil.
    private func available(_ report: [String: Any]) -> Int? {
        let resources = report["resources"] as? [[String: Any]] ?? []
        let intervals = resources.flatMap { $0["intervals"] as? [[String: Any]] ?? [] }
        let payloads = intervals.flatMap { $0["payloads"] as? [[String: Any]] ?? [] }
        let offer = payloads.first { $0["type"] as? String == "UP_REGULATION_AVAILABLE" }
        return ((offer?["values"] as? [Any])?.first as? NSNumber)?.intValue
    }

    @Test(arguments: [
        (
            "operator, secret: the-operators-secret", "headroom, secret: x",
            "vtn.clients: give each client an id of its own"
        ),
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
