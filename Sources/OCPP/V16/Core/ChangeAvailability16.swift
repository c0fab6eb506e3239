extension V16 {
    /// Takes a connector (0 = all) out of service, or back in.
    package struct ChangeAvailabilityRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ChangeAvailability"
        package static let statuses = ["Accepted", "Rejected", "Scheduled"]
        package var connectorId = 0
        package var type = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("connectorId", \.connectorId), .init("type", \.type, of: ["Inoperative", "Operative"]),
        ]
    }
}
