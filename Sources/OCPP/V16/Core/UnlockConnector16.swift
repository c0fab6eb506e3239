extension V16 {
    /// Frees a plug that is stuck.
    package struct UnlockConnectorRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "UnlockConnector"
        package static let statuses = ["Unlocked", "UnlockFailed", "NotSupported"]
        package var connectorId = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("connectorId", \.connectorId)]
    }
}
