extension V2 {
    /// 2.1: which streams are open (N12).
    package struct GetPeriodicEventStreamRequest: TableRequest {
        package typealias Answer = GetPeriodicEventStreamResponse
        package static let action = "GetPeriodicEventStream"
        package init() {}
        package static let fields: [Field<Self>] = []
    }

    package struct GetPeriodicEventStreamResponse: Table {
        package var constantStreamData: [ConstantStreamData]?
        package init() {}
        package static let fields: [Field<Self>] = [.init("constantStreamData", \.constantStreamData)]
    }
}
