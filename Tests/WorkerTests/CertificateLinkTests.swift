import Domain
import Foundation
import OCPP
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// What a link asks about certificates, and how its answers wait.
@Suite(.ownThreads) struct CertificateLinkTests {
    private struct Service: CertificateService {
        func ask(
            _ question: CertificateQuestion, of station: StationID, at now: Instant,
            done: @escaping @Sendable (CertificateAnswer) -> Void
        ) -> Bool { false }
        func shown(_ station: StationID, until end: Instant) {}
        func isRenewalDue(_ station: StationID, at now: Instant) -> Bool { now >= Instant(seconds: 1_000_000) }
    }

    private func link(_ version: OCPPVersion) -> StationLink {
        var policy = StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) })
        policy.certificates = Service()
        return StationLink(
            station: "CP1", version: version, configuration: LinkConfiguration(), record: StationRecord(), salt: 1,
            policy: policy)
    }

    private func sent(_ outputs: [LinkOutput]) -> [String] {
        outputs.compactMap { output in
            guard case .send(let bytes) = output else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private let now = Instant(seconds: 900_000)

    @Test func answerWaitsAndTheCertificateFollows() throws {
        var link = self.link(.v21)
        let asked = link.receive(Array(#"[2,"a","SignCertificate",{"csr":"x","requestId":3}]"#.utf8), at: self.now)
        guard case .asks(.sign(let request), let ticket)? = asked.first else {
            Issue.record("nothing is asked: \(asked)")
            return
        }
        #expect(request == CertificateRequest(csr: "x", requestId: 3, version: .v21) && self.sent(asked).isEmpty)
        let next = V2.CertificateSignedRequest {
            $0.certificateChain = "PEM"
            $0.requestId = 3
        }
        let answer = CertificateAnswer(V2.StatusAnswer("Accepted"), next: next)
        let told = self.sent(link.told(answer, for: ticket, at: self.now))
        #expect(told.first == #"[3,"a",{"status":"Accepted"}]"#)
        #expect(told.last?.contains("CertificateSigned") == true && told.last?.contains(#""requestId":3"#) == true)
        #expect(link.told(answer, for: ticket, at: self.now).isEmpty, "told once")
    }

    @Test func nobodyKnows() {
        var link = self.link(.v21)
        let frame =
            #"[2,"b","Authorize",{"idToken":{"idToken":"DEABCC12345678","type":"eMAID"},"certificate":"PEM"}]"#
        let asked = link.receive(Array(frame.utf8), at: self.now)
        guard case .asks(.authorize, let ticket)? = asked.first else {
            Issue.record("nothing is asked: \(asked)")
            return
        }
        let told = self.sent(link.told(nil, for: ticket, at: self.now))
        #expect(told.first?.contains(#""status":"Unknown""#) == true, "\(told)")
    }

    @Test(arguments: [OCPPVersion.v16, .v21]) func renewalIsAskedFor(_ version: OCPPVersion) {
        var link = self.link(version)
        #expect(!self.sent(link.tick(at: self.now)).contains { $0.contains("Sign") })
        let later = self.sent(link.tick(at: Instant(seconds: 1_000_001)))
        let wanted = version == .v16 ? "SignChargePointCertificate" : "SignChargingStationCertificate"
        #expect(later.contains { $0.contains(wanted) }, "\(later)")
    }
}
