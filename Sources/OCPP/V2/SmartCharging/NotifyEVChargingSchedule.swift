extension V2 {
    /// What the car makes of our schedule (K15, K16).
    package struct NotifyEVChargingScheduleRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "NotifyEVChargingSchedule"
        package var timeBase = DateTime(microseconds: 0)
        package var evseId = 0
        package var chargingSchedule = ChargingSchedule()
        package var selectedChargingScheduleId: Int?
        package var powerToleranceAcceptance: Bool?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("timeBase", \.timeBase), .init("chargingSchedule", \.chargingSchedule),
            .init("evseId", \.evseId, least: 1),
            .init("selectedChargingScheduleId", \.selectedChargingScheduleId, least: 0, since: .v21),
            .init("powerToleranceAcceptance", \.powerToleranceAcceptance, since: .v21),
        ]
    }
}
