extension V2 {
    /// A part of the device model (B08).
    package struct GetReportRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "GetReport"
        package static let statuses = ["Accepted", "Rejected", "NotSupported", "EmptyResultSet"]
        package var requestId = 0
        package var componentCriteria: [String]?
        package var componentVariable: [ComponentVariable]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("requestId", \.requestId, least: 0),
            .init(
                "componentCriteria", \.componentCriteria, items: 1...4,
                of: ["Active", "Available", "Enabled", "Problem"]),
            .init("componentVariable", \.componentVariable),
        ]
    }
}
