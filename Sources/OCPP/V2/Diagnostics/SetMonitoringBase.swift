extension V2 {
    /// Which set of monitors is the base (N03).
    package struct SetMonitoringBaseRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SetMonitoringBase"
        package static let statuses = ["Accepted", "Rejected", "NotSupported", "EmptyResultSet"]
        package var monitoringBase = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("monitoringBase", \.monitoringBase, of: ["All", "FactoryDefault", "HardWiredOnly"])
        ]
    }
}
