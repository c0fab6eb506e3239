import Foundation
import OCPP

/// What became of a request for a certificate.
enum SignOutcome: Equatable {
    /// The chain in PEM, the station's first, and the second since 1970 at which that ends.
    case signed(chain: String, until: Int)
    /// With a reason code of at most 20 characters.
    case refused(String)

    /// CertificateSigned takes 10,000 characters.
    init(_ chain: String, with openssl: OpenSSL) throws {
        guard chain.utf8.count <= 10_000 else {
            self = .refused("ChainTooLong")
            return
        }
        let leaf = try openssl.write(chain, "signed.pem")
        let told = try openssl.run(["x509", "-in", leaf, "-noout", "-enddate", "-dateopt", "iso_8601"])
        let form = ISO8601DateFormatter()
        guard let text = told.value(after: "notAfter="),
            let end = form.date(from: text.replacingOccurrences(of: " ", with: "T"))
        else {
            self = .refused("InternalError")
            return
        }
        self = .signed(chain: chain, until: Int(end.timeIntervalSince1970))
    }
}

/// Who signs stations' certificates.
protocol CertificateAuthority: Sendable {
    /// Blocks.
    /// - Parameter station: under which name the one who asks is connected.
    func sign(_ request: CertificateRequest, for station: String) -> SignOutcome
}

/// Our own small authority for stations' certificates (A02): signs what names the station that asks, for the days
/// that are configured, by OpenSSL with the key in its file.
struct StationAuthority: CertificateAuthority {
    typealias Outcome = SignOutcome

    let certificate: String
    let key: String
    let days: Int

    init?(_ configuration: CertificatesConfiguration) {
        guard let certificate = configuration.caCertificate, let key = configuration.caKey else { return nil }
        self.certificate = certificate
        self.key = key
        self.days = configuration.days
    }

    /// - Parameter station: what the request must have as its common name (A00.FR.507, 1.6 security A02).
    func sign(_ request: CertificateRequest, for station: String) -> Outcome {
        guard request.type ?? "ChargingStationCertificate" == "ChargingStationCertificate" else {
            return .refused("UnsupportedType")
        }
        let outcome = try? OpenSSL.inFolder { openssl in
            let file = try openssl.write(request.csr, "station.csr")
            if let refusal = try Self.refusal(of: file, named: station, with: openssl) {
                return Outcome.refused(refusal)
            }
            return try self.sign(file, with: openssl)
        }
        return outcome ?? .refused("InternalError")
    }

    /// Why a request is not signed, where it is not; nobody looks at its name where `station` is nil.
    static func refusal(of file: String, named station: String?, with openssl: OpenSSL) throws -> String? {
        let seen = try openssl.run(["req", "-in", file, "-noout", "-verify"])
        // OpenSSL 3 tells of a bad signature in words, and ends well.
        guard seen.status == 0, seen.text.lowercased().contains("verify ok") else { return "BadCSR" }
        guard let station else { return nil }
        return try openssl.commonName(["req", "-in", file]) == station ? nil : "WrongName"
    }

    private func sign(_ file: String, with openssl: OpenSSL) throws -> Outcome {
        let uses = try openssl.write(
            """
            basicConstraints=critical,CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=clientAuth
            subjectKeyIdentifier=hash
            authorityKeyIdentifier=keyid

            """, "uses")
        let serial = (0..<16).map { _ in String(UInt8.random(in: 16...127), radix: 16) }.joined()
        let signed = try openssl.run([
            "x509", "-req", "-in", file, "-CA", self.certificate, "-CAkey", self.key, "-set_serial", "0x\(serial)",
            "-days", String(self.days), "-sha256", "-extfile", uses, "-out", openssl.path("station.pem"),
        ])
        guard signed.status == 0, let leaf = openssl.read("station.pem") else { return .refused("InternalError") }
        let own = try String(contentsOfFile: self.certificate, encoding: .utf8)
        let chain = String(decoding: leaf, as: UTF8.self) + OpenSSL.certificates(in: own).joined()
        return try SignOutcome(chain, with: openssl)
    }
}
