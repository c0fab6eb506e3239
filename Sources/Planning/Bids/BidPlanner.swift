public import Domain

/// Chooses what to bid over a day for all products of a resource together, and says what each car does then.
public struct BidPlanner: Sendable {
    /// Stays within so many Wh are planned as one, and then split.
    public var bin: Int
    public var search: WholeSearch

    public init(bin: Int = 1_000, search: WholeSearch = WholeSearch(mostNodes: 600, tolerance: 2e-3)) {
        self.bin = bin
        self.search = search
    }

    /// What one stay does, slot by slot from its arrival on, kW: charge, discharge, and what it holds each way.
    public struct StayPlan: Hashable, Sendable {
        public var charge: [Double]
        public var discharge: [Double]
        public var up: [Double]
        public var down: [Double]
        /// By kind of reserve, for who checks the energy behind it: seconds, share called in 1/10,000, kW by slot.
        public var held: [Held]
    }
    public struct Held: Hashable, Sendable {
        public var direction: Direction
        public var reserveSeconds: Int
        public var called: Int
        public var power: [Double]
    }
    public struct Plan: Hashable, Sendable {
        public var choice: BidChoice
        /// By stay.
        public var stays: [StayPlan]
        /// How many groups stood for them.
        public var groups: Int
    }
    public enum Outcome: Hashable, Sendable {
        case planned(Plan)
        /// Why there is none; who bids then bids what is firm, product by product.
        case none(String)
    }

    public func plan(_ problem: BidProblem, with solver: inout some LinearSolver) -> Outcome {
        if let finding = problem.findings.first { return .none("the day cannot be planned: \(finding)") }
        let problem = problem.reachable
        let made = BidProgram(problem, bin: self.bin)
        switch self.search.solve(made.program, with: &solver) {
        case .found(let answer):
            let bound = self.bound(made, answer, with: &solver)
            let stays = self.split(made, answer.values, with: &solver)
            return self.checked(made, answer, bound: bound, stays: stays, solver.name)
        case .impossible: return .none("no plan keeps all promises and limits: what is firm is bid product by product")
        case .unbounded: return .none("the day's prices have no bound: check them")
        case .late: return .none("\(solver.name) gave no answer in time: what is firm is bid product by product")
        }
    }

    /// What no plan exceeds: the search's own bound where every car was planned by itself, else that of groups which can do
    /// all that their members can, with bids of any size. In micro-units; nil where the solver was late.
    private func bound(
        _ made: BidProgram, _ answer: WholeSearch.Answer, with solver: inout some LinearSolver
    ) -> Int? {
        var bound = answer.bound
        if !made.groups.allSatisfy(\.isAlike) {
            let outer = BidProgram(made.problem, bin: self.bin, isOuter: true).program
            guard case .best(let gain, _) = solver.solve(outer, within: outer.bounds) else { return nil }
            bound = gain
        }
        return Int((bound * 1_000_000).rounded(.up))
    }

    /// The plan car by car, if it holds for each of them.
    private func checked(
        _ made: BidProgram, _ answer: WholeSearch.Answer, bound: Int?, stays: [StayPlan], _ solver: String
    ) -> Outcome {
        var choice = BidChoice(
            quantities: made.problem.offers.indices.map {
                Int(answer.values[made.steps[$0]].rounded()) * made.problem.offers[$0].step
            },
            gain: 0, bound: 0, solver: solver, nodes: answer.nodes)
        let check = PlanCheck(made.problem, Plan(choice: choice, stays: stays, groups: made.groups.count))
        if let finding = check.findings.first {
            return .none("\(solver) answered with a plan that does not hold (\(finding)): what is firm is bid")
        }
        // What is claimed is what the cars earn, each by itself.
        choice.gain = Int((check.gain * 1_000_000).rounded(.down))
        choice.bound = max(choice.gain, bound ?? .max)
        return .planned(Plan(choice: choice, stays: stays, groups: made.groups.count))
    }
}
