import Domain
import OCPP

/// Questions about certificates, which take longer than an event loop may wait.
extension StationLink {
    private static let renewalEvery = TimeSpan.seconds(3_600)

    /// The station's answer waits until somebody knows.
    mutating func ask(_ question: CertificateQuestion, _ call: Call, otherwise: any Payload) -> [LinkOutput] {
        let ticket = self.nextTicket
        self.nextTicket += 1
        self.held[ticket] = .asking(call, otherwise: otherwise)
        return [.asks(question, ticket: ticket)]
    }

    /// Somebody knows, or nobody does (nil).
    mutating func told(_ answer: CertificateAnswer?, for ticket: Int, at now: Instant) -> [LinkOutput] {
        guard case .asking(let call, let otherwise) = self.held.removeValue(forKey: ticket) else { return [] }
        let payload: any Payload = answer?.payload ?? otherwise
        var outputs: [LinkOutput] = self.say(payload, to: call)
        if let next = answer?.next {
            do throws(OCPPError) {
                outputs += try self.ask(next, at: now) { _ in }
            } catch {
                outputs.append(.counted("certificate_unsaid"))
            }
        }
        return outputs + self.pump(at: now)
    }

    private mutating func say(_ payload: some Payload, to call: Call) -> [LinkOutput] {
        [.send(self.session.answer(call, payload))]
    }

    /// Once an hour: a station whose certificate ends soon is told to ask for the next one (A02, A03).
    mutating func lookAtCertificate(at now: Instant) {
        guard let service = self.policy.certificates, now >= self.renewalLookAt ?? now else { return }
        self.renewalLookAt = now + Self.renewalEvery
        guard service.isRenewalDue(self.station, at: now) else { return }
        if self.version == .v16 {
            let message = V16.ExtendedTriggerMessageRequest { $0.requestedMessage = "SignChargePointCertificate" }
            _ = self.session.enqueue(message, tag: .housekeeping)
        } else {
            _ = self.session.enqueueTrigger("SignChargingStationCertificate")
        }
    }
}

extension CertificateQuestion {
    /// nil where the message asks nothing about certificates.
    init?(_ request: any Payload, version: OCPPVersion) {
        switch request {
        case let request as V2.GetCertificateStatusRequest: self = .status(request)
        case let request as V2.GetCertificateChainStatusRequest: self = .chainStatus(request)
        case let request as V2.Get15118EVCertificateRequest: self = .contract(request)
        case let request as V2.SignCertificateRequest:
            self = .sign(
                CertificateRequest(
                    csr: request.csr, type: request.certificateType, requestId: request.requestId, version: version))
        case let request as V16.SignCertificateRequest:
            self = .sign(CertificateRequest(csr: request.csr, version: version))
        default: return nil
        }
    }
}
