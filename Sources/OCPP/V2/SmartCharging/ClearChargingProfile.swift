extension V2 {
    /// Removes profiles by id or by criteria (K10).
    package struct ClearChargingProfileRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ClearChargingProfile"
        package static let statuses = ["Accepted", "Unknown"]

        package struct Criteria: Table {
            package var evseId: Int?
            package var chargingProfilePurpose: ChargingProfilePurpose?
            package var stackLevel: Int?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("evseId", \.evseId, least: 0), .init("chargingProfilePurpose", \.chargingProfilePurpose),
                .init("stackLevel", \.stackLevel, least: 0),
            ]
        }

        package var chargingProfileId: Int?
        package var chargingProfileCriteria: Criteria?
        package init() {}
        package init(chargingProfileId: Int) { self.chargingProfileId = chargingProfileId }
        package static let fields: [Field<Self>] = [
            .init("chargingProfileId", \.chargingProfileId),
            .init("chargingProfileCriteria", \.chargingProfileCriteria),
        ]
    }
}
