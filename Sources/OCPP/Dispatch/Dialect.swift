/// How one kind of charger wants to be told what to do: data in `Config/dialects`, matched by vendor and model.
package struct Dialect: Hashable, Sendable, Codable {
    /// How the charger is made to discharge.
    package enum Discharge: String, Hashable, Sendable, Codable {
        /// 2.1: Dynamic profile with `CentralSetpoint`, then UpdateDynamicSchedule.
        case dynamic
        /// 1.6 and 2.0.1: a limit below 0, against the letter of the specification.
        case negativeLimit = "negative-limit"
        /// Not at all: charging is curtailed and resumed.
        case none
    }

    package var name: String
    /// Compared without regard to case; `*` at the end matches any rest.
    package var vendor: String
    package var model: String
    /// `1.6`, `2.0.1`, `2.1`.
    package var versions: [String]
    package var discharge: Discharge
    /// Holds a `LocalFrequency` curve (2.1).
    package var curve: Bool
    /// `W` or `A`.
    package var unit: String
    /// Volts between phase and neutral, and phases; for amperes.
    package var voltage: Int
    package var phases: Int
    /// Least step in tenths of the unit.
    package var stepTenths: Int
    /// Dead band around 0 W, a magnitude.
    package var minimumWatts: Int
    /// Lowest stack level to use; the profiles above it take the next two.
    package var stackLevel: Int
    /// `TxProfile` or `TxDefaultProfile`.
    package var purpose: String
    /// Longest time for which a setpoint stays valid unheard, s.
    package var watchdogSeconds: Int
    /// How far in the past schedules begin, s, so that a slow clock of the station does not delay them.
    package var startsInPastSeconds: Int
    /// Whether a profile is put beneath the setpoint for the time after it.
    package var fallback: Bool
    /// Where this is known from.
    package var source: String

    package init(
        name: String, vendor: String = "*", model: String = "*", versions: [String],
        discharge: Discharge, curve: Bool = false
    ) {
        self.name = name
        self.vendor = vendor
        self.model = model
        self.versions = versions
        self.discharge = discharge
        self.curve = curve
        self.unit = "W"
        self.voltage = 230
        self.phases = 3
        self.stepTenths = 10
        self.minimumWatts = 0
        self.stackLevel = 0
        self.purpose = "TxProfile"
        self.watchdogSeconds = 30
        self.startsInPastSeconds = 30
        self.fallback = true
        self.source = "specification"
    }

    package enum CodingKeys: String, CodingKey {
        case name
        case vendor
        case model
        case versions
        case discharge
        case curve
        case unit
        case voltage
        case phases
        case stepTenths
        case minimumWatts
        case stackLevel
        case purpose
        case watchdogSeconds
        case startsInPastSeconds
        case fallback
        case source
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try keys.decode(String.self, forKey: .name),
            vendor: try keys.decode(String.self, forKey: .vendor),
            model: try keys.decode(String.self, forKey: .model),
            versions: try keys.decode([String].self, forKey: .versions),
            discharge: try keys.decode(Discharge.self, forKey: .discharge),
            curve: try keys.decodeIfPresent(Bool.self, forKey: .curve) ?? false)
        func int(_ key: CodingKeys, _ value: inout Int, _ range: ClosedRange<Int>) throws {
            guard let given = try keys.decodeIfPresent(Int.self, forKey: key) else { return }
            guard range.contains(given) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: keys,
                    debugDescription:
                        "give a number from \(range.lowerBound) to \(range.upperBound)")
            }
            value = given
        }
        func word(_ key: CodingKeys, _ value: inout String, _ words: [String]) throws {
            guard let given = try keys.decodeIfPresent(String.self, forKey: key) else { return }
            guard words.contains(given) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: keys,
                    debugDescription: "give one of \(words.joined(separator: ", "))")
            }
            value = given
        }
        try int(.voltage, &self.voltage, 100...1_000)
        try int(.phases, &self.phases, 1...3)
        try int(.stepTenths, &self.stepTenths, 1...100_000)
        try int(.minimumWatts, &self.minimumWatts, 0...100_000)
        try int(.stackLevel, &self.stackLevel, 0...100)
        try int(.watchdogSeconds, &self.watchdogSeconds, 5...3_600)
        try int(.startsInPastSeconds, &self.startsInPastSeconds, 0...3_600)
        try word(.unit, &self.unit, ["W", "A"])
        try word(.purpose, &self.purpose, ["TxProfile", "TxDefaultProfile"])
        self.fallback = try keys.decodeIfPresent(Bool.self, forKey: .fallback) ?? true
        self.source = try keys.decode(String.self, forKey: .source)
        guard self.discharge != .dynamic || self.versions == ["2.1"] else {
            throw DecodingError.dataCorruptedError(
                forKey: .discharge, in: keys, debugDescription: "dynamic needs versions: [\"2.1\"]")
        }
    }

    package func matches(vendor: String, model: String, version: OCPPVersion) -> Bool {
        self.versions.contains(version.number) && Self.matches(self.vendor, vendor)
            && Self.matches(self.model, model)
    }

    private static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = pattern.lowercased()
        let text = text.lowercased()
        return pattern.last == "*" ? text.hasPrefix(pattern.dropLast()) : text == pattern
    }
}

/// A file of `Config/dialects`.
package struct DialectFile: Hashable, Sendable, Codable {
    package var dialects: [Dialect]
}

/// All dialects that are known; the first match counts, and each version has a last resort.
package struct DialectBook: Hashable, Sendable {
    package var dialects: [Dialect]

    package init(_ dialects: [Dialect] = []) {
        self.dialects = dialects
    }

    /// 2.1 discharges by the specification; the others only where a dialect says so.
    package func dialect(vendor: String, model: String, version: OCPPVersion) -> Dialect {
        self.dialects.first { $0.matches(vendor: vendor, model: model, version: version) }
            ?? Self.standard(version)
    }

    package static func standard(_ version: OCPPVersion) -> Dialect {
        switch version {
        case .v21: Dialect(name: "ocpp21", versions: ["2.1"], discharge: .dynamic, curve: true)
        case .v201: Dialect(name: "curtail-201", versions: ["2.0.1"], discharge: .none)
        case .v16: Dialect(name: "curtail-16", versions: ["1.6"], discharge: .none)
        }
    }
}
