extension V2 {
    /// Puts a message on the station's display (O01, O02, O06).
    package struct SetDisplayMessageRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SetDisplayMessage"
        package static let statuses = [
            "Accepted", "NotSupportedMessageFormat", "Rejected", "NotSupportedPriority", "NotSupportedState",
            "UnknownTransaction",
        ]
        package static let newStatuses = ["LanguageNotSupported"]
        package var message = MessageInfo()
        package init() {}
        package static let fields: [Field<Self>] = [.init("message", \.message)]
    }
}
