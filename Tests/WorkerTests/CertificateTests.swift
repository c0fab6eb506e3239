import Domain
import Foundation
import OCPP
import TestSupport
import Testing

@testable import Worker

/// Contracts, revocation and stations' own certificates, against certificates that the test makes.
@Suite(.ownThreads) struct CertificateTests {
    private static let emaid = "DE-ABC-C12345678-9"
    private let now = Instant(seconds: Int(Date().timeIntervalSince1970))

    private func desk(_ kit: CertificateKit, _ fill: (inout CertificatesConfiguration) -> Void) throws
        -> CertificateDesk
    {
        var configuration = CertificatesConfiguration()
        configuration.contractRoots = kit.path("root.pem")
        fill(&configuration)
        return try CertificateDesk(configuration, data: kit.folder.path)
    }

    private func authorize(
        _ desk: CertificateDesk, _ emaid: String, chain: String?, hashes: [V2.OCSPRequestData]? = nil
    ) -> String {
        var request = V2.AuthorizeRequest(idToken: V2.IdToken(emaid, type: "eMAID"))
        request.certificate = chain
        request.iso15118CertificateHashData = hashes
        let answer = desk.answer(.authorize(request), of: "CP1", at: self.now).payload as? V2.AuthorizeResponse
        return "\(answer?.idTokenInfo.status ?? "-") \(answer?.certificateStatus ?? "-")"
    }

    @Test func chainsAndContracts() throws {
        let kit = try CertificateKit()
        defer { try? FileManager.default.removeItem(at: kit.folder) }
        try kit.write(
            "emaid,contract,tenant,state\n\(Self.emaid),c1,t,active\nDE-ABC-C00000000-0,c2,t,cancelled\n",
            "contracts.csv")
        let desk = try self.desk(kit) { $0.contractsFile = kit.path("contracts.csv") }
        let good = try kit.contract("good", emaid: "DEABCC12345678", serial: "1001")
        #expect(self.authorize(desk, Self.emaid, chain: good) == "Accepted Accepted")
        #expect(self.authorize(desk, "DE-ABC-C99999999-9", chain: good) == "Invalid NoCertificateAvailable")
        let leaf = try kit.text("good.pem")
        #expect(self.authorize(desk, Self.emaid, chain: leaf) == "Invalid CertChainError")
        #expect(self.authorize(desk, Self.emaid, chain: "no PEM at all") == "Invalid CertChainError")
        let cancelled = try kit.contract("cancelled", emaid: "DEABCC00000000", serial: "1002")
        #expect(self.authorize(desk, "DE-ABC-C00000000-0", chain: cancelled) == "Blocked ContractCancelled")
        let stranger = try kit.contract("stranger", emaid: "DEABCC55555555", serial: "1003")
        #expect(self.authorize(desk, "DEABCC55555555", chain: stranger) == "Unknown Accepted")
        let old = try kit.contract("old", emaid: "DEABCC12345678", serial: "1004", days: -1)
        #expect(self.authorize(desk, Self.emaid, chain: old) == "Expired CertificateExpired")
        let other = try CertificateKit()
        defer { try? FileManager.default.removeItem(at: other.folder) }
        let foreign = try other.contract("foreign", emaid: "DEABCC12345678", serial: "1001")
        #expect(self.authorize(desk, Self.emaid, chain: foreign) == "Invalid CertChainError")
        #expect(self.authorize(desk, Self.emaid, chain: nil) == "Invalid NoCertificateAvailable")
    }

    @Test func responderDecides() async throws {
        let kit = try CertificateKit()
        defer { try? FileManager.default.removeItem(at: kit.folder) }
        _ = try kit.contract("good", emaid: "DEABCC12345678", serial: "2001")
        try kit.know([("V", "2001"), ("R", "2002")])
        let port = Ports.free(1)[0]
        let responder = try kit.responder(port: port)
        defer { Program.end(responder) }
        let url = "http://127.0.0.1:\(port)/"
        let hashes = try kit.hashes(of: "good")
        func data(_ serial: String, _ url: String) -> V2.OCSPRequestData {
            V2.OCSPRequestData {
                $0.hashAlgorithm = "SHA256"
                $0.issuerNameHash = hashes.name
                $0.issuerKeyHash = hashes.key
                $0.serialNumber = serial
                $0.responderURL = url
            }
        }
        let desk = try self.desk(kit) { $0.statusURLs = [url] }
        let isUp = try await Program.wait(within: 10) {
            self.authorize(desk, Self.emaid, chain: nil, hashes: [data("2001", url)]) == "Accepted Accepted"
                ? true : nil
        }
        #expect(isUp == true)
        let both = [data("2001", url), data("2002", url)]
        #expect(self.authorize(desk, Self.emaid, chain: nil, hashes: both) == "Invalid CertificateRevoked")
        let unknown = [data("2003", url)]
        #expect(self.authorize(desk, Self.emaid, chain: nil, hashes: unknown) == "Invalid NoCertificateAvailable")
        // A URL that nobody configured is not asked, whoever names it.
        let elsewhere = [data("2001", "http://localhost:\(port)/")]
        #expect(self.authorize(desk, Self.emaid, chain: nil, hashes: elsewhere) == "Invalid NoCertificateAvailable")
        self.statuses(desk, data("2001", url), data("2002", url))
    }

    private func statuses(_ desk: CertificateDesk, _ good: V2.OCSPRequestData, _ revoked: V2.OCSPRequestData) {
        let one = V2.GetCertificateStatusRequest { $0.ocspRequestData = good }
        let status = desk.answer(.status(one), of: "CP1", at: self.now).payload as? V2.GetCertificateStatusResponse
        #expect(status?.status == "Accepted")
        // DER: a sequence.
        #expect(Data(base64Encoded: status?.ocspResult ?? "")?.first == 0x30)
        let both = V2.GetCertificateChainStatusRequest {
            $0.certificateStatusRequests = [good, revoked].map { data in
                V2.GetCertificateChainStatusRequest.StatusRequest {
                    $0.source = "OCSP"
                    $0.urls = [data.responderURL]
                    $0.certificateHashData.hashAlgorithm = data.hashAlgorithm
                    $0.certificateHashData.issuerNameHash = data.issuerNameHash
                    $0.certificateHashData.issuerKeyHash = data.issuerKeyHash
                    $0.certificateHashData.serialNumber = data.serialNumber
                }
            }
        }
        let chain = desk.answer(.chainStatus(both), of: "CP1", at: self.now).payload
        let told = (chain as? V2.GetCertificateChainStatusResponse)?.certificateStatus ?? []
        #expect(told.map(\.status) == ["Good", "Revoked"])
        #expect(told.allSatisfy { $0.nextUpdate.microseconds > self.now.microseconds })
    }

    @Test func stationsGetCertificatesAndRenewThem() throws {
        let kit = try CertificateKit()
        defer { try? FileManager.default.removeItem(at: kit.folder) }
        let desk = try self.desk(kit) {
            $0.caCertificate = kit.path("sub.pem")
            $0.caKey = kit.path("sub.key")
            $0.stationDays = 20
            $0.renewDays = 5
        }
        try kit.request("station", commonName: "CP1")
        let csr = try kit.text("station.csr")
        let signed = desk.answer(
            .sign(CertificateRequest(csr: csr, requestId: 7, version: .v21)), of: "CP1", at: self.now)
        #expect((signed.payload as? V2.StatusAnswer)?.status == "Accepted")
        let next = try #require(signed.next as? V2.CertificateSignedRequest)
        #expect(next.requestId == 7)
        let certificates = OpenSSL.certificates(in: next.certificateChain)
        #expect(certificates.count == 2)
        try kit.write(certificates.first ?? "", "signed.pem")
        let check = try kit.openssl([
            "verify", "-CAfile", kit.path("root.pem"), "-untrusted", kit.path("sub.pem"), "-purpose", "sslclient",
            kit.path("signed.pem"),
        ])
        #expect(check.contains("OK"))
        let sixteen = desk.answer(.sign(CertificateRequest(csr: csr, version: .v16)), of: "CP1", at: self.now)
        #expect(sixteen.next is V16.CertificateSignedRequest)

        func reason(_ request: CertificateRequest, _ station: StationID) -> String? {
            let answer = desk.answer(.sign(request), of: station, at: self.now)
            #expect(answer.next == nil)
            return (answer.payload as? V2.StatusAnswer)?.statusInfo?.reasonCode
        }
        #expect(reason(CertificateRequest(csr: csr, version: .v21), "CP2") == "WrongName")
        #expect(reason(CertificateRequest(csr: "nonsense", version: .v21), "CP1") == "BadCSR")
        let other = CertificateRequest(csr: csr, type: "V2GCertificate", version: .v21)
        #expect(reason(other, "CP1") == "UnsupportedType")

        #expect(!desk.isRenewalDue("CP1", at: self.now + .seconds(14 * 86_400)))
        #expect(desk.isRenewalDue("CP1", at: self.now + .seconds(15 * 86_400 + 60)))
        #expect(!desk.isRenewalDue("CP1", at: self.now + .seconds(15 * 86_400 + 120)), "once a day")
        #expect(!desk.isRenewalDue("CP2", at: self.now + .seconds(15 * 86_400)))
        // What was signed outlives a restart.
        let again = try self.desk(kit) {
            $0.stationDays = 20
            $0.renewDays = 5
        }
        #expect(again.isRenewalDue("CP1", at: self.now + .seconds(16 * 86_400)))
    }

    /// Whose contract it is decides where it may charge.
    @Test func contractsOfOtherTenantsAreNotWelcome() throws {
        let kit = try CertificateKit()
        defer { try? FileManager.default.removeItem(at: kit.folder) }
        try kit.write(
            "emaid,contract,tenant,state\nDEABCC12345678,c1,depot-a,active\nDEABCC00000002,c2,depot-b,active\n", "c.csv"
        )
        let desk = try self.desk(kit) {
            $0.contractRoots = kit.path("root.pem")
            $0.contractsFile = kit.path("c.csv")
            $0.tenants = ["depot-a"]
        }
        for (emaid, serial, wanted) in [
            ("DEABCC12345678", "01", "Accepted"), ("DEABCC00000002", "02", "NotAtThisLocation"),
            ("DEABCC00000003", "03", "Unknown"),
        ] {
            var request = V2.AuthorizeRequest(idToken: V2.IdToken(emaid, type: "eMAID"))
            request.certificate = try kit.contract("one", emaid: emaid, serial: serial)
            let answer = desk.answer(.authorize(request), of: "CP1", at: self.now).payload as? V2.AuthorizeResponse
            #expect(answer?.idTokenInfo.status == wanted && answer?.certificateStatus == "Accepted", "\(emaid)")
        }
        var alone = CertificatesConfiguration()
        alone.tenants = ["a"]
        #expect(alone.finding?.contains("contractsFile") == true)
    }

    @Test func badConfigurationIsNamed() throws {
        var one = CertificatesConfiguration()
        one.caKey = "key.pem"
        #expect(one.finding?.contains("caCertificate and caKey") == true)
        var days = CertificatesConfiguration()
        days.stationDays = 5
        days.renewDays = 5
        #expect(days.finding?.contains("renewDays") == true)
        var absent = CertificatesConfiguration()
        absent.contractRoots = "/nowhere/roots.pem"
        #expect(throws: OCPPServerError.self) { try CertificateDesk(absent, data: nil) }
        #expect(throws: OCPPServerError.self) { try ContractCheck.contracts("emaid\n", name: "c.csv") }
        #expect(throws: OCPPServerError.self) {
            try ContractCheck.contracts("emaid,contract,tenant,state\na,b,c,d\n", name: "c.csv")
        }
    }

    @Test func requestsInDER() {
        let hash = String(repeating: "ab", count: 32)
        let der = OCSPRequest.der(algorithm: "SHA256", nameHash: hash, keyHash: hash, serial: "80")
        // Five sequences around an algorithm, two hashes and a number that stays positive.
        #expect(der?.prefix(2) == [0x30, 0x5F] && der?.suffix(4) == [0x02, 0x02, 0x00, 0x80])
        for (name, serial) in [("zz", "01"), (hash, "x"), (hash, ""), ("abc", "01")] {
            #expect(OCSPRequest.der(algorithm: "SHA256", nameHash: name, keyHash: hash, serial: serial) == nil)
        }
        #expect(OCSPRequest.der(algorithm: "MD5", nameHash: hash, keyHash: hash, serial: "01") == nil)
        #expect(OCSPRequest.serial("00007f") == [0x7F] && OCSPRequest.serial("0") == [0])
    }
}
