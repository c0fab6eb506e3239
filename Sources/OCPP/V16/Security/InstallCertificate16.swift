extension V16 {
    /// Puts a root certificate into the charge point.
    package struct InstallCertificateRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "InstallCertificate"
        package static let statuses = ["Accepted", "Failed", "Rejected"]
        package var certificateType = ""
        package var certificate = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "certificateType", \.certificateType,
                of: ["CentralSystemRootCertificate", "ManufacturerRootCertificate"]),
            .init("certificate", \.certificate, length: 5_500),
        ]
    }
}
