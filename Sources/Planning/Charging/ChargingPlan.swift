/// A car that is to be charged: energy in W·s at the charging point, power in W, time in seconds from now.
public struct ChargingCar: Hashable, Sendable {
    /// Still to be charged, ≥ 0.
    public var need: Int
    /// Power that can be counted on, ≥ 0.
    public var most: Int
    /// By when it has to be there.
    public var ready: Int

    public init(need: Int, most: Int, ready: Int) {
        self.need = max(0, need)
        self.most = max(0, most)
        self.ready = max(0, ready)
    }
}

/// A span of time with one price; spans follow each other from now on.
public struct ChargingSpan: Hashable, Sendable {
    /// Seconds, > 0.
    public var length: Int
    /// Price or carbon, per unit of energy; may be negative.
    public var value: Int
    /// W that all cars may draw together.
    public var limit: Int

    public init(length: Int, value: Int, limit: Int) {
        self.length = length
        self.value = value
        self.limit = max(0, limit)
    }
}

/// When each car of a site charges: what costs least (or carries least carbon) of all that brings every car what it
/// needs in time under the site's limit. Where not everybody can be, whoever leaves first is served first.
///
/// Exact, because prices belong to spans and not to cars: the loads of the spans that can be served form a
/// polymatroid, so the cheapest is found by filling the cheapest span as far as can be, then the next, moving what was
/// placed before to other cars' spans where that makes room (`ChargingTable.send`), and never taking load from a span.
/// A car that leaves inside a span has only its part of it; the limit counts for the span as a whole.
public struct ChargingPlan: Hashable, Sendable {
    /// W·s, by car and span.
    public let energy: [[Int]]
    /// W·s by car that cannot be brought in time, whatever is done.
    public let missing: [Int]
    /// False where the work ran out before the cheapest was found: it is a plan that serves as many as could be, still.
    public let isExact: Bool

    /// Words of bits that a plan may look at before it takes what it has, per car and span, and at least.
    static let mostWork = (each: 1_000, least: 4_000_000)

    public init(_ cars: [ChargingCar], over spans: [ChargingSpan]) {
        var table = ChargingTable(cars, spans)
        let levels = Self.levels(spans)
        if !table.fillFreely(levels) {
            let order = cars.indices.sorted { (cars[$0].ready, $0) < (cars[$1].ready, $1) }
            // First who can be served at all, then the same at least cost.
            table.clear()
            table.serve(order)
            let served = table
            table.settle()
            for level in levels { table.open(level, to: order) }
            if !table.isDone { table = served.exhausted }
        }
        let rows = table.rows
        self.energy = rows
        self.isExact = !table.isExhausted
        self.missing = cars.indices.map { car in cars[car].need - rows[car].reduce(0, +) }
    }

    /// Spans of the same value are filled together, the cheapest first.
    private static func levels(_ spans: [ChargingSpan]) -> [[Int]] {
        let order = spans.indices.sorted { (spans[$0].value, $0) < (spans[$1].value, $1) }
        var levels: [[Int]] = []
        for span in order {
            if let last = levels.last?.last, spans[last].value == spans[span].value {
                levels[levels.count - 1].append(span)
            } else {
                levels.append([span])
            }
        }
        return levels
    }

    /// Mean power of a car in a span while it is there, W, rounded up.
    public func power(_ car: Int, in span: Int, present seconds: Int) -> Int {
        guard seconds > 0 else { return 0 }
        return (self.energy[car][span] + seconds - 1) / seconds
    }

    /// Σ energy × value, in W·s times the unit of the spans' values.
    public func cost(over spans: [ChargingSpan]) -> Int128 {
        self.energy.reduce(0) { sum, row in
            sum + zip(row, spans).reduce(Int128(0)) { $0 + Int128($1.0) * Int128($1.1.value) }
        }
    }
}
