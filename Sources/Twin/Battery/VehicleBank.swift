public import Domain

/// Many vehicles at their charging points as columns: the kernel that the twin spends a day in.
/// The same arithmetic as ``Battery``, a vehicle per row, no branches that data could surprise.
public struct VehicleBank: Sendable {
    public private(set) var count = 0
    /// Content in thousandths of a watt-second.
    public private(set) var milliJoules: [Int] = []
    /// Command in force, W, + = charge; 0 where no car is.
    public var aim: [Int32] = []
    /// Power at the end of the last step, and mean power over it, W.
    public private(set) var power: [Int32] = []
    public private(set) var mean: [Int32] = []
    /// Sums of what flowed at the grid side, thousandths of a watt-second, ≥ 0.
    public private(set) var charged: [Int] = []
    public private(set) var discharged: [Int] = []
    private var capacity: [Int] = []
    /// A ten-thousandth of the capacity, > 0.
    private var basisPoint: [Int] = []
    private var knee: [Int] = []
    private var maxCharge: [Int] = []
    private var maxDischarge: [Int] = []
    private var efficiency: [Int] = []
    private var taperEnd: [Int] = []
    private var plugged: [Bool] = []
    /// Dead time of all stations, and their ramp in W/s.
    private let latency: Int
    private let ramp: Int
    /// Most dead time that a row may have, and each row's own; empty where all have the same.
    private let slowest: Int
    private var latencies: [Int] = []
    /// What was commanded in the steps that the dead time reaches back over, the oldest next: a ring of columns.
    private var waiting: [[Int32]] = []
    private var oldest = 0

    /// `latency` reaches from a command to the first change of power; the mean of a step contains it. Rows may be given
    /// dead times of their own (``lag(_:by:)``), up to `slowest`.
    public init(
        latency: TimeSpan = .zero, slowest: TimeSpan = .zero, rampPerSecond: Power = Power(watts: 1_000_000)
    ) {
        precondition(latency >= .zero && rampPerSecond.watts > 0, "latency ≥ 0, ramp > 0")
        self.latency = latency.milliseconds
        self.slowest = max(latency, slowest).milliseconds
        self.ramp = rampPerSecond.watts
    }

    /// Adds a row; returns its index.
    public mutating func add(_ model: BatteryModel, at charge: StateOfCharge) -> Int {
        let battery = Battery(model: model, at: charge)
        self.milliJoules.append(battery.milliJoules)
        self.aim.append(0)
        self.power.append(0)
        self.mean.append(0)
        self.charged.append(0)
        self.discharged.append(0)
        self.capacity.append(model.capacityMilliJoules)
        self.basisPoint.append(max(model.capacityMilliJoules / 10_000, 1))
        self.knee.append(model.capacityMilliJoules / 10_000 * model.taperFrom.basisPoints)
        self.maxCharge.append(model.maxCharge.watts)
        self.maxDischarge.append(model.maxDischarge.watts)
        self.efficiency.append(model.efficiency)
        self.taperEnd.append(model.maxCharge.watts * model.taperEndPerMille / 1_000)
        self.plugged.append(false)
        if self.slowest > self.latency { self.latencies.append(self.latency) }
        self.count += 1
        return self.count - 1
    }

    public mutating func plug(_ row: Int, isIn: Bool) {
        self.plugged[row] = isIn
        self.aim[row] = 0
        self.power[row] = 0
        self.mean[row] = 0
        for step in self.waiting.indices where row < self.waiting[step].count { self.waiting[step][row] = 0 }
    }

    /// A row's own dead time from now on, at most the `slowest` of the bank; for a car that plugs in, before its first
    /// command.
    public mutating func lag(_ row: Int, by latency: TimeSpan) {
        guard !self.latencies.isEmpty else { return }
        self.latencies[row] = min(max(0, latency.milliseconds), self.slowest)
    }

    public func isPlugged(_ row: Int) -> Bool { self.plugged[row] }

    public func charge(_ row: Int) -> StateOfCharge {
        StateOfCharge(
            basisPoints: min(self.milliJoules[row] / self.basisPoint[row], 10_000))
    }

    public func content(_ row: Int) -> Energy {
        Energy(wattSeconds: self.milliJoules[row] / 1_000)
    }
    public func capacity(_ row: Int) -> Energy { Energy(wattSeconds: self.capacity[row] / 1_000) }

    /// Most charge power now, with the taper, W.
    @inline(__always)
    public func chargeLimit(_ row: Int) -> Int {
        Self.limit(
            self.milliJoules[row], self.capacity[row], self.knee[row], self.maxCharge[row],
            self.taperEnd[row])
    }

    /// Moves every vehicle by one step; returns the sum of mean powers, W.
    public mutating func step(milliseconds: Int) -> Int {
        precondition(milliseconds > 0, "a step takes time")
        // A dead time of a step at most is within the step's mean; what is beyond are whole steps.
        let most = max(0, self.slowest - 1) / milliseconds
        if most > 0 { self.delay(by: most) }
        var behind = most
        var dead = self.latency - behind * milliseconds
        let areAlike = self.latencies.isEmpty
        var sum = 0
        let steepest = self.ramp &* milliseconds / 1_000
        for row in 0..<self.count where self.plugged[row] {
            let before = Int(self.power[row])
            if !areAlike {
                behind = max(0, self.latencies[row] - 1) / milliseconds
                dead = self.latencies[row] - behind * milliseconds
            }
            let aim = behind > 0 ? self.waiting[(self.oldest + most - behind) % (most + 1)][row] : self.aim[row]
            let change = min(max(Int(aim) &- before, -steepest), steepest)
            let after = self.fitting(before &+ change, row: row, milliseconds: milliseconds)
            var flows = after
            if before != after {
                let mean = (before &* dead &+ after &* (milliseconds &- dead)) / milliseconds
                flows = self.fitting(mean, row: row, milliseconds: milliseconds)
            }
            self.move(flows, row: row, milliseconds: milliseconds)
            self.power[row] = Int32(truncatingIfNeeded: after)
            self.mean[row] = Int32(truncatingIfNeeded: flows)
            sum &+= flows
        }
        return sum
    }

    /// Puts the commands of this step in the place of the oldest; the ones that are next are then in force.
    private mutating func delay(by steps: Int) {
        if self.waiting.count != steps + 1 || self.waiting[0].count != self.count {
            self.waiting = Array(repeating: self.aim, count: steps + 1)
            self.oldest = 0
        }
        self.waiting[self.oldest] = self.aim
        self.oldest = (self.oldest + 1) % self.waiting.count
    }

    @inline(__always)
    private mutating func move(_ watts: Int, row: Int, milliseconds: Int) {
        let grid = watts &* milliseconds
        self.milliJoules[row] &+= Battery.cellEnergy(
            watts: watts, milliseconds: milliseconds, efficiency: self.efficiency[row])
        self.charged[row] &+= max(grid, 0)
        self.discharged[row] &+= max(-grid, 0)
    }

    /// Inside the limits of car and cells for the whole step.
    @inline(__always)
    private func fitting(_ watts: Int, row: Int, milliseconds: Int) -> Int {
        let stored = self.milliJoules[row]
        if watts >= 0 {
            let room = self.capacity[row] &- stored
            let wanted = min(watts, self.chargeLimit(row))
            // Multiplied before it is divided: most cars have room.
            guard wanted &* (self.efficiency[row] &* milliseconds) > room &* 10_000 else { return wanted }
            return room &* 10_000 / (self.efficiency[row] &* milliseconds)
        }
        let wanted = min(-watts, self.maxDischarge[row])
        let store = stored / 10_000 &* self.efficiency[row]
        return wanted &* milliseconds <= store ? -wanted : -(store / milliseconds)
    }

    @inline(__always)
    private static func limit(
        _ stored: Int, _ capacity: Int, _ knee: Int, _ full: Int, _ end: Int
    ) -> Int {
        guard stored > knee else { return full }
        let share = (stored &- knee) / 1_000
        let width = max((capacity &- knee) / 1_000, 1)
        return full &- (full &- end) &* min(share, width) / width
    }
}
