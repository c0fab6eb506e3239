/// What a day would be without one of its bids: what the bid is worth, and what would stand in its place.
public struct NextBest: Hashable, Sendable {
    /// By so much less the day would earn without it, micro-units ≥ 0; whole steps and least bids are left aside.
    public var worth: Int
    /// Of other offers the one of which most would be bid in its place, by energy, and how much more of it, W.
    public var offer: Int?
    public var quantity: Int
    /// Of slots the one in which most energy less, and the one in which most more, would be drawn; nil where nothing moves.
    public var movedFrom: Int?
    public var movedTo: Int?
}

extension BidPlanner {
    /// Less than so many kW is no difference.
    private static let least = 0.5

    /// What is next best to each bid of a plan, as long as the solver has time: those that sell most are asked first.
    /// - Parameter most: bids that are asked for.
    public func nextBest(
        _ problem: BidProblem, _ choice: BidChoice, most: Int = 200, with solver: inout some LinearSolver
    ) -> [Int: NextBest] {
        let made = BidProgram(problem.reachable, bin: self.bin)
        guard case .best(let gain, let values) = solver.solve(made.program, within: made.program.bounds) else {
            return [:]
        }
        func sold(_ number: Int) -> Int { choice.quantities[number] * problem.offers[number].slots.count }
        let asked = problem.offers.indices.filter { choice.quantities[$0] > 0 }
            .sorted { (sold($1), $0) < (sold($0), $1) }.prefix(most)
        var found: [Int: NextBest] = [:]
        var byColumn: [Int: NextBest] = [:]
        for number in asked {
            let column = made.steps[number]
            if let known = byColumn[column] {
                found[number] = known
                continue
            }
            var bounds = made.program.bounds
            bounds.high[column] = 0
            switch solver.solve(made.program, within: bounds) {
            case .best(let less, let other):
                let next = self.next(made, number, worth: gain - less, values, other)
                (found[number], byColumn[column]) = (next, next)
            case .late: return found
            case .impossible, .unbounded: continue
            }
        }
        return found
    }

    private func next(
        _ made: BidProgram, _ without: Int, worth: Double, _ values: [Double], _ other: [Double]
    ) -> NextBest {
        var next = NextBest(worth: max(0, Int((worth * 1_000_000).rounded())), offer: nil, quantity: 0)
        var greatest = Self.least
        for (number, offer) in made.problem.offers.enumerated() where made.steps[number] != made.steps[without] {
            let more = (other[made.steps[number]] - values[made.steps[number]]) * Double(offer.step) / 1_000
            guard more * Double(offer.slots.count) > greatest else { continue }
            greatest = more * Double(offer.slots.count)
            (next.offer, next.quantity) = (number, Int((more * 1_000).rounded()))
        }
        let moved = (0..<made.problem.slots).map { made.drawn($0, other) - made.drawn($0, values) }
        let (less, more) = (moved.min() ?? 0, moved.max() ?? 0)
        if less < -Self.least, more > Self.least {
            (next.movedFrom, next.movedTo) = (moved.firstIndex(of: less), moved.firstIndex(of: more))
        }
        return next
    }
}

extension BidProgram {
    /// kW that all groups draw in a slot.
    fileprivate func drawn(_ slot: Int, _ values: [Double]) -> Double {
        self.groups.indices.reduce(0) { sum, group in
            let place = slot - self.groups[group].key.arrival
            guard self.charge[group].indices.contains(place) else { return sum }
            return sum + values[self.charge[group][place]] - values[self.discharge[group][place]]
        }
    }
}
