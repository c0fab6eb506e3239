extension V2 {
    /// The device model as a whole (B07).
    package struct GetBaseReportRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "GetBaseReport"
        package static let statuses = ["Accepted", "Rejected", "NotSupported", "EmptyResultSet"]
        package var requestId = 0
        package var reportBase = ""
        package init() {}
        package init(requestId: Int, reportBase: String = "FullInventory") {
            self.requestId = requestId
            self.reportBase = reportBase
        }
        package static let fields: [Field<Self>] = [
            .init("requestId", \.requestId),
            .init("reportBase", \.reportBase, of: ["ConfigurationInventory", "FullInventory", "SummaryInventory"]),
        ]
    }
}
