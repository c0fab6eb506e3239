extension V2 {
    /// 2.1: a scheduled control began or ended (R04).
    package struct NotifyDERStartStopRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyDERStartStop"
        package var controlId = ""
        package var started = false
        package var timestamp = DateTime(microseconds: 0)
        package var supersededIds: [String]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("controlId", \.controlId, length: 36), .init("started", \.started),
            .init("timestamp", \.timestamp), .init("supersededIds", \.supersededIds, length: 36, items: 1...24),
        ]
    }
}
