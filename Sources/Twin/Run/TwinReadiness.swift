import Domain

/// Whether a car left with what it was promised, and if not, why: a reason that was known before the miss.
struct TwinReadiness: Sendable {
    /// A promise is kept within this, in 1/100 % (algorithms sheet, property 2).
    static let tolerance = 50
    static let infeasible = "request infeasible"
    static let siteLimit = "site limit"
    static let dispatched = "grid order"

    /// Per stay; nil while nothing stands in the way.
    private(set) var reasons: [String?]

    init(count: Int) {
        self.reasons = Array(repeating: nil, count: count)
    }

    /// On arrival: could charging at once and at full power do it? The taper counts.
    mutating func judge(_ stay: Int, session: Session, at now: Instant) {
        let model = BatteryModel(
            capacity: session.capacity, maxCharge: session.maxCharge,
            maxDischarge: session.maxDischarge, efficiency: session.efficiency)
        var battery = Battery(model: model, at: session.arrivalCharge)
        var left = (session.departure - now).milliseconds
        while left > 0, battery.stateOfCharge < session.targetCharge {
            let span = min(left, 60_000)
            _ = battery.apply(session.maxCharge, for: .milliseconds(span))
            left -= span
        }
        if battery.stateOfCharge < session.targetCharge { self.reasons[stay] = Self.infeasible }
    }

    /// The site cannot carry all its cars at full power now: whoever is there may miss for it.
    mutating func siteIsShort(_ stay: Int) {
        if self.reasons[stay] == nil { self.reasons[stay] = Self.siteLimit }
    }

    func isMet(_ charge: StateOfCharge, session: Session) -> Bool {
        charge.basisPoints + Self.tolerance >= session.targetCharge.basisPoints
    }

    func reason(_ stay: Int) -> String { self.reasons[stay] ?? Self.dispatched }
}
