extension V2 {
    /// Takes a station, EVSE or connector out of service, or back in (G03, G04).
    package struct ChangeAvailabilityRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ChangeAvailability"
        package static let statuses = ["Accepted", "Rejected", "Scheduled"]
        package var operationalStatus = ""
        package var evse: EVSE?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("operationalStatus", \.operationalStatus, of: ["Inoperative", "Operative"]), .init("evse", \.evse),
        ]
    }
}
