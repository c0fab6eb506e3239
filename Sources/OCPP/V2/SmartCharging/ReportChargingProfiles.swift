extension V2 {
    /// The profiles that were asked for (K09).
    package struct ReportChargingProfilesRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "ReportChargingProfiles"
        package var requestId = 0
        package var chargingLimitSource = ""
        package var chargingProfile: [ChargingProfile] = []
        package var tbc: Bool?
        package var evseId = 0
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("requestId", \.requestId),
            .init("chargingLimitSource", \.chargingLimitSource, length: 20, of201: V2.limitSources),
            .init("chargingProfile", \.chargingProfile), .init("tbc", \.tbc), .init("evseId", \.evseId, least: 0),
        ]
    }
}
