extension V2 {
    /// Asks for the messages that a station holds (O03, O04).
    package struct GetDisplayMessagesRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "GetDisplayMessages"
        package static let statuses = ["Accepted", "Unknown"]
        package var requestId = 0
        package var id: [Int]?
        package var priority: String?
        package var state: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("id", \.id, least: 0), .init("requestId", \.requestId),
            .init("priority", \.priority, of: MessageInfo.priorities),
            .init(
                "state", \.state, of: ["Charging", "Faulted", "Idle", "Unavailable"],
                new: ["Suspended", "Discharging"]),
        ]
    }
}
