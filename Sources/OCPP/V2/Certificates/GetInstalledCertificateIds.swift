extension V2 {
    /// Which certificates the station holds (M03).
    package struct GetInstalledCertificateIdsRequest: TableRequest {
        package typealias Answer = GetInstalledCertificateIdsResponse
        package static let action = "GetInstalledCertificateIds"
        package static let types = [
            "V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "V2GCertificateChain",
            "ManufacturerRootCertificate",
        ]
        package var certificateType: [String]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("certificateType", \.certificateType, of: Self.types, new: ["OEMRootCertificate"])
        ]
    }

    package struct GetInstalledCertificateIdsResponse: Table {
        package struct Chain: Table {
            package var certificateType = ""
            package var certificateHashData = CertificateHashData()
            package var childCertificateHashData: [CertificateHashData]?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init(
                    "certificateType", \.certificateType, of: GetInstalledCertificateIdsRequest.types,
                    new: ["OEMRootCertificate"]),
                .init("certificateHashData", \.certificateHashData),
                .init("childCertificateHashData", \.childCertificateHashData, items: 1...4),
            ]
        }

        package var status = ""
        package var certificateHashDataChain: [Chain]?
        package var statusInfo: StatusInfo?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "NotFound"]),
            .init("certificateHashDataChain", \.certificateHashDataChain), .init("statusInfo", \.statusInfo),
        ]
    }
}
