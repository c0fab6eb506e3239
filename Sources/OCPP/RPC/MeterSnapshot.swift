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

    /// A value without a phase wins over the sum of the phases. Values at the grid side of the station
    /// (`Inlet`, `Upstream`) and inside it are no meter of the EVSE.
    package mutating func take(
        _ value: Milli, measurand: String, unit: String?, phase: String?, location: String?
    ) {
        if let location, ["Inlet", "Upstream", "Body"].contains(location) { return }
        let kilo = unit == "kW" || unit == "kWh" ? 3 : 0
        guard let base = value.scaled(by: kilo)?.rounded else { return }
        switch measurand {
        case "Power.Active.Import":
            Self.add(base, phase: phase, to: &self.importPower, isSum: &self.importIsSum)
        case "Power.Active.Export":
            Self.add(base, phase: phase, to: &self.exportPower, isSum: &self.exportIsSum)
        case "Energy.Active.Import.Register":
            if phase == nil { self.importRegister = base }
        case "Energy.Active.Export.Register":
            if phase == nil { self.exportRegister = base }
        case "SoC":
            let percent = value.scaled(by: 2)?.rounded ?? -1
            if (0...10_000).contains(percent) { self.stateOfCharge = percent }
        case "Frequency":
            self.milliHertz = value.thousandths
        default:
            break
        }
    }

    private static func add(_ value: Int, phase: String?, to total: inout Int?, isSum: inout Bool) {
        guard let phase else {
            total = value
            isSum = true
            return
        }
        guard !isSum, ["L1", "L2", "L3", "L1-N", "L2-N", "L3-N"].contains(phase) else { return }
        total = (total ?? 0) + value
    }
}
