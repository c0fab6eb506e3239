extension V16 {
    /// What all profiles together make of the next seconds.
    package struct GetCompositeScheduleRequest: TableRequest {
        package typealias Answer = GetCompositeScheduleResponse
        package static let action = "GetCompositeSchedule"
        package var connectorId = 0
        /// s.
        package var duration = 0
        package var chargingRateUnit: V2.ChargingRateUnit?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("connectorId", \.connectorId), .init("duration", \.duration),
            .init("chargingRateUnit", \.chargingRateUnit),
        ]
    }

    package struct GetCompositeScheduleResponse: Table {
        package var status = ""
        package var connectorId: Int?
        package var scheduleStart: DateTime?
        package var chargingSchedule: ChargingSchedule?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Rejected"]), .init("connectorId", \.connectorId),
            .init("scheduleStart", \.scheduleStart), .init("chargingSchedule", \.chargingSchedule),
        ]
    }
}
