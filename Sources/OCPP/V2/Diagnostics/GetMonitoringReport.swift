extension V2 {
    /// Which monitors stand (N02).
    package struct GetMonitoringReportRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "GetMonitoringReport"
        package static let statuses = ["Accepted", "Rejected", "NotSupported", "EmptyResultSet"]
        package var requestId = 0
        package var monitoringCriteria: [String]?
        package var componentVariable: [ComponentVariable]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("componentVariable", \.componentVariable), .init("requestId", \.requestId),
            .init(
                "monitoringCriteria", \.monitoringCriteria, items: 1...3,
                of: ["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"]),
        ]
    }
}
