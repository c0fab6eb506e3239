import Foundation
import OCPP

/// An authority elsewhere that speaks EST (RFC 7030): the station's request goes there as it is, what comes back is
/// held against the request before the station gets it.
struct ExternalAuthority: CertificateAuthority {
    let station: String
    let v2g: String?
    let login: String?

    /// - Throws: where the login's file cannot be read.
    init?(_ configuration: CertificatesConfiguration) throws {
        guard let url = configuration.estURL else { return nil }
        self.station = url
        self.v2g = configuration.estV2GURL
        self.login = try configuration.estLoginFile.map { file in
            try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// A station's own certificate names the station; one for cars names what its operator chose, which the authority
    /// judges.
    func sign(_ request: CertificateRequest, for station: String) -> SignOutcome {
        let isOwn = request.type ?? "ChargingStationCertificate" == "ChargingStationCertificate"
        guard let url = isOwn ? self.station : self.v2g else { return .refused("UnsupportedType") }
        let outcome = try? OpenSSL.inFolder { openssl in
            let file = try openssl.write(request.csr, "station.csr")
            if let refusal = try StationAuthority.refusal(of: file, named: isOwn ? station : nil, with: openssl) {
                return SignOutcome.refused(refusal)
            }
            _ = try openssl.run(["req", "-in", file, "-outform", "DER", "-out", openssl.path("station.der")])
            guard let der = openssl.read("station.der"),
                let answer = Fetch.enroll(
                    Data(der).base64EncodedString(options: .lineLength64Characters), at: url + "/simpleenroll",
                    login: self.login),
                let chain = try self.chain(in: answer, of: file, with: openssl)
            else { return .refused("CANotAvailable") }
            return try SignOutcome(chain, with: openssl)
        }
        return outcome ?? .refused("InternalError")
    }

    /// The certificates of the answer (PKCS #7 in base64), the one with the request's own key first; nil without it.
    private func chain(in answer: [UInt8], of request: String, with openssl: OpenSSL) throws -> String? {
        guard let der = Data(base64Encoded: Data(answer), options: .ignoreUnknownCharacters) else { return nil }
        let file = try openssl.write(Array(der), "answer.p7")
        let told = try openssl.run(["pkcs7", "-inform", "DER", "-in", file, "-print_certs"])
        let certificates = OpenSSL.certificates(in: told.text)
        let wanted = try openssl.run(["req", "-in", request, "-noout", "-pubkey"]).text
        var own: String?
        var others = ""
        for certificate in certificates.prefix(6) {
            let path = try openssl.write(certificate, "one.pem")
            let key = try openssl.run(["x509", "-in", path, "-noout", "-pubkey"]).text
            if key == wanted, own == nil { own = certificate } else { others += certificate }
        }
        return own.map { $0 + others }
    }
}
