extension V2 {
    /// Something happened in the device model (N07); we read what moves capability.
    package struct NotifyEventRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyEvent"
        package static let notificationTypes = [
            "HardWiredNotification", "HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor",
        ]

        package struct EventData: Table {
            package var eventId = 0
            package var timestamp = DateTime(microseconds: 0)
            package var trigger = ""
            package var cause: Int?
            package var actualValue = ""
            package var techCode: String?
            package var techInfo: String?
            package var cleared: Bool?
            package var transactionId: String?
            package var component = Component("")
            package var variableMonitoringId: Int?
            package var eventNotificationType = ""
            package var variable = Variable("")
            package var severity: Int?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("eventId", \.eventId, least: 0), .init("timestamp", \.timestamp),
                .init("trigger", \.trigger, of: ["Alerting", "Delta", "Periodic"]), .init("cause", \.cause, least: 0),
                .init("actualValue", \.actualValue, length: 2_500), .init("techCode", \.techCode, length: 50),
                .init("techInfo", \.techInfo, length: 500), .init("cleared", \.cleared),
                .init("transactionId", \.transactionId, length: 36), .init("component", \.component),
                .init("variableMonitoringId", \.variableMonitoringId, least: 0),
                .init("eventNotificationType", \.eventNotificationType, of: NotifyEventRequest.notificationTypes),
                .init("variable", \.variable), .init("severity", \.severity, least: 0, greatest: 9, since: .v21),
            ]
        }

        package var generatedAt = DateTime(microseconds: 0)
        package var tbc: Bool?
        package var seqNo = 0
        package var eventData: [EventData] = []
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("generatedAt", \.generatedAt), .init("tbc", \.tbc), .init("seqNo", \.seqNo, least: 0),
            .init("eventData", \.eventData),
        ]
    }
}
