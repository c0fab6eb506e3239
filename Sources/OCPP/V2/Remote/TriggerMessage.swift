extension V2 {
    /// Asks for a message now (F06).
    package struct TriggerMessageRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "TriggerMessage"
        package static let statuses = ["Accepted", "Rejected", "NotImplemented"]
        package var requestedMessage = ""
        package var evse: EVSE?
        package var customTrigger: String?
        package init() {}
        package init(_ requestedMessage: String, evse: Int? = nil) {
            self.requestedMessage = requestedMessage
            self.evse = evse.map { EVSE(id: $0) }
        }
        package static let fields: [Field<Self>] = [
            .init(
                "requestedMessage", \.requestedMessage,
                of: [
                    "BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat",
                    "MeterValues",
                    "SignChargingStationCertificate", "SignV2GCertificate", "StatusNotification", "TransactionEvent",
                    "SignCombinedCertificate", "PublishFirmwareStatusNotification",
                ], new: ["SignV2G20Certificate", "CustomTrigger"]),
            .init("evse", \.evse), .init("customTrigger", \.customTrigger, length: 50, since: .v21),
        ]
    }
}
