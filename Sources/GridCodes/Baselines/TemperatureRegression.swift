/// A baseline by regression: what a site draws by the hour of the week and the temperature, fitted to hours in which
/// nothing was asked of it. The model is that of CalTRACK's hourly methods 3.x with one segment, published by OpenEEmeter:
/// an effect for each hour of the week, and pieces of a straight line of temperature, of which the hours in which a
/// building is used and the others have their own. Its figures are floating point: they are an estimate, no money.
public struct TemperatureRegression: Hashable, Sendable {
    /// An hour that was, by the local clock.
    public struct Hour: Hashable, Sendable {
        /// 0 = Monday from midnight to one, …, 167.
        public var ofWeek: Int
        /// Of the air, 1/100 °C.
        public var temperature: Int
        /// W in the mean.
        public var watts: Int

        public init(ofWeek: Int, temperature: Int, watts: Int) {
            self.ofWeek = ofWeek
            self.temperature = temperature
            self.watts = watts
        }
    }

    /// Where the line may bend, and from where degrees cool and heat, in °F as CalTRACK states them.
    private static let bends = [30.0, 45, 55, 65, 75, 90]
    private static let (cooling, heating) = (65.0, 50.0)
    /// Hours that a piece must have, and the part of an hour's residuals that must be above zero for it to be one of use.
    private static let leastHours = 20
    private static let usedAbove = 0.65
    /// Weeks below which an hour of the week is a single accident.
    public static let leastWeeks = 3

    /// Hours of the week in which the site is used.
    public private(set) var isUsed: [Bool]
    /// Bends of the line in hours of use, and in the others, °F.
    public private(set) var usedBends: [Double]
    public private(set) var otherBends: [Double]
    private var effects: [Double?]
    /// W per °F of each piece, hours of use first.
    private var slopes: [Double]

    /// Fits the model.
    /// - Parameter hours: in which nothing was asked of the site, in any order.
    /// - Throws: where there are too few of them, with what to do.
    public init(_ hours: [Hour]) throws(BaselineRefusal) {
        guard hours.allSatisfy({ (0..<168).contains($0.ofWeek) }), hours.count >= Self.leastWeeks * 168 else {
            throw BaselineRefusal(
                "\(hours.count) undisturbed hours with a temperature: give \(Self.leastWeeks) weeks or more")
        }
        self.isUsed = Self.used(hours)
        let isUsed = self.isUsed
        self.usedBends = Self.bends(of: hours.filter { isUsed[$0.ofWeek] })
        self.otherBends = Self.bends(of: hours.filter { !isUsed[$0.ofWeek] })
        (self.effects, self.slopes) = ([], [])
        let rows = hours.map { self.pieces($0.ofWeek, $0.temperature) }
        let loads = hours.map { Double($0.watts) }
        let weekly = hours.map(\.ofWeek)
        let (means, load) = Self.means(rows, loads, by: weekly)
        // With its hour's mean taken from each row the effects of the hours fall out, and some pieces are left to solve for.
        let centred = zip(rows, weekly).map { row, hour in zip(row, means[hour] ?? row).map { $0 - $1 } }
        self.slopes = leastSquares(centred, zip(loads, weekly).map { $0 - (load[$1] ?? 0) })
        self.effects = zip(load, means).map { load, means in
            load.map { $0 - zip(means ?? [], self.slopes).reduce(0) { $0 + $1.0 * $1.1 } }
        }
    }

    /// What the site would draw in an hour, W; nil for an hour of the week that was never seen.
    public func watts(ofWeek hour: Int, temperature: Int) -> Int? {
        guard self.effects.indices.contains(hour), let effect = self.effects[hour] else { return nil }
        let pieces = self.pieces(hour, temperature)
        return Int((effect + zip(pieces, self.slopes).reduce(0) { $0 + $1.0 * $1.1 }).rounded())
    }

    static func fahrenheit(_ hundredths: Int) -> Double { 32 + Double(hundredths) / 100 * 1.8 }

    /// The part of a temperature in each piece of the line; nothing in those of the other hours.
    private func pieces(_ hour: Int, _ temperature: Int) -> [Double] {
        let degrees = Self.fahrenheit(temperature)
        func parts(_ bends: [Double]) -> [Double] {
            guard let first = bends.first, let last = bends.last else { return [degrees] }
            return [min(degrees, first)] + zip(bends, bends.dropFirst()).map { max(0, min(degrees, $1) - $0) }
                + [max(0, degrees - last)]
        }
        let (used, other) = (parts(self.usedBends), parts(self.otherBends))
        return self.isUsed[hour]
            ? used + other.map { _ in 0 } : used.map { _ in 0 } + other
    }

    /// Hours of the week that mostly draw more than degrees of cooling and of heating alone explain.
    private static func used(_ hours: [Hour]) -> [Bool] {
        let rows = hours.map { hour -> [Double] in
            let degrees = self.fahrenheit(hour.temperature)
            return [1, max(0, degrees - self.cooling), max(0, self.heating - degrees)]
        }
        let fit = leastSquares(rows, hours.map { Double($0.watts) })
        var (above, count) = (Array(repeating: 0, count: 168), Array(repeating: 0, count: 168))
        for (hour, row) in zip(hours, rows) {
            count[hour.ofWeek] += 1
            let residual = Double(hour.watts) - zip(row, fit).reduce(0) { $0 + $1.0 * $1.1 }
            above[hour.ofWeek] += residual > 0 ? 1 : 0
        }
        return zip(above, count).map { $1 > 0 && Double($0) / Double($1) > self.usedAbove }
    }

    /// The bends that leave every piece enough hours: those at the ends go first, then those in the middle.
    private static func bends(of hours: [Hour]) -> [Double] {
        let degrees = hours.map { self.fahrenheit($0.temperature) }
        var bends = self.bends
        while !bends.isEmpty {
            let ends = [-Double.infinity] + bends + [.infinity]
            let counts = zip(ends, ends.dropFirst()).map { low, high in degrees.count { low < $0 && $0 <= high } }
            let isShort = counts.map { $0 < self.leastHours }
            var gone = Set<Double>()
            if isShort[0] { gone.insert(bends[0]) }
            if isShort[bends.count] { gone.insert(bends[bends.count - 1]) }
            if gone.isEmpty {
                for piece in bends.indices.dropFirst() where isShort[piece] { gone.insert(bends[piece]) }
            }
            guard !gone.isEmpty else { return bends }
            bends.removeAll { gone.contains($0) }
        }
        return []
    }

    /// Means of rows and loads by the hour of the week; nil where there is none.
    private static func means(
        _ rows: [[Double]], _ loads: [Double], by weekly: [Int]
    ) -> (rows: [[Double]?], loads: [Double?]) {
        var sums: [[Double]?] = Array(repeating: nil, count: 168)
        var (load, count) = (Array(repeating: 0.0, count: 168), Array(repeating: 0.0, count: 168))
        for (row, (watts, hour)) in zip(rows, zip(loads, weekly)) {
            sums[hour] = sums[hour].map { sum in zip(sum, row).map { $0 + $1 } } ?? row
            load[hour] += watts
            count[hour] += 1
        }
        return (
            zip(sums, count).map { sum, count in sum.map { $0.map { $0 / count } } },
            zip(load, count).map { $1 > 0 ? $0 / $1 : nil }
        )
    }
}

/// What rows must be weighted with to come closest to the values; a column that says nothing of its own gets nothing.
func leastSquares(_ rows: [[Double]], _ values: [Double]) -> [Double] {
    let width = rows.first?.count ?? 0
    var matrix = Array(repeating: Array(repeating: 0.0, count: width + 1), count: width)
    for (row, value) in zip(rows, values) {
        for line in 0..<width where row[line] != 0 {
            for column in 0..<width { matrix[line][column] += row[line] * row[column] }
            matrix[line][width] += row[line] * value
        }
    }
    let sizes = (0..<width).map { matrix[$0][$0] }
    var isDone = Array(repeating: false, count: width)
    for _ in 0..<width {
        // The largest that is left of its own size first.
        let left = (0..<width).filter { !isDone[$0] && matrix[$0][$0] > 1e-9 * max(sizes[$0], 1e-300) }
        guard let pivot = left.max(by: { matrix[$0][$0] / sizes[$0] < matrix[$1][$1] / sizes[$1] }) else { break }
        isDone[pivot] = true
        for line in 0..<width where line != pivot {
            let factor = matrix[line][pivot] / matrix[pivot][pivot]
            guard factor != 0 else { continue }
            for column in 0...width { matrix[line][column] -= factor * matrix[pivot][column] }
        }
    }
    return (0..<width).map { isDone[$0] ? matrix[$0][width] / matrix[$0][$0] : 0 }
}
