internal import CCLP
public import Planning

/// COIN-OR CLP behind ``LinearSolver``. Not for several threads at once.
public final class CoinSolver: LinearSolver {
    public let name: String
    /// Until when programs may take time: all of them together, from the first on.
    private let patience: Duration
    private var deadline: ContinuousClock.Instant?
    private let model: OpaqueModel
    private var loaded: LinearProgram?

    /// The model of the library; freed with its owner.
    @safe
    private final class OpaqueModel {
        let pointer: UnsafeMutableRawPointer

        init() {
            guard let pointer = unsafe Clp_newModel() else { preconditionFailure("no memory for a model of CLP") }
            unsafe self.pointer = pointer
            unsafe Clp_setLogLevel(pointer, 0)
        }

        deinit { unsafe Clp_deleteModel(self.pointer) }
    }

    /// - Parameter patience: for all programs together, from the first on; what is asked later gets no answer.
    public init(patience: Duration = .seconds(60)) {
        self.model = OpaqueModel()
        self.patience = patience
        self.name = "COIN-OR CLP \(Clp_VersionMajor()).\(Clp_VersionMinor()).\(Clp_VersionRelease())"
    }

    public func solve(_ program: LinearProgram, within bounds: ColumnBounds) -> LinearOutcome {
        guard zip(bounds.low, bounds.high).allSatisfy({ $0 <= $1 }) else { return .impossible }
        let deadline = self.deadline ?? .now + self.patience
        self.deadline = deadline
        let left = (deadline - .now) / .seconds(1)
        guard left > 0 else { return .late }
        let model = unsafe self.model.pointer
        unsafe Clp_setMaximumSeconds(model, left)
        if self.loaded == program {
            // Only bounds moved: the last basis is still dual feasible.
            unsafe Clp_chgColumnLower(model, bounds.low)
            unsafe Clp_chgColumnUpper(model, bounds.high)
            _ = unsafe Clp_dual(model, 0)
        }
        // A basis that led nowhere is forgotten.
        let isLost = unsafe Clp_status(model) > 2
        if self.loaded != program || isLost {
            self.load(program, bounds)
            _ = unsafe Clp_initialSolve(model)
        }
        switch unsafe Clp_status(model) {
        case 0: return self.answer(program)
        case 1: return .impossible
        case 2: return .unbounded
        default: return .late
        }
    }

    private func answer(_ program: LinearProgram) -> LinearOutcome {
        guard let solution = unsafe Clp_primalColumnSolution(self.model.pointer) else { return .late }
        let values = unsafe Array(UnsafeBufferPointer(start: solution, count: program.columns.count))
        return .best(gain: program.gain(values), values: values)
    }

    /// Hands a program over, column by column.
    private func load(_ program: LinearProgram, _ bounds: ColumnBounds) {
        var byColumn: [[(row: Int32, factor: Double)]] = Array(repeating: [], count: program.columns.count)
        for (row, terms) in program.rows.enumerated() {
            for term in terms.terms {
                // A column that stands twice in a row is one factor.
                if byColumn[term.column].last?.row == Int32(row) {
                    byColumn[term.column][byColumn[term.column].count - 1].factor += term.factor
                } else {
                    byColumn[term.column].append((Int32(row), term.factor))
                }
            }
        }
        var starts: [Int32] = [0]
        for column in byColumn { starts.append((starts.last ?? 0) + Int32(column.count)) }
        unsafe Clp_loadProblem(
            self.model.pointer, Int32(program.columns.count), Int32(program.rows.count), starts,
            byColumn.flatMap { $0.map(\.row) }, byColumn.flatMap { $0.map(\.factor) }, bounds.low, bounds.high,
            program.columns.map(\.gain), program.rows.map(\.low), program.rows.map(\.high))
        // Infinite bounds are those of the library (above 1e30 in size); −1 maximises.
        unsafe Clp_setOptimizationDirection(self.model.pointer, -1)
        self.loaded = program
    }
}
