/// What one meter value says, whichever version brought it: sums over phases, units turned into W, Wh, 1/100 %.
package struct MeterSnapshot: Hashable, Sendable {
    package var at: DateTime
    /// Watts; magnitudes, as the station reports import and export apart.
    package var importPower: Int?
    package var exportPower: Int?
    /// Watt-hours.
    package var importRegister: Int?
    package var exportRegister: Int?
    /// 1/100 %.
    package var stateOfCharge: Int?
    package var milliHertz: Int?
    private var importIsSum = false
    private var exportIsSum = false

    package init(at: DateTime) {
        self.at = at
    }

    /// Import less export in W, + = charge; nil where neither was said.
    package var power: Int? {
        guard self.importPower != nil || self.exportPower != nil else { return nil }
        return (self.importPower ?? 0) - (self.exportPower ?? 0)
    }

    package var isEmpty: Bool {
        self.power == nil && self.importRegister == nil && self.exportRegister == nil
            && self.stateOfCharge == nil && self.milliHertz == nil
    }

    /// The words as they came; ``take(_:measurand:isKilo:phase:isElsewhere:)`` does the work.
    package mutating func take(
        _ value: Milli, measurand: String, unit: String?, phase: String?, location: String?
    ) {
        self.take(
            value, measurand: MeterWords.measurand(Array(measurand.utf8).span),
            isKilo: unit.map { MeterWords.isKilo(Array($0.utf8).span) } ?? false,
            phase: phase.map { MeterWords.phase(Array($0.utf8).span) } ?? .none,
            isElsewhere: location.map { MeterWords.isElsewhere(Array($0.utf8).span) } ?? false)
    }

    /// A value without a phase wins over the sum of the phases. Values at the grid side of the station and inside
    /// it are no meter of the EVSE.
    mutating func take(
        _ value: Milli, measurand: MeterWords.Measurand, isKilo: Bool, phase: MeterWords.Phase, isElsewhere: Bool
    ) {
        guard !isElsewhere, Self.isCredible(value, measurand, isKilo: isKilo) else { return }
        guard let base = value.scaled(by: isKilo ? 3 : 0)?.rounded else { return }
        switch measurand {
        case .powerImport:
            Self.add(base, phase: phase, to: &self.importPower, isSum: &self.importIsSum)
        case .powerExport:
            Self.add(base, phase: phase, to: &self.exportPower, isSum: &self.exportIsSum)
        case .energyImport:
            if phase == .none { self.importRegister = base }
        case .energyExport:
            if phase == .none { self.exportRegister = base }
        case .stateOfCharge:
            let percent = value.scaled(by: 2)?.rounded ?? -1
            if (0...10_000).contains(percent) { self.stateOfCharge = percent }
        case .frequency:
            self.milliHertz = value.thousandths
        case .other:
            break
        }
    }

    /// What no EVSE can measure is not taken: beyond 100 MW and 1 TWh, registers below 0, frequencies beyond 100 Hz.
    private static func isCredible(
        _ value: Milli, _ measurand: MeterWords.Measurand, isKilo: Bool
    ) -> Bool {
        let base = isKilo ? 1 : 1_000
        return switch measurand {
        case .powerImport, .powerExport: abs(value.thousandths) / base <= 100_000_000
        case .energyImport, .energyExport: (0...1_000_000_000_000).contains(value.thousandths / base) && value >= .zero
        case .frequency: (0...100_000).contains(value.thousandths)
        case .stateOfCharge, .other: true
        }
    }

    private static func add(_ value: Int, phase: MeterWords.Phase, to total: inout Int?, isSum: inout Bool) {
        switch phase {
        case .none:
            total = value
            isSum = true
        case .line:
            guard !isSum else { return }
            total = (total ?? 0) + value
        case .other: break
        }
    }
}
