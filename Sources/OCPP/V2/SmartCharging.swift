extension V2 {
    package struct SetChargingProfileRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "SetChargingProfile"
        package var evseId: Int
        package var chargingProfile: ChargingProfile

        package init(evseId: Int, chargingProfile: ChargingProfile) {
            self.evseId = evseId
            self.chargingProfile = chargingProfile
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.evseId = try json.int("evseId")
            self.chargingProfile = try json.object("chargingProfile")
        }

        package func write(to out: inout JSONWriter) {
            out.field("evseId", self.evseId)
            out.object("chargingProfile", self.chargingProfile)
        }
    }

    /// 2.1: the cheap dispatch (K28).
    package struct UpdateDynamicScheduleRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "UpdateDynamicSchedule"
        package var chargingProfileId: Int
        package var limit: Milli?
        package var dischargeLimit: Milli?
        package var setpoint: Milli?

        package init(chargingProfileId: Int, setpoint: Milli) {
            self.chargingProfileId = chargingProfileId
            self.setpoint = setpoint
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.chargingProfileId = try json.int("chargingProfileId")
            guard let update = json["scheduleUpdate"] else {
                throw OCPPError(.occurrenceConstraintViolation, "scheduleUpdate is missing")
            }
            guard update.isObject else {
                throw OCPPError(.typeConstraintViolation, "scheduleUpdate must be an object")
            }
            self.limit = try update.optionalNumber("limit")
            self.dischargeLimit = try update.optionalNumber("dischargeLimit")
            self.setpoint = try update.optionalNumber("setpoint")
        }

        package func write(to out: inout JSONWriter) {
            out.field("chargingProfileId", self.chargingProfileId)
            out.object("scheduleUpdate") { out in
                out.field("limit", self.limit)
                out.field("dischargeLimit", self.dischargeLimit)
                out.field("setpoint", self.setpoint)
            }
        }
    }

    /// 2.1: a station asks for the latest setpoint of its dynamic profile.
    package struct PullDynamicScheduleUpdateRequest: Request {
        package typealias Answer = PullDynamicScheduleUpdateResponse
        package static let action = "PullDynamicScheduleUpdate"
        package var chargingProfileId: Int

        package init(chargingProfileId: Int) {
            self.chargingProfileId = chargingProfileId
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.chargingProfileId = try json.int("chargingProfileId")
        }

        package func write(to out: inout JSONWriter) {
            out.field("chargingProfileId", self.chargingProfileId)
        }
    }

    package struct PullDynamicScheduleUpdateResponse: Payload {
        package var status: String
        package var setpoint: Milli?
        package var statusInfo: StatusInfo?

        /// Accepted with the setpoint, or Rejected `InvalidProfile` (K28.FR.12).
        package init(setpoint: Milli?) {
            self.status = setpoint == nil ? "Rejected" : "Accepted"
            self.setpoint = setpoint
            self.statusInfo = setpoint == nil ? StatusInfo(reasonCode: "InvalidProfile") : nil
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.status = try json.string("status")
            self.setpoint = try json["scheduleUpdate"]?.optionalNumber("setpoint")
            self.statusInfo = try json.optionalObject("statusInfo")
        }

        package func write(to out: inout JSONWriter) {
            out.field("status", self.status)
            if let setpoint = self.setpoint {
                out.object("scheduleUpdate") { $0.field("setpoint", setpoint) }
            }
            out.object("statusInfo", self.statusInfo)
        }
    }

    package struct ClearChargingProfileRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "ClearChargingProfile"
        package var chargingProfileId: Int?

        package init(chargingProfileId: Int) {
            self.chargingProfileId = chargingProfileId
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.chargingProfileId = try json.optionalInt("chargingProfileId")
        }

        package func write(to out: inout JSONWriter) {
            out.field("chargingProfileId", self.chargingProfileId)
        }
    }
}
