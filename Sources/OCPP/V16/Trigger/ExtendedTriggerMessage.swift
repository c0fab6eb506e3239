extension V16 {
    /// The same for the messages of the security extension.
    package struct ExtendedTriggerMessageRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ExtendedTriggerMessage"
        package static let statuses = ["Accepted", "Rejected", "NotImplemented"]
        package var requestedMessage = ""
        package var connectorId: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "requestedMessage", \.requestedMessage,
                of: [
                    "BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat",
                    "MeterValues",
                    "SignChargePointCertificate", "StatusNotification",
                ]),
            .init("connectorId", \.connectorId),
        ]
    }
}
