extension V2 {
    /// The messages that were asked for (O03, O04).
    package struct NotifyDisplayMessagesRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyDisplayMessages"
        package var requestId = 0
        package var tbc: Bool?
        package var messageInfo: [MessageInfo]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("messageInfo", \.messageInfo), .init("requestId", \.requestId), .init("tbc", \.tbc),
        ]
    }
}
