extension V2 {
    /// Removes a certificate from the station (M04).
    package struct DeleteCertificateRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "DeleteCertificate"
        package static let statuses = ["Accepted", "Failed", "NotFound"]
        package var certificateHashData = CertificateHashData()
        package init() {}
        package static let fields: [Field<Self>] = [.init("certificateHashData", \.certificateHashData)]
    }
}
