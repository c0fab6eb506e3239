/// What a station's device model says of the car at an EVSE; nil where it does not.
package struct ConnectedEV: Hashable, Sendable {
    /// State of charge, 0 to 100.
    package var percent: Milli?
    /// Wh.
    package var capacity: Milli?
    package var departure: DateTime?

    package init() {}
}

extension Milli {
    fileprivate var isPercent: Bool { self >= .zero && self <= Milli(100) }
}

/// What a station told of itself, gathered from GetVariables, NotifyReport and GetConfiguration.
package struct DeviceModel: Hashable, Sendable {
    package struct EVSE: Hashable, Sendable {
        /// Operation modes of 2.1; nil while not told.
        package var modes: Set<String>?
        package var isV2XAvailable: Bool?
        package var isV2XEnabled: Bool?
        /// Greatest power, W.
        package var maxPower: Int?
    }
    package private(set) var evses: [Int: EVSE] = [:]
    package private(set) var maxExternalConstraintsId = 0
    package private(set) var profileStackLevel: Int?
    package private(set) var supportsDynamicProfiles: Bool?
    package private(set) var supportsMaxOfflineDuration: Bool?
    /// `W`, `A`, or both; empty while not told.
    package private(set) var rateUnits: Set<String> = []
    package private(set) var periodsPerSchedule: Int?
    /// False where the station says that it takes no profiles; nil while it does not say.
    package private(set) var smartCharging: Bool?
    /// What was said of cars since it was last asked for, by EVSE.
    private var cars: [Int: ConnectedEV] = [:]
    /// What the inverter takes as DER controls (R04), as `FreqWatt`; empty while not told.
    package private(set) var controlModes: Set<String> = []
    /// What 100 % of a control's curve is, W.
    package private(set) var controlMaxWatts: Int?
    private var smartChargingOff: Set<String> = []
    /// Stations report as many EVSEs as they like; this many are kept.
    package static let mostEVSEs = 64

    package init() {}

    /// Takes one variable; names are compared without regard to case.
    package mutating func take(
        component: String, evse: Int?, variable: String, instance: String?, value: String?,
        maxLimit: Milli? = nil
    ) {
        switch component.lowercased() {
        case "v2xchargingctrlr": self.takeV2X(evse ?? 1, variable.lowercased(), value ?? "")
        case "dcderctrlr", "acderctrlr": self.takeControls(variable.lowercased(), value ?? "")
        case "evse" where variable.lowercased() == "power":
            guard let evse, let limit = maxLimit ?? value.flatMap({ Milli(text: $0.utf8) }) else {
                return
            }
            if limit > .zero { self.change(evse) { $0.maxPower = limit.rounded } }
        case "connectedev": self.takeCar(evse ?? 1, variable.lowercased(), value)
        case "smartchargingctrlr":
            self.takeSmartCharging(variable.lowercased(), instance?.lowercased(), value ?? "")
        default: break
        }
    }

    /// Takes what a variable is now, by an event or a stream. The power of an EVSE is then what flows, not what it is
    /// built for.
    package mutating func take(event component: V2.Component, _ variable: V2.Variable, value: String?) {
        guard component.name.lowercased() != "evse" else { return }
        self.take(
            component: component.name, evse: component.evse?.id, variable: variable.name,
            instance: variable.instance, value: value)
    }

    package mutating func take(_ data: V2.ReportData) {
        self.take(
            component: data.component.name, evse: data.component.evse?.id,
            variable: data.variable.name, instance: data.variable.instance, value: data.value,
            maxLimit: data.maxLimit)
    }

    package mutating func take(_ result: V2.GetVariableResult) {
        guard result.attributeStatus == "Accepted" else { return }
        self.take(
            component: result.component.name, evse: result.component.evse?.id,
            variable: result.variable.name, instance: result.variable.instance,
            value: result.attributeValue)
    }

    package mutating func take(_ key: V16.ConfigurationKey) {
        switch key.key.lowercased() {
        case "chargeprofilemaxstacklevel": self.profileStackLevel = key.value.flatMap { Int($0) }
        case "chargingschedulemaxperiods": self.periodsPerSchedule = key.value.flatMap { Int($0) }
        case "chargingscheduleallowedchargingrateunit":
            let words = Self.list(key.value ?? "").map { $0.lowercased() }
            self.rateUnits = Set(words.map { $0 == "current" || $0 == "a" ? "A" : "W" })
        case "supportedfeatureprofiles":
            let profiles = Self.list(key.value ?? "").map { $0.lowercased() }
            // An empty list is a station that does not know the key's meaning, not one without any profile.
            if !profiles.isEmpty { self.smartCharging = profiles.contains("smartcharging") }
        default: break
        }
    }

    private mutating func change(_ evse: Int, _ body: (inout EVSE) -> Void) {
        guard evse > 0, self.evses[evse] != nil || self.evses.count < Self.mostEVSEs else { return }
        body(&self.evses[evse, default: EVSE()])
    }

    private mutating func takeCar(_ evse: Int, _ variable: String, _ value: String?) {
        guard let value, (1...Self.mostEVSEs).contains(evse) else { return }
        var car = self.cars[evse] ?? ConnectedEV()
        switch variable {
        case "stateofcharge": car.percent = Milli(text: value.utf8).flatMap { $0.isPercent ? $0 : nil }
        case "batterycapacity": car.capacity = Milli(text: value.utf8).flatMap { $0 > .zero ? $0 : nil }
        case "departuretime": car.departure = DateTime(value)
        default: return
        }
        self.cars[evse] = car
    }

    /// What was said of cars since the last call, by EVSE; each word is told once.
    package mutating func takeCars() -> [Int: ConnectedEV] {
        defer { self.cars = [:] }
        return self.cars
    }

    private mutating func takeV2X(_ evse: Int, _ variable: String, _ value: String) {
        let isTrue = value.lowercased() == "true"
        switch variable {
        case "supportedoperationmodes": self.change(evse) { $0.modes = Set(Self.list(value)) }
        case "available": self.change(evse) { $0.isV2XAvailable = isTrue }
        case "enabled": self.change(evse) { $0.isV2XEnabled = isTrue }
        default: break
        }
    }

    private mutating func takeControls(_ variable: String, _ value: String) {
        switch variable {
        case "modessupported": self.controlModes.formUnion(Self.list(value))
        case "maxw":
            guard let watts = Milli(text: value.utf8)?.rounded, watts > 0 else { return }
            self.controlMaxWatts = watts
        default: break
        }
    }

    private mutating func takeSmartCharging(
        _ variable: String, _ instance: String?, _ value: String
    ) {
        let isTrue = value.lowercased() == "true"
        switch (variable, instance) {
        case ("maxexternalconstraintsid", _):
            self.maxExternalConstraintsId = max(Int(value) ?? 0, 0)
        case ("profilestacklevel", _): self.profileStackLevel = Int(value)
        case ("periodsperschedule", _): self.periodsPerSchedule = Int(value)
        case ("rateunit", _): self.rateUnits = Set(Self.list(value).filter { ["W", "A"].contains($0) })
        case ("available", _), ("enabled", _):
            if value.lowercased() == "false" {
                self.smartChargingOff.insert(variable)
                self.smartCharging = false
            } else {
                self.reenable(variable)
            }
        case ("supportsdynamicprofiles", _), ("supportsfeature", "dynamicprofiles"):
            self.supportsDynamicProfiles = isTrue
        case ("supportsmaxofflineduration", _), ("supportsfeature", "maxofflineduration"):
            self.supportsMaxOfflineDuration = isTrue
        default: break
        }
    }

    /// A station that was switched off may be switched on again; both words have to say so.
    private mutating func reenable(_ variable: String) {
        self.smartChargingOff.remove(variable)
        if self.smartChargingOff.isEmpty { self.smartCharging = true }
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    // MARK: What follows from it

    /// Whether the EVSE takes signed setpoints, where the dialect is right about the rest.
    package func canDischarge(_ evse: Int, _ dialect: Dialect) -> Bool {
        switch dialect.capability {
        case .none, .curtailOnly: return false
        case .negativeLimit: return true
        case .draftOn201: return self.supportsDynamicProfiles != false
        case .ocpp21:
            guard self.supportsDynamicProfiles != false else { return false }
            guard let known = self.evses[evse] else { return false }
            if known.isV2XAvailable == false || known.isV2XEnabled == false { return false }
            return known.modes?.contains("CentralSetpoint") ?? false
        }
    }

    /// Whether a frequency-watt curve can be set as a DER control, where no profile holds one. A control is the whole
    /// station's: with several EVSEs it would move them all.
    package func holdsControl(_ evse: Int, _ dialect: Dialect) -> Bool {
        dialect.curve && dialect.versions.contains("2.1") && !self.holdsCurve(evse, dialect)
            && self.canDischarge(evse, dialect) && self.evses.count == 1 && self.controlModes.contains("FreqWatt")
    }

    package func holdsCurve(_ evse: Int, _ dialect: Dialect) -> Bool {
        dialect.curve && self.canDischarge(evse, dialect)
            && self.evses[evse]?.modes?.contains("LocalFrequency") ?? false
    }
}
