extension V16 {
    /// A charge point asks for its certificate to be signed.
    package struct SignCertificateRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SignCertificate"
        /// PEM.
        package var csr = ""
        package init() {}
        package static let fields: [Field<Self>] = [.init("csr", \.csr, length: 5_500)]
    }
}
