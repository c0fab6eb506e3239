import Domain
import Testing

@testable import Planning

/// Draws days of a few cars, small enough to try every bid.
struct SmallDay {
    var random: SeededGenerator

    mutating func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.random) }

    mutating func problem(slots: Int = 3, cars: Int = 2, offers: Int = 3) -> BidProblem {
        let load = (0..<slots).map { _ in self.draw(0...4_000) }
        let stays = (0..<cars).map { car in
            let arrival = self.draw(0...1)
            let energy = self.draw(10_000...40_000)
            return BidProblem.Stay(
                vehicle: VehicleID("v\(car)"), site: 0, arrival: arrival, departure: self.draw(arrival + 1...slots),
                energy: energy, target: min(60_000, energy + self.draw(-5_000...12_000)), reserve: 8_000,
                capacity: 60_000, maxCharge: 11_000, maxDischarge: self.draw(0...1) * 10_000, efficiency: 9_400,
                wear: 40_000)
        }
        let drawn = (0..<offers).map { number -> BidProblem.Offer in
            let first = self.draw(0...slots - 1)
            let step = self.draw(1...3) * 1_000
            return BidProblem.Offer(
                product: ProductID("P\(number)"), direction: self.draw(0...1) == 0 ? .up : .down,
                block: MarketInterval(start: .distantPast, end: .distantPast),
                slots: first..<self.draw(first + 1...slots),
                price: self.draw(-5...80) * 1_000_000, energyPrice: self.draw(0...200) * 1_000_000,
                minimum: self.draw(1...3) * step, step: step, maximum: 5 * step, spare: self.draw(0...2) * 100,
                reserveSeconds: self.draw(1...4) * 900, called: self.draw(0...1_000),
                firm: self.draw(0...1) == 0 ? nil : self.draw(5_000...20_000),
                scenarios: [3_000, 8_000, 12_000, 20_000], penalty: self.draw(0...100) * 1_000_000,
                exclusive: self.draw(0...2) == 0 ? 1 : nil)
        }
        return BidProblem(
            slotSeconds: 3_600, prices: (0..<slots).map { _ in self.draw(-40...300) * 1_000_000 },
            sites: [BidProblem.Site(importLimit: 30_000, exportLimit: 12_000, load: load)], stays: stays,
            offers: drawn)
    }
}

@Suite struct BidPlannerTests {
    /// All bids of a day that their shapes allow, each with what it gains at best, by a solver that knows no whole numbers.
    private func enumerated(_ problem: BidProblem) -> (gain: Double, quantities: [Int])? {
        var best: (gain: Double, quantities: [Int])?
        let choices = problem.offers.map { offer in
            [0] + stride(from: 0, through: offer.maximum, by: offer.step).filter { $0 > 0 && $0 >= offer.minimum }
        }
        func go(_ chosen: [Int]) {
            guard chosen.count < choices.count else {
                let isDouble = problem.excluded.contains { chosen[$0.0] > 0 && chosen[$0.1] > 0 }
                if !isDouble, let gain = self.gain(problem, chosen), gain > best?.gain ?? -.infinity {
                    best = (gain, chosen)
                }
                return
            }
            for quantity in choices[chosen.count] { go(chosen + [quantity]) }
        }
        go([])
        return best
    }

    /// What a day gains with these bids and no others.
    private func gain(_ problem: BidProblem, _ quantities: [Int]) -> Double? {
        var fixed = problem
        for (index, quantity) in quantities.enumerated() {
            // One step that is the whole quantity, or none.
            fixed.offers[index].minimum = quantity
            fixed.offers[index].maximum = max(1, quantity)
            fixed.offers[index].step = max(1, quantity)
            fixed.offers[index].exclusive = nil
        }
        let sold = fixed.offers.indices.filter { quantities[$0] > 0 }
        fixed.offers = sold.map { fixed.offers[$0] }
        var solver = Forced()
        guard case .planned(let plan) = BidPlanner(bin: 0).plan(fixed, with: &solver) else { return nil }
        return Double(plan.choice.gain) / 1_000_000
    }

    /// Takes every whole column at its most: all that is offered is sold.
    private struct Forced: LinearSolver {
        let name = "forced"
        func solve(_ program: LinearProgram, within bounds: ColumnBounds) -> LinearOutcome {
            var bounds = bounds
            for (column, terms) in program.columns.enumerated() where terms.isWhole {
                bounds.low[column] = bounds.high[column]
            }
            return DenseSimplex().solve(program, within: bounds)
        }
    }

    @Test(arguments: 0..<12)
    func smallDaysArePlannedAsWellAsByTryingAll(seed: Int) throws {
        var day = SmallDay(random: SeededGenerator(seed: UInt64(seed)))
        let problem = day.problem()
        var solver = DenseSimplex()
        let outcome = BidPlanner(bin: 0, search: WholeSearch()).plan(problem, with: &solver)
        guard case .planned(let plan) = outcome else {
            #expect(self.enumerated(problem) == nil, "\(outcome)")
            return
        }
        let best = try #require(self.enumerated(problem))
        #expect(abs(Double(plan.choice.gain) / 1_000_000 - best.gain) < 1e-4, "\(plan.choice) against \(best)")
        #expect(plan.choice.bound >= plan.choice.gain)
        #expect(PlanCheck(problem.reachable, plan).findings == [])
    }

    private struct Late: LinearSolver {
        let name = "nobody"
        func solve(_ program: LinearProgram, within bounds: ColumnBounds) -> LinearOutcome { .late }
    }

    @Test func noAnswerInTimeIsSaid() {
        var day = SmallDay(random: SeededGenerator(seed: 1))
        var solver = Late()
        guard case .none(let reason) = BidPlanner().plan(day.problem(), with: &solver) else {
            Issue.record("a plan from nothing")
            return
        }
        #expect(reason.contains("no answer in time") && reason.contains("what is firm is bid"))
    }

    @Test func whatCannotBeIsNamed() {
        var day = SmallDay(random: SeededGenerator(seed: 1))
        let good = day.problem()
        var wrong = [good, good, good]
        wrong[0].stays[0].departure = 9
        wrong[1].offers[0].step = 0
        wrong[2].sites[0].load = []
        var solver = DenseSimplex()
        for (problem, words) in zip(wrong, ["v0:", "P0 at", "site 0:"]) {
            guard case .none(let reason) = BidPlanner().plan(problem, with: &solver) else {
                Issue.record("planned")
                continue
            }
            #expect(reason.contains(words))
        }
    }

    /// A joint product is bid alike both ways, of exclusive ones only one.
    @Test func shapesAreKept() throws {
        var day = SmallDay(random: SeededGenerator(seed: 3))
        var problem = day.problem(slots: 2, cars: 4, offers: 0)
        for stay in problem.stays.indices {
            (problem.stays[stay].arrival, problem.stays[stay].departure) = (0, 2)
            (problem.stays[stay].maxDischarge, problem.stays[stay].target) = (10_000, problem.stays[stay].energy)
        }
        func offer(_ id: ProductID, _ direction: Direction, _ price: Int) -> BidProblem.Offer {
            BidProblem.Offer(
                product: id, direction: direction, block: MarketInterval(start: .distantPast, end: .distantPast),
                slots: 0..<2, price: price * 1_000_000, minimum: 4_000, step: 1_000, maximum: 50_000,
                reserveSeconds: 900)
        }
        problem.prices = [50_000_000, 50_000_000]
        problem.offers = [offer("S", .up, 20), offer("S", .down, 5), offer("A", .up, 90), offer("B", .up, 80)]
        for index in 0..<2 { problem.offers[index].joint = 7 }
        for index in 2..<4 { problem.offers[index].exclusive = 1 }
        var solver = DenseSimplex()
        guard case .planned(let plan) = BidPlanner().plan(problem, with: &solver) else {
            Issue.record("no plan")
            return
        }
        let sold = plan.choice.quantities
        #expect(sold[0] == sold[1] && sold[2] > 0 && sold[3] == 0 && sold.allSatisfy { $0 % 1_000 == 0 })
        #expect(PlanCheck(problem.reachable, plan).findings == [])
    }

    /// Excluded are two products with the same number in the same time: no other number, no other time, and not both
    /// directions of one product.
    @Test func onlyProductsOfTheSameTimeExcludeEachOther() {
        func offer(_ id: ProductID, _ direction: Direction, _ slots: Range<Int>, _ mark: Int?) -> BidProblem.Offer {
            BidProblem.Offer(
                product: id, direction: direction, block: MarketInterval(start: .distantPast, end: .distantPast),
                slots: slots, price: 1, minimum: 1, step: 1, maximum: 9, reserveSeconds: 900, exclusive: mark)
        }
        let problem = BidProblem(
            slotSeconds: 3_600, prices: [1, 1, 1, 1], sites: [], stays: [],
            offers: [
                offer("A", .up, 0..<4, 1), offer("B", .up, 0..<1, 1), offer("B", .down, 0..<1, 1),
                offer("B", .up, 3..<4, 1), offer("C", .up, 0..<4, 2), offer("D", .up, 0..<4, nil),
            ])
        #expect(problem.excluded.map { [$0.0, $0.1] } == [[0, 1], [0, 2], [0, 3]])
    }

    /// One car of 5 kW that only charges: what is sold up at 20 would be sold at 10 else, in the same hour.
    @Test func nextBestIsWhatStandsInItsPlace() throws {
        func offer(_ id: ProductID, _ price: Int) -> BidProblem.Offer {
            BidProblem.Offer(
                product: id, direction: .up, block: MarketInterval(start: .distantPast, end: .distantPast),
                slots: 0..<1, price: price * 1_000_000, minimum: 1_000, step: 1_000, maximum: 9_000, reserveSeconds: 900
            )
        }
        let problem = BidProblem(
            slotSeconds: 3_600, prices: [50_000_000, 60_000_000],
            sites: [.init(importLimit: 20_000, exportLimit: 0, load: [0, 0])],
            stays: [
                .init(
                    vehicle: "v", site: 0, arrival: 0, departure: 2, energy: 20_000, target: 24_500, reserve: 5_000,
                    capacity: 60_000, maxCharge: 5_000, maxDischarge: 0, efficiency: 9_000, wear: 0)
            ], offers: [offer("A", 20), offer("B", 10)])
        var solver = DenseSimplex()
        guard case .planned(let plan) = BidPlanner().plan(problem, with: &solver) else {
            Issue.record("no plan")
            return
        }
        #expect(plan.choice.quantities == [5_000, 0])
        let next = BidPlanner().nextBest(problem, plan.choice, with: &solver)
        let one = try #require(next[0])
        #expect(next.count == 1 && one.offer == 1 && one.quantity == 5_000 && one.movedFrom == nil)
        #expect(abs(one.worth - 50_000) <= 1, "5 kW for an hour at 10 a MW more")
        // Without the other product nothing stands in its place.
        var alone = problem
        alone.offers.removeLast()
        let choice = BidChoice(quantities: [5_000], gain: 0, bound: 0, solver: "", nodes: 0)
        let last = try #require(BidPlanner().nextBest(alone, choice, with: &solver)[0])
        #expect(last.offer == nil && abs(last.worth - 100_000) <= 1)
        var late = Late()
        #expect(BidPlanner().nextBest(problem, plan.choice, with: &late).isEmpty)
    }
}
