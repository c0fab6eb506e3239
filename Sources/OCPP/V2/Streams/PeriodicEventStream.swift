extension V2 {
    /// How often a stream speaks.
    package struct PeriodicEventStreamParams: Table {
        /// s.
        package var interval: Int?
        /// Values that make a message before the interval is over.
        package var values: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("interval", \.interval, least: 0), .init("values", \.values, least: 0),
        ]
    }

    /// 2.1: what a stream is.
    package struct ConstantStreamData: Table {
        package var id = 0
        package var params = PeriodicEventStreamParams()
        package var variableMonitoringId = 0
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("id", \.id, least: 0), .init("params", \.params),
            .init("variableMonitoringId", \.variableMonitoringId, least: 0),
        ]
    }
}
