import Domain

/// One variable of the 2.x device model, or one configuration key of 1.6 (then `component` is empty).
struct StationVariable: Hashable, Sendable {
    enum DataType: String, Hashable, Sendable {
        case boolean
        case integer
        case decimal
        case string
        case list = "MemberList"
    }
    var component: String
    var name: String
    var instance: String?
    var value: String
    var type: DataType
    var isWritable: Bool
    var isPerEVSE = false
    var unit: String?
    /// Least and greatest value, where the station states them (W for `EVSE.Power`).
    var range: ClosedRange<Int>?
}

/// What a station can be asked and told about itself.
struct StationSettings: Hashable, Sendable {
    enum Outcome: Hashable, Sendable {
        case accepted
        case rejected
        case unknownComponent
        case unknownVariable
    }
    private(set) var variables: [StationVariable]

    /// Names are compared without regard to case (2.x Part 2).
    func find(_ component: String, _ name: String, _ instance: String?) -> StationVariable? {
        self.index(component, name, instance).map { self.variables[$0] }
    }

    func knows(_ component: String) -> Bool {
        self.variables.contains { Self.same($0.component, component) }
    }

    mutating func set(_ component: String, _ name: String, _ instance: String?, to value: String)
        -> Outcome
    {
        guard let index = self.index(component, name, instance) else {
            return self.knows(component) ? .unknownVariable : .unknownComponent
        }
        let variable = self.variables[index]
        guard variable.isWritable, value.utf8.count <= 1_000, variable.type.accepts(value) else {
            return .rejected
        }
        self.variables[index].value = value
        return .accepted
    }

    /// What a station with these quirks says nothing of, or says otherwise.
    mutating func strip(_ quirks: Set<StationQuirk>) {
        if quirks.contains(.unknownSmartCharging) {
            self.variables.removeAll { Self.same($0.component, "SmartChargingCtrlr") }
        }
        let unit = ["ChargingScheduleAllowedChargingRateUnit", "RateUnit"]
        if quirks.contains(.amperesOnly) { self.variables.removeAll { unit.contains($0.name) } }
        for index in self.variables.indices {
            switch self.variables[index].name {
            case "ChargingScheduleAllowedChargingRateUnit" where quirks.contains(.wattsOnly):
                self.variables[index].value = "Power"
            case "RateUnit" where quirks.contains(.wattsOnly): self.variables[index].value = "W"
            case "SupportedFeatureProfiles" where quirks.contains(.noSmartCharging):
                self.variables[index].value = "Core,RemoteTrigger"
            case "Available" where quirks.contains(.noSmartCharging):
                if self.variables[index].component == "SmartChargingCtrlr" { self.variables[index].value = "false" }
            default: break
            }
        }
    }

    func int(_ component: String, _ name: String) -> Int? {
        self.find(component, name, nil).flatMap { Int($0.value) }
    }

    /// Seconds between two meter samples of a transaction: the shortest interval that is set, 0 = none.
    var meterInterval: Int {
        let names = ["TxUpdatedInterval", "MeterValueSampleInterval"]
        let set = self.variables.filter { names.contains($0.name) }.compactMap { Int($0.value) }
        return set.filter { $0 > 0 }.min() ?? 0
    }

    private func index(_ component: String, _ name: String, _ instance: String?) -> Int? {
        self.variables.firstIndex { variable in
            Self.same(variable.component, component) && Self.same(variable.name, name)
                && Self.same(variable.instance ?? "", instance ?? "")
        }
    }

    private static func same(_ one: String, _ other: String) -> Bool {
        one.lowercased() == other.lowercased()
    }
}

extension StationVariable.DataType {
    func accepts(_ value: String) -> Bool {
        switch self {
        case .boolean: value == "true" || value == "false"
        case .integer: Int(value) != nil
        case .decimal: Double(value) != nil
        case .string, .list: true
        }
    }
}

extension StationSettings {
    /// The device model of a 2.x station, or the keys of a 1.6 one.
    init(spec: StationSpec) {
        switch spec.version {
        case .v16: self.variables = Self.keys(spec)
        case .v201: self.variables = Self.model(spec)
        case .v21: self.variables = Self.model(spec) + Self.v2x(spec)
        }
    }

    private static func keys(_ spec: StationSpec) -> [StationVariable] {
        func key(
            _ name: String, _ value: String, writable: Bool = false,
            _ type: StationVariable.DataType
        )
            -> StationVariable
        {
            StationVariable(
                component: "", name: name, value: value, type: type, isWritable: writable)
        }
        return [
            key("HeartbeatInterval", "60", writable: true, .integer),
            key("MeterValueSampleInterval", "10", writable: true, .integer),
            key("MeterValuesSampledData", V16Wire.measurands, writable: true, .list),
            key("NumberOfConnectors", "1", .integer),
            key(
                "SupportedFeatureProfiles", "Core,SmartCharging,RemoteTrigger", .list),
            key("ChargeProfileMaxStackLevel", "10", .integer),
            key("ChargingScheduleAllowedChargingRateUnit", "Current,Power", .list),
            key("ChargingScheduleMaxPeriods", "24", .integer),
            key("MaxChargingProfilesInstalled", "16", .integer),
            key("WebSocketPingInterval", "30", writable: true, .integer),
        ]
    }

    private static func model(_ spec: StationSpec) -> [StationVariable] {
        let most = spec.maxCharge.watts
        var variables = [
            Self.variable("OCPPCommCtrlr", "HeartbeatInterval", "60", .integer, writable: true),
            Self.variable("SampledDataCtrlr", "TxUpdatedInterval", "10", .integer, writable: true),
            Self.variable(
                "SampledDataCtrlr", "TxUpdatedMeasurands", V2Wire.measurands, .list, writable: true),
            Self.variable("SmartChargingCtrlr", "Enabled", "true", .boolean),
            Self.variable("SmartChargingCtrlr", "Available", "true", .boolean),
            Self.variable("SmartChargingCtrlr", "RateUnit", "W,A", .list),
            Self.variable("SmartChargingCtrlr", "ProfileStackLevel", "10", .integer),
            Self.variable("SmartChargingCtrlr", "PeriodsPerSchedule", "24", .integer),
            Self.variable(
                "SmartChargingCtrlr", "Entries", "16", .integer, instance: "ChargingProfiles"),
            Self.variable("ConnectedEV", "Available", "true", .boolean, isPerEVSE: true),
            Self.variable(
                "ConnectedEV", "VehicleID", spec.vehicle.rawValue, .string, isPerEVSE: true),
        ]
        var power = Self.variable("EVSE", "Power", String(most), .decimal, isPerEVSE: true)
        power.unit = "W"
        power.range = min(spec.minimum.watts, most)...most
        variables.append(power)
        return variables
    }

    private static func v2x(_ spec: StationSpec) -> [StationVariable] {
        let yes = [
            "SupportsDynamicProfiles", "SupportsMaxOfflineDuration", "SupportsRandomizedDelay",
        ].map { Self.variable("SmartChargingCtrlr", $0, "true", .boolean) }
        guard spec.v2x != .no else { return yes }
        let controls = [
            Self.variable("DCDERCtrlr", "Available", "true", .boolean, isPerEVSE: true),
            Self.variable("DCDERCtrlr", "ModesSupported", "FreqWatt", .list, isPerEVSE: true),
            Self.variable("DCDERCtrlr", "MaxW", String(spec.maxCharge.watts), .decimal, isPerEVSE: true),
        ]
        return yes + (spec.v2x == .control ? controls : []) + [
            Self.variable("V2XChargingCtrlr", "Available", "true", .boolean, isPerEVSE: true),
            Self.variable(
                "V2XChargingCtrlr", "Enabled", "true", .boolean, writable: true, isPerEVSE: true),
            Self.variable(
                "V2XChargingCtrlr", "SupportedEnergyTransferModes", "DC,DC_BPT", .list,
                isPerEVSE: true),
            Self.variable(
                "V2XChargingCtrlr", "SupportedOperationModes",
                V2Wire.modes(of: spec).joined(separator: ","), .list, isPerEVSE: true),
            Self.variable(
                "V2XChargingCtrlr", "LocalFrequencyUpdateThreshold", "1", .integer, writable: true,
                isPerEVSE: true),
        ]
    }

    private static func variable(
        _ component: String, _ name: String, _ value: String, _ type: StationVariable.DataType,
        instance: String? = nil, writable: Bool = false, isPerEVSE: Bool = false
    ) -> StationVariable {
        StationVariable(
            component: component, name: name, instance: instance, value: value, type: type,
            isWritable: writable, isPerEVSE: isPerEVSE)
    }
}
