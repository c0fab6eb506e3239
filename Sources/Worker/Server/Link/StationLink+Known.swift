import Domain
import OCPP

/// What stations say that changes nothing here: it is read, so that a wrong shape gets its complaint, answered and
/// counted. Services that a central system may lack are refused by their own answers.
extension StationLink {
    /// - Throws: NotImplemented for actions that the version does not know, NotSupported for those that only we may
    ///   call, and the complaint about a wrong shape.
    mutating func handleKnown(
        _ call: Call, at now: Instant, until facts: [StationFact] = []
    ) throws(OCPPError) -> [LinkOutput] {
        guard let entry = Catalogue.entry(call.action, in: self.version), entry.caller != .csms else {
            throw Catalogue.refusal(call.action, in: self.version)
        }
        let request = try entry.request(call.payload)
        let count = LinkOutput.counted(Self.counter(of: call.action))
        if let refusal = self.withoutService(request, at: now) {
            if self.policy.certificates != nil, let question = CertificateQuestion(request, version: self.version) {
                return self.ask(question, call, otherwise: refusal) + [count]
            }
            return self.reply(call, refusal) + [count]
        }
        let answer =
            facts.isEmpty ? self.reply(call, EmptyPayload()) : self.hold(call, EmptyPayload(), until: facts)
        return answer + [count]
    }

    /// The answer of a central system that has no certificate authority, no provisioning service and no vendor
    /// extension; nil where `{}` is the answer.
    private func withoutService(_ request: any Payload, at now: Instant) -> (any Payload)? {
        switch request {
        case is V2.SignCertificateRequest: V2.StatusAnswer("Rejected", reason: "NoCA")
        case is V16.SignCertificateRequest: V16.StatusAnswer("Rejected")
        case is V2.DataTransferRequest: V2.DataTransferResponse("UnknownVendorId")
        case is V16.DataTransferRequest: V16.DataTransferResponse("UnknownVendorId")
        case is V2.NotifyEVChargingScheduleRequest, is V2.OpenPeriodicEventStreamRequest: V2.StatusAnswer("Accepted")
        case is V2.Get15118EVCertificateRequest: V2.Get15118EVCertificateResponse { $0.status = "Failed" }
        case is V2.GetCertificateStatusRequest: V2.GetCertificateStatusResponse { $0.status = "Failed" }
        case let request as V2.VatNumberValidationRequest:
            V2.VatNumberValidationResponse {
                $0.status = "Rejected"
                $0.vatNumber = request.vatNumber
                $0.evseId = request.evseId
            }
        case let request as V2.GetCertificateChainStatusRequest: Self.unknownStatus(request, at: now)
        default: nil
        }
    }

    private static func unknownStatus(
        _ request: V2.GetCertificateChainStatusRequest, at now: Instant
    ) -> V2.GetCertificateChainStatusResponse {
        V2.GetCertificateChainStatusResponse { answer in
            answer.certificateStatus = request.certificateStatusRequests.map { one in
                V2.GetCertificateChainStatusResponse.Status {
                    $0.certificateHashData = one.certificateHashData
                    $0.source = one.source
                    $0.status = "Failed"
                    $0.nextUpdate = now.wire
                }
            }
        }
    }

    /// `NotifyDERAlarm` → `notify_der_alarm`.
    static func counter(of action: String) -> String {
        var name = ""
        var wasUpper = true
        for character in action.prefix(64) {
            if character.isUppercase, !wasUpper { name.append("_") }
            wasUpper = character.isUppercase
            name += character.lowercased()
        }
        return name
    }

    /// A SEND (2.1): never answered, whatever it says.
    mutating func handleSent(_ action: String, _ payload: JSONValue) -> [LinkOutput] {
        guard let entry = Catalogue.entry(action, in: self.version), entry.answer == nil,
            let message = try? entry.request(payload)
        else { return [.counted("broken_send")] }
        let count = LinkOutput.counted(Self.counter(of: action))
        guard let values = message as? V2.NotifyPeriodicEventStreamRequest, !self.isHeld else { return [count] }
        return self.take(values) + [count]
    }
}

/// Messages that somebody wants to say to a station: everything of ``Catalogue`` that a central system may call.
extension StationLink {
    /// Puts a call behind the others; dispatch overtakes it. `done` hears its outcome once, also `disconnected`.
    /// - Throws: why it is not said: the version forbids it, or too many wait.
    mutating func ask(
        _ message: any Request, at now: Instant, done: @escaping @Sendable (CallOutcome) -> Void
    ) throws(OCPPError) -> [LinkOutput] {
        let action = type(of: message).action
        guard let entry = Catalogue.entry(action, in: self.version), entry.caller != .station else {
            throw OCPPError(.notSupported, "\(action) is not for us to say on \(self.version.number)")
        }
        if let fault = message.fault(in: self.version) { throw fault }
        let number = self.nextTicket
        guard self.session.enqueue(message, tag: .asked(number)) else {
            throw OCPPError(.genericError, "too many calls wait for \(self.station): try again later")
        }
        self.nextTicket += 1
        self.asked[number] = done
        return self.pump(at: now)
    }

    /// The connection is gone.
    mutating func forgetAsked() {
        let waiting = self.asked.sorted { $0.key < $1.key }
        self.asked = [:]
        for (_, done) in waiting { done(.disconnected) }
    }
}
