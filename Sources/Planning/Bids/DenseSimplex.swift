/// A plain simplex over a dense table with Bland's rule: for small programs, and to check a better solver with. It takes
/// all its time; who has a fleet takes another.
public struct DenseSimplex: LinearSolver, Sendable {
    public let name = "dense simplex"
    private static let tiny = 1e-9

    public init() {}

    public func solve(_ program: LinearProgram, within bounds: ColumnBounds) -> LinearOutcome {
        guard var table = Table(program, bounds) else { return .impossible }
        guard table.optimise(costs: table.artificialCosts), table.infeasibility < 1e-7 else { return .impossible }
        table.closeArtificials()
        guard table.optimise(costs: table.gains) else { return .unbounded }
        let values = table.values.enumerated().prefix(program.columns.count).map { bounds.low[$0] + $1 }
        return .best(gain: program.gain(values), values: values)
    }

    /// Rows of `A·x = b` with x ≥ 0: columns of the program less their lower bound, then slacks, then artificials.
    private struct Table {
        var rows: [[Double]] = []
        var right: [Double] = []
        var basis: [Int] = []
        var gains: [Double]
        let firstArtificial: Int
        var isClosed = false

        init?(_ program: LinearProgram, _ bounds: ColumnBounds) {
            let count = program.columns.count
            guard zip(bounds.low, bounds.high).allSatisfy({ $0 <= $1 && $0.isFinite }) else { return nil }
            // Each side of a row, and each finite upper bound, is one inequality with a slack: Σ f·x ≤ limit.
            var limits: [(terms: [LinearProgram.Term], limit: Double)] = []
            for row in program.rows {
                let shift = row.terms.reduce(0) { $0 + $1.factor * bounds.low[$1.column] }
                if row.high.isFinite { limits.append((row.terms, row.high - shift)) }
                if row.low.isFinite {
                    limits.append((row.terms.map { LinearProgram.Term($0.column, -$0.factor) }, shift - row.low))
                }
            }
            for column in 0..<count where bounds.high[column].isFinite {
                limits.append(([LinearProgram.Term(column, 1)], bounds.high[column] - bounds.low[column]))
            }
            let width = count + 2 * limits.count
            self.firstArtificial = count + limits.count
            self.gains = program.columns.map(\.gain) + Array(repeating: 0, count: width - count)
            for (index, limit) in limits.enumerated() {
                var row = Array(repeating: 0.0, count: width)
                let sign = limit.limit < 0 ? -1.0 : 1.0
                for term in limit.terms { row[term.column] += sign * term.factor }
                row[count + index] = sign
                if sign < 0 { row[self.firstArtificial + index] = 1 }
                self.rows.append(row)
                self.right.append(sign * limit.limit)
                self.basis.append(sign < 0 ? self.firstArtificial + index : count + index)
            }
        }

        var artificialCosts: [Double] {
            self.gains.indices.map { $0 >= self.firstArtificial ? -1 : 0 }
        }

        var infeasibility: Double {
            zip(self.basis, self.right).reduce(0) { $0 + ($1.0 >= self.firstArtificial ? $1.1 : 0) }
        }

        /// Artificials that stand at 0 in the basis leave it where they can; none comes back.
        mutating func closeArtificials() {
            self.isClosed = true
            for row in self.basis.indices where self.basis[row] >= self.firstArtificial {
                if let column = (0..<self.firstArtificial).first(where: { abs(self.rows[row][$0]) > 1e-7 }) {
                    self.pivot(row, column)
                }
            }
        }

        /// False where the gain has no bound.
        mutating func optimise(costs: [Double]) -> Bool {
            let last = self.isClosed ? self.firstArtificial : costs.count
            while true {
                // Bland's rule: the first column that gains, and of the rows that bind the one with the lowest basis.
                let entering = (0..<last).first { column in
                    let spent = self.basis.indices.reduce(0) { $0 + costs[self.basis[$1]] * self.rows[$1][column] }
                    return costs[column] - spent > DenseSimplex.tiny
                }
                guard let entering else { return true }
                var leaving: (row: Int, ratio: Double)?
                for row in self.rows.indices where self.rows[row][entering] > DenseSimplex.tiny {
                    let ratio = self.right[row] / self.rows[row][entering]
                    let isLess = leaving.map {
                        ratio < $0.ratio - 1e-12
                            || (ratio < $0.ratio + 1e-12 && self.basis[row] < self.basis[$0.row])
                    }
                    if isLess ?? true { leaving = (row, ratio) }
                }
                guard let leaving else { return false }
                self.pivot(leaving.row, entering)
            }
        }

        private mutating func pivot(_ row: Int, _ column: Int) {
            let factor = self.rows[row][column]
            for index in self.rows[row].indices { self.rows[row][index] /= factor }
            self.right[row] /= factor
            for other in self.rows.indices where other != row && abs(self.rows[other][column]) > 1e-14 {
                let part = self.rows[other][column]
                for index in self.rows[other].indices { self.rows[other][index] -= part * self.rows[row][index] }
                self.right[other] -= part * self.right[row]
            }
            self.basis[row] = column
        }

        var values: [Double] {
            var values = Array(repeating: 0.0, count: self.gains.count)
            for (row, column) in self.basis.enumerated() { values[column] = self.right[row] }
            return values
        }
    }
}
