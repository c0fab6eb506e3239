extension V2 {
    /// Names a certificate by hashes.
    package struct CertificateHashData: Table {
        package static let algorithms = ["SHA256", "SHA384", "SHA512"]
        package var hashAlgorithm = ""
        package var issuerNameHash = ""
        package var issuerKeyHash = ""
        package var serialNumber = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("hashAlgorithm", \.hashAlgorithm, of: Self.algorithms),
            .init("issuerNameHash", \.issuerNameHash, length: 128),
            .init("issuerKeyHash", \.issuerKeyHash, length: 128),
            .init("serialNumber", \.serialNumber, length: 40),
        ]
    }

    /// The same with the place where its revocation is asked for.
    package struct OCSPRequestData: Table {
        package var hashAlgorithm = ""
        package var issuerNameHash = ""
        package var issuerKeyHash = ""
        package var serialNumber = ""
        package var responderURL = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("hashAlgorithm", \.hashAlgorithm, of: CertificateHashData.algorithms),
            .init("issuerNameHash", \.issuerNameHash, length: 128),
            .init("issuerKeyHash", \.issuerKeyHash, length: 128),
            .init("serialNumber", \.serialNumber, length: 40),
            .init("responderURL", \.responderURL, length: 2_000, length201: 512),
        ]
    }
}
