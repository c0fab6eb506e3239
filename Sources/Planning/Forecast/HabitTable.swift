public import Domain

/// What cars (or clusters of them) do at each hour of each group of days, learned as it is seen: one row each.
/// Power is kept as a share of what is rated, so that a cluster's habit fits a car that nobody has seen yet.
/// Integers throughout; 634 bytes a row.
public struct HabitTable: Hashable, Sendable {
    /// Cells of a row: four groups of days by 24 hours.
    static let cells = 4 * 24
    /// 1 as a share.
    static let one = 65_535

    public internal(set) var rows = 0
    /// Days that count in a cell, up to the group's memory.
    var counts: [UInt8] = []
    /// Share of the hour that it was plugged in, in 1/255.
    var plugged: [UInt8] = []
    /// Mean share of rated power that could be moved in each direction for the whole hour, in 1/65,535.
    var up: [UInt16] = []
    var down: [UInt16] = []
    /// Arrivals and departures by hour; all are halved when one is full, so the old count less and less.
    var arrivals: [UInt8] = []
    var departures: [UInt8] = []
    /// Energy that was missing on arrival, Wh: its mean, and the mean distance from it.
    var energy: [Int32] = []
    var energySpread: [Int32] = []
    var sessions: [UInt16] = []

    public init() {}

    /// Makes room for so many rows; those that are there stay.
    public mutating func grow(to rows: Int) {
        guard rows > self.rows else { return }
        let more = rows - self.rows
        self.counts += Array(repeating: 0, count: more * Self.cells)
        self.plugged += Array(repeating: 0, count: more * Self.cells)
        self.up += Array(repeating: 0, count: more * Self.cells)
        self.down += Array(repeating: 0, count: more * Self.cells)
        self.arrivals += Array(repeating: 0, count: more * 24)
        self.departures += Array(repeating: 0, count: more * 24)
        self.energy += Array(repeating: 0, count: more)
        self.energySpread += Array(repeating: 0, count: more)
        self.sessions += Array(repeating: 0, count: more)
        self.rows = rows
    }

    private static func cell(_ row: Int, _ group: DayGroup, _ hour: Int) -> Int {
        row * Self.cells + Int(group.rawValue) * 24 + hour
    }

    /// One hour of a row.
    public struct Hour: Hashable, Sendable {
        /// Share of the hour that it was plugged in, in 1/10,000.
        public var plugged: Int
        /// Power that could be moved for the whole hour, W ≥ 0.
        public var up: Int
        public var down: Int

        public init(plugged: Int, up: Int, down: Int) {
            self.plugged = plugged
            self.up = up
            self.down = down
        }
    }

    /// Learns an hour that was seen. `rated` is the most that can be moved, W; nothing is learned where it is 0.
    public mutating func observe(_ row: Int, _ group: DayGroup, hour: Int, _ seen: Hour, rated: Int) {
        guard rated > 0 else { return }
        self.grow(to: row + 1)
        let cell = Self.cell(row, group, hour)
        let count = min(Int(self.counts[cell]) + 1, group.memory)
        self.counts[cell] = UInt8(count)
        func share(_ watts: Int) -> Int { min(Self.one, max(0, watts) * Self.one / rated) }
        func blend(_ mean: Int, _ value: Int) -> Int { mean + roundedDivision(value - mean, count) }
        self.up[cell] = UInt16(blend(Int(self.up[cell]), share(seen.up)))
        self.down[cell] = UInt16(blend(Int(self.down[cell]), share(seen.down)))
        let plugged = roundedDivision(min(10_000, max(0, seen.plugged)) * 255, 10_000)
        self.plugged[cell] = UInt8(blend(Int(self.plugged[cell]), plugged))
    }

    /// Learns an arrival and the energy that was missing then, Wh.
    public mutating func arrived(_ row: Int, hour: Int, missing: Int) {
        self.grow(to: row + 1)
        Self.count(&self.arrivals, row, hour)
        let count = min(Int(self.sessions[row]) + 1, 40)
        self.sessions[row] = UInt16(count)
        let wanted = min(max(0, missing), Int(Int32.max) / 2)
        let mean = Int(self.energy[row]) + roundedDivision(wanted - Int(self.energy[row]), count)
        self.energy[row] = Int32(mean)
        let distance = Int((wanted - mean).magnitude)
        self.energySpread[row] += Int32(roundedDivision(distance - Int(self.energySpread[row]), count))
    }

    public mutating func departed(_ row: Int, hour: Int) {
        self.grow(to: row + 1)
        Self.count(&self.departures, row, hour)
    }

    private static func count(_ histogram: inout [UInt8], _ row: Int, _ hour: Int) {
        let range = row * 24..<row * 24 + 24
        if histogram[row * 24 + hour] == .max { for index in range { histogram[index] /= 2 } }
        histogram[row * 24 + hour] += 1
    }
}

// What is expected of a row.
extension HabitTable {
    /// Days that a cluster counts for beside what was seen: of all groups, and of those alike.
    private static let priorWeight = 2
    private static let groupWeight = 4

    /// Power that a car is expected to hold for the whole hour, W: its own days of the group, filled up with days
    /// that are alike, with all its days, and with its cluster where it is new (hierarchical shrinkage).
    public func expected(
        _ row: Int, _ group: DayGroup, hour: Int, _ direction: Direction, rated: Int, cluster: Int
    ) -> Int {
        self.shrunk(row, group, hour, direction == .up ? self.up : self.down, prior: cluster) * rated / Self.one
    }

    /// Probability of being plugged in through the hour, in 1/10,000; `cluster` in the same unit.
    public func pluggedProbability(_ row: Int, _ group: DayGroup, hour: Int, cluster: Int) -> Int {
        self.shrunk(row, group, hour, self.plugged, prior: cluster * 255 / 10_000) * 10_000 / 255
    }

    /// A cluster's own mean share in 1/65,535; of days alike, then of all, where the group was never seen.
    public func share(_ row: Int, _ group: DayGroup, hour: Int, _ direction: Direction) -> Int {
        self.shrunk(row, group, hour, direction == .up ? self.up : self.down, prior: 0, priorWeight: 0)
    }

    /// A cluster's own probability of being plugged in, in 1/10,000.
    public func pluggedShare(_ row: Int, _ group: DayGroup, hour: Int) -> Int {
        self.shrunk(row, group, hour, self.plugged, prior: 0, priorWeight: 0) * 10_000 / 255
    }

    /// Whether anything was ever seen of a row.
    public func isKnown(_ row: Int) -> Bool {
        row < self.rows
            && self.counts[row * Self.cells..<(row + 1) * Self.cells].contains { $0 > 0 }
    }

    @inline(__always)
    private func shrunk<Value: FixedWidthInteger>(
        _ row: Int, _ group: DayGroup, _ hour: Int, _ values: [Value], prior: Int, priorWeight: Int = priorWeight
    ) -> Int {
        guard row < self.rows else { return prior }
        let alike = group.alike
        var (days, sum) = (0, 0)
        var (alikeDays, alikeSum) = (0, 0)
        for other in 0..<4 {
            let cell = row * Self.cells + other * 24 + hour
            let count = Int(self.counts[cell])
            let part = Int(values[cell]) * count
            days += count
            sum += part
            guard alike & 1 << other != 0 else { continue }
            alikeDays += count
            alikeSum += part
        }
        let own = Self.cell(row, group, hour)
        let ownDays = Int(self.counts[own])
        guard days + priorWeight > 0 else { return 0 }
        let all = (sum + prior * priorWeight) / (days + priorWeight)
        let near = (alikeSum + all * Self.groupWeight) / (alikeDays + Self.groupWeight)
        return (Int(values[own]) * ownDays + near * Self.groupWeight) / (ownDays + Self.groupWeight)
    }
}
