extension V2 {
    /// 2.1: what changes in a dynamic profile; + = charge.
    package struct ScheduleUpdate: Table {
        package var limit: Milli?
        package var limitL2: Milli?
        package var limitL3: Milli?
        package var dischargeLimit: Milli?
        package var dischargeLimitL2: Milli?
        package var dischargeLimitL3: Milli?
        package var setpoint: Milli?
        package var setpointL2: Milli?
        package var setpointL3: Milli?
        package var setpointReactive: Milli?
        package var setpointReactiveL2: Milli?
        package var setpointReactiveL3: Milli?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("limit", \.limit), .init("limit_L2", \.limitL2), .init("limit_L3", \.limitL3),
            .init("dischargeLimit", \.dischargeLimit, greatest: 0),
            .init("dischargeLimit_L2", \.dischargeLimitL2, greatest: 0),
            .init("dischargeLimit_L3", \.dischargeLimitL3, greatest: 0), .init("setpoint", \.setpoint),
            .init("setpoint_L2", \.setpointL2), .init("setpoint_L3", \.setpointL3),
            .init("setpointReactive", \.setpointReactive), .init("setpointReactive_L2", \.setpointReactiveL2),
            .init("setpointReactive_L3", \.setpointReactiveL3),
        ]
    }

    /// 2.1: the cheap dispatch (K28).
    package struct UpdateDynamicScheduleRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "UpdateDynamicSchedule"
        package var chargingProfileId = 0
        package var scheduleUpdate = ScheduleUpdate()
        package init() {}
        package init(chargingProfileId: Int, setpoint: Milli) {
            self.chargingProfileId = chargingProfileId
            self.scheduleUpdate.setpoint = setpoint
        }
        package var setpoint: Milli? { self.scheduleUpdate.setpoint }
        package static let fields: [Field<Self>] = [
            .init("chargingProfileId", \.chargingProfileId), .init("scheduleUpdate", \.scheduleUpdate),
        ]
    }

    /// 2.1: a station asks for the latest setpoint of its dynamic profile (K28.FR.10).
    package struct PullDynamicScheduleUpdateRequest: TableRequest {
        package typealias Answer = PullDynamicScheduleUpdateResponse
        package static let action = "PullDynamicScheduleUpdate"
        package var chargingProfileId = 0
        package init() {}
        package init(chargingProfileId: Int) { self.chargingProfileId = chargingProfileId }
        package static let fields: [Field<Self>] = [.init("chargingProfileId", \.chargingProfileId)]
    }

    package struct PullDynamicScheduleUpdateResponse: Table {
        package var scheduleUpdate: ScheduleUpdate?
        package var status = ""
        package var statusInfo: StatusInfo?
        package init() {}
        /// Accepted with the setpoint, or Rejected `InvalidProfile` (K28.FR.12).
        package init(setpoint: Milli?) {
            self.status = setpoint == nil ? "Rejected" : "Accepted"
            self.scheduleUpdate = setpoint.map { value in ScheduleUpdate { $0.setpoint = value } }
            self.statusInfo = setpoint == nil ? StatusInfo(reasonCode: "InvalidProfile") : nil
        }
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Rejected"]), .init("scheduleUpdate", \.scheduleUpdate),
            .init("statusInfo", \.statusInfo),
        ]
    }
}
