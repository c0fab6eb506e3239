extension V2 {
    /// 2.1: a stream ends (N13).
    package struct ClosePeriodicEventStreamRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "ClosePeriodicEventStream"
        package var id = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("id", \.id, least: 0)]
    }
}
