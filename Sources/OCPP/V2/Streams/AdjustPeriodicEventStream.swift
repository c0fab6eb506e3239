extension V2 {
    /// 2.1: another rate for a stream (N14).
    package struct AdjustPeriodicEventStreamRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "AdjustPeriodicEventStream"
        package var id = 0
        package var params = PeriodicEventStreamParams()
        package init() {}
        package static let fields: [Field<Self>] = [.init("id", \.id, least: 0), .init("params", \.params)]
    }
}
