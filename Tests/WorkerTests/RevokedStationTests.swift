import Domain
import Foundation
import TestSupport
import Testing

@testable import Worker

/// Certificates of stations that their issuer took back (security profile 3).
@Suite(.serialized, .timeLimit(.minutes(2)), .ownThreads) struct RevokedStationTests {
    private func list(_ made: TestCertificates, _ name: String, revoking: [String], root: String = "root") throws {
        try Data().write(to: made.folder.appending(path: "index.txt"))
        try Data("01\n".utf8).write(to: made.folder.appending(path: "number"))
        try Data("[ca]\ndefault_ca=one\n[one]\ndatabase=index.txt\ndefault_md=sha256\ncrlnumber=number\n".utf8)
            .write(to: made.folder.appending(path: "ca.conf"))
        for certificate in revoking {
            try made.openssl("ca -config ca.conf -cert \(root).pem -keyfile \(root).key -revoke \(certificate).pem")
        }
        try made.openssl(
            "ca -gencrl -config ca.conf -cert \(root).pem -keyfile \(root).key -crldays 2 -out \(name)")
    }

    private func head(_ port: Int, _ made: TestCertificates, _ name: String, _ station: String) async throws -> String {
        let client = try await ServerClient.connect(port: port, tls: made.client(name))
        let head = try await client.upgrade("/ocpp/\(station)")
        client.close()
        _ = try await client.wait { client.isClosed ? true : nil }
        return String(head.dropFirst(9).prefix(3))
    }

    @Test func whoIsRevokedIsRefused() async throws {
        let made = try TestCertificates()
        defer { made.remove() }
        try made.make("ec", subject: "/CN=csms.example")
        for name in ["cp1", "cp2"] { try made.make(name, subject: "/CN=\(name.uppercased())") }
        try self.list(made, "list.crl", revoking: [])
        let listener = OCPPListener(
            port: 0, profile: .mutualTLS, certificates: [made.files("ec")], clientRoots: [made.path("root.pem")],
            clientCRLs: [made.path("list.crl")])
        try await TransportServer.run(secrets: "CP1,cert:\nCP2,cert:\n", { $0.listeners = [listener] }) {
            server, ports, ears in
            func both() async throws -> [String] {
                [try await self.head(ports[0], made, "cp1", "CP1"), try await self.head(ports[0], made, "cp2", "CP2")]
            }
            #expect(try await both() == ["101", "101"])
            try self.list(made, "list.crl", revoking: ["cp1"])
            server.reloadCertificates()
            #expect(try await both() == ["401", "101"])
            #expect(ears.lines(with: "the certificate is revoked").count == 1)
            // A list of somebody else changes nothing.
            try self.list(made, "list.crl", revoking: ["cp2"], root: "other")
            server.reloadCertificates()
            #expect(try await both() == ["401", "101"])
            #expect(ears.lines(with: "the old certificates stay in use").count == 1)
        }
    }

    @Test func listsThatCannotCountAreNamed() throws {
        let made = try TestCertificates()
        defer { made.remove() }
        try made.make("cp1", subject: "/CN=CP1")
        try self.list(made, "other.crl", revoking: [], root: "other")
        try self.list(made, "good.crl", revoking: ["cp1"])
        let roots = [made.path("root.pem")]
        for name in ["other.crl", "cp1.pem", "absent.crl"] {
            #expect(throws: OCPPServerError.self, "\(name)") {
                _ = try RevocationList.serials(in: [made.path(name)], roots: roots)
            }
        }
        #expect(try RevocationList.serials(in: [made.path("good.crl")], roots: roots).count == 1)
        #expect(RevocationList.plain([0, 0, 7]) == [7])
        let wrong = OCPPListener(
            port: 1, profile: .tlsBasic, certificates: [made.files("cp1")], clientCRLs: [made.path("good.crl")])
        #expect(wrong.finding?.contains("profile 3") == true)
    }
}
