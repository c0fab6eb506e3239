import Foundation
import TestSupport

/// A small public key infrastructure that OpenSSL makes: a root, an intermediate, contracts below it, a responder.
struct CertificateKit {
    let folder: URL

    init() throws {
        self.folder = try Program.temporaryFolder()
        try self.authority("root", name: "Test MO Root", by: nil)
        try self.authority("sub", name: "Test MO Sub", by: "root")
        try Data().write(to: self.folder.appending(path: "index.txt"))
        try self.write("unique_subject = no\n", "index.txt.attr")
    }

    func path(_ name: String) -> String { self.folder.appending(path: name).path }

    func text(_ name: String) throws -> String { try String(contentsOfFile: self.path(name), encoding: .utf8) }

    func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: self.folder.appending(path: name))
    }

    @discardableResult
    func openssl(_ arguments: [String]) throws -> String {
        let outcome = try Program.run("/usr/bin/env", ["openssl"] + arguments)
        struct Failed: Error { var text: String }
        guard outcome.status == 0 else { throw Failed(text: "\(arguments): \(outcome.errors)") }
        return outcome.output
    }

    func key(_ name: String) throws {
        try self.openssl([
            "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.path("\(name).key"),
        ])
    }

    /// `NAME.csr` for a subject.
    func request(_ name: String, commonName: String) throws {
        try self.key(name)
        try self.openssl([
            "req", "-new", "-key", self.path("\(name).key"), "-subj", "/CN=\(commonName)", "-out",
            self.path("\(name).csr"),
        ])
    }

    private func authority(_ name: String, name commonName: String, by parent: String?) throws {
        try self.request(name, commonName: commonName)
        try self.write("basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign,digitalSignature\n", "ca.ext")
        let signer =
            parent.map { ["-CA", self.path("\($0).pem"), "-CAkey", self.path("\($0).key")] }
            ?? ["-key", self.path("\(name).key")]
        try self.openssl(
            ["x509", "-req", "-in", self.path("\(name).csr"), "-days", "30", "-extfile", self.path("ca.ext")]
                + ["-out", self.path("\(name).pem")] + signer)
    }

    /// A contract's chain in PEM: the leaf, then the intermediate.
    /// - Parameter serial: hexadecimal, an even number of digits.
    func contract(_ name: String, emaid: String, serial: String, days: Int = 10) throws -> String {
        try self.request(name, commonName: emaid)
        try self.openssl([
            "x509", "-req", "-in", self.path("\(name).csr"), "-CA", self.path("sub.pem"), "-CAkey",
            self.path("sub.key"), "-set_serial", "0x\(serial)", "-days", "\(days)", "-out", self.path("\(name).pem"),
        ])
        return try self.text("\(name).pem") + self.text("sub.pem")
    }

    /// What a responder knows: `V` good or `R` revoked, by number.
    func know(_ serials: [(state: String, serial: String)]) throws {
        let lines = serials.map { row in
            "\(row.state)\t351231235959Z\t\(row.state == "R" ? "260101000000Z" : "")\t\(row.serial)\tunknown\t/CN=x\n"
        }
        try self.write(lines.joined(), "index.txt")
    }

    /// Starts a responder for what the intermediate issued.
    func responder(port: Int) throws -> Process {
        try Program.start(
            "/usr/bin/env",
            [
                "openssl", "ocsp", "-index", self.path("index.txt"), "-port", "\(port)", "-rsigner",
                self.path("sub.pem"), "-rkey", self.path("sub.key"), "-CA", self.path("sub.pem"), "-ndays", "1",
            ], log: self.folder.appending(path: "responder.log"))
    }

    /// A revocation list of `issuer` with what ``know(_:)`` says.
    func list(_ issuer: String) throws {
        try self.write(
            """
            [ca]
            default_ca = one
            [one]
            database = \(self.path("index.txt"))
            default_md = sha256

            """, "ca.conf")
        try self.openssl([
            "ca", "-gencrl", "-config", self.path("ca.conf"), "-cert", self.path("\(issuer).pem"), "-keyfile",
            self.path("\(issuer).key"), "-crldays", "2", "-out", self.path("\(issuer).crl"),
        ])
    }

    /// Starts a provisioning service and web server of this folder.
    func standIn(port: Int) throws -> Process {
        try Program.start(
            "/usr/bin/env", ["python3", "Tests/Interop/certificate_stand_in.py", "\(port)", self.folder.path],
            log: self.folder.appending(path: "stand-in.log"))
    }

    /// The hashes of the intermediate's name and key, as OCPP wants them: `openssl ocsp` prints them of a request.
    func hashes(of name: String) throws -> (name: String, key: String) {
        let text = try self.openssl([
            "ocsp", "-sha256", "-issuer", self.path("sub.pem"), "-cert", self.path("\(name).pem"), "-req_text",
        ])
        func value(_ mark: String) -> String {
            text.split(separator: "\n").first { $0.contains(mark) }?.split(separator: " ").last.map(String.init) ?? ""
        }
        return (value("Issuer Name Hash:"), value("Issuer Key Hash:"))
    }
}
