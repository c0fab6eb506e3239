/// The frames of dispatch are written without their tables: six times as fast. `CatalogueTests` hold that both write
/// the same bytes.
extension V2.SetChargingProfileRequest {
    package func write(to out: inout JSONWriter) {
        out.field("evseId", self.evseId)
        out.object("chargingProfile", self.chargingProfile)
    }
}

extension V2.ChargingProfile {
    package func write(to out: inout JSONWriter) {
        out.field("id", self.id)
        out.field("stackLevel", self.stackLevel)
        out.field("chargingProfilePurpose", self.chargingProfilePurpose.rawValue)
        out.field("chargingProfileKind", self.chargingProfileKind.rawValue)
        out.field("recurrencyKind", self.recurrencyKind)
        out.field("validFrom", self.validFrom)
        out.field("validTo", self.validTo)
        out.objects("chargingSchedule", self.chargingSchedule)
        out.field("transactionId", self.transactionId)
        guard out.version == .v21 else { return }
        out.field("maxOfflineDuration", self.maxOfflineDuration)
        out.field("invalidAfterOfflineDuration", self.invalidAfterOfflineDuration)
        out.field("dynUpdateInterval", self.dynUpdateInterval)
        out.field("dynUpdateTime", self.dynUpdateTime)
        out.field("priceScheduleSignature", self.priceScheduleSignature)
    }
}

extension V2.ChargingSchedule {
    package func write(to out: inout JSONWriter) {
        out.field("id", self.id)
        out.field("startSchedule", self.startSchedule)
        out.field("duration", self.duration)
        out.field("chargingRateUnit", self.chargingRateUnit.rawValue)
        out.objects("chargingSchedulePeriod", self.chargingSchedulePeriod)
        out.field("minChargingRate", self.minChargingRate)
        if out.version == .v21 {
            out.object("limitAtSoC", self.limitAtSoC)
            out.field("powerTolerance", self.powerTolerance)
            out.field("signatureId", self.signatureId)
            out.field("digestValue", self.digestValue)
            out.field("useLocalTime", self.useLocalTime)
            out.field("randomizedDelay", self.randomizedDelay)
        }
        out.object("salesTariff", self.salesTariff)
        guard out.version == .v21 else { return }
        out.object("absolutePriceSchedule", self.absolutePriceSchedule)
        out.object("priceLevelSchedule", self.priceLevelSchedule)
    }
}

extension V2.ChargingSchedulePeriod {
    package func write(to out: inout JSONWriter) {
        let isNew = out.version == .v21
        out.field("startPeriod", self.startPeriod)
        out.field("limit", self.limit)
        if isNew {
            out.field("limit_L2", self.limitL2)
            out.field("limit_L3", self.limitL3)
        }
        out.field("numberPhases", self.numberPhases)
        out.field("phaseToUse", self.phaseToUse)
        guard isNew else { return }
        out.field("operationMode", self.operationMode?.rawValue)
        out.field("setpoint", self.setpoint)
        out.field("setpoint_L2", self.setpointL2)
        out.field("setpoint_L3", self.setpointL3)
        out.field("setpointReactive", self.setpointReactive)
        out.field("setpointReactive_L2", self.setpointReactiveL2)
        out.field("setpointReactive_L3", self.setpointReactiveL3)
        out.field("dischargeLimit", self.dischargeLimit)
        out.field("dischargeLimit_L2", self.dischargeLimitL2)
        out.field("dischargeLimit_L3", self.dischargeLimitL3)
        out.field("preconditioningRequest", self.preconditioningRequest)
        out.field("evseSleep", self.evseSleep)
        out.field("v2xBaseline", self.v2xBaseline)
        out.objects("v2xFreqWattCurve", self.v2xFreqWattCurve)
        out.objects("v2xSignalWattCurve", self.v2xSignalWattCurve)
    }
}

extension V2.FreqWattPoint {
    package func write(to out: inout JSONWriter) {
        out.field("frequency", self.frequency)
        out.field("power", self.power)
    }
}

extension V2.UpdateDynamicScheduleRequest {
    package func write(to out: inout JSONWriter) {
        out.field("chargingProfileId", self.chargingProfileId)
        out.object("scheduleUpdate", self.scheduleUpdate)
    }
}

extension V2.ScheduleUpdate {
    package func write(to out: inout JSONWriter) {
        out.field("limit", self.limit)
        out.field("limit_L2", self.limitL2)
        out.field("limit_L3", self.limitL3)
        out.field("dischargeLimit", self.dischargeLimit)
        out.field("dischargeLimit_L2", self.dischargeLimitL2)
        out.field("dischargeLimit_L3", self.dischargeLimitL3)
        out.field("setpoint", self.setpoint)
        out.field("setpoint_L2", self.setpointL2)
        out.field("setpoint_L3", self.setpointL3)
        out.field("setpointReactive", self.setpointReactive)
        out.field("setpointReactive_L2", self.setpointReactiveL2)
        out.field("setpointReactive_L3", self.setpointReactiveL3)
    }
}

extension V16.SetChargingProfileRequest {
    package func write(to out: inout JSONWriter) {
        out.field("connectorId", self.connectorId)
        out.object("csChargingProfiles", self.csChargingProfiles)
    }
}

extension V16.ChargingProfile {
    package func write(to out: inout JSONWriter) {
        out.field("chargingProfileId", self.chargingProfileId)
        out.field("transactionId", self.transactionId)
        out.field("stackLevel", self.stackLevel)
        out.field("chargingProfilePurpose", self.chargingProfilePurpose.rawValue)
        out.field("chargingProfileKind", self.chargingProfileKind.rawValue)
        out.field("recurrencyKind", self.recurrencyKind)
        out.field("validFrom", self.validFrom)
        out.field("validTo", self.validTo)
        out.object("chargingSchedule", self.chargingSchedule)
    }
}

extension V16.ChargingSchedule {
    package func write(to out: inout JSONWriter) {
        out.field("duration", self.duration)
        out.field("startSchedule", self.startSchedule)
        out.field("chargingRateUnit", self.chargingRateUnit.rawValue)
        out.objects("chargingSchedulePeriod", self.chargingSchedulePeriod)
        out.field("minChargingRate", self.minChargingRate)
    }
}

extension V16.ChargingSchedulePeriod {
    package func write(to out: inout JSONWriter) {
        out.field("startPeriod", self.startPeriod)
        out.field("limit", self.limit)
        out.field("numberPhases", self.numberPhases)
    }
}

/// The answers that frequent messages get.
extension V2.TransactionEventResponse {
    package func write(to out: inout JSONWriter) {
        out.field("totalCost", self.totalCost)
        out.field("chargingPriority", self.chargingPriority)
        out.object("idTokenInfo", self.idTokenInfo)
        if out.version == .v21 { out.object("transactionLimit", self.transactionLimit) }
        out.object("updatedPersonalMessage", self.updatedPersonalMessage)
        if out.version == .v21 { out.objects("updatedPersonalMessageExtra", self.updatedPersonalMessageExtra ?? []) }
    }
}

extension V2.HeartbeatResponse {
    package func write(to out: inout JSONWriter) { out.field("currentTime", self.currentTime) }
}
