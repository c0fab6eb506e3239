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
        defer { Program.end(standIn) }
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

    /// An authority elsewhere signs (EST): for the station's own name, with the station's own key, or not at all.
    @Test func anAuthorityElsewhereSigns() async throws {
        let kit = try CertificateKit()
        defer { try? FileManager.default.removeItem(at: kit.folder) }
        try kit.write("depot:secret\n", "login")
        let port = Ports.free(1)[0]
        let standIn = try kit.standIn(port: port)
        defer { Program.end(standIn) }
        func desk(_ path: String, login: String? = "login") throws -> CertificateDesk {
            var configuration = CertificatesConfiguration()
            configuration.estURL = "http://127.0.0.1:\(port)/\(path)"
            configuration.estV2GURL = "http://127.0.0.1:\(port)/est/v2g"
            configuration.renewDays = 2
            configuration.estLoginFile = login.map { kit.path($0) }
            return try CertificateDesk(configuration, data: nil)
        }
        let est = try desk("est")
        func sign(
            _ desk: CertificateDesk, _ name: String, _ station: StationID = "CP1", type: String? = nil
        ) throws -> CertificateAnswer {
            let request = CertificateRequest(csr: try kit.text("\(name).csr"), type: type, requestId: 3, version: .v21)
            return desk.answer(.sign(request), of: station, at: self.now)
        }
        func reason(_ answer: CertificateAnswer) -> String? {
            (answer.payload as? V2.StatusAnswer)?.statusInfo?.reasonCode
        }
        try kit.request("station", commonName: "CP1")
        try kit.request("other", commonName: "CP1")
        let isUp = try await Program.wait(within: 10) { try sign(est, "station").next != nil ? true : nil }
        #expect(isUp == true)
        let next = try #require(try sign(est, "station").next as? V2.CertificateSignedRequest)
        let certificates = OpenSSL.certificates(in: next.certificateChain)
        try kit.write(certificates.first ?? "", "signed.pem")
        #expect(certificates.count == 2 && next.requestId == 3)
        #expect(try kit.openssl(["x509", "-in", kit.path("signed.pem"), "-noout", "-subject"]).contains("CP1"))
        #expect(!est.isRenewalDue("CP1", at: self.now + .seconds(5 * 86_400)))
        #expect(est.isRenewalDue("CP1", at: self.now + .seconds(8 * 86_400)), "as its own end says, not our days")
        let forCars = try sign(est, "other", "CP7", type: "V2GCertificate")
        #expect((forCars.next as? V2.CertificateSignedRequest)?.certificateType == "V2GCertificate")
        #expect(try reason(sign(est, "station", "CP2")) == "WrongName")
        // `given.p7` is of another key by now.
        #expect(try reason(sign(desk("wrong"), "station")) == "CANotAvailable")
        #expect(try reason(sign(desk("slow"), "station")) == "CANotAvailable")
        #expect(try reason(sign(desk("est", login: nil), "station")) == "CANotAvailable")
        var both = CertificatesConfiguration()
        both.estURL = "http://127.0.0.1"
        both.caCertificate = "a"
        both.caKey = "b"
        #expect(both.finding?.contains("one authority") == true)
    }

    /// Who came with a certificate that ends soon is to renew, whoever signed it.
    @Test func certificatesThatWereSignedElsewhereAreWatched() throws {
        let issued = IssuedCertificates(file: nil, leadDays: 30)
        issued.shown("CP1", until: self.now + .seconds(20 * 86_400))
        #expect(issued.isDue("CP1", at: self.now))
        issued.signed("CP1", until: self.now + .seconds(300 * 86_400))
        issued.shown("CP1", until: self.now + .seconds(20 * 86_400))
        #expect(!issued.isDue("CP1", at: self.now), "it has a new one and will use it")
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
        defer { Program.end(standIn) }
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
