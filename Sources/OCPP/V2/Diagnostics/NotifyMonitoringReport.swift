extension V2 {
    /// The monitors that were asked for (N02).
    package struct NotifyMonitoringReportRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyMonitoringReport"

        package struct VariableMonitoring: Table {
            package var id = 0
            package var transaction = false
            package var value = Milli.zero
            package var type = ""
            package var severity = 0
            package var eventNotificationType: String?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("id", \.id, least: 0), .init("transaction", \.transaction), .init("value", \.value),
                .init(
                    "type", \.type, of: SetVariableMonitoringRequest.types, new: SetVariableMonitoringRequest.newTypes),
                .init("severity", \.severity, least: 0, greatest: 9),
                .init(
                    "eventNotificationType", \.eventNotificationType, of: NotifyEventRequest.notificationTypes,
                    needed: [.v21], since: .v21),
            ]
        }

        package struct MonitoringData: Table {
            package var component = Component("")
            package var variable = Variable("")
            package var variableMonitoring: [VariableMonitoring] = []
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("component", \.component), .init("variable", \.variable),
                .init("variableMonitoring", \.variableMonitoring),
            ]
        }

        package var requestId = 0
        package var tbc: Bool?
        package var seqNo = 0
        package var generatedAt = DateTime(microseconds: 0)
        package var monitor: [MonitoringData]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("monitor", \.monitor), .init("requestId", \.requestId), .init("tbc", \.tbc),
            .init("seqNo", \.seqNo, least: 0), .init("generatedAt", \.generatedAt),
        ]
    }
}
