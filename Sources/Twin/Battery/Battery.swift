public import Domain

/// One battery's state of charge, moved by power at the grid side. All in integers, so that a day gives
/// the same bits everywhere; every rounding is against us (algorithms sheet, property 20: no profit from it).
public struct Battery: Hashable, Sendable {
    public let model: BatteryModel
    /// Content in thousandths of a watt-second: 0 … capacity.
    public private(set) var milliJoules: Int

    public init(model: BatteryModel, at charge: StateOfCharge) {
        self.model = model
        let clamped = min(max(charge.basisPoints, 0), 10_000)
        self.milliJoules =
            charge.basisPoints == clamped
            ? model.capacityMilliJoules / 10_000 * clamped
            : (clamped == 0 ? 0 : model.capacityMilliJoules)
    }

    public var stateOfCharge: StateOfCharge {
        let unit = max(self.model.capacityMilliJoules / 10_000, 1)
        return StateOfCharge(basisPoints: min(self.milliJoules / unit, 10_000))
    }

    public var content: Energy { Energy(wattSeconds: self.milliJoules / 1_000) }

    /// The power that flows when `power` is offered (+) or asked (−) for `span`: limits, taper, full, empty.
    public func accepted(_ power: Power, for span: TimeSpan) -> Power {
        let milliseconds = max(span.milliseconds, 1)
        if power.watts >= 0 {
            let limit = self.model.chargeLimit(atMilliJoules: self.milliJoules)
            let room = self.model.capacityMilliJoules - self.milliJoules
            let fits = room * 10_000 / (self.model.efficiency * milliseconds)
            return Power(watts: min(power.watts, limit, fits))
        }
        let gives = self.milliJoules / 10_000 * self.model.efficiency / milliseconds
        return Power(watts: -min(-power.watts, self.model.maxDischarge.watts, gives))
    }

    /// Moves energy for `span` and returns the power at the grid side that really flowed.
    public mutating func apply(_ power: Power, for span: TimeSpan) -> Power {
        let flows = self.accepted(power, for: span)
        self.milliJoules += Self.cellEnergy(
            watts: flows.watts, milliseconds: span.milliseconds, efficiency: self.model.efficiency)
        return flows
    }

    /// Change of content in thousandths of a watt-second: what is stored rounds down, what is taken rounds up.
    @inline(__always)
    static func cellEnergy(watts: Int, milliseconds: Int, efficiency: Int) -> Int {
        let grid = watts * milliseconds
        return grid >= 0
            ? grid * efficiency / 10_000 : -((-grid * 10_000 + efficiency - 1) / efficiency)
    }
}
