extension V2 {
    /// 2.1: a station asks to open a stream of a monitored variable (N11).
    package struct OpenPeriodicEventStreamRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "OpenPeriodicEventStream"
        package var constantStreamData = ConstantStreamData()
        package init() {}
        package static let fields: [Field<Self>] = [.init("constantStreamData", \.constantStreamData)]
    }
}
