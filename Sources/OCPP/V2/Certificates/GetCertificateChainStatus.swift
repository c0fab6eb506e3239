extension V2 {
    /// 2.1: the revocation of a whole chain in one call (M07).
    package struct GetCertificateChainStatusRequest: TableRequest {
        package typealias Answer = GetCertificateChainStatusResponse
        package static let action = "GetCertificateChainStatus"

        package struct StatusRequest: Table {
            package var certificateHashData = CertificateHashData()
            package var source = ""
            package var urls: [String] = []
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("source", \.source, of: ["CRL", "OCSP"]),
                .init("urls", \.urls, length: 2_000, items: 1...5),
                .init("certificateHashData", \.certificateHashData),
            ]
        }

        package var certificateStatusRequests: [StatusRequest] = []
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("certificateStatusRequests", \.certificateStatusRequests, items: 1...4)
        ]
    }

    package struct GetCertificateChainStatusResponse: Table {
        package struct Status: Table {
            package var certificateHashData = CertificateHashData()
            package var source = ""
            package var status = ""
            package var nextUpdate = DateTime(microseconds: 0)
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("certificateHashData", \.certificateHashData),
                .init("source", \.source, of: ["CRL", "OCSP"]),
                .init("status", \.status, of: ["Good", "Revoked", "Unknown", "Failed"]),
                .init("nextUpdate", \.nextUpdate),
            ]
        }

        package var certificateStatus: [Status] = []
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("certificateStatus", \.certificateStatus, items: 1...4)
        ]
    }
}
