import Domain

/// What others impose on a station: limits by their source, and grid events that go on. A pure value.
struct StationOverrides: Sendable {
    /// More sources than this count as one, of the whole station, with the lowest limits of them all; it goes when a
    /// source that is not known any more takes its limit back.
    static let most = 16
    private static let others = Key(evse: 0, source: "")

    private struct Key: Hashable {
        var evse: Int
        var source: String
    }
    private struct Limit {
        var charge: Power?
        var discharge: Power?
    }
    private var limits: [Key: Limit] = [:]
    private var alarms: Set<String> = []

    var isEmpty: Bool { self.limits.isEmpty && self.alarms.isEmpty }

    mutating func take(_ fact: StationFact) {
        switch fact {
        case .limited(let evse, let source, let charge, let discharge):
            // A limit without a number says that there is one: nothing is discharged against it.
            let limit = Limit(charge: charge, discharge: discharge ?? (charge == nil ? .zero : nil))
            let key = Key(evse: evse, source: source)
            if self.limits[key] != nil || self.limits.count < Self.most {
                self.limits[key] = limit
            } else {
                let known = self.limits[Self.others]
                self.limits[Self.others] = Limit(
                    charge: [known?.charge, limit.charge].compactMap(\.self).min(),
                    discharge: [known?.discharge, limit.discharge].compactMap(\.self).min())
            }
        case .limitCleared(let evse, let source):
            let key = Key(evse: evse, source: source)
            self.limits[self.limits[key] == nil ? Self.others : key] = nil
        case .gridAlarm(let control, _, let isOver):
            if isOver {
                self.alarms.remove(control)
            } else if self.alarms.count < Self.most {
                self.alarms.insert(control)
            }
        default: break
        }
    }

    /// The lowest limits of a charging point, of its own and of the whole station; during a grid event nothing is
    /// discharged.
    func limit(evse: Int) -> (charge: Power?, discharge: Power?) {
        let own = self.limits.filter { $0.key.evse == 0 || $0.key.evse == evse }.values
        let charge = own.compactMap(\.charge).min()
        let discharge = self.alarms.isEmpty ? own.compactMap(\.discharge).min() : .zero
        return (charge, discharge)
    }
}
