public import Domain

/// What one car's battery has spent since it is known, from the charge that it reports and the energy that its meter shows.
public struct VehicleWear: Hashable, Sendable, Codable {
    private var flow = Rainflow()
    private var seenAt: Instant?
    /// The last charge that was seen, 1/100 %.
    private var charge: Int32 = 0
    /// Parts of life (10⁻¹²) spent by cycles that closed, and by time.
    public private(set) var cycled = 0
    public private(set) var aged = 0
    /// Energy discharged to the grid, ≥ 0, and seconds at or above ``highCharge`` while it was seen.
    public private(set) var discharged = Energy.zero
    public private(set) var highSeconds = 0

    /// From this charge on the hours count against the warranty.
    public static let highCharge = 9_000
    /// Charge moves by at least this (1/100 %) before it is a turning point: what meters round is no cycle.
    static let deadBand = 50
    /// How long a car may be out of sight and its time still count as at high charge.
    private static let longestGap = TimeSpan.hours(1)

    public init() {}

    /// Notes the charge. One that is not newer than the last changes nothing.
    /// - Parameter temperature: of the battery, 1/10 °C.
    public mutating func note(_ charge: StateOfCharge, at now: Instant, temperature: Int = 250, _ chemistry: Chemistry)
    {
        let value = charge.basisPoints
        guard let last = self.seenAt else {
            self.seenAt = now
            self.charge = Int32(value)
            _ = self.flow.take(value)
            return
        }
        guard now > last else { return }
        let span = now - last
        self.seenAt = now
        self.aged += chemistry.calendarCost(
            seconds: span.seconds, charge: (Int(self.charge) + value) / 2, temperature: temperature)
        if Int(self.charge) >= Self.highCharge, span <= Self.longestGap { self.highSeconds += span.seconds }
        guard abs(value - Int(self.charge)) >= Self.deadBand else { return }
        self.charge = Int32(value)
        for cycle in self.flow.take(value) { self.cycled += Self.cost(cycle, temperature, chemistry) }
    }

    /// Energy that went from the battery to the grid, ≥ 0.
    public mutating func note(discharged: Energy) {
        self.discharged += max(.zero, discharged)
    }

    /// Parts of life spent in all, the cycles that are still open counted as halves.
    public func spent(_ chemistry: Chemistry, temperature: Int = 250) -> Int {
        self.flow.residue.reduce(self.cycled + self.aged) { $0 + Self.cost($1, temperature, chemistry) }
    }

    /// Micro-units per kWh that the next discharge costs this battery.
    public func marginalCost(_ chemistry: Chemistry, packPrice: Int, temperature: Int = 250) -> Int {
        chemistry.marginalCost(
            openDepth: self.flow.isFalling ? self.flow.openDepth : 0,
            mean: max(0, Int(self.charge) - 500), temperature: temperature, packPrice: packPrice)
    }

    /// Seconds since the charge was noted last; nil before the first.
    public func age(at now: Instant) -> TimeSpan? { self.seenAt.map { now - $0 } }

    private static func cost(_ cycle: Rainflow.Cycle, _ temperature: Int, _ chemistry: Chemistry) -> Int {
        let whole = chemistry.cycleCost(depth: cycle.depth, mean: cycle.mean, temperature: temperature)
        return cycle.isWhole ? whole : whole / 2
    }

    /// Everything that decides or pays, in a fixed order.
    public func fingerprint(into mark: inout Fingerprint) {
        for value in [
            self.cycled, self.aged, self.discharged.wattSeconds, self.highSeconds, Int(self.charge),
            self.flow.count, self.flow.openDepth, self.seenAt?.microseconds ?? -1,
        ] { mark.add(value) }
    }
}
