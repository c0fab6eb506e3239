extension V2 {
    /// What a station keeps of a customer, to be told or forgotten (N09, N10).
    package struct CustomerInformationRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "CustomerInformation"
        package static let statuses = ["Accepted", "Rejected", "Invalid"]
        package var requestId = 0
        package var report = false
        package var clear = false
        package var customerIdentifier: String?
        package var idToken: IdToken?
        package var customerCertificate: CertificateHashData?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("customerCertificate", \.customerCertificate), .init("idToken", \.idToken),
            .init("requestId", \.requestId, least: 0), .init("report", \.report), .init("clear", \.clear),
            .init("customerIdentifier", \.customerIdentifier, length: 64),
        ]
    }
}
