extension V16 {
    /// Names a certificate by hashes.
    package struct CertificateHashData: Table {
        package var hashAlgorithm = ""
        package var issuerNameHash = ""
        package var issuerKeyHash = ""
        package var serialNumber = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("hashAlgorithm", \.hashAlgorithm, of: V2.CertificateHashData.algorithms),
            .init("issuerNameHash", \.issuerNameHash, length: 128),
            .init("issuerKeyHash", \.issuerKeyHash, length: 128), .init("serialNumber", \.serialNumber, length: 40),
        ]
    }
}
