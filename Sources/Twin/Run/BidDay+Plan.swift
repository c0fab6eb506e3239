public import Domain
import GridCodes
public import Planning

extension BidDay {
    /// Cars that are named behind a bid, and stated answers of why: those that hold most of it.
    private static let named = 5

    /// What was chosen as a plan that the engine of a resource takes.
    /// - Parameter reasons: by offer, why it is preferred to what is next best.
    public func plan(
        _ plan: BidPlanner.Plan, for resource: ResourceID, reasons: [Int: String] = [:], at now: Instant
    ) -> BidPlan {
        BidPlan(
            resource: resource, interval: self.interval, madeAt: now, solver: plan.choice.solver,
            gain: Money(microUnits: plan.choice.gain, currency: self.currency),
            bound: Money(microUnits: plan.choice.bound, currency: self.currency),
            entries: self.problem.offers.indices.filter { plan.choice.quantities[$0] > 0 }.map { number in
                let offer = self.problem.offers[number]
                return BidPlan.Entry(
                    product: offer.product, direction: offer.direction, block: offer.block,
                    quantity: Power(watts: plan.choice.quantities[number]), risk: self.risk(number, plan, at: now),
                    reason: reasons[number])
            })
    }

    /// Why bids are preferred to what is next best, by offer, in words, as far as the solver has time to say.
    public func reasons(
        _ plan: BidPlanner.Plan, of planner: BidPlanner, with solver: inout some LinearSolver
    ) -> [Int: String] {
        planner.nextBest(self.problem, plan.choice, with: &solver).mapValues { next in
            let worth =
                "worth \(Money(microUnits: next.worth, currency: self.currency).decimal) \(self.currency.rawValue) "
                + "more than the next best, which is "
            var words: [String] = []
            if let other = next.offer {
                let offer = self.problem.offers[other]
                words.append(
                    "\(next.quantity / 1_000) kW more of \(offer.product) \(offer.direction.rawValue) at "
                        + Timestamp.format(offer.block.start))
            }
            if let from = next.movedFrom, let to = next.movedTo {
                words.append("drawing less at \(self.time(from)) and more at \(self.time(to))")
            }
            return worth + (words.isEmpty ? "to sell nothing in its place" : words.joined(separator: ", and "))
        }
    }

    private func time(_ slot: Int) -> String {
        Timestamp.format(self.interval.start + .seconds(slot * self.problem.slotSeconds))
    }

    /// What a bid of the plan risks beside all that is sold in its direction and time.
    private func risk(_ number: Int, _ plan: BidPlanner.Plan, at now: Instant) -> BidRisk {
        let (offer, belief) = (self.problem.offers[number], self.beliefs[number])
        let quantity = plan.choice.quantities[number]
        // Those that are no less sure are served first, and so are their spares.
        var served = quantity
        for (other, watts) in zip(self.problem.offers.indices, plan.choice.quantities) where other != number {
            let beside = self.problem.offers[other]
            guard beside.direction == offer.direction, beside.slots.overlaps(offer.slots),
                beside.firm ?? .max <= offer.firm ?? 0
            else { continue }
            served += watts * (1_000 + beside.spare) / 1_000
        }
        let missing = offer.scenarios.reduce(0) { $0 + max(0, quantity - $1) } / max(1, offer.scenarios.count)
        let short = max(missing, belief.expectedShortfall(under: served))
        let penalty = Int128(short) * Int128(offer.penalty) * Int128(offer.block.duration.seconds) / 3_600_000_000
        let behind = self.behind(offer, plan)
        return BidRisk(
            quantile: 10_000 - belief.confidence, shortfallProbability: belief.shortfall(under: served),
            expectedShortfall: Power(watts: short),
            expectedPenalty: Money(microUnits: Int(clamping: penalty), currency: self.currency),
            source: belief.source, believedAt: belief.measured?.madeAt ?? now, vehicles: behind.count,
            contributors: behind.prefix(Self.named).map { $0.vehicle })
    }

    /// Cars that hold power for a block by the plan, the greatest first; of equals the one that was named first.
    private func behind(_ offer: BidProblem.Offer, _ plan: BidPlanner.Plan) -> [(vehicle: VehicleID, held: Double)] {
        var behind: [(vehicle: VehicleID, held: Double)] = []
        for (stay, does) in zip(self.problem.stays, plan.stays) {
            let held = does.held.reduce(0.0) { sum, kind in
                guard kind.direction == offer.direction, kind.reserveSeconds == offer.reserveSeconds else { return sum }
                return sum
                    + offer.slots.reduce(0.0) {
                        kind.power.indices.contains($1 - stay.arrival) ? $0 + kind.power[$1 - stay.arrival] : $0
                    }
            }
            if held > 0.001 { behind.append((stay.vehicle, held)) }
        }
        return behind.enumerated().sorted { ($1.element.held, $0.offset) < ($0.element.held, $1.offset) }.map(\.element)
    }
}
