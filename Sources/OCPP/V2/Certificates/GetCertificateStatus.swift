extension V2 {
    /// A station asks whether a certificate of a car's chain is revoked (M06).
    package struct GetCertificateStatusRequest: TableRequest {
        package typealias Answer = GetCertificateStatusResponse
        package static let action = "GetCertificateStatus"
        package var ocspRequestData = OCSPRequestData()
        package init() {}
        package static let fields: [Field<Self>] = [.init("ocspRequestData", \.ocspRequestData)]
    }

    package struct GetCertificateStatusResponse: Table {
        package var status = ""
        /// The responder's answer, DER in base64.
        package var ocspResult: String?
        package var statusInfo: StatusInfo?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Failed"]),
            .init("ocspResult", \.ocspResult, length: 18_000, length201: 5_500),
            .init("statusInfo", \.statusInfo),
        ]
    }
}
