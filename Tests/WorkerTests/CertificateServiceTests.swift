import Domain
import Foundation
import OCPP
import TestSupport
import Testing

@testable import Worker

/// Revocation lists and the provisioning service, over HTTP.
@Suite(.ownThreads) struct CertificateServiceTests {
    private let now = Instant(seconds: Int(Date().timeIntervalSince1970))

    @Test func contractsAreFetchedFromTheProvisioningService() async throws {
        let kit = try CertificateKit()
        defer { try? FileManager.default.removeItem(at: kit.folder) }
        let port = Ports.free(1)[0]
        let standIn = try kit.standIn(port: port)
        defer { standIn.terminate() }
        var configuration = CertificatesConfiguration()
        configuration.provisioningURL = "http://127.0.0.1:\(port)/ev"
        let desk = try CertificateDesk(configuration, data: nil)
        func provision(_ exi: String) -> V2.Get15118EVCertificateResponse? {
            let request = V2.Get15118EVCertificateRequest {
                $0.iso15118SchemaVersion = "urn:iso:15118:2:2013:MsgDef"
                $0.action = "Install"
                $0.exiRequest = exi
            }
            return desk.answer(.contract(request), of: "CP1", at: self.now).payload
                as? V2.Get15118EVCertificateResponse
        }
        let isUp = try await Program.wait(within: 10) { provision("abc")?.status == "Accepted" ? true : nil }
        #expect(isUp == true)
        let good = provision("abc")
        #expect(good?.exiResponse == "cba" && good?.remainingContracts == 0)
        for bad in ["broken", "down"] { #expect(provision(bad)?.status == "Failed", "\(bad)") }
    }

    @Test func revocationListsDecide() async throws {
        let kit = try CertificateKit()
        defer { try? FileManager.default.removeItem(at: kit.folder) }
        let good = try kit.contract("good", emaid: "DEABCC12345678", serial: "3001")
        let bad = try kit.contract("bad", emaid: "DEABCC12345678", serial: "3002")
        try kit.know([("V", "3001"), ("R", "3002")])
        for issuer in ["root", "sub"] { try kit.list(issuer) }
        try kit.write(try kit.text("root.crl") + kit.text("sub.crl"), "both.crl")
        try kit.write(try kit.text("root.pem") + kit.text("sub.pem"), "issuers.pem")
        let port = Ports.free(1)[0]
        let standIn = try kit.standIn(port: port)
        defer { standIn.terminate() }
        var configuration = CertificatesConfiguration()
        configuration.contractRoots = kit.path("issuers.pem")
        configuration.contractCRLs = kit.path("both.crl")
        configuration.statusURLs = ["http://127.0.0.1:\(port)/"]
        let desk = try CertificateDesk(configuration, data: nil)
        func verdict(_ chain: String) -> String? {
            var request = V2.AuthorizeRequest(idToken: V2.IdToken("DEABCC12345678", type: "eMAID"))
            request.certificate = chain
            let answer = desk.answer(.authorize(request), of: "CP1", at: self.now).payload as? V2.AuthorizeResponse
            return answer?.certificateStatus
        }
        #expect(verdict(good) == "Accepted")
        #expect(verdict(bad) == "CertificateRevoked")
        func listed(_ serial: String, _ name: String) -> String? {
            let request = V2.GetCertificateChainStatusRequest {
                $0.certificateStatusRequests = [
                    V2.GetCertificateChainStatusRequest.StatusRequest {
                        $0.source = "CRL"
                        $0.urls = ["http://127.0.0.1:\(port)/\(name)"]
                        $0.certificateHashData.serialNumber = serial
                    }
                ]
            }
            let answer = desk.answer(.chainStatus(request), of: "CP1", at: self.now).payload
            return (answer as? V2.GetCertificateChainStatusResponse)?.certificateStatus.first?.status
        }
        let isUp = try await Program.wait(within: 10) { listed("3001", "sub.crl") == "Good" ? true : nil }
        #expect(isUp == true)
        #expect(listed("3002", "sub.crl") == "Revoked")
        #expect(listed("3001", "absent.crl") == "Failed")
        #expect(listed("3001", "sub.pem") == "Failed", "a certificate is no list")
    }
}
