/// A linear program with whole columns: maximise Σ gain·x within the bounds of columns and rows.
public struct LinearProgram: Hashable, Sendable {
    public struct Term: Hashable, Sendable {
        public var column: Int
        public var factor: Double

        public init(_ column: Int, _ factor: Double) {
            self.column = column
            self.factor = factor
        }
    }
    public struct Row: Hashable, Sendable {
        public var terms: [Term]
        /// Either may be infinite.
        public var low: Double
        public var high: Double
    }
    public struct Column: Hashable, Sendable {
        public var gain: Double
        public var low: Double
        public var high: Double
        public var isWhole: Bool
    }

    public private(set) var columns: [Column] = []
    public private(set) var rows: [Row] = []

    public init() {}

    public mutating func column(
        gain: Double, from low: Double = 0, to high: Double = .infinity, isWhole: Bool = false
    ) -> Int {
        self.columns.append(Column(gain: gain, low: low, high: high, isWhole: isWhole))
        return self.columns.count - 1
    }

    public mutating func addGain(_ gain: Double, to column: Int) { self.columns[column].gain += gain }

    public mutating func row(_ terms: [Term], from low: Double = -.infinity, to high: Double = .infinity) {
        self.rows.append(Row(terms: terms.filter { $0.factor != 0 }, low: low, high: high))
    }

    /// Bounds of the columns, to be narrowed by who searches for whole numbers.
    public var bounds: ColumnBounds { ColumnBounds(low: self.columns.map(\.low), high: self.columns.map(\.high)) }

    public func gain(_ values: [Double]) -> Double {
        zip(self.columns, values).reduce(0) { $0 + $1.0.gain * $1.1 }
    }

    /// The greatest distance by which values break a bound, by the size of what is compared.
    public func violation(_ values: [Double]) -> Double {
        var worst = 0.0
        func note(_ value: Double, _ low: Double, _ high: Double) {
            let size = max(1, abs(value))
            worst = max(worst, (low - value) / size, (value - high) / size)
        }
        for (column, value) in zip(self.columns, values) { note(value, column.low, column.high) }
        for row in self.rows { note(row.terms.reduce(0) { $0 + $1.factor * values[$1.column] }, row.low, row.high) }
        return worst
    }
}

/// Bounds of all columns of a program.
public struct ColumnBounds: Hashable, Sendable {
    public var low: [Double]
    public var high: [Double]
}

/// What a solver found for a program whose columns need not be whole.
public enum LinearOutcome: Hashable, Sendable {
    case best(gain: Double, values: [Double])
    /// No values keep all bounds.
    case impossible
    /// The gain has no bound: a mistake of who made the program.
    case unbounded
    /// No answer in its time.
    case late
}

/// Finds the best values of a program within bounds; whole columns are taken as any others. It may keep its model from
/// one call to the next of the same program.
public protocol LinearSolver {
    /// Who solves, for the record.
    var name: String { get }
    mutating func solve(_ program: LinearProgram, within bounds: ColumnBounds) -> LinearOutcome
}
