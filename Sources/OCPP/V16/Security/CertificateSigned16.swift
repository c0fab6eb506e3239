extension V16 {
    /// The signed certificate with its chain.
    package struct CertificateSignedRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "CertificateSigned"
        package var certificateChain = ""
        package init() {}
        package static let fields: [Field<Self>] = [.init("certificateChain", \.certificateChain, length: 10_000)]
    }
}
