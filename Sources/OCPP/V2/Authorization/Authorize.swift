extension V2 {
    /// May this token charge, and may its car give power back (C01–C09, Q01)?
    package struct AuthorizeRequest: TableRequest {
        package typealias Answer = AuthorizeResponse
        package static let action = "Authorize"
        package var idToken = IdToken("", type: "")
        /// Contract certificate of Plug & Charge, PEM.
        package var certificate: String?
        package var iso15118CertificateHashData: [OCSPRequestData]?
        package init() {}
        package init(idToken: IdToken) { self.idToken = idToken }
        package static let fields: [Field<Self>] = [
            .init("idToken", \.idToken), .init("certificate", \.certificate, length: 10_000, length201: 5_500),
            .init("iso15118CertificateHashData", \.iso15118CertificateHashData, items: 1...4),
        ]
    }

    package struct AuthorizeResponse: Table {
        package var idTokenInfo = IdTokenInfo()
        package var certificateStatus: String?
        /// 2.1; left out where it is not decided (Q01.FR.08).
        package var allowedEnergyTransfer: [String]?
        package var tariff: Tariff?
        package init() {}
        package init(status: String, allowedEnergyTransfer: [String] = []) {
            self.idTokenInfo = IdTokenInfo(status)
            self.allowedEnergyTransfer = allowedEnergyTransfer.isEmpty ? nil : allowedEnergyTransfer
        }
        package static let fields: [Field<Self>] = [
            .init("idTokenInfo", \.idTokenInfo),
            .init(
                "certificateStatus", \.certificateStatus,
                of: [
                    "Accepted", "SignatureError", "CertificateExpired", "CertificateRevoked", "NoCertificateAvailable",
                    "CertChainError", "ContractCancelled",
                ]),
            .init("allowedEnergyTransfer", \.allowedEnergyTransfer, of: V2.energyTransferModes, since: .v21),
            .init("tariff", \.tariff, since: .v21),
        ]
    }
}
