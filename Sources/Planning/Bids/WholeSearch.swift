/// Searches the best values whose whole columns are whole: branch and bound over a linear solver, with a dive to a first
/// answer. The same solver's answers give the same search.
public struct WholeSearch: Hashable, Sendable {
    /// Programs that are solved at most; the best answer until then is given with how far it may be from the best.
    public var mostNodes: Int
    /// A branch that can gain no more than this share above the best known is left.
    public var tolerance: Double
    private static let whole = 1e-6

    public init(mostNodes: Int = 2_000, tolerance: Double = 1e-6) {
        self.mostNodes = mostNodes
        self.tolerance = tolerance
    }

    public struct Answer: Hashable, Sendable {
        public var gain: Double
        public var values: [Double]
        /// No values gain more.
        public var bound: Double
        public var nodes: Int
    }
    public enum Outcome: Hashable, Sendable {
        case found(Answer)
        case impossible
        case unbounded
        /// The solver gave no answer, or none with whole numbers was found in so many programs.
        case late
    }

    /// A part of the search: bounds that were narrowed, what it gains at most, and where it is split next.
    private struct Branch {
        var narrowed: [Int: ClosedRange<Double>]
        var bound: Double
        var column: Int
        var value: Double
    }

    /// What is known so far.
    private struct State {
        var best: (gain: Double, values: [Double])?
        var open: [Branch] = []
        var nodes = 0
        var splits = 0
        /// The most that a branch might have gained that was left.
        var left = -Double.infinity
        var isLate = false

        /// The branch to be split next: mostly the latest, so that whole answers are found; each fourth time the one that
        /// may gain most.
        var next: Int? {
            guard self.splits % 4 == 3 else { return self.open.indices.last }
            return self.open.indices.max { self.open[$0].bound < self.open[$1].bound }
        }

        mutating func offer(_ gain: Double, _ values: [Double]) {
            if gain > self.best?.gain ?? -.infinity { self.best = (gain, values) }
        }
    }

    public func solve(_ program: LinearProgram, with solver: inout some LinearSolver) -> Outcome {
        var state = State(nodes: 1)
        switch solver.solve(program, within: program.bounds) {
        case .best(let gain, let values):
            self.take(program, [:], gain, values, &state)
            for isDown in [false, true] where state.best == nil && !state.open.isEmpty {
                self.dive(program, values, isDown: isDown, with: &solver, &state)
            }
        case .impossible: return .impossible
        case .unbounded: return .unbounded
        case .late: return .late
        }
        while state.nodes < self.mostNodes, !state.isLate, let place = state.next {
            let branch = state.open.remove(at: place)
            state.splits += 1
            if let best = state.best, branch.bound <= best.gain + self.slack(best.gain) {
                state.left = max(state.left, branch.bound)
                continue
            }
            self.split(branch, program, with: &solver, &state)
        }
        guard let best = state.best else {
            return state.nodes >= self.mostNodes || state.isLate ? .late : .impossible
        }
        let bound = state.open.map(\.bound).reduce(max(best.gain, state.left)) { max($0, $1) }
        return .found(Answer(gain: best.gain, values: best.values, bound: bound, nodes: state.nodes))
    }

    private func slack(_ gain: Double) -> Double { max(1e-9, abs(gain) * self.tolerance) }

    /// Takes the answer of a branch: one that is whole may be the best, any other is to be split.
    private func take(
        _ program: LinearProgram, _ narrowed: [Int: ClosedRange<Double>], _ gain: Double, _ values: [Double],
        _ state: inout State
    ) {
        guard let column = self.furthest(program, values) else {
            return state.offer(gain, self.rounded(program, values))
        }
        state.open.append(Branch(narrowed: narrowed, bound: gain, column: column, value: values[column]))
    }

    private func split(
        _ branch: Branch, _ program: LinearProgram, with solver: inout some LinearSolver, _ state: inout State
    ) {
        let terms = program.columns[branch.column]
        let range = branch.narrowed[branch.column] ?? terms.low...terms.high
        for isUp in [true, false] {
            let (low, high) =
                isUp ? (branch.value.rounded(.up), range.upperBound) : (range.lowerBound, branch.value.rounded(.down))
            guard low <= high else { continue }
            var narrowed = branch.narrowed
            narrowed[branch.column] = low...high
            state.nodes += 1
            switch solver.solve(program, within: self.bounds(program, narrowed)) {
            case .best(let gain, let values):
                self.take(program, narrowed, min(gain, branch.bound), values, &state)
            case .impossible, .unbounded: continue
            case .late:
                state.isLate = true
                state.open.append(branch)
            }
        }
    }

    private func bounds(_ program: LinearProgram, _ narrowed: [Int: ClosedRange<Double>]) -> ColumnBounds {
        var bounds = program.bounds
        for (column, range) in narrowed {
            bounds.low[column] = range.lowerBound
            bounds.high[column] = range.upperBound
        }
        return bounds
    }

    /// The whole column that is furthest from being whole; of equals the first.
    private func furthest(_ program: LinearProgram, _ values: [Double]) -> Int? {
        var worst = (column: -1, distance: Self.whole)
        for (column, terms) in program.columns.enumerated() where terms.isWhole {
            let distance = abs(values[column] - values[column].rounded())
            if distance > worst.distance { worst = (column, distance) }
        }
        return worst.column < 0 ? nil : worst.column
    }

    /// Fixes whole columns until all are whole, the one nearest to a whole number first; what is whole stays so.
    /// - Parameter isDown: down rather than to the nearest, and to nothing where that is too much: less fits where more
    ///   would not, since whoever holds less has more room for the next.
    private func dive(
        _ program: LinearProgram, _ root: [Double], isDown: Bool, with solver: inout some LinearSolver,
        _ state: inout State
    ) {
        var (values, gain) = (root, 0.0)
        var narrowed: [Int: ClosedRange<Double>] = [:]
        while state.nodes < self.mostNodes {
            guard let column = self.fix(program, values, &narrowed) else {
                return state.offer(gain, self.rounded(program, values))
            }
            let nearest = values[column].rounded()
            let (below, low) = (values[column].rounded(.down), program.columns[column].low)
            let other = nearest > values[column] ? nearest - 1 : nearest + 1
            var isFixed = false
            for value in isDown ? [below, low, below + 1] : [nearest, other] where !isFixed {
                guard low <= value, value <= program.columns[column].high else { continue }
                narrowed[column] = value...value
                state.nodes += 1
                guard case .best(let found, let next) = solver.solve(program, within: self.bounds(program, narrowed))
                else { continue }
                (gain, values, isFixed) = (found, next, true)
            }
            guard isFixed else { return }
        }
    }

    /// Fixes what is whole; returns the column that is nearest to be, of those that are not: counts before yes or no,
    /// which follow from them.
    private func fix(
        _ program: LinearProgram, _ values: [Double], _ narrowed: inout [Int: ClosedRange<Double>]
    ) -> Int? {
        var next: (column: Int, distance: Double)?
        func isCount(_ column: Int) -> Bool { program.columns[column].high - program.columns[column].low > 1 }
        for (column, terms) in program.columns.enumerated() where terms.isWhole && narrowed[column] == nil {
            let whole = values[column].rounded()
            let distance = abs(values[column] - whole)
            if distance <= Self.whole {
                // A no that stands at 0 only because nothing is counted yet may still become a yes.
                if isCount(column) { narrowed[column] = whole...whole }
            } else {
                let rank = distance + (isCount(column) ? 0 : 1)
                if rank < next?.distance ?? .infinity { next = (column, rank) }
            }
        }
        return next?.column
    }

    private func rounded(_ program: LinearProgram, _ values: [Double]) -> [Double] {
        zip(program.columns, values).map { $0.isWhole ? $1.rounded() : $1 }
    }
}
