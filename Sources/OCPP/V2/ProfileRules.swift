extension V2.SetChargingProfileRequest {
    /// What the specification forbids in a profile of ours, as the reason code that a station would give
    /// (sheet, section 2.17); nil when it may be sent. Negative limits only where the dialect says so.
    package func fault(version: OCPPVersion, allowsNegativeLimit: Bool = false) -> String? {
        let profile = self.chargingProfile
        if profile.chargingProfilePurpose == .chargingStationExternalConstraints {
            return "UnsupportedPurpose"
        }
        if profile.chargingProfilePurpose == .txProfile, self.evseId < 1 { return "InvalidProfile" }
        if profile.chargingProfileKind == .dynamic {
            guard version == .v21 else { return "UnsupportedKind" }
            guard profile.chargingSchedule.count == 1,
                profile.chargingSchedule[0].chargingSchedulePeriod.count == 1
            else { return "InvalidSchedule" }  // K28.FR.01
        } else if profile.dynUpdateInterval != nil {
            return "InvalidProfile"  // K01.FR.122
        }
        for schedule in profile.chargingSchedule {
            if schedule.chargingSchedulePeriod.first?.startPeriod != 0 { return "InvalidSchedule" }
            if profile.chargingProfileKind == .relative, schedule.startSchedule != nil {
                return "InvalidSchedule"  // K01.FR.41
            }
            for period in schedule.chargingSchedulePeriod {
                let fault = period.fault(
                    purpose: profile.chargingProfilePurpose, unit: schedule.chargingRateUnit,
                    version: version, allowsNegativeLimit: allowsNegativeLimit)
                if let fault { return fault }
            }
        }
        return nil
    }
}

extension V2.ChargingSchedulePeriod {
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
