import Domain
import Foundation
import Planning
import Solver
import Testing

@Suite struct CoinSolverTests {
    private func draw(_ random: inout SeededGenerator) -> LinearProgram {
        var program = LinearProgram()
        let count = Int.random(in: 2...6, using: &random)
        for _ in 0..<count {
            _ = program.column(
                gain: Double(Int.random(in: -9...9, using: &random)),
                from: Double(Int.random(in: -3...0, using: &random)),
                to: Double(Int.random(in: 1...9, using: &random)), isWhole: Bool.random(using: &random))
        }
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let terms = (0..<count).map {
                LinearProgram.Term($0, Double(Int.random(in: -4...4, using: &random)))
            }
            program.row(
                terms, from: Bool.random(using: &random) ? -.infinity : Double(Int.random(in: -9...2, using: &random)),
                to: Double(Int.random(in: 3...12, using: &random)))
        }
        return program
    }

    /// The dense simplex and CLP say the same, with and without whole numbers, cold and warm.
    @Test func twoSolversSayTheSame() {
        var random = SeededGenerator(seed: 5)
        var coin = CoinSolver()
        for _ in 0..<200 {
            let program = self.draw(&random)
            var bounds = program.bounds
            for round in 0..<2 {
                let (ours, theirs) = (
                    DenseSimplex().solve(program, within: bounds), coin.solve(program, within: bounds)
                )
                switch (ours, theirs) {
                case (.best(let a, _), .best(let b, let values)):
                    #expect(abs(a - b) < 1e-6 && program.violation(values) < 1e-6)
                default: #expect(ours == theirs)
                }
                if round == 0 { bounds.high[0] = bounds.low[0] + 1 }
            }
            var dense = DenseSimplex()
            let (ours, theirs) = (
                WholeSearch().solve(program, with: &dense), WholeSearch().solve(program, with: &coin)
            )
            switch (ours, theirs) {
            case (.found(let a), .found(let b)):
                #expect(abs(a.gain - b.gain) < 1e-5 && program.violation(b.values) < 1e-6)
            default: #expect(ours == theirs)
            }
        }
    }

    @Test func aSolverWithoutTimeIsLate() {
        let problem = FleetDay(seed: 1, cars: 300).problem
        var coin = CoinSolver(patience: .zero)
        guard case .none(let reason) = BidPlanner().plan(problem, with: &coin) else {
            Issue.record("planned in no time")
            return
        }
        #expect(reason.contains("no answer in time"))
    }
}
