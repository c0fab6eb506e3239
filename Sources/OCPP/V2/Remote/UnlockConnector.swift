extension V2 {
    /// Frees a plug that is stuck (F05).
    package struct UnlockConnectorRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "UnlockConnector"
        package static let statuses = ["Unlocked", "UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector"]
        package var evseId = 0
        package var connectorId = 0
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("evseId", \.evseId, least: 0), .init("connectorId", \.connectorId, least: 0),
        ]
    }
}
