import Domain
import Foundation
import NIOSSL
import TestSupport
import Testing

@testable import Worker

/// Certificates by the `openssl` command, for one test run.
struct TestCertificates {
    let folder: URL

    init() throws {
        self.folder = try Program.temporaryFolder()
        for name in ["root", "other"] {
            try self.openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout \(name).key -out \(name).pem -subj /CN=\(name)"
            )
        }
    }

    func path(_ name: String) -> String { self.folder.appending(path: name).path }

    func openssl(_ arguments: String) throws {
        let words = arguments.split(separator: " ").map { String($0).replacingOccurrences(of: "+", with: " ") }
        let process = Process()
        process.executableURL = URL(filePath: Program.find("openssl") ?? "/usr/bin/openssl")
        process.arguments = words
        process.currentDirectoryURL = self.folder
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }

    /// A certificate NAME.pem with NAME.key under a root. `+` in the subject stands for a space.
    func make(
        _ name: String, subject: String, key: String = "ec -pkeyopt ec_paramgen_curve:P-256",
        under root: String = "root",
        days: Int = 2, alternative: String? = nil
    ) throws {
        try self.openssl("req -new -newkey \(key) -nodes -keyout \(name).key -out \(name).csr -subj \(subject)")
        var more = ""
        if let alternative {
            try Data("subjectAltName=DNS:\(alternative)\n".utf8).write(to: self.folder.appending(path: "\(name).ext"))
            more = " -extfile \(name).ext"
        }
        try self.openssl(
            "x509 -req -in \(name).csr -CA \(root).pem -CAkey \(root).key -CAcreateserial -days \(days) -out \(name).pem\(more)"
        )
    }

    func files(_ name: String) -> CertificateFiles {
        CertificateFiles(chain: self.path("\(name).pem"), key: self.path("\(name).key"))
    }

    /// What a client needs to speak to our servers, with a certificate of its own where it has one.
    func client(_ name: String? = nil) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(self.path("root.pem"))
        configuration.certificateVerification = .noHostnameVerification
        if let name {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(self.path("\(name).pem")).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: self.path("\(name).key"), format: .pem))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// What `openssl s_client` says about a connection; empty when it fails.
    func probe(_ port: Int, _ arguments: String) throws -> String {
        let outcome = try Program.run(
            "/bin/sh",
            ["-c", "openssl s_client -connect 127.0.0.1:\(port) \(arguments) </dev/null 2>&1"])
        return outcome.output
    }

    func remove() { try? FileManager.default.removeItem(at: self.folder) }
}

@Suite(.serialized, .timeLimit(.minutes(3)), .ownThreads) struct TransportTLSTests {
    private func withCertificates(_ body: (TestCertificates) async throws -> Void) async throws {
        guard Program.find("openssl") != nil else {
            print("skipped: no openssl command")
            return
        }
        let made = try TestCertificates()
        defer { made.remove() }
        try made.make("ec", subject: "/CN=csms.example")
        try await body(made)
    }

    private func head(
        _ port: Int, _ station: String, login: String? = nil, tls: NIOSSLContext?
    ) async throws -> String {
        let client = try await ServerClient.connect(port: port, tls: tls)
        let head = try await client.upgrade("/ocpp/\(station)", login: login)
        client.close()
        _ = try await client.wait { client.isClosed ? true : nil }
        return String(head.prefix { !$0.isNewline })
    }

    private static let upgraded = "HTTP/1.1 101 Switching Protocols"

    /// One port, two certificates: each client gets the one that it can verify. No TLS below 1.2.
    @Test func twoKindsOfCertificates() async throws {
        try await self.withCertificates { made in
            try made.make("rsa", subject: "/CN=csms.example", key: "rsa:2048")
            let listener = OCPPListener(
                port: 0, profile: .tlsBasic, certificates: [made.files("rsa"), made.files("ec")])
            try await TransportServer.run({ $0.listeners = [listener] }) { _, ports, _ in
                let cases: [(String, String?)] = [
                    ("", "ECDSA"), ("-sigalgs ECDSA+SHA256", "ECDSA"), ("-sigalgs RSA-PSS+SHA256", "RSA"),
                    ("-sigalgs RSA-PSS+SHA256:ECDSA+SHA256", "ECDSA"),
                    ("-tls1_2", "ECDSA"), ("-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384", "ECDSA"),
                    ("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256", "RSA"),
                    ("-tls1_2 -cipher AES128-GCM-SHA256", "rsaEncryption"),
                    ("-tls1_2 -cipher AES256-GCM-SHA384", "rsaEncryption"),
                    ("-tls1_2 -cipher ECDHE-RSA-AES128-SHA", nil), ("-tls1_1 -cipher DEFAULT@SECLEVEL=0", nil),
                    ("-tls1 -cipher DEFAULT@SECLEVEL=0", nil),
                ]
                for (arguments, wanted) in cases {
                    let said = try made.probe(ports[0], arguments)
                    let kind: String? =
                        said.contains("Cipher is (NONE)")
                        ? nil
                        : said.contains("Peer signature type: ECDSA")
                            ? "ECDSA"
                            : said.contains("Peer signature type: RSA")
                                ? "RSA"
                                : said.contains("Public Key Algorithm: rsaEncryption")
                                    || said.contains("a:PKEY: rsaEncryption")
                                    ? "rsaEncryption" : "?"
                    #expect(kind == wanted, "\(arguments): \(said)")
                }
                let logins: [(String, String, Bool, String)] = [
                    ("CP1", "CP1:s3cret", true, "101"), ("CP1", "CP1:wrong", true, "401"),
                    ("CP9", "CP9:x", true, "404"),
                    ("CP1", "CP1:s3cret", false, "nothing"),
                ]
                for (station, login, isTLS, wanted) in logins {
                    let tls = isTLS ? try made.client() : nil
                    let head = try await self.head(ports[0], station, login: login, tls: tls)
                    #expect(head.contains(wanted), "\(login): \(head)")
                }
            }
        }
    }

    /// The certificate is the station: its own name (A00.FR.405), our root, our organization (A00.FR.404), not expired.
    @Test func mutualTLS() async throws {
        try await self.withCertificates { made in
            try made.make("cp1", subject: "/O=Example+CSO/CN=CP1")
            try made.make("cp2", subject: "/O=Example+CSO/CN=serial-2", alternative: "CP2")
            try made.make("cp9", subject: "/O=Example+CSO/CN=CP9")
            try made.make("elsewhere", subject: "/O=Other+CSO/CN=CP1")
            try made.make("stranger", subject: "/O=Example+CSO/CN=CP1", under: "other")
            try made.make("expired", subject: "/O=Example+CSO/CN=CP1", days: -1)
            let listener = OCPPListener(
                port: 0, profile: .mutualTLS, certificates: [made.files("ec")], clientRoots: [made.path("root.pem")],
                organization: "Example CSO")
            try await TransportServer.run(secrets: "CP1,cert:\nCP2,s3cret\n", { $0.listeners = [listener] }) {
                server, ports, ears in
                let cases: [(String?, String, String)] = [
                    ("cp1", "CP1", "101"), ("cp2", "CP2", "101"), ("cp1", "CP2", "401"), ("cp2", "serial-2", "404"),
                    ("cp9", "CP9", "404"), ("elsewhere", "CP1", "401"), ("stranger", "CP1", "nothing"),
                    ("expired", "CP1", "nothing"), (nil, "CP2", "nothing"),
                ]
                for (certificate, station, wanted) in cases {
                    let head = try await self.head(
                        ports[0], station, login: "CP2:s3cret", tls: made.client(certificate))
                    #expect(head.contains(wanted), "\(certificate ?? "none") as \(station): \(head)")
                }
                for _ in 0..<200 where server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
                #expect(ears.facts(of: "CP1").filter { $0 == .connected(version: "2.1") }.count == 1)
                #expect(ears.lines(with: "CERTIFICATE_VERIFY_FAILED").count >= 1, "the log says why")
                #expect(ears.lines(with: "the certificate is not this station's").count == 1)
            }
        }
    }

    /// Seen on a higher profile, refused on a lower one, after a restart too; one line in the log.
    @Test func downgradesAreRefused() async throws {
        try await self.withCertificates { made in
            try made.make("cp1", subject: "/CN=CP1")
            let listeners = [
                OCPPListener(port: 0, profile: .basic),
                OCPPListener(port: 0, profile: .tlsBasic, certificates: [made.files("ec")]),
                OCPPListener(
                    port: 0, profile: .mutualTLS, certificates: [made.files("ec")], clientRoots: [made.path("root.pem")]
                ),
            ]
            func attempt(_ profile: Int, _ station: String, _ ports: [Int]) async throws -> String {
                let login = station == "CP1" ? "CP1:s3cret" : "CP2:other"
                let tls = profile == 1 ? nil : try made.client(profile == 3 ? "cp1" : nil)
                let head = try await self.head(ports[profile - 1], station, login: login, tls: tls)
                return String(head.dropFirst(9).prefix(3))
            }
            func expect(_ profile: Int, _ station: String, _ wanted: String, _ ports: [Int]) async throws {
                let found = try await attempt(profile, station, ports)
                #expect(found == wanted, "\(station) on \(profile)")
            }
            func run(allows: Bool = false, _ body: ([Int], TransportServer) async throws -> Void) async throws {
                try await TransportServer.run({
                    $0.listeners = listeners
                    $0.profilesFile = made.path("profiles.csv")
                    $0.allowsDowngradeFrom3To2 = allows
                    $0.duplicateTimeout = .milliseconds(50)
                }) { _, ports, ears in try await body(ports, ears) }
            }
            try await run { ports, ears in
                var found: [String] = []
                for profile in [1, 3, 1, 2, 1, 3] { found.append(try await attempt(profile, "CP1", ports)) }
                #expect(found == ["101", "101", "401", "401", "401", "101"])
                found = []
                for profile in [1, 2, 1, 2] { found.append(try await attempt(profile, "CP2", ports)) }
                #expect(found == ["101", "101", "401", "101"])
                #expect(ears.lines(with: "security profile 3").count == 1, "three refusals, one line")
            }
            try await run { ports, _ in
                try await expect(2, "CP1", "401", ports)
                try await expect(1, "CP2", "401", ports)
            }
            try await run(allows: true) { ports, _ in
                try await expect(1, "CP1", "401", ports)
                try await expect(2, "CP1", "101", ports)
            }
        }
    }

    /// New files serve from the next connection on; broken ones change nothing and are told of once.
    @Test func certificatesAreReadAnew() async throws {
        try await self.withCertificates { made in
            try made.make("next", subject: "/CN=next.example")
            try made.make("cp1", subject: "/CN=CP1")
            try made.make("cp2", subject: "/CN=CP2", under: "other")
            try FileManager.default.copyItem(atPath: made.path("root.pem"), toPath: made.path("roots.pem"))
            let listener = OCPPListener(
                port: 0, profile: .mutualTLS, certificates: [made.files("ec")], clientRoots: [made.path("roots.pem")])
            func replace(_ old: String, by new: String) throws {
                try Data(contentsOf: URL(filePath: made.path(new))).write(
                    to: URL(filePath: made.path(old)), options: .atomic)
            }
            try await TransportServer.run({ $0.listeners = [listener] }) { server, ports, ears in
                func expectServed(_ name: String) throws {
                    let said = try made.probe(ports[0], "")
                    #expect(said.contains("subject=CN = \(name)"), "\(said)")
                }
                let standing = try await ServerClient.connect(port: ports[0], tls: made.client("cp1"))
                _ = try await standing.upgrade("/ocpp/CP1")
                try expectServed("csms.example")
                try replace("ec.pem", by: "next.pem")
                server.reloadCertificates()
                server.reloadCertificates()
                try expectServed("csms.example")
                #expect(ears.lines(with: "the old certificates stay in use").count == 1)
                try replace("ec.key", by: "next.key")
                server.reloadCertificates()
                try expectServed("next.example")
                let stranger = try made.client("cp2")
                let before = try await self.head(ports[0], "CP2", tls: stranger)
                #expect(before == "nothing")
                try replace("roots.pem", by: "other.pem")
                server.reloadCertificates()
                let after = try await self.head(ports[0], "CP2", tls: stranger)
                #expect(after == Self.upgraded)
                standing.say(#"[2,"h","Heartbeat",{}]"#)
                let answer = try await standing.text(with: "[3,\"h\"")
                #expect(answer != nil, "who is connected stays so")
            }
            // By itself, where nobody calls.
            try await TransportServer.run({
                $0.listeners = [listener]
                $0.certificateWatch = .milliseconds(50)
            }) { _, ports, ears in
                try replace("ec.pem", by: "root.pem")
                try replace("ec.key", by: "root.key")
                for _ in 0..<600 where ears.lines(with: "read anew").isEmpty {
                    try await Task.sleep(for: .milliseconds(5))
                }
                let said = try made.probe(ports[0], "")
                #expect(said.contains("subject=CN = root"), "\(said)")
            }
        }
    }

    /// The deadline counts from the socket, whatever of TLS has come by then.
    @Test(arguments: [0, 1, 60, 100_000]) func aSlowHelloIsCutOff(count: Int) async throws {
        try await self.withCertificates { made in
            let listener = OCPPListener(port: 0, profile: .tlsBasic, certificates: [made.files("ec")])
            try await TransportServer.run({
                $0.listeners = [listener]
                $0.handshakeTimeout = .milliseconds(300)
            }) { _, ports, _ in
                let client = try await ServerClient.connect(port: ports[0])
                let hello = Self.record(Self.hello(schemes: [0x0403], suites: [0x1301], versions: [0x0304]))
                client.send(Array(hello.prefix(count)))
                let isClosed = try await client.wait { client.isClosed ? true : nil }
                #expect(isClosed == true)
            }
        }
    }

    @Test func whatCannotBeReadIsOneLine() async throws {
        try await self.withCertificates { made in
            try made.make("wild", subject: "/CN=x", alternative: "*.example.com")
            for (name, count) in [("wild", 1), ("ec", 0)] {
                let tls = try ListenerTLS(OCPPListener(port: 0, profile: .tlsBasic, certificates: [made.files(name)]))
                #expect(tls.wildcards.count == count)
            }
            try Data("nothing".utf8).write(to: made.folder.appending(path: "bad.pem"))
            let bad = CertificateFiles(chain: made.path("bad.pem"), key: made.path("ec.key"))
            let foreign = CertificateFiles(chain: made.path("ec.pem"), key: made.path("root.key"))
            for (listener, part) in [
                (OCPPListener(port: 0, profile: .tlsBasic, certificates: [bad]), "bad.pem"),
                (OCPPListener(port: 0, profile: .tlsBasic, certificates: [foreign]), "root.key"),
                (
                    OCPPListener(port: 0, profile: .tlsBasic, certificates: [made.files("ec"), made.files("root")]),
                    "second"
                ),
                (
                    OCPPListener(
                        port: 0, profile: .mutualTLS, certificates: [made.files("ec")],
                        clientRoots: [made.path("bad.pem")]),
                    "bad.pem"
                ),
            ] {
                #expect {
                    _ = try ListenerTLS(listener)
                } throws: { error in
                    "\(error)".contains(part) && !"\(error)".contains("\n")
                }
            }
        }
    }

    /// A hello of TLS 1.2 and 1.3 in one, as bytes.
    private static func hello(schemes: [UInt16]?, suites: [UInt16], versions: [UInt16]?) -> [UInt8] {
        func vector(_ words: [UInt16], _ width: Int) -> [UInt8] {
            let count = words.count * 2
            return (width == 2 ? [UInt8(count >> 8)] : []) + [UInt8(count & 255)]
                + words.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        }
        func block(_ kind: UInt8, _ body: [UInt8]) -> [UInt8] {
            [0, kind, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
        }
        let extensions =
            (schemes.map { block(13, vector($0, 2)) } ?? []) + (versions.map { block(43, vector($0, 1)) } ?? [])
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + vector(suites, 2) + [1, 0]
            + [UInt8(extensions.count >> 8), UInt8(extensions.count & 255)] + extensions
        return [1, 0, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    private static func record(_ body: [UInt8]) -> [UInt8] {
        [22, 3, 1, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    @Test func helloBytes() {
        let hello = Self.hello(schemes: [0x0403, 0x0804], suites: [0x1301, 0xC02B], versions: [0x0304, 0x0303])
        let wanted = ClientHello(
            signatureSchemes: [0x0403, 0x0804], cipherSuites: [0x1301, 0xC02B], offersTLS13: true)
        let whole = Self.record(hello)
        #expect(ClientHello.read(whole) == .hello(wanted))
        for count in 0..<whole.count { #expect(ClientHello.read(whole.prefix(count)) == .more, "\(count)") }
        for cut in [1, 4, 30, hello.count - 1] {
            let parts = Self.record(Array(hello[..<cut])) + Self.record(Array(hello[cut...]))
            #expect(ClientHello.read(parts) == .hello(wanted), "two records, cut at \(cut)")
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            var bytes = whole
            for _ in 0..<3 { bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(generator.next() & 255) }
            _ = ClientHello.read(bytes)
        }
        for other: [UInt8] in [
            Array("GET /".utf8), [22, 2, 0, 0, 1, 1], [22, 3, 1, 0, 0], [22, 3, 1, 0, 4, 2, 0, 0, 0], [21, 3, 1, 0, 2],
            [22, 3, 1, 0, 4, 1, 1, 0, 0],
        ] {
            #expect(ClientHello.read(other) == .notTLS, "\(other)")
        }
    }

    @Test func whatAClientAccepts() {
        let cases: [([UInt16]?, [UInt16], Bool, Set<KeyKind>)] = [
            ([0x0403], [0x1301], true, [.ecdsaP256]), ([0x0503], [0x1301], true, [.ecdsaP384]),
            ([0x0804], [0x1301], true, [.rsa]), ([0x0403, 0x0804], [0x1301], true, [.ecdsaP256, .rsa]),
            ([0x0401], [0x1301], true, []), (nil, [0x1301], true, []),
            ([0x0403], [0xC02B], false, [.ecdsaP256, .ecdsaP384]), (nil, [0xC02C], false, [.ecdsaP256, .ecdsaP384]),
            ([0x0401], [0xC02B, 0xC02F], false, [.rsa]), (nil, [0x009C], false, [.rsa]),
            ([0x0403], [0x000A], false, []),
        ]
        for (schemes, suites, is13, wanted) in cases {
            let hello = ClientHello(signatureSchemes: schemes, cipherSuites: suites, offersTLS13: is13)
            #expect(
                Set(KeyKind.allCases.filter { hello.accepts($0) }) == wanted, "\(String(describing: schemes)) \(suites)"
            )
        }
    }
}
