package import Domain
import Foundation
import OCPP
import Synchronization

/// Answers what stations ask about certificates, one question after the other on a queue of its own: OpenSSL and
/// responders take their time, and connections do not wait for them.
package final class CertificateDesk: CertificateService {
    /// Questions that wait; one more is answered as if nothing were configured.
    package static let mostWaiting = 256

    private let configuration: CertificatesConfiguration
    private let contracts: ContractCheck
    private let authority: (any CertificateAuthority)?
    private let issued: IssuedCertificates
    private let waiting = Mutex(0)
    private let queue = DispatchQueue(label: "headroom.certificates")

    /// - Parameter data: the worker's folder, where it is kept what was signed; nil = until the process ends.
    /// - Throws: one line about a configuration that cannot work.
    package init(_ configuration: CertificatesConfiguration, data: String?) throws {
        if let finding = configuration.finding { throw OCPPServerError(.invalidConfiguration, finding) }
        let files = [
            configuration.contractRoots, configuration.contractCRLs, configuration.contractsFile,
            configuration.caCertificate, configuration.caKey, configuration.estLoginFile,
        ]
        for file in files.compactMap({ $0 }) where !FileManager.default.isReadableFile(atPath: file) {
            throw OCPPServerError(
                .invalidConfiguration, "ocpp.certificates: cannot read \(file): give an existing, readable file")
        }
        self.configuration = configuration
        self.contracts = try ContractCheck(configuration)
        self.authority = try ExternalAuthority(configuration) ?? StationAuthority(configuration)
        self.issued = IssuedCertificates(
            file: data.map { $0 + "/station-certificates.csv" }, leadDays: configuration.leadDays)
    }

    package func ask(
        _ question: CertificateQuestion, of station: StationID, at now: Instant,
        done: @escaping @Sendable (CertificateAnswer) -> Void
    ) -> Bool {
        let isTaken = self.waiting.withLock { waiting in
            guard waiting < Self.mostWaiting else { return false }
            waiting += 1
            return true
        }
        guard isTaken else { return false }
        self.queue.async {
            let answer = self.answer(question, of: station, at: now)
            self.waiting.withLock { $0 -= 1 }
            done(answer)
        }
        return true
    }

    package func shown(_ station: StationID, until end: Instant) {
        self.queue.async { self.issued.shown(station, until: end) }
    }

    package func isRenewalDue(_ station: StationID, at now: Instant) -> Bool {
        self.issued.isDue(station, at: now)
    }

    /// Blocks.
    func answer(_ question: CertificateQuestion, of station: StationID, at now: Instant) -> CertificateAnswer {
        switch question {
        case .authorize(let request): CertificateAnswer(self.contracts.answer(request))
        case .status(let request): CertificateAnswer(self.contracts.statuses.answer(request))
        case .chainStatus(let request):
            CertificateAnswer(
                self.contracts.statuses.answer(request, at: DateTime(microseconds: now.microseconds)))
        case .contract(let request): CertificateAnswer(self.provision(request))
        case .sign(let request): self.sign(request, for: station, at: now)
        }
    }

    /// What the provisioning service answers, in OCPP's own words; its EXI is nothing that we look into.
    private func provision(_ request: V2.Get15118EVCertificateRequest) -> V2.Get15118EVCertificateResponse {
        let refusal = V2.Get15118EVCertificateResponse { $0.status = "Failed" }
        guard let url = self.configuration.provisioningURL else { return refusal }
        var out = JSONWriter(version: .v21)
        out.object { request.write(to: &$0) }
        guard let bytes = Fetch.post(out.bytes, to: url) else { return refusal }
        let (document, fault) = JSONDocument.parse(bytes, version: .v21, isStrict: true)
        guard fault == nil, let answer = try? V2.Get15118EVCertificateResponse(document.root) else { return refusal }
        return answer
    }

    private func sign(_ request: CertificateRequest, for station: StationID, at now: Instant) -> CertificateAnswer {
        let outcome = self.authority?.sign(request, for: station.rawValue) ?? .refused("NoCA")
        let isV16 = request.version == .v16
        switch outcome {
        case .refused(let reason):
            return isV16
                ? CertificateAnswer(V16.StatusAnswer("Rejected"))
                : CertificateAnswer(V2.StatusAnswer("Rejected", reason: reason))
        case .signed(let chain, let until):
            if request.type ?? "ChargingStationCertificate" == "ChargingStationCertificate" {
                self.issued.signed(station, until: Instant(seconds: until))
            }
            if isV16 {
                return CertificateAnswer(
                    V16.StatusAnswer("Accepted"), next: V16.CertificateSignedRequest { $0.certificateChain = chain })
            }
            let next = V2.CertificateSignedRequest {
                $0.certificateChain = chain
                $0.certificateType = request.type
                $0.requestId = request.requestId
            }
            return CertificateAnswer(V2.StatusAnswer("Accepted"), next: next)
        }
    }
}
