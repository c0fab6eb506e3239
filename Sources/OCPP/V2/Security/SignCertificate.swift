extension V2 {
    /// A station asks for its certificate to be signed (A02, A03).
    package struct SignCertificateRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SignCertificate"
        /// PEM.
        package var csr = ""
        package var certificateType: String?
        package var hashRootCertificate: CertificateHashData?
        package var requestId: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("csr", \.csr, length: 5_500),
            .init(
                "certificateType", \.certificateType, of: ["ChargingStationCertificate", "V2GCertificate"],
                new: ["V2G20Certificate"]),
            .init("hashRootCertificate", \.hashRootCertificate, since: .v21),
            .init("requestId", \.requestId, since: .v21),
        ]
    }
}
