extension V2 {
    /// Takes a message off (O05).
    package struct ClearDisplayMessageRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ClearDisplayMessage"
        package static let statuses = ["Accepted", "Unknown"]
        package static let newStatuses = ["Rejected"]
        package var id = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("id", \.id, least: 0)]
    }
}
