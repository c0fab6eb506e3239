/// The words of meter values that mean something to us, read from bytes without making a string.
enum MeterWords {
    enum Measurand: Sendable {
        case powerImport, powerExport, energyImport, energyExport, stateOfCharge, frequency, other

        /// What a sampled value without a measurand is.
        static let standard = Measurand.energyImport
    }

    enum Phase: Sendable {
        case none
        /// L1, L2, L3 and the same against N.
        case line
        case other
    }

    static func isWord(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        // Sound: a literal holds that many bytes.
        let start = unsafe word.utf8Start
        for index in text.indices where unsafe start[index] != text[index] { return false }
        return true
    }

    static func measurand(_ text: Span<UInt8>) -> Measurand {
        switch text.count {
        case 3: self.isWord(text, "SoC") ? .stateOfCharge : .other
        case 9: self.isWord(text, "Frequency") ? .frequency : .other
        case 19:
            self.isWord(text, "Power.Active.Import")
                ? .powerImport : self.isWord(text, "Power.Active.Export") ? .powerExport : .other
        case 29:
            self.isWord(text, "Energy.Active.Import.Register")
                ? .energyImport : self.isWord(text, "Energy.Active.Export.Register") ? .energyExport : .other
        default: .other
        }
    }

    static func isKilo(_ text: Span<UInt8>) -> Bool {
        self.isWord(text, "kW") || self.isWord(text, "kWh")
    }

    static func phase(_ text: Span<UInt8>) -> Phase {
        guard text.count == 2 || text.count == 4, text[0] == UInt8(ascii: "L"), (49...51).contains(text[1]) else {
            return .other
        }
        return text.count == 2 || (text[2] == UInt8(ascii: "-") && text[3] == UInt8(ascii: "N")) ? .line : .other
    }

    /// At the grid side of the station or inside it: no meter of the EVSE.
    static func isElsewhere(_ text: Span<UInt8>) -> Bool {
        self.isWord(text, "Inlet") || self.isWord(text, "Upstream") || self.isWord(text, "Body")
    }
}
