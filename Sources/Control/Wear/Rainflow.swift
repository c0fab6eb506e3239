/// Counts cycles of a charge that comes in sample by sample: rainflow by the three-point rule of ASTM E1049, with at most
/// twelve turning points in 25 bytes. Where a history nests deeper, the oldest range counts as the half cycle that it is at
/// the end of every count.
public struct Rainflow: Hashable, Sendable, Codable {
    /// A range that closed: its depth and mean in 1/100 %, and whether it is a whole cycle.
    public struct Cycle: Hashable, Sendable {
        public var depth: Int
        public var mean: Int
        public var isWhole: Bool

        public init(depth: Int, mean: Int, isWhole: Bool) {
            self.depth = depth
            self.mean = mean
            self.isWhole = isWhole
        }
    }

    /// Turning points, 16 bits each, the oldest lowest; the newest is where the charge is now.
    private var low: UInt64 = 0
    private var middle: UInt64 = 0
    private var high: UInt64 = 0
    private var used: UInt8 = 0

    /// Most turning points that are kept.
    public static let most = 12

    public init() {}

    /// How many turning points are open, the present charge among them.
    public var count: Int { Int(self.used) }

    /// The turning point at `index`, the oldest first.
    public subscript(_ index: Int) -> Int {
        let word = index < 4 ? self.low : index < 8 ? self.middle : self.high
        return Int(word >> (16 * UInt64(index & 3)) & 0xffff)
    }

    private mutating func set(_ index: Int, _ value: Int) {
        let shift = 16 * UInt64(index & 3)
        let mask = ~(UInt64(0xffff) << shift)
        let bits = UInt64(value) << shift
        switch index {
        case ..<4: self.low = self.low & mask | bits
        case ..<8: self.middle = self.middle & mask | bits
        default: self.high = self.high & mask | bits
        }
    }

    /// Depth of the range that is open now, in 1/100 %.
    public var openDepth: Int { self.count < 2 ? 0 : abs(self[self.count - 1] - self[self.count - 2]) }

    /// Whether the charge is falling since the last turning point.
    public var isFalling: Bool { self.count >= 2 && self[self.count - 1] < self[self.count - 2] }

    /// Takes the next charge (1/100 %, 0 … 10,000).
    /// - Returns: what closed by it, the innermost first.
    public mutating func take(_ charge: Int) -> [Cycle] {
        let charge = min(10_000, max(0, charge))
        guard self.count > 0, self[self.count - 1] != charge else {
            if self.count == 0 { self.append(charge) }
            return []
        }
        var closed: [Cycle] = []
        let now = self[self.count - 1]
        if self.count >= 2, (charge > now) == (now > self[self.count - 2]) {
            self.set(self.count - 1, charge)
        } else {
            if self.count == Self.most { closed.append(self.dropOldest()) }
            self.append(charge)
        }
        self.close(into: &closed)
        return closed
    }

    /// What is still open, as the half cycles that it counts for in a report.
    public var residue: [Cycle] {
        guard self.count >= 2 else { return [] }
        return (1..<self.count).map { Self.half(self[$0 - 1], self[$0]) }
    }

    private mutating func close(into closed: inout [Cycle]) {
        while self.count >= 3 {
            let (third, second, newest) = (self[self.count - 3], self[self.count - 2], self[self.count - 1])
            guard abs(newest - second) >= abs(second - third) else { return }
            if self.count == 3 {
                closed.append(self.dropOldest())
            } else {
                var cycle = Self.half(third, second)
                cycle.isWhole = true
                closed.append(cycle)
                self.set(self.count - 3, newest)
                self.used -= 2
            }
        }
    }

    private mutating func append(_ charge: Int) {
        self.set(self.count, charge)
        self.used += 1
    }

    private mutating func dropOldest() -> Cycle {
        let cycle = Self.half(self[0], self[1])
        for index in 1..<self.count { self.set(index - 1, self[index]) }
        self.used -= 1
        return cycle
    }

    private static func half(_ first: Int, _ second: Int) -> Cycle {
        Cycle(depth: abs(first - second), mean: (first + second) / 2, isWhole: false)
    }
}
