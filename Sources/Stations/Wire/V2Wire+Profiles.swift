import Domain
import Twin

/// Smart charging of a 2.x station: what it takes, and with which reason it refuses (sheet, section 2.17).
extension V2Wire {
    private enum Reading {
        case mode(PlantProfile.Mode)
        case refused(String)
    }

    func setProfile(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        guard let evse = payload["evseId"]?.int, let profile = payload["chargingProfile"],
            let id = profile["id"]?.int, let level = profile["stackLevel"]?.int,
            let kind = profile["chargingProfileKind"]?.string,
            let schedule = profile["chargingSchedule"]?.array?.first,
            let periods = schedule["chargingSchedulePeriod"]?.array, !periods.isEmpty
        else { return Self.missing("evseId or a part of chargingProfile") }
        guard let purpose = WireText.purpose(profile["chargingProfilePurpose"]?.string) else {
            return Self.status("Rejected", reason: "UnsupportedPurpose")
        }
        if let reason = self.refusal(of: kind, profile: profile, periods: periods.count) {
            return Self.status("Rejected", reason: reason)
        }
        if self.hasForbiddenNegative(periods, spec: machine.spec) {
            return .error(
                code: "PropertyConstraintViolation", description: "limit must not be below 0")
        }
        var read: [PlantProfile.Period] = []
        for period in periods {
            switch self.mode(of: period, unit: schedule["chargingRateUnit"]?.string, machine.spec) {
            case .refused(let reason): return Self.status("Rejected", reason: reason)
            case .mode(let mode):
                let start = WireText.seconds(period["startPeriod"]) ?? .zero
                read.append(PlantProfile.Period(start: start, mode: mode))
            }
        }
        let delay = WireText.seconds(schedule["randomizedDelay"]) ?? .zero
        self.spread(&read, by: delay, machine: &machine)
        var installed = PlantProfile(
            id: id, stackLevel: level, purpose: purpose, isDynamic: kind == "Dynamic",
            start: self.start(of: kind, schedule: schedule, machine: machine),
            duration: WireText.seconds(schedule["duration"]),
            validTo: WireText.time(profile["validTo"]),
            maxOffline: WireText.seconds(profile["maxOfflineDuration"]), periods: read)
        installed.signals = Self.signals(of: periods)
        return Self.verdict(
            machine.install(installed, evse: evse, transaction: profile["transactionId"]?.string))
    }

    private func refusal(of kind: String, profile: JSON, periods: Int) -> String? {
        switch kind {
        case "Dynamic":
            if self.version == .v201 { return "UnsupportedKind" }
            let schedules = profile["chargingSchedule"]?.array?.count ?? 0
            return schedules == 1 && periods == 1 ? nil : "InvalidSchedule"
        case "Absolute", "Relative":
            return profile["dynUpdateInterval"] == nil ? nil : "InvalidProfile"
        default:
            return "UnsupportedKind"
        }
    }

    /// 2.1 knows no negative limit (errata 2.62); on 2.0.1 it is a dialect that not every station speaks.
    private func hasForbiddenNegative(_ periods: [JSON], spec: StationSpec) -> Bool {
        guard self.version == .v21 || spec.v2x == .no else { return false }
        return periods.contains { ($0["limit"]?.milli ?? 0) < 0 }
    }

    private func start(of kind: String, schedule: JSON, machine: StationMachine) -> Instant {
        switch kind {
        case "Relative": machine.transactionStart
        case "Absolute": WireText.time(schedule["startSchedule"]) ?? machine.now
        default: machine.now
        }
    }

    /// `randomizedDelay` shifts every period but the first (K01.FR.92).
    private func spread(
        _ periods: inout [PlantProfile.Period], by delay: TimeSpan, machine: inout StationMachine
    ) {
        guard delay > .zero else { return }
        for index in periods.indices.dropFirst() {
            let shift = Int.random(in: 0...delay.milliseconds, using: &machine.generator)
            periods[index].start = periods[index].start + .milliseconds(shift)
        }
    }

    private func mode(of period: JSON, unit: String?, _ spec: StationSpec) -> Reading {
        let phases = period["numberPhases"]?.int
        let limit = WireText.watts(period["limit"], unit: unit, phases: phases)
        guard self.version == .v21 else {
            return limit.map { .mode(.limit($0)) } ?? .refused("InvalidSchedule")
        }
        let name = period["operationMode"]?.string ?? "ChargingOnly"
        guard Self.modes(of: spec).contains(name) else { return .refused("InvalidOperationMode") }
        switch name {
        case "Idle":
            return .mode(.idle)
        case "CentralSetpoint", "CentralFrequency":
            let setpoint = WireText.watts(period["setpoint"], unit: unit, phases: phases)
            guard let setpoint, period["limit"] == nil, period["dischargeLimit"] == nil else {
                return .refused("InvalidSchedule")
            }
            return .mode(.setpoint(setpoint))
        case "LocalFrequency":
            return self.curve(of: period, unit: unit)
        default:
            guard let limit, period["setpoint"] == nil else { return .refused("InvalidSchedule") }
            return .mode(.limit(limit))
        }
    }

    private func curve(of period: JSON, unit: String?) -> Reading {
        guard unit == "W", period["limit"] == nil, period["setpoint"] == nil,
            period["dischargeLimit"] == nil
        else { return .refused("InvalidSchedule") }
        let points = (period["v2xFreqWattCurve"]?.array ?? []).compactMap { point in
            point["frequency"]?.milli.flatMap { frequency in
                WireText.watts(point["power"], unit: "W", phases: nil).map {
                    FrequencyWattPoint(milliHertz: frequency, watts: $0.watts)
                }
            }
        }
        guard let baseline = WireText.watts(period["v2xBaseline"], unit: "W", phases: nil),
            2...20 ~= points.count
        else { return .refused("NoFreqWattCurve") }
        let rising = zip(points, points.dropFirst()).allSatisfy { $0.milliHertz <= $1.milliHertz }
        return rising
            ? .mode(.curve(baseline: baseline, points: points)) : .refused("InvalidSchedule")
    }

    private static func signals(of periods: [JSON]) -> [FrequencyWattPoint] {
        (periods.first?["v2xSignalWattCurve"]?.array ?? []).compactMap { point in
            point["signal"]?.int.flatMap { signal in
                WireText.watts(point["power"], unit: "W", phases: nil).map {
                    FrequencyWattPoint(milliHertz: signal, watts: $0.watts)
                }
            }
        }
    }

    /// The operator's signal adds to the curve in force, where that says what a signal means (Q08.FR.11, 12).
    func signal(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        guard let signal = payload["signal"]?.int, payload["timestamp"] != nil else {
            return Self.missing("signal or timestamp")
        }
        let ruling = machine.plant.profiles.ruling(at: machine.now, offlineSince: nil)?.profile
        guard ruling?.signals.isEmpty == false else {
            return Self.status("Rejected", reason: "NoSignalWattCurve")
        }
        machine.plant.profiles.signal = signal
        return Self.status("Accepted")
    }

    func update(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        guard let id = payload["chargingProfileId"]?.int, let change = payload["scheduleUpdate"]
        else {
            return Self.missing("chargingProfileId or scheduleUpdate")
        }
        if let setpoint = WireText.watts(change["setpoint"], unit: "W", phases: nil) {
            return Self.verdict(machine.update(id: id, mode: .setpoint(setpoint)))
        }
        if let limit = WireText.watts(change["limit"], unit: "W", phases: nil), limit >= .zero {
            return Self.verdict(machine.update(id: id, mode: .limit(limit)))
        }
        return Self.status("Rejected", reason: "InvalidSchedule")
    }

    func clear(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        let id = payload["chargingProfileId"]?.int
        let criteria = payload["chargingProfileCriteria"]
        let level = criteria?["stackLevel"]?.int
        let purpose = WireText.purpose(criteria?["chargingProfilePurpose"]?.string)
        let found = machine.plant.profiles.clear { profile in
            id.map { $0 == profile.id }
                ?? ((level.map { $0 == profile.stackLevel } ?? true)
                    && (purpose.map { $0 == profile.purpose } ?? true))
        }
        return Self.status(found ? "Accepted" : "Unknown")
    }

    func composite(_ payload: JSON, machine: StationMachine) -> StationReply {
        guard let duration = payload["duration"]?.int else { return Self.missing("duration") }
        let power = machine.composite
        var period: [String: JSON] = ["startPeriod": .int(0)]
        if self.version == .v21, machine.spec.v2x != .no {
            period["operationMode"] = .string("CentralSetpoint")
            period["setpoint"] = .int(power.watts)
        } else {
            period["limit"] = .int(power.watts)
        }
        return .result(
            .object([
                "status": .string("Accepted"),
                "schedule": .object([
                    "evseId": .int(payload["evseId"]?.int ?? 1), "duration": .int(duration),
                    "scheduleStart": WireText.time(machine.now), "chargingRateUnit": .string("W"),
                    "chargingSchedulePeriod": .array([.object(period)]),
                ]),
            ]))
    }
}
