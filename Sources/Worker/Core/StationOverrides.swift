import Domain

/// What others impose on a station: limits by their source, grid events that go on, and the sessions whose drivers want
/// to be charged first. A pure value.
struct StationOverrides: Sendable {
    /// More sources than this count as one, of the whole station, with the lowest limits of them all; it goes when a
    /// source that is not known any more takes its limit back.
    static let most = 16
    private static let others = Key(evse: 0, source: "")
    /// A limit that others change all the time is noted at most so often.
    private static let pause = TimeSpan.minutes(1)

    private struct Key: Hashable {
        var evse: Int
        var source: String
    }
    private struct Limit: Equatable {
        var charge: Power?
        var discharge: Power?
        var notedAt: Instant

        func isSame(as other: Limit) -> Bool { self.charge == other.charge && self.discharge == other.discharge }
    }
    private var limits: [Key: Limit] = [:]
    private var alarms: Set<String> = []
    /// By transaction: whether it was noted.
    private var priorities: [String: Bool] = [:]

    var isEmpty: Bool { self.limits.isEmpty && self.alarms.isEmpty && self.priorities.isEmpty }

    /// Takes a fact; true where it is news that is worth a note.
    mutating func take(_ fact: StationFact, at now: Instant) -> Bool {
        switch fact {
        case .limited(let evse, let source, let charge, let discharge):
            // A limit without a number says that there is one: nothing is discharged against it.
            return self.limit(
                Key(evse: evse, source: source),
                Limit(charge: charge, discharge: discharge ?? (charge == nil ? .zero : nil), notedAt: now))
        case .limitCleared(let evse, let source):
            let key = Key(evse: evse, source: source)
            return self.limits.removeValue(forKey: self.limits[key] == nil ? Self.others : key) != nil
        case .gridAlarm(let control, _, let isOver):
            if isOver { return self.alarms.remove(control) != nil }
            return self.alarms.count < Self.most && self.alarms.insert(control).inserted
        case .priority(let transaction, let isActive):
            if !isActive { return self.priorities.removeValue(forKey: transaction) != nil }
            if self.priorities[transaction] == nil, self.priorities.count < Self.most {
                self.priorities[transaction] = false
            }
            return false
        default: return false
        }
    }

    private mutating func limit(_ key: Key, _ limit: Limit) -> Bool {
        if let known = self.limits[key] {
            let isNews = (known.discharge == .zero) != (limit.discharge == .zero)
            let isDue = !known.isSame(as: limit) && limit.notedAt >= known.notedAt + Self.pause
            self.limits[key] = limit
            if !isNews, !isDue { self.limits[key]?.notedAt = known.notedAt }
            return isNews || isDue
        }
        guard self.limits.count < Self.most else {
            let known = self.limits[Self.others]
            self.limits[Self.others] = Limit(
                charge: [known?.charge, limit.charge].compactMap(\.self).min(),
                discharge: [known?.discharge, limit.discharge].compactMap(\.self).min(), notedAt: limit.notedAt)
            return known == nil
        }
        self.limits[key] = limit
        return true
    }

    func hasPriority(_ transaction: String) -> Bool { self.priorities[transaction] != nil }

    /// True once for a session whose driver wants to be charged first.
    mutating func notePriority(_ transaction: String) -> Bool {
        guard self.priorities[transaction] == false else { return false }
        self.priorities[transaction] = true
        return true
    }

    /// The lowest limits of a charging point, of its own and of the whole station; during a grid event nothing is
    /// discharged.
    func limit(evse: Int) -> (charge: Power?, discharge: Power?) {
        let own = self.limits.filter { $0.key.evse == 0 || $0.key.evse == evse }.values
        let charge = own.compactMap(\.charge).min()
        let discharge = self.alarms.isEmpty ? own.compactMap(\.discharge).min() : .zero
        return (charge, discharge)
    }

    /// Everything in force, as facts that make it again.
    var facts: [StationFact] {
        self.limits.sorted { ($0.key.evse, $0.key.source) < ($1.key.evse, $1.key.source) }.map {
            .limited(evse: $0.key.evse, source: $0.key.source, charge: $0.value.charge, discharge: $0.value.discharge)
        }
            + self.alarms.sorted().map { .gridAlarm(control: $0, fault: nil, isOver: false) }
            + self.priorities.keys.sorted().map { .priority(transaction: $0, isActive: true) }
    }

    /// As a worker's memory has it: what is in force was noted before.
    init(remembered facts: [StationFact], at now: Instant) {
        for fact in facts { _ = self.take(fact, at: now) }
        for transaction in self.priorities.keys { self.priorities[transaction] = true }
    }

    init() {}
}
