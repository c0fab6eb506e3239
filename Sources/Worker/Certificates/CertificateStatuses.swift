import Foundation
import OCPP

/// What responders say of certificates. Asks over the network: never on an event loop.
struct CertificateStatuses {
    enum Word: String {
        case good = "Good"
        case revoked = "Revoked"
        case unknown = "Unknown"
        case failed = "Failed"
    }
    struct Told {
        var word: Word
        var response: [UInt8] = []
        /// Until when it holds, in seconds since 1970.
        var nextUpdate: Int?
    }

    let configuration: CertificatesConfiguration

    /// All of a chain by OCSP, as ``V2/AuthorizeResponse`` says it.
    func verdict(_ certificates: [V2.OCSPRequestData]) -> String {
        for one in certificates {
            switch self.told(one).word {
            case .good: continue
            case .revoked: return "CertificateRevoked"
            case .unknown, .failed: return "NoCertificateAvailable"
            }
        }
        return certificates.isEmpty ? "NoCertificateAvailable" : "Accepted"
    }

    func answer(_ request: V2.GetCertificateStatusRequest) -> V2.GetCertificateStatusResponse {
        let told = self.told(request.ocspRequestData)
        return V2.GetCertificateStatusResponse {
            let text = Data(told.response).base64EncodedString()
            let isTold = told.word != .failed && text.utf8.count <= 5_500
            $0.status = isTold ? "Accepted" : "Failed"
            $0.ocspResult = isTold ? text : nil
        }
    }

    /// - Parameter now: what stands for the next update where a responder says none.
    func answer(
        _ request: V2.GetCertificateChainStatusRequest, at now: DateTime
    ) -> V2.GetCertificateChainStatusResponse {
        V2.GetCertificateChainStatusResponse { answer in
            answer.certificateStatus = request.certificateStatusRequests.map { one in
                let told = self.told(one)
                return V2.GetCertificateChainStatusResponse.Status {
                    $0.certificateHashData = one.certificateHashData
                    $0.source = one.source
                    $0.status = told.word.rawValue
                    $0.nextUpdate = told.nextUpdate.map { DateTime(microseconds: $0 * 1_000_000) } ?? now
                }
            }
        }
    }

    private func told(_ request: V2.GetCertificateChainStatusRequest.StatusRequest) -> Told {
        let hash = request.certificateHashData
        for url in request.urls {
            let told =
                request.source == "CRL"
                ? self.listed(hash.serialNumber, in: url)
                : self.told(
                    V2.OCSPRequestData {
                        $0.hashAlgorithm = hash.hashAlgorithm
                        $0.issuerNameHash = hash.issuerNameHash
                        $0.issuerKeyHash = hash.issuerKeyHash
                        $0.serialNumber = hash.serialNumber
                        $0.responderURL = url
                    })
            if told.word != .failed { return told }
        }
        return Told(word: .failed)
    }

    /// The responder's answer, whose signature and chain hold against our roots and which is about this number.
    private func told(_ one: V2.OCSPRequestData) -> Told {
        guard let roots = self.configuration.contractRoots, self.configuration.allows(one.responderURL),
            let request = OCSPRequest.der(
                algorithm: one.hashAlgorithm, nameHash: one.issuerNameHash, keyHash: one.issuerKeyHash,
                serial: one.serialNumber)
        else { return Told(word: .failed) }
        let told = try? OpenSSL.inFolder { openssl in
            let outcome = try openssl.run([
                "ocsp", "-reqin", try openssl.write(request, "request.der"), "-url", one.responderURL, "-timeout", "5",
                "-respout", openssl.path("response.der"), "-CAfile", roots, "-resp_text",
            ])
            guard outcome.text.contains("Response verify OK"), let response = openssl.read("response.der"),
                let number = outcome.value(after: "Serial Number:"),
                OCSPRequest.serial(number) == OCSPRequest.serial(one.serialNumber)
            else { return Told(word: .failed) }
            let word: Word =
                switch outcome.value(after: "Cert Status:") {
                case "good": .good
                case "revoked": .revoked
                case "unknown": .unknown
                default: .failed
                }
            return Told(word: word, response: response, nextUpdate: Self.seconds(outcome.value(after: "Next Update:")))
        }
        return told ?? Told(word: .failed)
    }

    /// Whether a revocation list, whose signature holds against our roots, names the number.
    private func listed(_ serial: String, in url: String) -> Told {
        guard let roots = self.configuration.contractRoots, self.configuration.allows(url),
            let list = Fetch.get(url), let number = OCSPRequest.serial(serial)
        else { return Told(word: .failed) }
        let told = try? OpenSSL.inFolder { openssl in
            let file = try openssl.write(list, "list")
            let isText = list.starts(with: Array("-----BEGIN".utf8))
            let outcome = try openssl.run([
                "crl", "-in", file, "-inform", isText ? "PEM" : "DER", "-CAfile", roots, "-noout", "-text",
            ])
            guard outcome.status == 0, outcome.text.contains("verify OK") else { return Told(word: .failed) }
            let isNamed = outcome.text.split(separator: "\n").contains { line in
                guard let mark = line.range(of: "Serial Number:") else { return false }
                return OCSPRequest.serial(line[mark.upperBound...].filter { !$0.isWhitespace }) == number
            }
            let next = Self.seconds(outcome.value(after: "Next Update:"))
            return Told(word: isNamed ? .revoked : .good, nextUpdate: next)
        }
        return told ?? Told(word: .failed)
    }

    /// `Nov 26 21:13:21 2026 GMT`.
    static func seconds(_ text: String?) -> Int? {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "MMM d HH:mm:ss yyyy zzz"
        let single = text?.split(separator: " ").joined(separator: " ")
        return single.flatMap { format.date(from: $0) }.map { Int($0.timeIntervalSince1970) }
    }
}
