extension V2 {
    /// From which severity on events are told (N05).
    package struct SetMonitoringLevelRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SetMonitoringLevel"
        package var severity = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("severity", \.severity, least: 0, greatest: 9)]
    }
}
