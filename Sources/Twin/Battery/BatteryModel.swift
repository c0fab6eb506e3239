public import Domain

/// What does not change about a traction battery and the inverter in front of it.
public struct BatteryModel: Hashable, Sendable {
    /// Usable energy between 0 and 100 % state of charge.
    public var capacity: Energy
    /// Nameplate limits at the grid side, magnitudes ≥ 0.
    public var maxCharge: Power
    public var maxDischarge: Power
    /// One-way efficiency between grid and cells in 1/10,000, the same in both directions.
    public var efficiency: Int
    /// State of charge from which the charge power falls in a straight line …
    public var taperFrom: StateOfCharge
    /// … to this share of ``maxCharge`` (1/1000) at 100 %.
    public var taperEndPerMille: Int

    public init(
        capacity: Energy, maxCharge: Power, maxDischarge: Power, efficiency: Int = 9_500,
        taperFrom: StateOfCharge = StateOfCharge(basisPoints: 9_000), taperEndPerMille: Int = 150
    ) {
        precondition(capacity.wattSeconds > 0, "a battery has a capacity")
        precondition(1...10_000 ~= efficiency, "efficiency is 1 to 10,000 in 1/10,000")
        precondition(0..<10_000 ~= taperFrom.basisPoints, "the taper starts below 100 %")
        precondition(0...1_000 ~= taperEndPerMille, "the taper ends at 0 to 1,000 in 1/1000")
        self.capacity = capacity
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.efficiency = efficiency
        self.taperFrom = taperFrom
        self.taperEndPerMille = taperEndPerMille
    }

    /// Capacity in the unit that states are kept in: thousandths of a watt-second.
    var capacityMilliJoules: Int { self.capacity.wattSeconds * 1_000 }

    /// Most charge power, in W, that the cells accept at a content.
    func chargeLimit(atMilliJoules stored: Int) -> Int {
        let top = self.capacityMilliJoules
        let knee = top / 10_000 * self.taperFrom.basisPoints
        guard stored > knee else { return self.maxCharge.watts }
        let end = self.maxCharge.watts * self.taperEndPerMille / 1_000
        let share = (stored - knee) / 1_000
        let width = max((top - knee) / 1_000, 1)
        return self.maxCharge.watts - (self.maxCharge.watts - end) * min(share, width) / width
    }
}
