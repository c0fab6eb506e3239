import OCPP

/// What is said to every station after its boot: how often to meter, what to meter, and what it can do.
extension Session where Tag == CallTag {
    static var measurands: String {
        "Power.Active.Import,Power.Active.Export,Energy.Active.Import.Register,"
            + "Energy.Active.Export.Register,SoC"
    }

    mutating func enqueueTrigger(_ message: String) -> Bool {
        self.version == .v16
            ? self.enqueue(V16.TriggerMessageRequest(message), tag: .housekeeping)
            : self.enqueue(V2.TriggerMessageRequest(message), tag: .housekeeping)
    }

    mutating func enqueueConfiguration(interval: Int) {
        if self.version == .v16 {
            self.enqueueConfiguration16(interval: interval)
        } else {
            self.enqueueConfiguration2(interval: interval)
        }
    }

    private mutating func enqueueConfiguration16(interval: Int) {
        let keys = [
            "ChargeProfileMaxStackLevel", "ChargingScheduleAllowedChargingRateUnit",
            "ChargingScheduleMaxPeriods", "NumberOfConnectors", "SupportedFeatureProfiles",
        ]
        let settings = [
            ("MeterValueSampleInterval", String(interval)),
            ("MeterValuesSampledData", Self.measurands),
        ]
        for (key, value) in settings {
            _ = self.enqueue(
                V16.ChangeConfigurationRequest(key: key, value: value), tag: .housekeeping)
        }
        _ = self.enqueue(V16.GetConfigurationRequest(key: keys), tag: .configuration)
    }

    private mutating func enqueueConfiguration2(interval: Int) {
        let sampled = V2.Component("SampledDataCtrlr")
        _ = self.enqueue(
            V2.SetVariablesRequest([
                V2.SetVariableData(sampled, V2.Variable("TxUpdatedInterval"), to: String(interval)),
                V2.SetVariableData(
                    sampled, V2.Variable("TxUpdatedMeasurands"), to: Self.measurands),
            ]), tag: .housekeeping)
        let smart = V2.Component("SmartChargingCtrlr")
        var wanted = ["RateUnit", "ProfileStackLevel", "PeriodsPerSchedule", "Available", "Enabled"].map {
            V2.GetVariableData(smart, V2.Variable($0))
        }
        if self.version == .v21 {
            let v2x = V2.Component("V2XChargingCtrlr", evse: 1)
            wanted += [
                "SupportsDynamicProfiles", "SupportsMaxOfflineDuration", "MaxExternalConstraintsId",
            ]
            .map { V2.GetVariableData(smart, V2.Variable($0)) }
            wanted += ["Available", "Enabled", "SupportedOperationModes"].map {
                V2.GetVariableData(v2x, V2.Variable($0))
            }
        }
        // Stations bound the items of a message; few take less than five.
        var rest = wanted[...]
        while !rest.isEmpty {
            _ = self.enqueue(V2.GetVariablesRequest(Array(rest.prefix(5))), tag: .variables)
            rest = rest.dropFirst(5)
        }
        _ = self.enqueue(V2.GetBaseReportRequest(requestId: 1), tag: .housekeeping)
    }
}
