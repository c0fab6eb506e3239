extension V2 {
    /// A message that a station shows.
    package struct MessageInfo: Table {
        package static let priorities = ["AlwaysFront", "InFront", "NormalCycle"]
        package var id = 0
        package var priority = ""
        package var state: String?
        package var startDateTime: DateTime?
        package var endDateTime: DateTime?
        package var transactionId: String?
        package var message = MessageContent()
        package var messageExtra: [MessageContent]?
        package var display: Component?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("id", \.id, least: 0), .init("priority", \.priority, of: Self.priorities),
            .init(
                "state", \.state, of: ["Charging", "Faulted", "Idle", "Unavailable"],
                new: ["Suspended", "Discharging"]),
            .init("startDateTime", \.startDateTime), .init("endDateTime", \.endDateTime),
            .init("transactionId", \.transactionId, length: 36), .init("message", \.message),
            .init("messageExtra", \.messageExtra, items: 1...4, since: .v21), .init("display", \.display),
        ]
    }
}
