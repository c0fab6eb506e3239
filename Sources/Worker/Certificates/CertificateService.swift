package import Domain
package import OCPP

/// What a station asks about certificates.
package enum CertificateQuestion: Hashable, Sendable {
    /// May this contract charge (C07)?
    case authorize(V2.AuthorizeRequest)
    /// What does the OCSP responder say (M06)?
    case status(V2.GetCertificateStatusRequest)
    /// The same for several, by OCSP or CRL (2.1, M07).
    case chainStatus(V2.GetCertificateChainStatusRequest)
    /// A contract certificate for the car (M01, M02).
    case contract(V2.Get15118EVCertificateRequest)
    /// A certificate for the station itself (A02, A03).
    case sign(CertificateRequest)
}

/// SignCertificate of any version.
package struct CertificateRequest: Hashable, Sendable {
    package var csr: String
    /// nil or `ChargingStationCertificate` is what our authority signs.
    package var type: String?
    package var requestId: Int?
    package var version: OCPPVersion

    package init(csr: String, type: String? = nil, requestId: Int? = nil, version: OCPPVersion) {
        self.csr = csr
        self.type = type
        self.requestId = requestId
        self.version = version
    }
}

/// The answer, and what is said to the station right after it.
package struct CertificateAnswer: Sendable {
    package var payload: any Payload
    package var next: (any Request)?

    package init(_ payload: any Payload, next: (any Request)? = nil) {
        self.payload = payload
        self.next = next
    }
}

/// Who knows about certificates. Called on event loops: it must not block.
package protocol CertificateService: Sendable {
    /// Whether it takes the question; it then calls `done` once, from any thread.
    func ask(
        _ question: CertificateQuestion, of station: StationID, at now: Instant,
        done: @escaping @Sendable (CertificateAnswer) -> Void
    ) -> Bool
    /// The station came with a certificate that ends then, whoever signed it.
    func shown(_ station: StationID, until end: Instant)
    /// Whether the station's own certificate ends so soon that it is to ask for a new one.
    func isRenewalDue(_ station: StationID, at now: Instant) -> Bool
}
