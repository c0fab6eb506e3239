import Domain
import Twin

/// The habits of real chargers: answers and reports that a station of the letter would not give.
extension StationMachine {
    func has(_ quirk: StationQuirk) -> Bool { self.spec.quirks.contains(quirk) }

    func hangsUp(on action: String) -> Bool { action == "SetChargingProfile" && self.has(.hangsUpOnProfile) }

    /// The answer that a quirk gives in place of the station's; nil where it gives none.
    func quirkyReply(to action: String, _ payload: JSON) -> StationReply? {
        guard !self.spec.quirks.isEmpty else { return nil }
        switch action {
        case "SetChargingProfile": return self.quirkyReply(toProfile: payload)
        case "UpdateDynamicSchedule":
            if self.has(.muteOnUpdate) { return .silence }
            return self.has(.noUpdates) ? .error(code: "NotImplemented", description: "no such action") : nil
        case "GetCompositeSchedule":
            return self.has(.compositeRejected) ? self.refusal("Rejected") : nil
        default: return nil
        }
    }

    private func quirkyReply(toProfile payload: JSON) -> StationReply? {
        guard let profile = payload["chargingProfile"] ?? payload["csChargingProfiles"] else { return nil }
        let schedule = profile["chargingSchedule"]?.array?.first ?? profile["chargingSchedule"]
        let limits = (schedule?["chargingSchedulePeriod"]?.array ?? []).compactMap { $0["limit"]?.milli }
        if self.has(.profilesNotSupported) {
            return self.spec.version == .v16
                ? self.refusal("NotSupported") : .error(code: "NotImplemented", description: "no smart charging")
        }
        if self.has(.negativeIsError), limits.contains(where: { $0 < 0 }) {
            return .error(code: "PropertyConstraintViolation", description: "csChargingProfiles validation failed")
        }
        let refuses =
            self.has(.level0Only) && profile["stackLevel"]?.int != 0
            || self.has(.relativeOnly) && profile["chargingProfileKind"]?.string != "Relative"
            || self.has(.wattsOnly) && schedule?["chargingRateUnit"]?.string != "W"
            || self.has(.amperesOnly) && schedule?["chargingRateUnit"]?.string != "A"
            || self.has(.defaultPurposeOnly) && profile["chargingProfilePurpose"]?.string != "TxDefaultProfile"
            || self.has(.noDefaultPurpose) && profile["chargingProfilePurpose"]?.string == "TxDefaultProfile"
            || self.has(.noZeroLimit) && limits.contains(0)
        if refuses { return self.refusal("Rejected") }
        return self.has(.ignoresProfiles) ? self.refusal("Accepted") : nil
    }

    /// A profile as a station with these quirks understands it.
    func misread(_ profile: PlantProfile) -> PlantProfile {
        var profile = profile
        if self.has(.ignoresDuration) {
            profile.duration = nil
            profile.validTo = nil
        }
        guard self.has(.curveUpsideDown) else { return profile }
        for index in profile.periods.indices {
            guard case .curve(let baseline, let points) = profile.periods[index].mode else { continue }
            let turned = points.map { FrequencyWattPoint(milliHertz: $0.milliHertz, watts: -$0.watts) }
            profile.periods[index].mode = .curve(baseline: baseline, points: turned)
        }
        return profile
    }

    private func refusal(_ status: String) -> StationReply { .result(.object(["status": .string(status)])) }

    // MARK: Reports

    /// True for what is lost before it is said.
    func swallows(_ report: StationReport) -> Bool {
        guard self.has(.startLost), case .transaction(.started, _, _, _) = report else { return false }
        return true
    }

    /// What is said again.
    func echoes(of report: StationReport) -> [StationReport] {
        guard case .transaction(.ended, let sample, _, _) = report else { return [] }
        if self.has(.stopTwice) { return [report] }
        return self.has(.oldSequence) ? [.transaction(.periodic, sample, sequence: 1, isOffline: true)] : []
    }

    /// A report as this station puts it.
    func bent(_ action: String, _ payload: JSON) -> JSON {
        guard !self.spec.quirks.isEmpty else { return payload }
        var payload = payload
        switch action {
        case "BootNotification": payload = self.bentBoot(payload)
        case "StatusNotification":
            if self.has(.errorWord) { payload.put("errorCode", .string("Error")) }
        case "TransactionEvent":
            if self.has(.noConnectorId), var evse = payload["evse"] {
                evse.put("connectorId", nil)
                payload.put("evse", evse)
            }
        case "NotifyEVChargingNeeds":
            if self.has(.badDeparture), var needs = payload["chargingNeeds"] {
                needs.put("departureTime", .string("tomorrow"))
                payload.put("chargingNeeds", needs)
            }
        case "MeterValues":
            let isNone = self.has(.transactionMinusOne) || self.has(.startLost)
            if isNone { payload.put("transactionId", .int(-1)) }
        default: break
        }
        if let values = payload["meterValue"]?.array {
            payload.put("meterValue", .array(values.map(self.bentMeter)))
        }
        return self.has(.clockDayOff) ? payload.aDayLate() : payload
    }

    private func bentBoot(_ payload: JSON) -> JSON {
        if self.has(.shapesOf16) {
            return .object(["chargePointVendor": .string("FoxESS"), "chargePointModel": .string("A011")])
        }
        let serial = JSON.string(String(repeating: "0123456789", count: 6))
        var payload = payload
        if var station = payload["chargingStation"] {
            if self.has(.emptyVendor) { station.put("vendorName", .string("")) }
            if self.has(.longSerial) { station.put("serialNumber", serial) }
            payload.put("chargingStation", station)
        } else {
            if self.has(.emptyVendor) { payload.put("chargePointVendor", .string("")) }
            if self.has(.longSerial) { payload.put("chargePointSerialNumber", serial) }
        }
        return payload
    }

    private func bentMeter(_ value: JSON) -> JSON {
        var value = value
        let samples = (value["sampledValue"]?.array ?? []).compactMap(self.bentSample)
        value.put("sampledValue", .array(samples))
        return value
    }

    private func bentSample(_ sample: JSON) -> JSON? {
        var sample = sample
        let measurand = sample["measurand"]?.string ?? ""
        if measurand == "SoC", self.has(.noSoC) { return nil }
        if self.has(.badContext) { sample.put("context", .string("Sample.Sometimes")) }
        if measurand == "Frequency", self.has(.hertzUnit) {
            sample.put("unitOfMeasure", .object(["unit": .string("Hz")]))
        }
        guard measurand == "Energy.Active.Import.Register", let shown = sample["value"] else { return sample }
        let real = shown.string.flatMap { Int($0) } ?? shown.int ?? 0
        var register = real
        if self.has(.meterBackwards) { register = 1_000_000 - self.sequence * 100 }
        if self.has(.meterJumps), self.sequence % 5 == 0 { register += 50_000_000 }
        if register != real {
            sample.put("value", shown.string == nil ? .int(register) : .string(String(register)))
        }
        return sample
    }
}

extension JSON {
    mutating func put(_ key: String, _ value: JSON?) {
        guard case .object(var members) = self else { return }
        members[key] = value
        self = .object(members)
    }

    /// Every time in it as a clock says it that is a day behind.
    func aDayLate() -> JSON {
        switch self {
        case .string(let text):
            guard text.utf8.count >= 20, let instant = Timestamp.parse(text) else { return self }
            return .string(Timestamp.format(instant + .hours(-24)))
        case .array(let items): return .array(items.map { $0.aDayLate() })
        case .object(let members): return .object(members.mapValues { $0.aDayLate() })
        default: return self
        }
    }
}
