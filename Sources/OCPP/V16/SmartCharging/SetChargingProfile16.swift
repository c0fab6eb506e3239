extension V16 {
    /// Gives a charge point a profile.
    package struct SetChargingProfileRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SetChargingProfile"
        package static let statuses = ["Accepted", "Rejected", "NotSupported"]
        package var connectorId = 0
        package var csChargingProfiles = ChargingProfile()
        package init() {}
        package init(connectorId: Int, csChargingProfiles: ChargingProfile) {
            self.connectorId = connectorId
            self.csChargingProfiles = csChargingProfiles
        }
        package static let fields: [Field<Self>] = [
            .init("connectorId", \.connectorId), .init("csChargingProfiles", \.csChargingProfiles),
        ]
    }
}
