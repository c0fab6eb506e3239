extension V2 {
    /// Restarts the station, or one EVSE (B11, B12).
    package struct ResetRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "Reset"
        package static let statuses = ["Accepted", "Rejected", "Scheduled"]
        package var type = ""
        package var evseId: Int?
        package init() {}
        package init(type: String) { self.type = type }
        package static let fields: [Field<Self>] = [
            .init("type", \.type, of: ["Immediate", "OnIdle"], new: ["ImmediateAndResume"]),
            .init("evseId", \.evseId, least: 0),
        ]
    }
}
