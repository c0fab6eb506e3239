import Domain
import OCPP

/// What a driver, a site or the grid says over our heads (K11, K12, K22, R05).
extension StationLink {
    /// The fact in a message that shrinks what may be moved; its shape was checked before.
    func override(_ call: Call) throws(OCPPError) -> StationFact? {
        switch call.action {
        case "NotifyChargingLimit":
            let request = try V2.NotifyChargingLimitRequest(call.payload)
            let limit = Self.limit(request.chargingSchedule ?? [])
            return .limited(
                evse: request.evseId ?? 0, source: request.chargingLimit.chargingLimitSource, charge: limit.charge,
                discharge: limit.discharge)
        case "ClearedChargingLimit":
            let request = try V2.ClearedChargingLimitRequest(call.payload)
            return .limitCleared(evse: request.evseId ?? 0, source: request.chargingLimitSource)
        case "NotifyDERAlarm" where self.version == .v21:
            let request = try V2.NotifyDERAlarmRequest(call.payload)
            return .gridAlarm(
                control: request.controlType, fault: request.gridEventFault, isOver: request.alarmEnded ?? false)
        case "NotifyPriorityCharging" where self.version == .v21:
            let request = try V2.NotifyPriorityChargingRequest(call.payload)
            return .priority(transaction: request.transactionId, isActive: request.activated)
        default: return nil
        }
    }

    /// The lowest of all periods, at 230 V where it is told in amperes: a limit that is coming is kept already.
    private static func limit(_ schedules: [V2.ChargingSchedule]) -> (charge: Power?, discharge: Power?) {
        var (charge, discharge): (Int?, Int?) = (nil, nil)
        for schedule in schedules {
            for period in schedule.chargingSchedulePeriod {
                let scale = schedule.chargingRateUnit == .watts ? 1 : 230 * min(max(1, period.numberPhases ?? 3), 3)
                if let limit = period.limit { charge = min(charge ?? .max, max(0, limit.rounded * scale)) }
                if let limit = period.dischargeLimit {
                    discharge = min(discharge ?? .max, abs(limit.rounded * scale))
                }
            }
        }
        return (charge.map { Power(watts: $0) }, discharge.map { Power(watts: $0) })
    }
}
