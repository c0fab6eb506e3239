extension V16 {
    /// Asks for a message now.
    package struct TriggerMessageRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "TriggerMessage"
        package static let statuses = ["Accepted", "Rejected", "NotImplemented"]
        package var requestedMessage = ""
        package var connectorId: Int?
        package init() {}
        package init(_ requestedMessage: String, connectorId: Int? = nil) {
            self.requestedMessage = requestedMessage
            self.connectorId = connectorId
        }
        package static let fields: [Field<Self>] = [
            .init(
                "requestedMessage", \.requestedMessage,
                of: [
                    "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat",
                    "MeterValues", "StatusNotification",
                ]),
            .init("connectorId", \.connectorId),
        ]
    }
}
