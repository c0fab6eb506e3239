/// Builds the profiles of one EVSE in its version and dialect.
struct ProfileBuilder: Hashable, Sendable {
    /// Our profiles with their places in the id. The stack from its bottom to its top: bottom, fallback, curve,
    /// setpoint.
    enum Slot: Int, Hashable, Sendable, CaseIterable {
        case fallback = 0
        case curve = 1
        case setpoint = 2
        case bottom = 3
    }
    /// How long ago the bottom begins: a station whose clock is a day late holds it all the same.
    static let bottomPastSeconds = 2 * 86_400
    /// So long a set-point outlives its link where the station can tell, s, by the station's place in the spread. As wide as
    /// 22 kW are at the ramp of a point: stations that all export and are all lost let go no faster than the ramp.
    static let offline = 5...25

    let version: OCPPVersion
    let evse: Int
    let dialect: Dialect
    let idBase: Int
    let mostLevel: Int
    let sendsMaxOffline: Bool

    func id(_ slot: Slot) -> Int { self.idBase + self.evse * 10 + slot.rawValue }

    /// A TxProfile overrules the bottom whatever its level; where all are TxDefaultProfiles the bottom is the lowest.
    func level(_ slot: Slot) -> Int {
        let above = slot == .bottom ? 0 : slot.rawValue + (self.isDefault ? 1 : 0)
        return min(self.dialect.stackLevel + above, self.mostLevel, self.dialect.mostStackLevel)
    }

    private var isDefault: Bool { self.dialect.purpose == "TxDefaultProfile" }

    /// Of one purpose, one level holds one profile.
    var hasRoomForBottom: Bool { !self.isDefault || self.level(.bottom) < self.level(.setpoint) }

    /// A stack of one level has no room beneath.
    var hasRoomBeneath: Bool { self.level(.fallback) < self.level(.setpoint) }

    private func phases(_ unit: V2.ChargingRateUnit) -> Int? {
        unit == .amperes ? self.dialect.phases : nil
    }

    /// Limits in time, on any version.
    func limits(
        _ slot: Slot, _ steps: [(start: Int, wire: Milli)], start: DateTime, duration: Int?,
        transaction: String?
    ) -> DispatchCall {
        let unit = self.dialect.rateUnit
        let isRelative = self.dialect.kind == "Relative"
        let isDefault = self.isDefault || slot == .bottom
        // A schedule without a start would count its duration from the plug: its profile ends instead.
        let validTo = isRelative ? duration.map { start + $0 } : nil
        let begin = isRelative ? nil : start
        let duration = isRelative ? nil : duration
        let steps = isRelative ? Array(steps.suffix(1)).map { (start: 0, wire: $0.wire) } : steps
        if self.version == .v16 {
            let periods = steps.map {
                V16.ChargingSchedulePeriod(
                    startPeriod: $0.start, limit: $0.wire, numberPhases: self.phases(unit))
            }
            var profile = V16.ChargingProfile(
                id: self.id(slot), transactionId: isDefault ? nil : transaction.flatMap { Int($0) },
                stackLevel: self.level(slot), purpose: isDefault ? .txDefaultProfile : .txProfile,
                kind: isRelative ? .relative : .absolute,
                schedule: V16.ChargingSchedule(
                    duration: duration, startSchedule: begin, unit: unit, periods: periods))
            profile.validTo = validTo
            return .set16(
                V16.SetChargingProfileRequest(connectorId: self.evse, csChargingProfiles: profile))
        }
        let periods = steps.map { step in
            var period = V2.ChargingSchedulePeriod(startPeriod: step.start, limit: step.wire)
            period.numberPhases = self.phases(unit)
            if self.version == .v21 { period.operationMode = .chargingOnly }
            return period
        }
        let schedule = V2.ChargingSchedule(
            id: self.id(slot), unit: unit, startSchedule: begin, duration: duration,
            periods: periods)
        let kind: V2.ChargingProfileKind = isRelative ? .relative : .absolute
        return self.set(slot, kind, schedule, transaction: transaction, validTo: validTo)
    }

    private func set(
        _ slot: Slot, _ kind: V2.ChargingProfileKind, _ schedule: V2.ChargingSchedule,
        transaction: String?, maxOffline: Int? = nil, validTo: DateTime? = nil
    ) -> DispatchCall {
        let isDefault = self.isDefault || slot == .bottom
        var profile = V2.ChargingProfile(
            id: self.id(slot), stackLevel: self.level(slot),
            purpose: isDefault ? .txDefaultProfile : .txProfile, kind: kind,
            transactionId: isDefault ? nil : transaction, schedule: schedule)
        profile.maxOfflineDuration = self.sendsMaxOffline ? maxOffline : nil
        profile.validTo = validTo
        let request = V2.SetChargingProfileRequest(evseId: self.evse, chargingProfile: profile)
        return kind == .dynamic && self.version == .v201 ? .draft(request) : .set(request)
    }

    /// The bottom: no duration, no expiry, no `maxOfflineDuration`.
    func bottom(_ limit: Milli, now: DateTime) -> DispatchCall {
        self.limits(
            .bottom, [(0, limit)], start: now + -Self.bottomPastSeconds, duration: nil, transaction: nil)
    }

    /// 2.1: the dynamic profile; `duration` is its watchdog.
    func dynamic(
        _ setpoint: Milli, duration: Int, transaction: String?, maxOffline: Int?
    ) -> DispatchCall {
        var period = V2.ChargingSchedulePeriod(startPeriod: 0)
        period.operationMode = .centralSetpoint
        period.setpoint = setpoint
        period.numberPhases = self.phases(self.dialect.rateUnit)
        let schedule = V2.ChargingSchedule(
            id: self.id(.setpoint), unit: self.dialect.rateUnit, duration: duration,
            periods: [period])
        return self.set(
            .setpoint, .dynamic, schedule, transaction: transaction, maxOffline: maxOffline)
    }

    func update(_ setpoint: Milli) -> DispatchCall {
        .update(
            V2.UpdateDynamicScheduleRequest(
                chargingProfileId: self.id(.setpoint), setpoint: setpoint))
    }

    /// 2.1: the curve answers without us until its schedule ends, link or no link.
    func curve(
        _ points: [CurveWatts], baseline: Int, start: DateTime, duration: Int, transaction: String?,
        signals: [V2.SignalWattPoint] = [], maxOffline: Int? = nil
    ) -> DispatchCall {
        var period = V2.ChargingSchedulePeriod(startPeriod: 0)
        period.operationMode = .localFrequency
        period.v2xBaseline = Milli(baseline)
        period.v2xFreqWattCurve = points.map {
            V2.FreqWattPoint(frequency: Milli(thousandths: $0.milliHertz), power: Milli($0.watts))
        }
        period.v2xSignalWattCurve = signals
        let schedule = V2.ChargingSchedule(
            id: self.id(.curve), unit: .watts, startSchedule: start, duration: duration,
            periods: [period])
        return self.set(.curve, .absolute, schedule, transaction: transaction, maxOffline: maxOffline)
    }

    func clear(_ slot: Slot) -> DispatchCall { self.clear(id: self.id(slot)) }

    func clear(id: Int) -> DispatchCall {
        self.version == .v16
            ? .clear16(V16.ClearChargingProfileRequest(id: id))
            : .clear(V2.ClearChargingProfileRequest(chargingProfileId: id))
    }
}
