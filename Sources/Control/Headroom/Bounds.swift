public import Domain

/// What is known of a car and its charging point when its room to move is computed. Magnitudes ≥ 0.
public struct ChargingTask: Hashable, Sendable {
    public var capacity: Energy
    public var stateOfCharge: StateOfCharge
    /// Half width of the band that holds the state of charge.
    public var uncertainty: StateOfCharge
    public var reserve: StateOfCharge
    public var target: StateOfCharge
    public var departure: Instant
    /// One-way efficiency in 1/10,000.
    public var efficiency: Int
    public var maxCharge: Power
    public var maxDischarge: Power
    /// Charge power that can be counted on until departure: the 5 % quantile of what was metered.
    public var provenCharge: Power
    public var minimumPower: Power
    public var step: Power
    /// The owner agreed, the site may export, and the station can.
    public var mayDischarge: Bool

    public init(
        capacity: Energy, stateOfCharge: StateOfCharge, uncertainty: StateOfCharge,
        reserve: StateOfCharge, target: StateOfCharge, departure: Instant, efficiency: Int,
        maxCharge: Power, maxDischarge: Power, provenCharge: Power, minimumPower: Power,
        step: Power, mayDischarge: Bool
    ) {
        self.capacity = capacity
        self.stateOfCharge = stateOfCharge
        self.uncertainty = uncertainty
        self.reserve = reserve
        self.target = target
        self.departure = departure
        self.efficiency = efficiency
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.provenCharge = provenCharge
        self.minimumPower = minimumPower
        self.step = step
        self.mayDischarge = mayDischarge
    }
}

/// The room that a promise leaves: base and bounds of the set-point in W, + = charge.
public struct Bounds: Hashable, Sendable, Codable {
    public var base: Int
    public var low: Int
    public var high: Int
    /// Seconds between now and the last moment at which charging must begin to keep the promise.
    public var laxity: Int
    /// True where even charging at once at full power misses the target.
    public var atRisk: Bool

    public init(base: Int, low: Int, high: Int, laxity: Int, atRisk: Bool) {
        self.base = base
        self.low = low
        self.high = high
        self.laxity = laxity
        self.atRisk = atRisk
    }

    /// Nothing may be moved.
    public static let none = Bounds(base: 0, low: 0, high: 0, laxity: 0, atRisk: false)
}

extension ChargingTask {
    /// Energy surely in the battery.
    public var sureEnergy: Energy {
        let sure = StateOfCharge(
            basisPoints: max(0, self.stateOfCharge.basisPoints - self.uncertainty.basisPoints))
        return sure.energy(of: self.capacity)
    }

    /// The lower energy line `L(t) = max(reserve, E_dep − η·P_c·(D − m − t))`: below it at `instant`
    /// the promise is lost. `watchdog` is `m`, the time for which a set-point stays valid unheard.
    /// (algorithms.md section 1; provable by induction over commands.)
    public func lowerLine(at instant: Instant, watchdog: TimeSpan) -> Energy {
        let target = self.target.energy(of: self.capacity)
        let left = max(0, (self.departure - watchdog - instant).seconds)
        let chargeable = self.provenCharge.watts * left / 10_000 * self.efficiency
        let line = Energy(wattSeconds: target.wattSeconds - chargeable)
        return max(self.reserve.energy(of: self.capacity), line)
    }

    /// Base and bounds now, such that a set-point inside them, held for `endurance`, keeps the promise. A car that
    /// leaves earlier is held to its own time: what is missing then has to come before.
    public func bounds(at now: Instant, endurance: TimeSpan, watchdog: TimeSpan) -> Bounds {
        let stored = self.sureEnergy.wattSeconds
        let target = self.target.energy(of: self.capacity).wattSeconds
        let left = (self.departure - watchdog - now).seconds
        // A set-point stays valid unheard for the watchdog's time: surplus lasts at least that long.
        let horizon = max(1, min(endurance.seconds, max(left, watchdog.seconds)))
        let until = max(1, min(horizon, left))
        let line = self.lowerLine(at: now + .seconds(horizon), watchdog: watchdog).wattSeconds
        // Which of the two it is is random from car to car: both are reckoned without a branch.
        let missing = line - stored
        let isMissing = missing > 0
        let needs = quotient(max(0, missing) * 10_000, self.efficiency) + until - 1
        let spares = max(0, -missing) / 10_000 * self.efficiency
        let rate = quotient(isMissing ? needs : spares, isMissing ? until : horizon)
        let least = self.mayDischarge ? -self.maxDischarge.watts : max(0, -self.maxDischarge.watts)
        var low = max(isMissing ? rate : -rate, least)
        let room = max(
            0, self.capacity.wattSeconds - self.stateOfCharge.energy(of: self.capacity).wattSeconds)
        let most = min(self.maxCharge.watts, quotient(quotient(room * 10_000, self.efficiency), horizon))
        let needed = quotient(max(0, target - stored) * 10_000, self.efficiency)
        let time = quotient(needed, max(1, self.provenCharge.watts))
        let atRisk = needed > 0 && time > max(0, left)
        let evenly = left > 0 ? min(self.maxCharge.watts, quotient(needed, max(1, left)) + 1) : self.maxCharge.watts
        let steady = needed == 0 ? 0 : evenly
        let high = max(most, 0)
        low = min(low, high)
        let base = min(max(steady, low), high)
        return self.onGrid(
            Bounds(base: base, low: low, high: high, laxity: max(0, left - time), atRisk: atRisk))
    }

    /// Moves base and bounds to powers that the station holds: its step, and nothing inside its dead band.
    private func onGrid(_ bounds: Bounds) -> Bounds {
        var result = bounds
        result.high = quantised(
            bounds.high, minimum: self.minimumPower.watts, step: self.step.watts, towards: .down)
        result.low = quantised(
            bounds.low, minimum: self.minimumPower.watts, step: self.step.watts, towards: .up)
        if result.low > result.high { result.low = result.high }
        // The base is rounded up: charging a little early keeps a promise, charging late does not.
        let base = quantised(
            bounds.base, minimum: self.minimumPower.watts, step: self.step.watts, towards: .up)
        result.base = min(max(base, result.low), result.high)
        return result
    }
}

/// Which way a power is rounded: `up` = towards more charge.
public enum Rounding: Sendable {
    case up
    case down
    case nearest
}

/// `value / divisor` for a divisor > 0. Magnitudes below 2^53 are divided as doubles, which takes a third of the time and
/// is exact: the true quotient of such numbers is never so close below the next whole one that rounding would reach it.
@inline(__always)
func quotient(_ value: Int, _ divisor: Int) -> Int {
    guard value.magnitude < 1 << 53 else { return value / divisor }
    return Int(Double(value) / Double(divisor))
}

/// `watts` on the power grid of a station: multiples of `step`, nothing strictly between 0 and ±`minimum`.
@inline(__always)
public func quantised(_ watts: Int, minimum: Int, step: Int, towards: Rounding) -> Int {
    let magnitude = watts.magnitude
    // A dead band that is no multiple of the step ends at the next one.
    let least = step > 1 ? quotient(minimum + step - 1, step) * step : minimum
    if magnitude > 0 && magnitude < UInt(least) {
        switch towards {
        case .up: return watts > 0 ? least : 0
        case .down: return watts > 0 ? 0 : -least
        case .nearest: return magnitude * 2 >= UInt(least) ? (watts > 0 ? least : -least) : 0
        }
    }
    guard step > 1 else { return watts }
    let steps = quotient(watts, step)
    let remainder = watts - steps * step
    if remainder == 0 { return watts }
    switch towards {
    case .up: return (remainder > 0 ? steps + 1 : steps) * step
    case .down: return (remainder > 0 ? steps : steps - 1) * step
    case .nearest: return roundedDivision(watts, step) * step
    }
}
