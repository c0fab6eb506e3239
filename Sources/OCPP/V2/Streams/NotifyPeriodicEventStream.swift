extension V2 {
    /// 2.1: values of a stream; a SEND, never answered (N15).
    package struct NotifyPeriodicEventStreamRequest: Table {
        package static let action = "NotifyPeriodicEventStream"

        package struct StreamDataElement: Table {
            /// Seconds after the base time.
            package var t = Milli.zero
            package var v = ""
            package init() {}
            package static let fields: [Field<Self>] = [.init("t", \.t), .init("v", \.v, length: 2_500)]
        }

        package var data: [StreamDataElement] = []
        package var id = 0
        /// Values that wait in the station.
        package var pending = 0
        package var basetime = DateTime(microseconds: 0)
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("data", \.data), .init("id", \.id, least: 0), .init("pending", \.pending, least: 0),
            .init("basetime", \.basetime),
        ]
    }
}
