import Domain
import Foundation
import Solver
import TestSupport
import Testing

@testable import Planning

/// A day of a depot's cars and of the blocks they may be sold for: mixed fleets, two grid connections.
struct FleetDay {
    let problem: BidProblem

    init(seed: UInt64, cars: Int, slots: Int = 24, step: Int = 10_000) {
        var random = SeededGenerator(seed: seed)
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        let sites = (0..<2).map { _ in
            BidProblem.Site(
                importLimit: cars * 5_000, exportLimit: cars * 4_000,
                load: (0..<slots).map { _ in draw(5_000...20_000) })
        }
        let stays = (0..<cars).map { car -> BidProblem.Stay in
            let capacity = [52_000, 77_000][car % 2]
            let arrival = draw(0...1) * 2
            let energy = capacity * draw(15...70) / 100
            return BidProblem.Stay(
                vehicle: VehicleID("v\(car)"), site: car % 2, arrival: arrival,
                departure: [12, 14, slots][draw(0...2)], energy: energy,
                target: min(capacity, energy + capacity * draw(0...35) / 100), reserve: capacity / 10,
                capacity: capacity, maxCharge: 11_000, maxDischarge: [0, 10_000][car / 2 % 2],
                efficiency: 9_400, wear: 50_000)
        }
        var offers: [BidProblem.Offer] = []
        for block in stride(from: 0, to: slots, by: 4) {
            func offer(_ id: ProductID, _ direction: Direction, price: Int, joint: Int? = nil, reserve: Int) {
                offers.append(
                    BidProblem.Offer(
                        product: id, direction: direction,
                        block: MarketInterval(
                            start: Instant(seconds: block * 3_600), end: Instant(seconds: (block + 4) * 3_600)),
                        slots: block..<block + 4, price: price * 1_000_000, energyPrice: 60_000_000, minimum: 2 * step,
                        step: step, maximum: 5_000_000, spare: 50, reserveSeconds: reserve, called: 300,
                        firm: cars * draw(2_500...6_000),
                        scenarios: (0..<20).map { cars * (2_000 + 300 * $0) }, penalty: price * 2_000_000,
                        joint: joint))
            }
            offer("UP", .up, price: draw(5...40), reserve: 3_600)
            offer("SYM", .up, price: draw(5...25), joint: block, reserve: 1_800)
            offer("SYM", .down, price: draw(0...10), joint: block, reserve: 1_800)
            offer("DOWN", .down, price: draw(1...12), reserve: 900)
        }
        self.problem = BidProblem(
            slotSeconds: 3_600, prices: (0..<slots).map { _ in draw(seed % 2 == 1 ? -20...220 : 20...220) * 1_000_000 },
            sites: sites,
            stays: stays, offers: offers)
    }
}

/// Plans of aggregated fleets, split per car, against the optimum of HiGHS with every car by itself.
/// One after the other: HiGHS takes a core for each.
@Suite(.serialized) struct FleetDayTests {
    private static let script = """
        import sys, highspy
        h = highspy.Highs()
        h.setOptionValue("output_flag", False)
        h.setOptionValue("mip_rel_gap", 1e-3)
        h.setOptionValue("time_limit", 40.0)
        h.readModel(sys.argv[1])
        h.run()
        info = h.getInfo()
        print(h.modelStatusToString(h.getModelStatus()), info.objective_function_value, info.mip_dual_bound)
        """

    /// Optimum and bound of HiGHS; nil where it is not installed.
    private func highs(_ program: LinearProgram) throws -> (gain: Double, bound: Double)? {
        guard let python = Program.peersPython,
            try Program.run(python, ["-c", "import highspy"]).status == 0
        else { return nil }
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = folder.appending(path: "day.mps")
        try Data(mps(program).utf8).write(to: model)
        let outcome = try Program.run(python, ["-c", Self.script, model.path])
        let words = outcome.output.split(separator: " ").suffix(2).compactMap {
            Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard outcome.status == 0, words.count == 2 else {
            throw HighsError(description: outcome.output + outcome.errors)
        }
        return (-words[0], -words[1])
    }

    private struct HighsError: Error, CustomStringConvertible { var description: String }

    @Test(arguments: [(1, 40, 1_000), (2, 60, 4_000), (3, 60, 8_000), (4, 160, 16_000)] as [(UInt64, Int, Int)])
    func aSplitPlanIsWithinTwoPercentOfTheOptimum(seed: UInt64, cars: Int, bin: Int) throws {
        let problem = FleetDay(seed: seed, cars: cars).problem
        var coin = CoinSolver(patience: .seconds(300))
        let outcome = BidPlanner(bin: bin).plan(problem, with: &coin)
        guard case .planned(let plan) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let check = PlanCheck(problem.reachable, plan)
        #expect(check.findings == [])
        #expect((bin < 4_000 || plan.groups < cars) && plan.choice.quantities.contains { $0 > 0 })
        #expect(abs(check.gain - Double(plan.choice.gain) / 1_000_000) < 0.01, "what it says is what the cars earn")
        guard let best = try self.highs(BidProgram(problem.reachable, bin: 0).program) else {
            return print("skipped: highspy is not in the peers' virtual environment; ops/setup test makes it")
        }
        print(
            "\(cars) cars in \(plan.groups) groups of \(bin) Wh: \(check.gain) of \(best.gain), \(plan.choice.nodes) programs,",
            "bound of the groups \(Double(plan.choice.bound) / 1_000_000)")
        #expect(check.gain <= best.bound + abs(best.bound) * 1e-3, "no plan is better than the best")
        #expect(check.gain >= best.gain - abs(best.gain) * 0.02)
        #expect(Double(plan.choice.bound) / 1_000_000 >= best.gain - 0.01, "what none exceeds")
    }
}

/// A program in free MPS, to be minimised: gains are negated.
func mps(_ program: LinearProgram) -> String {
    var lines = ["NAME day", "ROWS", " N cost"]
    var (right, ranges) = (["RHS"], ["RANGES"])
    for (index, row) in program.rows.enumerated() {
        let kind = row.low == row.high ? "E" : row.high.isFinite ? "L" : "G"
        lines.append(" \(kind) r\(index)")
        right.append(" rhs r\(index) \(row.high.isFinite ? row.high : row.low)")
        if kind == "L", row.low.isFinite { ranges.append(" rng r\(index) \(row.high - row.low)") }
    }
    var byColumn: [[(Int, Double)]] = Array(repeating: [], count: program.columns.count)
    for (index, row) in program.rows.enumerated() {
        for term in row.terms { byColumn[term.column].append((index, term.factor)) }
    }
    lines.append("COLUMNS")
    var bounds = ["BOUNDS"]
    for (index, column) in program.columns.enumerated() {
        if column.isWhole { lines.append(" m\(index) 'MARKER' 'INTORG'") }
        lines.append(" c\(index) cost \(-column.gain)")
        for (row, factor) in byColumn[index] { lines.append(" c\(index) r\(row) \(factor)") }
        if column.isWhole { lines.append(" n\(index) 'MARKER' 'INTEND'") }
        bounds.append(" LO b c\(index) \(column.low)")
        bounds.append(column.high.isFinite ? " UP b c\(index) \(column.high)" : " PL b c\(index)")
    }
    return (lines + right + ranges + bounds + ["ENDATA", ""]).joined(separator: "\n")
}
