extension V2 {
    /// What all profiles together make of the next seconds (K08).
    package struct GetCompositeScheduleRequest: TableRequest {
        package typealias Answer = GetCompositeScheduleResponse
        package static let action = "GetCompositeSchedule"
        /// s.
        package var duration = 0
        package var chargingRateUnit: ChargingRateUnit?
        /// 0 = the grid connection of the whole station.
        package var evseId = 0
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("duration", \.duration), .init("chargingRateUnit", \.chargingRateUnit),
            .init("evseId", \.evseId, least: 0),
        ]
    }

    package struct GetCompositeScheduleResponse: Table {
        package struct CompositeSchedule: Table {
            package var evseId = 0
            package var duration = 0
            package var scheduleStart = DateTime(microseconds: 0)
            package var chargingRateUnit = ChargingRateUnit.watts
            package var chargingSchedulePeriod: [ChargingSchedulePeriod] = []
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("evseId", \.evseId, least: 0), .init("duration", \.duration),
                .init("scheduleStart", \.scheduleStart), .init("chargingRateUnit", \.chargingRateUnit),
                .init("chargingSchedulePeriod", \.chargingSchedulePeriod),
            ]
        }

        package var status = ""
        package var schedule: CompositeSchedule?
        package var statusInfo: StatusInfo?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Rejected"]), .init("schedule", \.schedule),
            .init("statusInfo", \.statusInfo),
        ]
    }
}
