extension V2 {
    /// The signed certificate with its chain, for the station (A02, A03).
    package struct CertificateSignedRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "CertificateSigned"
        /// PEM, leaf first.
        package var certificateChain = ""
        package var certificateType: String?
        package var requestId: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("certificateChain", \.certificateChain, length: 10_000),
            .init(
                "certificateType", \.certificateType, of: ["ChargingStationCertificate", "V2GCertificate"],
                new: ["V2G20Certificate"]),
            .init("requestId", \.requestId, since: .v21),
        ]
    }
}
