/// Which units of a pool are most like those that are dispatched: each gets as many peers of its own, so that the
/// distances of all load shapes together are least (an assignment, solved exactly).
public struct PeerMatching: Hashable, Sendable {
    /// Peers that each unit gets.
    public var each: Int
    /// Units and peers at most: the work grows with the square of the one and the other.
    public static let most = 2_000

    public init(each: Int) {
        precondition(each > 0, "a group has members")
        self.each = each
    }

    /// A unit with its load by interval of the day, W, dispatched intervals left out.
    public struct Unit: Hashable, Sendable {
        public var name: String
        public var shape: [Int]

        public init(name: String, shape: [Int]) {
            self.name = name
            self.shape = shape
        }
    }

    public struct Match: Hashable, Sendable {
        public var unit: String
        public var peer: String
        /// Euclid's, between the shapes, W.
        public var distance: Double
    }

    /// The peers of each unit, the nearest first, or why there are none.
    public func matches(of units: [Unit], among pool: [Unit]) -> Result<[Match], BaselineRefusal> {
        guard !units.isEmpty, pool.count >= units.count * self.each, pool.count <= Self.most else {
            return .failure(
                .init(
                    "\(pool.count) units are no pool for \(units.count) with \(self.each) peers each: take from "
                        + "\(max(1, units.count) * self.each) to \(Self.most), or fewer peers"))
        }
        let all = units + pool
        guard Set(all.map(\.shape.count)).count == 1, Set(all.map(\.name)).count == all.count else {
            return .failure(.init("units have other intervals, or stand twice: give each once, by the same hours"))
        }
        let distances = units.map { unit in pool.map { Self.distance(unit.shape, $0.shape) } }
        let rows = units.indices.flatMap { Array(repeating: $0, count: self.each) }
        let chosen = Self.assign(rows.map { distances[$0] })
        let found = zip(rows, chosen).map { (unit: $0, peer: $1, distance: distances[$0][$1]) }
        return .success(
            found.sorted { ($0.unit, $0.distance, $0.peer) < ($1.unit, $1.distance, $1.peer) }.map {
                Match(unit: units[$0.unit].name, peer: pool[$0.peer].name, distance: $0.distance)
            })
    }

    static func distance(_ one: [Int], _ other: [Int]) -> Double {
        zip(one, other).reduce(0.0) { sum, pair in
            let difference = Double(pair.0) - Double(pair.1)
            return sum + difference * difference
        }.squareRoot()
    }

    /// The column of each row, no column twice, so that the sum is least: shortest augmenting paths. No more rows than
    /// columns.
    private static func assign(_ cost: [[Double]]) -> [Int] {
        let columns = cost.first?.count ?? 0
        var (ofRow, ofColumn) = (Array(repeating: 0.0, count: cost.count), Array(repeating: 0.0, count: columns))
        /// Which row has a column.
        var owner = Array(repeating: -1, count: columns)
        for row in cost.indices {
            var least = Array(repeating: Double.infinity, count: columns)
            var before = Array(repeating: -1, count: columns)
            var isDone = Array(repeating: false, count: columns)
            var (current, last, next) = (row, -1, -1)
            repeat {
                var step = Double.infinity
                for column in 0..<columns where !isDone[column] {
                    let reduced = cost[current][column] - ofRow[current] - ofColumn[column]
                    if reduced < least[column] {
                        least[column] = reduced
                        before[column] = last
                    }
                    if least[column] < step {
                        step = least[column]
                        next = column
                    }
                }
                ofRow[row] += step
                for column in 0..<columns {
                    guard isDone[column] else {
                        least[column] -= step
                        continue
                    }
                    ofRow[owner[column]] += step
                    ofColumn[column] -= step
                }
                isDone[next] = true
                last = next
                current = owner[next]
            } while current >= 0
            // Each column on the way takes over the row of the one before it.
            while last >= 0 {
                owner[last] = before[last] < 0 ? row : owner[before[last]]
                last = before[last]
            }
        }
        var chosen = Array(repeating: 0, count: cost.count)
        for (column, row) in owner.enumerated() where row >= 0 { chosen[row] = column }
        return chosen
    }
}
