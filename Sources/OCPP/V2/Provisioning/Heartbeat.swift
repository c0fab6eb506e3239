extension V2 {
    /// A station lives, and asks for the time (G02).
    package struct HeartbeatRequest: TableRequest {
        package typealias Answer = HeartbeatResponse
        package static let action = "Heartbeat"
        package init() {}
        package static let fields: [Field<Self>] = []
    }

    package struct HeartbeatResponse: Table {
        package var currentTime = DateTime(microseconds: 0)
        package init() {}
        package init(currentTime: DateTime) { self.currentTime = currentTime }
        package static let fields: [Field<Self>] = [.init("currentTime", \.currentTime)]
    }
}
