extension V16 {
    /// Which certificates the charge point holds.
    package struct GetInstalledCertificateIdsRequest: TableRequest {
        package typealias Answer = GetInstalledCertificateIdsResponse
        package static let action = "GetInstalledCertificateIds"
        package var certificateType = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "certificateType", \.certificateType,
                of: ["CentralSystemRootCertificate", "ManufacturerRootCertificate"])
        ]
    }

    package struct GetInstalledCertificateIdsResponse: Table {
        package var certificateHashData: [CertificateHashData]?
        package var status = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("certificateHashData", \.certificateHashData),
            .init("status", \.status, of: ["Accepted", "NotFound"]),
        ]
    }
}
