import Domain
import Foundation
import Logging
import OCPP
import ServiceLifecycle
import TestSupport
import Testing

@testable import Worker

private final class Deaf: StationObserver {
    func station(_ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?) {
        acknowledge?()
    }
    func answered(_ answer: OrderAnswer) {}
}

/// What an operator says to stations of a running worker, through the socket that `headroom station` uses.
@Suite(.serialized, .timeLimit(.minutes(3)), .ownThreads) struct OperatorTests {
    private static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Runs `body` with the port of a server and the path of its operator's socket.
    private func serve(_ body: (Int, String) async throws -> Void) async throws {
        let server = try OCPPServer(
            configuration: OCPPServerConfiguration(port: 0), secrets: try StationSecrets.read("CP1,s3cret\n"),
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }), observer: Deaf(),
            logger: Self.quiet)
        let folder = FileManager.default.temporaryDirectory.appending(path: "operator-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = OperatorSocket.path(data: folder)
        let desk = OperatorDesk(server: server, logger: Self.quiet)
        let socket = try #require(await OperatorSocket.open(path, logger: Self.quiet, answer: desk.answer))
        let group = ServiceGroup(services: [server], logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for _ in 0..<1_000 where server.port == nil { try await Task.sleep(for: .milliseconds(5)) }
            try await body(try #require(server.port), path)
            await socket.close()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func ask(_ request: OperatorRequest, _ socket: String) async throws -> OperatorAnswer {
        try await OperatorClient.ask(request, socket: socket)
    }

    private func connected(_ socket: String) async throws -> StationSummary? {
        for _ in 0..<400 {
            if let found = try await self.ask(OperatorRequest(station: "CP1"), socket).stations?.first { return found }
            try await Task.sleep(for: .milliseconds(25))
        }
        return nil
    }

    /// Every message that we may say, with the least and with all of its fields, reaches a station on PyPI `ocpp`,
    /// whose schemas refuse none, and each answer of it comes back to the operator.
    @Test(.wantsPeers, arguments: ["2.1", "2.0.1", "1.6"])
    func everythingIsSaidToAStationOfOthers(_ number: String) async throws {
        let version = try #require(OCPPVersion(number: number))
        let file = Workspace.root.appending(path: "Protocols/ocpp/messages-\(number).json")
        let frames = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [[Any]])
        try await self.serve { port, socket in
            let log = FileManager.default.temporaryDirectory.appending(path: "ocpp-answers-\(number).log")
            let peer = try Program.start(
                try #require(Program.peersPython),
                [
                    "Tests/Interop/ocpp_answers.py", "--url", "ws://127.0.0.1:\(port)/ocpp", "--id", "CP1",
                    "--password", "s3cret", "--ocpp", number, "--answers", file.path,
                ], log: log)
            defer { Program.end(peer) }
            let summary = try #require(await self.connected(socket))
            #expect(summary.ocpp == number)
            var said: Set<String> = []
            for frame in frames {
                guard frame.count == 4, let action = frame[2] as? String,
                    let entry = Catalogue.entry(action, in: version), entry.caller != .station, entry.answer != nil
                else { continue }
                let payload = String(decoding: try JSONSerialization.data(withJSONObject: frame[3]), as: UTF8.self)
                let answer = try await self.ask(
                    OperatorRequest(station: "CP1", action: action, payload: payload, overrulesDispatch: true), socket)
                #expect(answer.outcome == .answered, "\(action) \(payload): \(answer)")
                if let text = answer.payload {
                    let isObject = try JSONSerialization.jsonObject(with: Data(text.utf8)) is [String: Any]
                    #expect(isObject)
                }
                said.insert(action)
            }
            let ours = Catalogue.all.filter {
                $0.versions.contains(version) && $0.caller != .station && $0.answer != nil
            }
            #expect(said == Set(ours.map(\.action)), "each action of \(number) was said")
            let heard = try String(contentsOf: log, encoding: .utf8)
            #expect(!heard.contains("refused"), "\(heard.suffix(2_000))")
        }
    }

    /// What cannot be said changes nothing at the station, and names what to do.
    @Test func whatIsRefused() async throws {
        try await self.serve { port, socket in
            let away = try await self.ask(OperatorRequest(station: "CP1", action: "ClearCache"), socket)
            #expect(away.outcome == .disconnected && away.reason?.contains("not connected") == true)
            let client = try await ServerClient.connect(port: port)
            let head = try await client.upgrade("/ocpp/CP1", protocols: "ocpp2.0.1", login: "CP1:s3cret")
            #expect(head.contains("101"))
            _ = try #require(await self.connected(socket))
            let rows: [(action: String, payload: String?, code: String?, word: String)] = [
                ("SetChargingProfile", "{}", nil, "--overrule-dispatch"),
                ("AFRRSignal", "{}", nil, "--overrule-dispatch"),
                ("UsePriorityCharging", #"{"transactionId":"t","activate":true}"#, "NotSupported", "2.0.1"),
                ("BootNotification", "{}", "NotSupported", "not for us"),
                ("Nonsense", nil, "NotSupported", "not for us"),
                ("Reset", "{", "FormatViolation", "no JSON"), ("Reset", "[]", "FormatViolation", "object"),
                ("Reset", "{}", "OccurrenceConstraintViolation", "type"),
                ("Reset", #"{"type":"Hard"}"#, "PropertyConstraintViolation", "type"),
            ]
            for row in rows {
                let request = OperatorRequest(station: "CP1", action: row.action, payload: row.payload)
                let answer = try await self.ask(request, socket)
                #expect(answer.outcome == .refused && answer.code == row.code, "\(row): \(answer)")
                #expect(answer.reason?.contains(row.word) == true, "\(row): \(answer)")
            }
            #expect(try await self.ask(OperatorRequest(action: "ClearCache"), socket).outcome == .refused)
            #expect(try await client.poll() == nil, "not a word reached the station")
            client.close()
        }
    }

    /// A station that answers with an error, and one that goes away in the middle.
    @Test func whatBecomesOfACall() async throws {
        try await self.serve { port, socket in
            let client = try await ServerClient.connect(port: port)
            _ = try await client.upgrade("/ocpp/CP1", protocols: "ocpp2.0.1", login: "CP1:s3cret")
            _ = try #require(await self.connected(socket))
            async let first = self.ask(OperatorRequest(station: "CP1", action: "ClearCache"), socket)
            let call = try #require(await client.next()?.text)
            let parts = try #require(try JSONSerialization.jsonObject(with: Data(call.utf8)) as? [Any])
            client.say(#"[4,"\#(parts[1])","NotSupported","no cache",{}]"#)
            let error = try await first
            #expect(error.outcome == .error && error.code == "NotSupported" && error.reason == "no cache")
            async let second = self.ask(OperatorRequest(station: "CP1", action: "ClearCache"), socket)
            _ = try await client.next()
            client.close()
            #expect(try await second.outcome == .disconnected)
        }
    }

    /// Whoever does not speak the socket's language is told so and let go; a path that is too long is no reason to stop.
    @Test func theSocket() async throws {
        try await self.serve { _, socket in
            let attributes = try FileManager.default.attributesOfItem(
                atPath: (socket as NSString).deletingLastPathComponent)
            #expect(attributes[.posixPermissions] as? Int == 0o700, "only the worker's user comes in")
        }
        let long = "/tmp/" + String(repeating: "x", count: 120)
        let none = await OperatorSocket.open(long, logger: Self.quiet) { _ in OperatorAnswer(.told) }
        #expect(none == nil)
        await #expect(throws: OCPPServerError.self) {
            _ = try await OperatorClient.ask(OperatorRequest(), socket: "/tmp/nobody-listens-here")
        }
    }
}
