extension V2 {
    /// Removes monitors (N06).
    package struct ClearVariableMonitoringRequest: TableRequest {
        package typealias Answer = ClearVariableMonitoringResponse
        package static let action = "ClearVariableMonitoring"
        package var id: [Int] = []
        package init() {}
        package static let fields: [Field<Self>] = [.init("id", \.id, least: 0)]
    }

    package struct ClearVariableMonitoringResponse: Table {
        package struct Result: Table {
            package var status = ""
            package var id = 0
            package var statusInfo: StatusInfo?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("status", \.status, of: ["Accepted", "Rejected", "NotFound"]), .init("id", \.id, least: 0),
                .init("statusInfo", \.statusInfo),
            ]
        }

        package var clearMonitoringResult: [Result] = []
        package init() {}
        package static let fields: [Field<Self>] = [.init("clearMonitoringResult", \.clearMonitoringResult)]
    }
}
