/// Entries as files have them: strict about values, with a line that names what to give.
extension Dialect: Decodable {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case name, vendor, model, versions, capability, discharge, curve, unit, voltage, phases, stepTenths
        case minimumWatts, pauseTenths, stackLevel, mostStackLevel, periods, purpose, kind, updates, signal
        case minimumIntervalSeconds, watchdogSeconds, startsInPastSeconds, fallback, bottom, strict
        case probeDischarge
        case revision, source
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        let old = try keys.decodeIfPresent(Discharge.self, forKey: .discharge)
        let capability = try keys.decodeIfPresent(Capability.self, forKey: .capability)
        guard let known = capability ?? old?.capability, capability == nil || old == nil else {
            throw Self.complaint(.capability, keys, "give either capability or discharge")
        }
        self.init(
            name: try keys.decode(String.self, forKey: .name),
            vendor: try keys.decode(String.self, forKey: .vendor),
            model: try keys.decode(String.self, forKey: .model),
            versions: try keys.decode([String].self, forKey: .versions), capability: known,
            curve: try keys.decodeIfPresent(Bool.self, forKey: .curve) ?? false)
        self.source = try keys.decode(String.self, forKey: .source)
        try self.readNumbers(keys)
        try self.readWords(keys)
        self.open = Self.unsaid(keys)
        try self.hold(keys)
    }

    private typealias Keys = KeyedDecodingContainer<CodingKeys>

    private mutating func readNumbers(_ keys: Keys) throws {
        func read(_ key: CodingKeys, _ value: inout Int, _ range: ClosedRange<Int>) throws {
            guard let given = try keys.decodeIfPresent(Int.self, forKey: key) else { return }
            guard range.contains(given) else {
                throw Self.complaint(key, keys, "give a number from \(range.lowerBound) to \(range.upperBound)")
            }
            value = given
        }
        try read(.voltage, &self.voltage, 100...1_000)
        try read(.phases, &self.phases, 1...3)
        try read(.stepTenths, &self.stepTenths, 1...100_000)
        try read(.minimumWatts, &self.minimumWatts, 0...100_000)
        try read(.pauseTenths, &self.pauseTenths, 0...100_000)
        try read(.stackLevel, &self.stackLevel, 0...100)
        try read(.mostStackLevel, &self.mostStackLevel, 0...100)
        try read(.periods, &self.periods, 1...1_000)
        try read(.minimumIntervalSeconds, &self.minimumIntervalSeconds, 0...60)
        try read(.watchdogSeconds, &self.watchdogSeconds, 5...3_600)
        try read(.startsInPastSeconds, &self.startsInPastSeconds, 0...3_600)
        try read(.revision, &self.revision, 1...1_000_000)
    }

    private mutating func readWords(_ keys: Keys) throws {
        func read(_ key: CodingKeys, _ value: inout String, _ words: [String]) throws {
            guard let given = try keys.decodeIfPresent(String.self, forKey: key) else { return }
            guard words.contains(given) else {
                throw Self.complaint(key, keys, "give one of \(words.joined(separator: ", "))")
            }
            value = given
        }
        try read(.unit, &self.unit, ["W", "A"])
        try read(.purpose, &self.purpose, ["TxProfile", "TxDefaultProfile"])
        try read(.kind, &self.kind, ["Absolute", "Relative", "Dynamic"])
        func read(_ key: CodingKeys, _ value: inout Bool) throws {
            value = try keys.decodeIfPresent(Bool.self, forKey: key) ?? value
        }
        try read(.fallback, &self.fallback)
        try read(.bottom, &self.bottom)
        try read(.updates, &self.updates)
        try read(.signal, &self.signal)
        try read(.strict, &self.strict)
        try read(.probeDischarge, &self.probeDischarge)
    }

    private static func unsaid(_ keys: Keys) -> Set<Trait> {
        var open: Set<Trait> = []
        if !keys.contains(.stackLevel), !keys.contains(.mostStackLevel) { open.insert(.stackLevel) }
        if !keys.contains(.purpose) { open.insert(.purpose) }
        if !keys.contains(.kind) { open.insert(.kind) }
        if !keys.contains(.unit) { open.insert(.unit) }
        if !keys.contains(.pauseTenths) { open.insert(.pause) }
        return open
    }

    /// What does not go together.
    private func hold(_ keys: Keys) throws {
        if self.capability == .ocpp21, self.versions != ["2.1"] {
            throw Self.complaint(.capability, keys, "dynamic or ocpp21 needs versions: [\"2.1\"]")
        }
        if self.capability == .draftOn201, self.versions != ["2.0.1"] {
            throw Self.complaint(.capability, keys, "draft-on-2.0.1 needs versions: [\"2.0.1\"]")
        }
        if self.signal, self.capability != .ocpp21 || !self.curve {
            throw Self.complaint(.signal, keys, "signal needs capability ocpp21 and curve: true")
        }
        if self.kind == "Dynamic", self.discharge != .dynamic {
            throw Self.complaint(.kind, keys, "Dynamic needs capability ocpp21 or draft-on-2.0.1")
        }
        if self.watchdogSeconds < 3 * self.minimumIntervalSeconds {
            throw Self.complaint(.watchdogSeconds, keys, "give at least 3 times minimumIntervalSeconds")
        }
        if self.mostStackLevel < self.stackLevel {
            throw Self.complaint(.mostStackLevel, keys, "give at least stackLevel")
        }
    }

    private static func complaint(_ key: CodingKeys, _ keys: Keys, _ text: String) -> DecodingError {
        DecodingError.dataCorruptedError(forKey: key, in: keys, debugDescription: text)
    }
}
