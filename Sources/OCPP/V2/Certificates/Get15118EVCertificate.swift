extension V2 {
    /// A car asks for its contract certificate; EXI in base64, opaque to us (M01, M02).
    package struct Get15118EVCertificateRequest: TableRequest {
        package typealias Answer = Get15118EVCertificateResponse
        package static let action = "Get15118EVCertificate"
        package var iso15118SchemaVersion = ""
        package var action = ""
        package var exiRequest = ""
        package var maximumContractCertificateChains: Int?
        package var prioritizedEMAIDs: [String]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("iso15118SchemaVersion", \.iso15118SchemaVersion, length: 50),
            .init("action", \.action, of: ["Install", "Update"]),
            .init("exiRequest", \.exiRequest, length: 11_000, length201: 5_600),
            .init("maximumContractCertificateChains", \.maximumContractCertificateChains, least: 0, since: .v21),
            .init("prioritizedEMAIDs", \.prioritizedEMAIDs, length: 255, items: 1...8, since: .v21),
        ]
    }

    package struct Get15118EVCertificateResponse: Table {
        package var status = ""
        package var exiResponse = ""
        package var remainingContracts: Int?
        package var statusInfo: StatusInfo?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Failed"]),
            .init("exiResponse", \.exiResponse, length: 17_000, length201: 7_500),
            .init("remainingContracts", \.remainingContracts, least: 0, since: .v21),
            .init("statusInfo", \.statusInfo),
        ]
    }
}
