import Domain

/// What others impose on a station: limits by their source, and grid events that go on. A pure value.
struct StationOverrides: Sendable {
    /// More sources than this are one: the lowest limit of them all.
    static let most = 16

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
            let key = Key(evse: evse, source: source)
            guard self.limits[key] != nil || self.limits.count < Self.most else { return }
            // A limit without a number says that there is one: nothing is discharged against it.
            self.limits[key] = Limit(charge: charge, discharge: discharge ?? (charge == nil ? .zero : nil))
        case .limitCleared(let evse, let source): self.limits[Key(evse: evse, source: source)] = nil
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
