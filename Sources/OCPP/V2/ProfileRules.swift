extension V2.SetChargingProfileRequest {
    /// What the specification forbids in a profile of ours, as the reason code that a station would give
    /// (sheet, section 2.17); nil when it may be sent. Negative limits only where the dialect says so.
    package func fault(
        version: OCPPVersion, allowsNegativeLimit: Bool = false, phases: ReportedPhases = .all,
        maxExternalConstraintsId: Int = 0
    ) -> String? {
        let profile = self.chargingProfile
        if profile.chargingProfilePurpose == .chargingStationExternalConstraints {
            return "UnsupportedPurpose"  // K01.FR.22
        }
        // K01.FR.16, K01.FR.03
        if profile.chargingProfilePurpose == .txProfile, self.evseId < 1 || profile.transactionId == nil {
            return "InvalidProfile"
        }
        if version == .v21, profile.id <= maxExternalConstraintsId { return "InvalidProfileId" }  // K01.FR.80
        if profile.chargingProfileKind == .dynamic {
            guard version == .v21 else { return "UnsupportedKind" }
            guard profile.chargingSchedule.count == 1,
                profile.chargingSchedule[0].chargingSchedulePeriod.count == 1
            else { return "InvalidSchedule" }  // K28.FR.01
        } else if profile.dynUpdateInterval != nil {
            return "InvalidProfile"  // K01.FR.122
        }
        for schedule in profile.chargingSchedule {
            if let fault = schedule.fault(profile) { return fault }
            if schedule.chargingSchedulePeriod.first?.startPeriod != 0 { return "InvalidSchedule" }
            if profile.chargingProfileKind == .relative, schedule.startSchedule != nil {
                return "InvalidSchedule"  // K01.FR.41
            }
            for period in schedule.chargingSchedulePeriod {
                let fault =
                    period.phaseFault(profile.chargingProfilePurpose, phases)
                    ?? period.fault(
                        purpose: profile.chargingProfilePurpose, unit: schedule.chargingRateUnit,
                        version: version, allowsNegativeLimit: allowsNegativeLimit)
                if let fault { return fault }
            }
        }
        return nil
    }
}

/// Whether the car told limits of its own for the second and third phase (`…_L2`, `…_L3` of v2xChargingParameters).
package struct ReportedPhases: Hashable, Sendable {
    package var charge: Bool
    package var discharge: Bool

    /// Where nobody knows the car.
    package static let all = ReportedPhases(charge: true, discharge: true)

    package init(charge: Bool, discharge: Bool) {
        self.charge = charge
        self.discharge = discharge
    }
}

extension V2.ChargingSchedule {
    fileprivate func fault(_ profile: V2.ChargingProfile) -> String? {
        let starts = self.chargingSchedulePeriod.map(\.startPeriod)
        guard zip(starts, starts.dropFirst()).allSatisfy({ $0 < $1 }) else { return "InvalidSchedule" }  // K01.FR.35
        let kind = profile.chargingProfileKind
        if kind == .absolute || kind == .recurring, self.startSchedule == nil { return "InvalidSchedule" }  // K01.FR.40
        let mayDelay = [.txProfile, .txDefaultProfile].contains(profile.chargingProfilePurpose)
        if self.randomizedDelay ?? 0 > 0, !mayDelay { return "InvalidSchedule" }  // K01.FR.95
        return nil
    }
}

extension V2.ChargingSchedulePeriod {
    /// Values per phase: only what the car told, only for its transaction, only beside the first phase's
    /// (K01.FR.142, 143 and 145, V2X.07 to 09).
    fileprivate func phaseFault(_ purpose: V2.ChargingProfilePurpose, _ phases: ReportedPhases) -> String? {
        let limits = [self.limitL2, self.limitL3].contains { $0 != nil }
        let others = [
            (self.dischargeLimit, [self.dischargeLimitL2, self.dischargeLimitL3]),
            (self.setpoint, [self.setpointL2, self.setpointL3]),
            (self.setpointReactive, [self.setpointReactiveL2, self.setpointReactiveL3]),
        ]
        let hasOthers = others.contains { $0.1.contains { $0 != nil } }
        guard limits || hasOthers else { return nil }
        if purpose != .txProfile { return "PhaseConflict" }
        if limits, !phases.charge || self.limit == nil { return "PhaseConflict" }
        let isAlone = others.contains { first, rest in first == nil && rest.contains { $0 != nil } }
        return hasOthers && (!phases.discharge || isAlone) ? "PhaseConflict" : nil
    }

    fileprivate func fault(
        purpose: V2.ChargingProfilePurpose, unit: V2.ChargingRateUnit, version: OCPPVersion,
        allowsNegativeLimit: Bool
    ) -> String? {
        if let limit = self.limit, limit < .zero, version == .v21 || !allowsNegativeLimit {
            return "InvalidSchedule"  // errata 2.62
        }
        guard version == .v21 else { return self.limit == nil ? "InvalidSchedule" : nil }
        if let dischargeLimit = self.dischargeLimit, dischargeLimit > .zero {
            return "InvalidSchedule"
        }
        if let setpoint = self.setpoint {
            let isOutside =
                self.limit.map { setpoint > $0 } ?? false || self.dischargeLimit.map { setpoint < $0 } ?? false
            if isOutside { return "InvalidSchedule" }  // V2X.05
        }
        if self.v2xFreqWattCurve.count > 20 { return "InvalidSchedule" }
        let mode = self.operationMode ?? .chargingOnly
        switch purpose {
        case .txProfile, .txDefaultProfile: break
        case .localGeneration where mode == .externalLimits: break
        default: if mode != .chargingOnly { return "InvalidOperationMode" }  // K01.FR.111
        }
        return self.fault(of: mode, unit: unit)
    }

    /// Which fields go with which mode (Q section 2.2, read strictly: only `setpoint` for the central modes).
    private func fault(of mode: V2.OperationMode, unit: V2.ChargingRateUnit) -> String? {
        let hasCaps = self.limit != nil || self.dischargeLimit != nil
        switch mode {
        case .chargingOnly:
            let isPure = self.limit != nil && self.setpoint == nil && self.dischargeLimit == nil
            return isPure ? nil : "InvalidSchedule"
        case .centralSetpoint, .centralFrequency:
            return self.setpoint != nil && !hasCaps ? nil : "InvalidSchedule"
        case .localFrequency:
            if self.v2xBaseline == nil || self.v2xFreqWattCurve.count < 2 {
                return "NoFreqWattCurve"
            }
            return unit == .watts && !hasCaps && self.setpoint == nil ? nil : "InvalidSchedule"
        case .idle:
            return hasCaps || self.setpoint != nil ? "InvalidSchedule" : nil
        case .externalSetpoint, .externalLimits, .localLoadBalancing:
            return nil
        }
    }
}
