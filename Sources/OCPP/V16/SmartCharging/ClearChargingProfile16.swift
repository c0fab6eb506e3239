extension V16 {
    /// Removes profiles by id or by criteria.
    package struct ClearChargingProfileRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ClearChargingProfile"
        package static let statuses = ["Accepted", "Unknown"]
        package var id: Int?
        package var connectorId: Int?
        package var chargingProfilePurpose: ChargingProfilePurpose?
        package var stackLevel: Int?
        package init() {}
        package init(id: Int) { self.id = id }
        package static let fields: [Field<Self>] = [
            .init("id", \.id), .init("connectorId", \.connectorId),
            .init("chargingProfilePurpose", \.chargingProfilePurpose), .init("stackLevel", \.stackLevel),
        ]
    }
}
