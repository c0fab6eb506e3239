/// How one kind of charger wants to be told what to do: data in `Config/dialects`, matched by vendor and model.
package struct Dialect: Hashable, Sendable {
    /// What a charger can be made to do over OCPP.
    package enum Capability: String, Hashable, Sendable, Codable, CaseIterable {
        /// 2.1: Dynamic profile with `CentralSetpoint`, then UpdateDynamicSchedule.
        case ocpp21
        /// The same profile on a 2.0.1 link, said whole each time, as drafts of 2.1 had it (sheet, section 5.1).
        case draftOn201 = "draft-on-2.0.1"
        /// 1.6 and 2.0.1: a limit below 0, against the letter of the specification.
        case negativeLimit = "negative-limit"
        /// Charging is curtailed and resumed.
        case curtailOnly = "curtail-only"
        /// It takes no profiles at all: nothing is asked of it.
        case none
    }

    /// The older key for ``Capability``: how the charger is made to discharge.
    package enum Discharge: String, Hashable, Sendable, Codable {
        case dynamic
        case negativeLimit = "negative-limit"
        /// Not at all: charging is curtailed and resumed.
        case none
    }

    /// What may be found out by trying where neither file nor station says it (``CapabilityProbe``).
    package enum Trait: String, Hashable, Sendable, Codable, CaseIterable {
        case stackLevel
        case purpose
        case kind
        case unit
        /// Whether a limit of 0 is taken.
        case pause
    }

    package var name: String
    /// Compared without regard to case; `*` at the end matches any rest.
    package var vendor: String
    package var model: String
    /// `1.6`, `2.0.1`, `2.1`.
    package var versions: [String]
    package var capability: Capability
    /// Holds a `LocalFrequency` curve (2.1).
    package var curve: Bool
    /// `W` or `A`.
    package var unit = "W"
    /// Volts between phase and neutral, and phases; for amperes.
    package var voltage = 230
    package var phases = 3
    /// Least step in tenths of the unit.
    package var stepTenths = 10
    /// Dead band around 0 W, a magnitude.
    package var minimumWatts = 0
    /// Said instead of 0, in tenths of the unit, where a limit of 0 is refused; 0 = a limit of 0 is taken.
    package var pauseTenths = 0
    /// Lowest stack level to use; the profiles above it take the next two.
    package var stackLevel = 0
    /// Highest stack level that is taken; at ``stackLevel`` nothing fits beneath the setpoint.
    package var mostStackLevel = 100
    /// Most periods of a schedule.
    package var periods = 1_000
    /// `TxProfile` or `TxDefaultProfile`.
    package var purpose = "TxProfile"
    /// `Absolute`, or `Relative`: without a start, ended by `validTo`. Setpoints of 2.1 are `Dynamic` regardless.
    package var kind = "Absolute"
    /// Whether UpdateDynamicSchedule is understood; without it each setpoint is a whole profile.
    package var updates = true
    /// Orders are said as signals upon a `LocalFrequency` profile with a signal curve (2.1, AFRRSignal).
    package var signal = false
    /// Least time between two profiles, s.
    package var minimumIntervalSeconds = 0
    /// Longest time for which a setpoint stays valid unheard, s.
    package var watchdogSeconds = 30
    /// How far in the past schedules begin, s, so that a slow clock of the station does not delay them.
    package var startsInPastSeconds = 30
    /// Whether a profile is put beneath the setpoint for the time after it.
    package var fallback = true
    /// Whether what is said to nobody in particular is a TxDefaultProfile at the bottom; false where it is refused.
    package var bottom = true
    /// Bounds and words of the station's rare messages are complained about (``SessionLimits/isStrict``).
    package var strict = false
    /// Try a negative limit though nobody names it: an owner's own risk.
    package var probeDischarge = false
    /// What the file left unsaid.
    package var open: Set<Trait> = []
    /// Raised when the entry changes.
    package var revision = 1
    /// Where this is known from.
    package var source = "specification"
    /// Why the capability is less than the file's; told to the operator.
    package var reason: String?

    package init(
        name: String, vendor: String = "*", model: String = "*", versions: [String], capability: Capability,
        curve: Bool = false
    ) {
        self.name = name
        self.vendor = vendor
        self.model = model
        self.versions = versions
        self.capability = capability
        self.curve = curve
    }

    package init(
        name: String, vendor: String = "*", model: String = "*", versions: [String],
        discharge: Discharge, curve: Bool = false
    ) {
        self.init(
            name: name, vendor: vendor, model: model, versions: versions, capability: discharge.capability,
            curve: curve)
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

extension Dialect.Discharge {
    package var capability: Dialect.Capability {
        switch self {
        case .dynamic: .ocpp21
        case .negativeLimit: .negativeLimit
        case .none: .curtailOnly
        }
    }
}

extension Dialect {
    package var discharge: Discharge {
        switch self.capability {
        case .ocpp21, .draftOn201: .dynamic
        case .negativeLimit: .negativeLimit
        case .curtailOnly, .none: .none
        }
    }
}

/// A file of `Config/dialects`.
package struct DialectFile: Hashable, Sendable, Decodable {
    /// Raised when the file changes.
    package var version: Int?
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

    /// All that the specification leaves open may be tried.
    package static func standard(_ version: OCPPVersion) -> Dialect {
        var dialect = self.letter(version)
        dialect.open = Set(Dialect.Trait.allCases)
        return dialect
    }

    private static func letter(_ version: OCPPVersion) -> Dialect {
        switch version {
        case .v21: Dialect(name: "ocpp21", versions: ["2.1"], discharge: .dynamic, curve: true)
        case .v201: Dialect(name: "curtail-201", versions: ["2.0.1"], discharge: .none)
        case .v16: Dialect(name: "curtail-16", versions: ["1.6"], discharge: .none)
        }
    }
}
