import Domain
import Foundation
import Logging
import Runtime
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// A server for the transport's tests: hears facts and answers, keeps the log.
final class TransportServer: StationObserver {
    struct Line: Equatable {
        var level: Logger.Level
        var text: String
        var metadata: [String: String]
    }

    private struct Handler: LogHandler {
        let server: TransportServer
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let found = (event.metadata ?? [:]).mapValues { "\($0)" }
            self.server.state.withLock {
                $0.lines.append(Line(level: event.level, text: "\(event.message)", metadata: found))
            }
        }
    }

    private struct State {
        var facts: [(StationID, StationFact)] = []
        var answers: [OrderAnswer] = []
        var lines: [Line] = []
    }

    private let state = Mutex(State())

    func station(_ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?) {
        self.state.withLock { $0.facts += facts.map { (station, $0) } }
        acknowledge?()
    }

    func answered(_ answer: OrderAnswer) {
        self.state.withLock { $0.answers.append(answer) }
    }

    var answers: [OrderAnswer] { self.state.withLock { $0.answers } }

    func facts(of station: StationID) -> [StationFact] {
        self.state.withLock { $0.facts.filter { $0.0 == station }.map(\.1) }
    }

    /// What the log says at notice and above, with this text in message or metadata.
    func lines(with part: String) -> [Line] {
        self.state.withLock { state in
            state.lines.filter { line in
                line.level >= .notice
                    && (line.text.contains(part) || line.metadata.values.contains { $0.contains(part) })
            }
        }
    }

    /// Runs `body` against a server on free ports, then shuts it down.
    static func run(
        secrets: String = "CP1,s3cret\nCP2,other\n", isOpen: Bool = false,
        _ configure: (inout OCPPServerConfiguration) -> Void = { _ in },
        _ body: (OCPPServer, [Int], TransportServer) async throws -> Void
    ) async throws {
        var configuration = OCPPServerConfiguration(port: 0)
        configure(&configuration)
        let ears = TransportServer()
        let logger = Logger(label: "test") { _ in Handler(server: ears) }
        let server = try OCPPServer(
            configuration: configuration, secrets: isOpen ? .open : try StationSecrets.read(secrets),
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }), observer: ears,
            logger: logger)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(services: [server], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for _ in 0..<1_000 where server.ports == nil { try await Task.sleep(for: .milliseconds(5)) }
            let ports = try #require(server.ports)
            try await body(server, ports, ears)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// The opening handshake, the ends of connections, and what happens to those who are slow.
@Suite(.serialized, .timeLimit(.minutes(2)), .ownThreads) struct TransportServerTests {
    private static let good = [
        "GET /ocpp/CP1 HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: ocpp2.1", "Authorization: Basic Q1AxOnMzY3JldA==",
    ]

    /// The good request with lines replaced (by their start) and added.
    private static func request(_ changes: [String: String?] = [:], adding: [String] = []) -> [UInt8] {
        let lines = Self.good.compactMap { line -> String? in
            for (start, other) in changes where line.hasPrefix(start) { return other }
            return line
        }
        return Array(((lines + adding).joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    @Test func openingHandshakes() async throws {
        let many = (0..<60).map { "X-\($0): y" }
        let cases: [(String, [UInt8], String)] = [
            ("good", Self.request(), "101"),
            ("tokens among others", Self.request(["Connection": "Connection: keep-alive, Upgrade"]), "101"),
            ("any case", Self.request(["Upgrade": "UPGRADE: WebSocket"]), "101"),
            ("no upgrade", Self.request(["Upgrade": nil]), "426"),
            ("upgrade to something else", Self.request(["Upgrade": "Upgrade: h2c"]), "426"),
            ("no connection token", Self.request(["Connection": "Connection: close"]), "426"),
            ("no version", Self.request(["Sec-WebSocket-Version": nil]), "426"),
            ("version 8", Self.request(["Sec-WebSocket-Version": "Sec-WebSocket-Version: 8"]), "426"),
            ("version 13 twice", Self.request(adding: ["Sec-WebSocket-Version: 13"]), "426"),
            ("no key", Self.request(["Sec-WebSocket-Key": nil]), "400"),
            ("a short key", Self.request(["Sec-WebSocket-Key": "Sec-WebSocket-Key: c2hvcnQ="]), "400"),
            (
                "a key that is no base64",
                Self.request(["Sec-WebSocket-Key": "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!=="]), "400"
            ),
            ("two keys", Self.request(adding: ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]), "400"),
            ("POST", Self.request(["GET": "POST /ocpp/CP1 HTTP/1.1"]), "405"),
            ("HTTP/1.0", Self.request(["GET": "GET /ocpp/CP1 HTTP/1.0"]), "400"),
            ("a body", Self.request(adding: ["Content-Length: 4"]) + Array("body".utf8), "400"),
            ("too many headers", Self.request(adding: many), "431"),
            ("two logins", Self.request(adding: ["Authorization: Basic Q1AxOnMzY3JldA=="]), "401"),
            ("another scheme", Self.request(["Authorization": "Authorization: Bearer s3cret"]), "401"),
            ("no base64", Self.request(["Authorization": "Authorization: Basic ???"]), "401"),
            (
                "too long a name", Self.request(["GET": "GET /ocpp/\(String(repeating: "x", count: 49)) HTTP/1.1"]),
                "404"
            ),
            ("a name below", Self.request(["GET": "GET /ocpp/CP1/more HTTP/1.1"]), "404"),
            ("no HTTP", Array("HELO station\r\n\r\n".utf8), "400"),
        ]
        try await TransportServer.run { _, ports, ears in
            for (name, bytes, wanted) in cases {
                let client = try await ServerClient.connect(port: ports[0])
                client.send(bytes)
                let head = try await client.head()
                #expect(head.hasPrefix("HTTP/1.1 \(wanted)"), "\(name): \(head.prefix(30))")
                if wanted == "101" {
                    // RFC 6455, section 1.3.
                    #expect(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "\(name)")
                }
                if wanted == "426" { #expect(head.lowercased().contains("sec-websocket-version: 13"), "\(name)") }
                client.close()
                _ = try await client.wait { client.isClosed ? true : nil }
            }
            #expect(ears.facts(of: "CP1").filter { $0 == .connected(version: "2.1") }.count == 3)
        }
    }

    /// 1.6 sends up to 20 raw bytes as password, among them bytes that no text has.
    @Test func rawPasswords() async throws {
        let raw = "AL1000,hex:0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF\nAL2,0001\nAL3,cert:\n"
        try await TransportServer.run(secrets: raw) { _, ports, _ in
            let password: [UInt8] = Array(0...7) + [UInt8](repeating: 0xFF, count: 12)
            let cases: [(String, [UInt8], String)] = [
                ("AL1000", password, "101"),
                ("AL1000", Array(password.dropLast()), "401"),
                ("AL1000", Array("hex:0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF".utf8), "401"),
                ("AL2", Array("0001".utf8), "101"),
                ("AL2", [0, 1], "401"),
                ("AL3", [], "401"), ("AL3", Array("cert:".utf8), "401"),
            ]
            for (station, bytes, wanted) in cases {
                let login = Data(Array("\(station):".utf8) + bytes).base64EncodedString()
                let client = try await ServerClient.connect(port: ports[0])
                let start = [
                    "GET": "GET /ocpp/\(station) HTTP/1.1", "Authorization": "Authorization: Basic \(login)",
                    "Sec-WebSocket-Protocol": "Sec-WebSocket-Protocol: ocpp1.6",
                ]
                client.send(Self.request(start))
                let head = try await client.head()
                #expect(head.hasPrefix("HTTP/1.1 \(wanted)"), "\(station) \(bytes.count): \(head.prefix(30))")
                client.close()
            }
        }
        for bad in ["A,hex:", "A,hex:0", "A,hex:zz", "A,hex:" + String(repeating: "00", count: 21)] {
            #expect(throws: OCPPServerError.self) { _ = try StationSecrets.read(bad) }
        }
    }

    /// A request that drips in byte by byte is cut off all the same. Its last header never ends, so that a
    /// loaded machine, where the drops come late, cannot finish it; it stays below the bound on bytes.
    @Test func aSlowLorisIsCutOff() async throws {
        try await TransportServer.run({ $0.handshakeTimeout = .milliseconds(300) }) { server, ports, _ in
            let client = try await ServerClient.connect(port: ports[0])
            let drops = Self.request().dropLast(2) + Array("X-Drip: ".utf8) + [UInt8](repeating: 0x2E, count: 4_000)
            for byte in drops where !client.isClosed {
                client.send([byte])
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(client.isClosed)
            let isGone = try await client.wait { server.connectionCount == 0 ? true : nil }
            #expect(isGone == true)
        }
    }

    /// A client that does not wait for the answer: its first words are kept until the upgrade is through.
    @Test func wordsThatComeWithTheRequest() async throws {
        try await TransportServer.run { _, ports, _ in
            let client = try await ServerClient.connect(port: ports[0])
            client.send(Self.request() + ServerClient.frame(Array(#"[2,"early","Heartbeat",{}]"#.utf8)))
            let head = try await client.head()
            #expect(head.hasPrefix("HTTP/1.1 101"))
            let answer = try await client.text(with: "[3,\"early\"")
            #expect(answer != nil)
        }
    }

    /// A station that takes no notice of pings is given up; one that answers stays.
    @Test func halfOpenConnectionsAreFound() async throws {
        try await TransportServer.run({
            $0.pingInterval = .milliseconds(200)
            $0.pingTimeout = .seconds(2)
        }) { server, ports, ears in
            let dead = try await ServerClient.connect(port: ports[0])
            _ = try await dead.upgrade("/ocpp/CP1", login: "CP1:s3cret")
            let living = try await ServerClient.connect(port: ports[0])
            _ = try await living.upgrade("/ocpp/CP2", login: "CP2:other")
            var answered = 0
            for _ in 0..<500 where !ears.facts(of: "CP1").contains(.disconnected) {
                guard let frame = try await living.poll(), frame.opcode == 9 else { continue }
                living.send(ServerClient.frame(frame.payload, first: 0x8A))
                answered += 1
            }
            #expect(ears.facts(of: "CP1").contains(.disconnected) && answered > 0)
            #expect(!living.isClosed && server.connectionCount == 1)
        }
    }

    /// A message that never ends holds memory: after a while the station is told.
    @Test(arguments: [false, true]) func anUnfinishedMessageEnds(inTheMiddleOfAFrame: Bool) async throws {
        try await TransportServer.run({ $0.messageTimeout = .milliseconds(300) }) { _, ports, _ in
            let client = try await ServerClient.connect(port: ports[0])
            _ = try await client.upgrade("/ocpp/CP1", login: "CP1:s3cret")
            let frame = ServerClient.frame(Array("[2,".utf8), first: inTheMiddleOfAFrame ? 0x81 : 0x01)
            client.send(inTheMiddleOfAFrame ? Array(frame.dropLast()) : frame)
            let code = try await client.closeCode()
            #expect(code == 1008)
        }
    }

    /// 1001 for everyone; who does not answer holds nothing up, and nobody gets in any more.
    @Test func shutdown() async throws {
        var clients: [ServerClient] = []
        let clock = ContinuousClock()
        var start = clock.now
        try await TransportServer.run { _, ports, _ in
            for (station, login) in [("CP1", "CP1:s3cret"), ("CP2", "CP2:other")] {
                let client = try await ServerClient.connect(port: ports[0])
                _ = try await client.upgrade("/ocpp/\(station)", login: login)
                clients.append(client)
            }
            start = clock.now
        }
        #expect(clock.now - start < .seconds(5))
        for client in clients {
            let code = try await client.closeCode()
            #expect(code == 1001)
        }
    }

    /// What the example file offers in comments is read as it stands there.
    @Test func theCommentedExample() throws {
        let text = try String(contentsOf: Workspace.root.appending(path: "Config/worker.yaml"), encoding: .utf8)
        var isOffered = false
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line -> String? in
            if line.hasPrefix("  port:") { return nil }
            if line.hasPrefix("  # listeners:") { isOffered = true }
            if line.isEmpty { isOffered = false }
            if isOffered { return "  " + line.dropFirst(4) }
            for key in ["siteLimitWatts", "chargingPoints"] where line.hasPrefix("# \(key)") {
                return String(line.dropFirst(2))
            }
            return String(line)
        }
        let read = try StrictYAML.decode(
            WorkerConfiguration.self, from: lines.joined(separator: "\n"), name: "Config/worker.yaml")
        #expect(read.ocpp.allListeners.map(\.profile) == [.tlsBasic, .mutualTLS])
        #expect(read.ocpp.allListeners[0].certificates.count == 2)
        #expect(read.ocpp.limits == ConnectionLimits(), "the defaults are the ones that it names")
        #expect(read.ocpp.compression == true && read.ocpp.allowSecurityProfileDowngrade == false)
        #expect(read.siteLimitWatts == 150_000 && read.chargingPoints == 40)
    }

    @Test func configuration() throws {
        let usual = "host: 127.0.0.1\nsecretsFile: s.csv\ndialects: []\nmeterSeconds: 5\n"
        let old = try StrictYAMLReader.read(usual + "port: 9000\ncertificate: c.pem\nprivateKey: k.pem\n")
        #expect(
            old.server.allListeners == [
                OCPPListener(
                    port: 9_000, profile: .tlsBasic, certificates: [CertificateFiles(chain: "c.pem", key: "k.pem")])
            ])
        let new = try StrictYAMLReader.read(
            usual + """
                listeners:
                  - {port: 9000, profile: 1}
                  - port: 9444
                    profile: 3
                    certificates: [{chain: a.pem, key: a.key}, {chain: b.pem, key: b.key}]
                    clientRoots: [roots.pem]
                    organization: Example CSO
                limits: {connectionsPerStation: 7}
                compression: false
                allowSecurityProfileDowngrade: true
                """)
        #expect(new.port == 9_000 && new.server.allListeners.count == 2)
        #expect(new.server.allListeners[1].certificates.count == 2 && new.server.allListeners[1].profile == .mutualTLS)
        #expect(new.server.limits.connectionsPerStation == 7 && new.server.limits.connectionsPerAddress == 20_000)
        #expect(!new.server.compresses && new.server.allowsDowngradeFrom3To2)
        for bad in [
            "", "port: 9000\nlisteners: [{port: 1, profile: 1}]", "listeners: [{port: 1, profile: 4}]",
            "listeners: [{port: 1, profile: 2}]", "listeners: [{port: 1, profile: 1, certificate: x}]",
            "listeners: [{port: 1, profile: 1}]\ncertificate: x",
        ] {
            #expect(throws: (any Error).self, "\(bad)") { _ = try StrictYAMLReader.read(usual + bad) }
        }
        for listener in [
            OCPPListener(port: 1, profile: .tlsBasic), OCPPListener(port: 1, profile: .mutualTLS),
            OCPPListener(port: 1, profile: .basic, clientRoots: ["x"]),
            OCPPListener(
                port: 1, profile: .tlsBasic, certificates: [CertificateFiles(chain: "a", key: "b")], clientRoots: ["x"]),
            OCPPListener(port: 1, profile: .mutualTLS, certificates: [CertificateFiles(chain: "a", key: "b")]),
        ] { #expect(listener.finding?.contains("port 1") == true) }
    }
}

private enum StrictYAMLReader {
    static func read(_ text: String) throws -> WorkerConfiguration.OCPP {
        try StrictYAML.decode(WorkerConfiguration.OCPP.self, from: text, name: "worker.yaml")
    }
}
