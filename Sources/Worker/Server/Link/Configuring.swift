import OCPP

/// What is said to every station after its boot: how often to meter, what to meter, and what it can do.
extension Session {
    static var measurands: String {
        "Power.Active.Import,Power.Active.Export,Energy.Active.Import.Register,"
            + "Energy.Active.Export.Register,SoC"
    }

    mutating func enqueueTrigger(_ message: String) -> Bool {
        self.version == .v16
            ? self.enqueue(V16.TriggerMessageRequest(message), tag: .housekeeping)
            : self.enqueue(V2.TriggerMessageRequest(message), tag: .housekeeping)
    }

    /// Returns how many answers will tell what the station can do.
    mutating func enqueueConfiguration(interval: Int) -> Int {
        self.version == .v16
            ? self.enqueueConfiguration16(interval: interval) : self.enqueueConfiguration2(interval: interval)
    }

    private mutating func enqueueConfiguration16(interval: Int) -> Int {
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
        return self.enqueue(V16.GetConfigurationRequest(key: keys), tag: .configuration) ? 1 : 0
    }

    private mutating func enqueueConfiguration2(interval: Int) -> Int {
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
            wanted += [("DCDERCtrlr", "ModesSupported"), ("DCDERCtrlr", "MaxW"), ("ACDERCtrlr", "ModesSupported")].map {
                V2.GetVariableData(V2.Component($0.0, evse: 1), V2.Variable($0.1))
            }
        }
        // Stations bound the items of a message; few take less than five.
        var rest = wanted[...]
        var asked = 0
        while !rest.isEmpty {
            if self.enqueue(V2.GetVariablesRequest(Array(rest.prefix(5))), tag: .variables) { asked += 1 }
            rest = rest.dropFirst(5)
        }
        _ = self.enqueue(V2.GetBaseReportRequest(requestId: 1), tag: .housekeeping)
        return asked
    }
}
