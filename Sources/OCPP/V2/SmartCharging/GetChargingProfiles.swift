extension V2 {
    /// Reads back which profiles the station holds (K09).
    package struct GetChargingProfilesRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "GetChargingProfiles"
        package static let statuses = ["Accepted", "NoProfiles"]

        package struct Criterion: Table {
            package var chargingProfilePurpose: ChargingProfilePurpose?
            package var stackLevel: Int?
            package var chargingProfileId: [Int]?
            package var chargingLimitSource: [String]?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("chargingProfilePurpose", \.chargingProfilePurpose), .init("stackLevel", \.stackLevel, least: 0),
                .init("chargingProfileId", \.chargingProfileId),
                .init("chargingLimitSource", \.chargingLimitSource, length: 20, items: 1...4, of201: V2.limitSources),
            ]
        }

        package var requestId = 0
        package var evseId: Int?
        package var chargingProfile = Criterion()
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("requestId", \.requestId), .init("evseId", \.evseId, least: 0),
            .init("chargingProfile", \.chargingProfile),
        ]
    }

    /// What 2.0.1 lists; 2.1 takes any word.
    package static let limitSources = ["EMS", "Other", "SO", "CSO"]
}
