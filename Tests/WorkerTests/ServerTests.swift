import Domain
import Foundation
import Logging
import OCPP
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// Keeps what it is told, and acknowledges at once unless told to wait.
private final class Listener: StationObserver {
    struct State {
        var facts: [StationFact] = []
        var answers: [OrderAnswer] = []
        var waiting: [Acknowledge] = []
        var acknowledges = true
    }
    let state = Mutex(State())

    func station(
        _ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?
    ) {
        let now = self.state.withLock { state -> Acknowledge? in
            state.facts += facts
            if state.acknowledges { return acknowledge }
            if let acknowledge { state.waiting.append(acknowledge) }
            return nil
        }
        now?()
    }

    func answered(_ answer: OrderAnswer) {
        self.state.withLock { $0.answers.append(answer) }
    }

    var facts: [StationFact] { self.state.withLock { $0.facts } }
    var answers: [OrderAnswer] { self.state.withLock { $0.answers } }
}

@Suite(.serialized, .timeLimit(.minutes(2)), .ownThreads) struct ServerTests {
    private static let boot21 =
        #"[2,"b","BootNotification",{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}]"#

    private static let start21 =
        #"[2,"t","TransactionEvent",{"eventType":"Started","timestamp":"2026-11-23T20:00:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"T1"},"evse":{"id":1},"idToken":{"idToken":"CAR","type":"eMAID"}}]"#

    private static var policy: StationPolicy {
        StationPolicy(
            accepts: { token, _ in token != "BAD" }, transactionID: { _, done in done(4_711) })
    }

    /// Runs `body` against a server on a free port, then shuts it down.
    private func serve(
        _ configure: (inout OCPPServerConfiguration) -> Void = { _ in },
        _ body: (OCPPServer, Int, Listener) async throws -> Void
    ) async throws {
        var configuration = OCPPServerConfiguration(port: 0)
        configure(&configuration)
        let listener = Listener()
        let secrets = try StationSecrets.read("station_id,secret\nCP1,s3cret\nCP2,other\n")
        let server = try OCPPServer(
            configuration: configuration, secrets: secrets, policy: Self.policy, observer: listener,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let group = ServiceGroup(
            services: [server],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for _ in 0..<1_000 where server.port == nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            let port = try #require(server.port)
            try await body(server, port, listener)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func connected(_ port: Int, _ protocols: String = "ocpp2.1") async throws
        -> ServerClient
    {
        let client = try await ServerClient.connect(port: port)
        let head = try await client.upgrade("/ocpp/CP1", protocols: protocols, login: "CP1:s3cret")
        #expect(head.hasPrefix("HTTP/1.1 101"))
        return client
    }

    /// The user of Basic is the station of the URL (A00.FR.204, A00.FR.207).
    @Test func whoGetsIn() async throws {
        try await self.serve { _, port, listener in
            let cases: [(String, String?, String?, String)] = [
                ("/ocpp/NOBODY", "ocpp2.1", "NOBODY:x", "HTTP/1.1 404"),
                ("/elsewhere", "ocpp2.1", "CP1:s3cret", "HTTP/1.1 404"),
                ("/ocpp/CP1", "ocpp2.1", "CP1:wrong", "HTTP/1.1 401"),
                ("/ocpp/CP1", "ocpp2.1", "CP2:other", "HTTP/1.1 401"),
                ("/ocpp/CP1", "ocpp2.1", nil, "HTTP/1.1 401"),
                ("/ocpp/CP1", "ocpp0.1, ocpp1.6", "CP1:s3cret", "HTTP/1.1 101"),
            ]
            for (path, protocols, login, wanted) in cases {
                let client = try await ServerClient.connect(port: port)
                let head = try await client.upgrade(path, protocols: protocols, login: login)
                #expect(head.hasPrefix(wanted), "\(path) \(login ?? "-"): \(head.prefix(20))")
                if wanted.hasSuffix("101") {
                    #expect(head.lowercased().contains("sec-websocket-protocol: ocpp1.6"))
                } else {
                    let isClosed = try await client.wait { client.isClosed ? true : nil }
                    #expect(isClosed == true)
                }
                client.close()
            }
            #expect(!listener.facts.contains(.connected(version: "2.1")), "refusals change nothing")
        }
    }

    @Test func noCommonSubprotocolIsUpgradedThenClosed() async throws {
        try await self.serve { _, port, listener in
            let client = try await ServerClient.connect(port: port)
            let head = try await client.upgrade(
                "/ocpp/CP1", protocols: "ocpp1.5", login: "CP1:s3cret")
            #expect(head.hasPrefix("HTTP/1.1 101"))
            #expect(!head.lowercased().contains("sec-websocket-protocol"))
            let code = try await client.closeCode()
            #expect(code == 1002)
            #expect(listener.facts.isEmpty)
        }
    }

    /// Each breach of RFC 6455 gets its close code, and no fact comes of it.
    @Test func framesThatBreakTheRules() async throws {
        let text = Array("[2,\"a\",\"Heartbeat\",{}]".utf8)
        let cases: [(String, [UInt8], Int)] = [
            ("unmasked", ServerClient.frame(text, mask: false), 1002),
            ("reserved bit", ServerClient.frame(text, first: 0xC1), 1002),
            ("reserved opcode", ServerClient.frame(text, first: 0x83), 1002),
            ("binary", ServerClient.frame(text, first: 0x82), 1003),
            ("invalid UTF-8", ServerClient.frame([0xC3, 0x28]), 1007),
            ("continuation first", ServerClient.frame(text, first: 0x80), 1002),
            ("close code 1005", ServerClient.frame([0x03, 0xED], first: 0x88), 1002),
            ("one byte of close", ServerClient.frame([0x03], first: 0x88), 1002),
            ("oversized", ServerClient.frame([UInt8](repeating: 0x20, count: 262_145)), 1009),
            (
                "17 fragments",
                ServerClient.frame([0x20], first: 0x01)
                    + (0..<17).flatMap { _ in ServerClient.frame([0x20], first: 0x00) }, 1008
            ),
        ]
        try await self.serve { _, port, listener in
            for (name, bytes, wanted) in cases {
                let client = try await self.connected(port)
                client.send(bytes)
                let code = try await client.closeCode()
                #expect(code == wanted, "\(name)")
                let isClosed = try await client.wait { client.isClosed ? true : nil }
                #expect(isClosed == true, "\(name)")
            }
            #expect(!listener.facts.contains { if case .booted = $0 { true } else { false } })
        }
    }

    @Test func fragmentsPingAndClose() async throws {
        try await self.serve { _, port, _ in
            let client = try await self.connected(port)
            let text = Array("[2,\"a\",\"Heartbeat\",{}]".utf8)
            client.send(ServerClient.frame(Array(text[..<5]), first: 0x01))
            client.send(ServerClient.frame([7], first: 0x89))
            client.send(ServerClient.frame(Array(text[5...]), first: 0x80))
            let pong = try await client.next()
            #expect(pong == ServerClient.Frame(opcode: 10, payload: [7]))
            let answer = try await client.text(with: "[3,\"a\"")
            #expect(answer?.contains("currentTime") == true)
            client.send(ServerClient.frame([0x03, 0xE8], first: 0x88))
            let code = try await client.closeCode()
            #expect(code == 1000)
        }
    }

    @Test func unknownActionAndWrongShape() async throws {
        try await self.serve { _, port, _ in
            let client = try await self.connected(port)
            client.say(#"[2,"a","MakeCoffee",{}]"#)
            let unknown = try await client.text(with: "\"a\"")
            #expect(unknown?.contains("\"NotImplemented\"") == true)
            client.say(#"[2,"b","TransactionEvent",{"eventType":"Started"}]"#)
            let wrong = try await client.text(with: "\"b\"")
            #expect(wrong?.contains("\"OccurrenceConstraintViolation\"") == true)
            client.say("[2,")
            let broken = try await client.text(with: "\"-1\"")
            #expect(broken?.contains("\"RpcFrameworkError\"") == true)
        }
    }

    @Test func aSilentHandshakeIsCutOff() async throws {
        try await self.serve({ $0.handshakeTimeout = .milliseconds(200) }) { _, port, _ in
            let client = try await ServerClient.connect(port: port)
            client.send(Array("GET /ocpp/CP1 HTTP/1.1\r\n".utf8))
            let isClosed = try await client.wait { client.isClosed ? true : nil }
            #expect(isClosed == true)
        }
    }

    @Test func aSecondConnectionOfALivingStationIsRefused() async throws {
        try await self.serve { server, port, _ in
            let first = try await self.connected(port)
            let second = try await ServerClient.connect(port: port)
            async let head = second.upgrade("/ocpp/CP1", login: "CP1:s3cret")
            for _ in 0..<20 {
                guard let frame = try await first.next() else { break }
                if frame.opcode == 9 {
                    first.send(ServerClient.frame(frame.payload, first: 0x8A))
                    break
                }
            }
            _ = try await head
            let code = try await second.closeCode()
            #expect(code == 1008)
            #expect(!first.isClosed && server.connectionCount == 1)
        }
    }

    @Test func aDeadConnectionIsReplaced() async throws {
        try await self.serve({ $0.duplicateTimeout = .milliseconds(200) }) {
            server, port, listener in
            let first = try await self.connected(port)
            first.say(Self.start21)
            _ = try await first.text(with: "[3,\"t\"")
            let second = try await self.connected(port)
            let isClosed = try await first.wait { first.isClosed ? true : nil }
            #expect(isClosed == true)
            second.say(#"[2,"a","Heartbeat",{}]"#)
            let answer = try await second.text(with: "[3,\"a\"")
            #expect(answer != nil && server.connectionCount == 1)
            #expect(!listener.facts.contains(.disconnected), "the station never was away")
            let plugged = listener.facts.filter { fact in
                fact == .plugged(evse: 1, token: "CAR", transaction: "T1")
            }
            #expect(plugged.count == 2, "what the dead connection knew is told again")
        }
    }

    @Test func aPortInUseIsOneLineThatNamesWhatToDo() async throws {
        try await self.serve { _, port, _ in
            let secrets = StationSecrets.open
            let second = try OCPPServer(
                configuration: OCPPServerConfiguration(port: port), secrets: secrets,
                policy: Self.policy,
                observer: Listener(), logger: Logger(label: "test"))
            await #expect { try await second.run() } throws: { error in
                let text = "\(error)"
                return text.contains("stop what uses the port") && !text.contains("\n")
            }
        }
    }

    @Test func openServersListenOnLoopbackOnly() {
        #expect(throws: OCPPServerError.self) {
            _ = try OCPPServer(
                configuration: OCPPServerConfiguration(host: "0.0.0.0"), secrets: .open,
                policy: Self.policy, observer: Listener(), logger: Logger(label: "test"))
        }
    }

    @Test func boundsOfConnectionsMessagesAndHeaders() async throws {
        try await self.serve({
            $0.mostConnections = 1
            $0.messageBurst = 5
            $0.messagesPerSecond = 1
        }) { _, port, _ in
            let first = try await self.connected(port)
            let second = try await ServerClient.connect(port: port)
            _ = try await second.upgrade("/ocpp/CP2", login: "CP2:other")
            let full = try await second.closeCode()
            #expect(full == 1008)
            for index in 0..<20 { first.say("[2,\"\(index)\",\"Heartbeat\",{}]") }
            let tooMany = try await first.closeCode()
            #expect(tooMany == 1008)
            let third = try await ServerClient.connect(port: port)
            third.send([UInt8](repeating: 0x41, count: HandshakeGuard.mostBytes + 1))
            let isClosed = try await third.wait { third.isClosed ? true : nil }
            #expect(isClosed == true)
        }
    }

    @Test func stationsAreToldThatTheServerGoes() async throws {
        var kept: ServerClient?
        try await self.serve { _, port, _ in kept = try await self.connected(port) }
        let code = try await kept?.closeCode()
        #expect(code == 1001)
    }

    @Test func secrets() throws {
        let plain = try StationSecrets.read("station_id,secret\r\nCP1,s3,cret\r\n# note\n")
        #expect(plain.accepts(Array("s3,cret".utf8), of: "CP1"))
        #expect(!plain.accepts(Array("s3".utf8), of: "CP1") && !plain.knows("CP2"))
        #expect(!"\(plain)".contains("s3"))
        // HMAC-SHA-256 of "secret" under the pepper "pepper".
        let digest = "\(Self.digest)"
        let hashed = try StationSecrets.read(
            "station_id,secret_hmac\nCP1,\(digest)\n", pepper: Array("pepper".utf8))
        #expect(hashed.accepts(Array("secret".utf8), of: "CP1"))
        #expect(!hashed.accepts(Array("secreT".utf8), of: "CP1"))
        for bad in ["CP1", "CP1,", "a:b,x", "CP1,a\nCP1,b", "station_id,secret_hmac\nCP1,zz"] {
            #expect(throws: OCPPServerError.self) { _ = try StationSecrets.read(bad, pepper: [1]) }
        }
        #expect(throws: OCPPServerError.self) {
            _ = try StationSecrets.read("station_id,secret_hmac\nCP1,\(digest)\n")
        }
    }

    private static let digest = "804e6d854739162fdea0d455b3aafe67f40d2919406186a27be601596ac6d306"

    /// Boot, plug in, needs, discharge, meter; the reading is acknowledged only once it is kept.
    @Test func aCarDischargesOn21() async throws {
        try await self.serve { server, port, listener in
            let client = try await self.connected(port)
            client.say(Self.boot21)
            #expect(try await client.text(with: "[3,\"b\"")?.contains("\"Accepted\"") == true)
            try await self.answerSetUp(client)
            client.say(Self.start21)
            let beneath = try await client.text(with: "SetChargingProfile")
            #expect(beneath?.contains("ChargingOnly") == true)
            #expect(listener.facts.contains(.plugged(evse: 1, token: "CAR", transaction: "T1")))
            server.command([
                StationOrder(
                    station: "CP1", evse: 1,
                    command: .setpoint(Power(watts: -7_000), validFor: .seconds(60)),
                    trace: TraceID(high: 1, low: 2)),
                StationOrder(station: "CP2", evse: 1, command: .clear, trace: .none),
            ])
            // The fallback beneath is still in flight: the order waits behind it.
            client.say(try self.accept(beneath))
            let set = try await client.text(with: "CentralSetpoint")
            #expect(set?.contains("\"setpoint\":-7000") == true)
            client.say(try self.accept(set))
            let answer = try await client.wait {
                listener.answers.first { $0.station == "CP1" }
            }
            #expect(answer?.outcome == .accepted && answer?.asked == Power(watts: -7_000))
            #expect(answer?.trace == TraceID(high: 1, low: 2))
            #expect(listener.answers.first { $0.station == "CP2" }?.outcome == .notConnected)
            listener.state.withLock { $0.acknowledges = false }
            client.say(
                #"[2,"m","TransactionEvent",{"eventType":"Updated","timestamp":"2026-11-23T20:00:05Z","triggerReason":"MeterValuePeriodic","seqNo":1,"transactionInfo":{"transactionId":"T1"},"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":6990,"measurand":"Power.Active.Export","unitOfMeasure":{"unit":"W"}},{"value":412300,"measurand":"Energy.Active.Export.Register"}]}]}]"#
            )
            let kept = try await client.wait {
                listener.state.withLock { $0.waiting.first }
            }
            let acknowledge = try #require(kept)
            acknowledge()
            #expect(try await client.text(with: "[3,\"m\"") != nil)
            let meter = listener.facts.compactMap { fact -> MeterSample? in
                if case .meter(1, let sample) = fact { sample } else { nil }
            }
            #expect(meter.last?.power == Power(watts: -6_990))
            #expect(meter.last?.exportRegister == Energy(wattHours: 412_300))
        }
    }

    private func accept(_ call: String?) throws -> String {
        let id = try #require(call).split(separator: "\"")[1]
        return "[3,\"\(id)\",{\"status\":\"Accepted\"}]"
    }

    /// Answers the calls that set a 2.1 station up, with what a V2X station says.
    private func answerSetUp(_ client: ServerClient) async throws {
        for _ in 0..<10 {
            guard let frame = try await client.next(), frame.opcode == 1 else { return }
            let id = frame.text.split(separator: "\"")[1]
            if frame.text.contains("GetVariables") {
                client.say(
                    "[3,\"\(id)\",{\"getVariableResult\":[{\"attributeStatus\":\"Accepted\",\"attributeValue\":\"ChargingOnly,CentralSetpoint,CentralFrequency\",\"component\":{\"name\":\"V2XChargingCtrlr\",\"evse\":{\"id\":1}},\"variable\":{\"name\":\"SupportedOperationModes\"}}]}]"
                )
            } else {
                client.say("[3,\"\(id)\",{\"status\":\"Accepted\",\"setVariableResult\":[]}]")
            }
            if frame.text.contains("GetBaseReport") { return }
        }
    }
}
