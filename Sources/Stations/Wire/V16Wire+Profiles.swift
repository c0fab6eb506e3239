import Domain
import Twin

/// Smart charging and configuration of a 1.6 charge point.
extension V16Wire {
    func setProfile(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        guard let profile = payload["csChargingProfiles"],
            let connector = payload["connectorId"]?.int,
            let schedule = profile["chargingSchedule"],
            let periods = schedule["chargingSchedulePeriod"]?.array, !periods.isEmpty,
            let id = profile["chargingProfileId"]?.int, let level = profile["stackLevel"]?.int
        else {
            return .error(
                code: "OccurenceConstraintViolation",
                description: "csChargingProfiles is incomplete")
        }
        guard let purpose = WireText.purpose(profile["chargingProfilePurpose"]?.string) else {
            return .error(code: "PropertyConstraintViolation", description: "unknown purpose")
        }
        let unit = schedule["chargingRateUnit"]?.string
        let modes = periods.map { period in
            WireText.watts(period["limit"], unit: unit, phases: period["numberPhases"]?.int)
        }
        // A station without the dialect validates and refuses a negative limit, and charges on.
        let least = machine.spec.v2x == .no ? 0 : Int.min
        guard modes.allSatisfy({ $0.map { $0.watts >= least } ?? false }) else {
            return .error(
                code: "PropertyConstraintViolation",
                description: "csChargingProfiles validation failed")
        }
        guard profile["chargingProfileKind"]?.string != "Recurring" else {
            return .result(Self.status("Rejected"))
        }
        let isRelative = profile["chargingProfileKind"]?.string == "Relative"
        let start = isRelative ? machine.transactionStart : WireText.time(schedule["startSchedule"])
        let installed = PlantProfile(
            id: id, stackLevel: level, purpose: purpose, start: start ?? machine.now,
            duration: WireText.seconds(schedule["duration"]),
            validTo: WireText.time(profile["validTo"]),
            periods: zip(periods, modes).map { period, power in
                PlantProfile.Period(
                    start: WireText.seconds(period["startPeriod"]) ?? .zero,
                    mode: .limit(power ?? .zero))
            })
        let transaction = profile["transactionId"]?.int.map { String($0) }
        switch machine.install(installed, evse: connector, transaction: transaction) {
        case .accepted: return .result(Self.status("Accepted"))
        case .rejected: return .result(Self.status("Rejected"))
        case .silent: return .silence
        }
    }

    func clear(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        let id = payload["id"]?.int
        let level = payload["stackLevel"]?.int
        let purpose = WireText.purpose(payload["chargingProfilePurpose"]?.string)
        let found = machine.plant.profiles.clear { profile in
            id.map { $0 == profile.id }
                ?? ((level.map { $0 == profile.stackLevel } ?? true)
                    && (purpose.map { $0 == profile.purpose } ?? true))
        }
        return .result(Self.status(found ? "Accepted" : "Unknown"))
    }

    func composite(_ payload: JSON, machine: StationMachine) -> StationReply {
        guard let duration = payload["duration"]?.int else {
            return .error(code: "OccurenceConstraintViolation", description: "duration is missing")
        }
        let period = JSON.object([
            "startPeriod": .int(0), "limit": .int(machine.composite.watts),
        ])
        return .result(
            .object([
                "status": .string("Accepted"), "connectorId": .int(1),
                "scheduleStart": WireText.time(machine.now),
                "chargingSchedule": .object([
                    "duration": .int(duration), "chargingRateUnit": .string("W"),
                    "chargingSchedulePeriod": .array([period]),
                ]),
            ]))
    }

    func getConfiguration(_ payload: JSON, machine: StationMachine) -> StationReply {
        let asked = payload["key"]?.array?.compactMap(\.string)
        let known = machine.settings.variables.filter { variable in
            asked.map { $0.isEmpty || $0.contains(variable.name) } ?? true
        }
        var result: [String: JSON] = [
            "configurationKey": .array(
                known.map { variable in
                    .object([
                        "key": .string(variable.name), "value": .string(variable.value),
                        "readonly": .bool(!variable.isWritable),
                    ])
                })
        ]
        let names = Set(machine.settings.variables.map(\.name))
        let unknown = (asked ?? []).filter { !names.contains($0) }
        if !unknown.isEmpty { result["unknownKey"] = .array(unknown.map { .string($0) }) }
        return .result(.object(result))
    }

    func changeConfiguration(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        guard let key = payload["key"]?.string, let value = payload["value"]?.string else {
            return .error(
                code: "OccurenceConstraintViolation", description: "key or value is missing")
        }
        let outcome = machine.settings.set("", key, nil, to: value)
        if outcome == .accepted { machine.settingsChanged() }
        switch outcome {
        case .accepted: return .result(Self.status("Accepted"))
        case .rejected: return .result(Self.status("Rejected"))
        case .unknownComponent, .unknownVariable: return .result(Self.status("NotSupported"))
        }
    }
}
