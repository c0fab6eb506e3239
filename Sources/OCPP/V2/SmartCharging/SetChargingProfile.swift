extension V2 {
    /// Gives a station a profile (K01, K15–K18, Q).
    package struct SetChargingProfileRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SetChargingProfile"
        package var evseId = 0
        package var chargingProfile = ChargingProfile()
        package init() {}
        package init(evseId: Int, chargingProfile: ChargingProfile) {
            self.evseId = evseId
            self.chargingProfile = chargingProfile
        }
        package static let fields: [Field<Self>] = [
            .init("evseId", \.evseId, least: 0), .init("chargingProfile", \.chargingProfile),
        ]
    }
}
