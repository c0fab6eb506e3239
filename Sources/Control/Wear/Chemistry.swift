/// How a kind of battery wears, as data (`Config/batteries.json`). Life is counted in parts of 10⁻¹²: a battery that has
/// spent 10¹² parts has the capacity left at which its maker calls it used up (80 %). Integers throughout, so that every
/// machine counts the same.
public struct Chemistry: Hashable, Sendable, Codable {
    /// A place on a curve: the value at `x`, straight lines between.
    public struct Knot: Hashable, Sendable, Codable {
        public var x: Int
        public var y: Int

        public init(x: Int, y: Int) {
            self.x = x
            self.y = y
        }

        public init(from decoder: any Decoder) throws {
            var pair = try decoder.unkeyedContainer()
            self.x = try pair.decode(Int.self)
            self.y = try pair.decode(Int.self)
        }

        public func encode(to encoder: any Encoder) throws {
            var pair = encoder.unkeyedContainer()
            try pair.encode(self.x)
            try pair.encode(self.y)
        }
    }

    public var id: String
    /// Where the figures come from, and how sure they are.
    public var source: String
    public var certainty: String
    /// Parts of life that a full cycle costs, by its depth in 1/100 %, at 50 % mean charge and 25 °C.
    public var cycle: [Knot]
    /// Parts of life that a day costs, at 50 % and 25 °C.
    public var calendarPerDay: Int
    /// Factors in 1/1000: of a day by charge in 1/100 % and by temperature in 1/10 °C, of a cycle by its mean charge and
    /// by temperature.
    public var calendarByCharge: [Knot]
    public var calendarByTemperature: [Knot]
    public var cycleByCharge: [Knot]
    public var cycleByTemperature: [Knot]

    /// Parts of a whole life.
    public static let life = 1_000_000_000_000

    public init(
        id: String, source: String, certainty: String, cycle: [Knot], calendarPerDay: Int, calendarByCharge: [Knot],
        calendarByTemperature: [Knot], cycleByCharge: [Knot], cycleByTemperature: [Knot]
    ) {
        self.id = id
        self.source = source
        self.certainty = certainty
        self.cycle = cycle
        self.calendarPerDay = calendarPerDay
        self.calendarByCharge = calendarByCharge
        self.calendarByTemperature = calendarByTemperature
        self.cycleByCharge = cycleByCharge
        self.cycleByTemperature = cycleByTemperature
    }

    /// Parts of life that one full cycle costs.
    /// - Parameters:
    ///   - depth: in 1/100 %.
    ///   - mean: charge in the middle of the cycle, 1/100 %.
    ///   - temperature: in 1/10 °C.
    public func cycleCost(depth: Int, mean: Int = 5_000, temperature: Int = 250) -> Int {
        let factor = at(mean, self.cycleByCharge) * at(temperature, self.cycleByTemperature)
        return Int(Int128(at(max(0, depth), self.cycle)) * Int128(factor) / 1_000_000)
    }

    /// Parts of life that `seconds` at a charge (1/100 %) and a temperature (1/10 °C) cost.
    public func calendarCost(seconds: Int, charge: Int, temperature: Int = 250) -> Int {
        let factor = at(charge, self.calendarByCharge) * at(temperature, self.calendarByTemperature)
        return Int(Int128(self.calendarPerDay) * Int128(seconds) * Int128(factor) / (86_400 * 1_000_000))
    }

    /// What the next tenth of the battery costs when it is discharged from a cycle that is open already.
    /// - Parameters:
    ///   - openDepth: how deep the cycle is by now, 1/100 %.
    ///   - packPrice: of a new battery, micro-units per kWh of its capacity.
    /// - Returns: micro-units per kWh discharged, ≥ 0.
    public func marginalCost(openDepth: Int, mean: Int = 5_000, temperature: Int = 250, packPrice: Int) -> Int {
        let next = min(1_000, max(100, 10_000 - openDepth))
        let open = min(openDepth, 10_000 - next)
        let spent =
            self.cycleCost(depth: open + next, mean: mean, temperature: temperature)
            - self.cycleCost(depth: open, mean: mean, temperature: temperature)
        let price = Int128(packPrice) * Int128(max(0, spent)) * 10_000
        return Int(price / (Int128(next) * Int128(Self.life)))
    }

    /// What is wrong with the figures, a line each.
    public var defects: [String] {
        var found: [String] = []
        let curves = [
            ("cycle", self.cycle), ("calendarByCharge", self.calendarByCharge),
            ("calendarByTemperature", self.calendarByTemperature), ("cycleByCharge", self.cycleByCharge),
            ("cycleByTemperature", self.cycleByTemperature),
        ]
        for (name, curve) in curves {
            if curve.isEmpty { found.append("battery \(self.id): \(name) has no points: give [x, y] pairs") }
            if zip(curve, curve.dropFirst()).contains(where: { $0.x >= $1.x }) {
                found.append("battery \(self.id): \(name) must rise in x from point to point")
            }
            if curve.contains(where: { !(0...Self.life).contains($0.y) }) {
                found.append("battery \(self.id): \(name) must lie between 0 and \(Self.life)")
            }
        }
        if zip(self.cycle, self.cycle.dropFirst()).contains(where: { $0.y > $1.y }) {
            found.append("battery \(self.id): a deeper cycle never costs less: correct cycle")
        }
        if !(0...Self.life).contains(self.calendarPerDay) {
            found.append("battery \(self.id): calendarPerDay must lie between 0 and \(Self.life)")
        }
        if self.source.isEmpty { found.append("battery \(self.id): say in source where the figures come from") }
        return found
    }
}

/// The curve at `x`: straight between its points, level beyond them.
private func at(_ x: Int, _ curve: [Chemistry.Knot]) -> Int {
    guard let first = curve.first else { return 0 }
    guard x > first.x else { return first.y }
    var before = first
    for knot in curve.dropFirst() {
        if x <= knot.x {
            return before.y + Int(Int128(knot.y - before.y) * Int128(x - before.x) / Int128(knot.x - before.x))
        }
        before = knot
    }
    return before.y
}
