import Domain

// From groups to cars.
extension BidPlanner {
    /// What each car does of what its group does: together they hold what the group holds and stay within its part of the
    /// grid connection, and each uses the energy that it has itself. Where the solver has no time left for that each does an
    /// equal part, which holds, too.
    func split(_ made: BidProgram, _ values: [Double], with solver: inout some LinearSolver) -> [StayPlan] {
        var plans: [StayPlan?] = Array(repeating: nil, count: made.problem.stays.count)
        let room = SiteRoom(made, values)
        for (number, group) in made.groups.enumerated() {
            let equal = made.plan(number, values, part: 1 / Double(group.count))
            for member in group.members { plans[member] = equal }
            guard !group.isAlike else { continue }
            let share = BidProgram(made.problem, share: room.share(number))
            guard case .best(_, let own) = solver.solve(share.program, within: share.program.bounds) else { continue }
            for (place, member) in group.members.enumerated() { plans[member] = share.plan(place, own, part: 1) }
        }
        return plans.compactMap { $0 }
    }
}

extension BidProgram {
    /// What one of the groups does, times a part.
    func plan(_ group: Int, _ values: [Double], part: Double) -> BidPlanner.StayPlan {
        let held = self.kinds.indices.map { kind in
            BidPlanner.Held(
                direction: self.kinds[kind].direction, reserveSeconds: self.kinds[kind].reserveSeconds,
                called: self.kinds[kind].called,
                power: self.held[group].map { $0[kind].map { values[$0] * part } ?? 0 })
        }
        func sum(_ isUp: Bool) -> [Double] {
            self.held[group].indices.map { slot in
                held.reduce(0) { $0 + (($1.direction == .up) == isUp ? $1.power[slot] : 0) }
            }
        }
        return BidPlanner.StayPlan(
            charge: self.charge[group].map { values[$0] * part },
            discharge: self.discharge[group].map { values[$0] * part }, up: sum(true), down: sum(false), held: held)
    }
}

/// What is left of the grid connections once all groups have what they plan, shared by the cars that are there.
struct SiteRoom {
    private let made: BidProgram
    private let plans: [BidPlanner.StayPlan]
    /// By site and slot, kW: what is left downwards (towards export) and upwards (towards import), and the cars there.
    private var left: [[(low: Double, high: Double, cars: Int)]]

    init(_ made: BidProgram, _ values: [Double]) {
        self.made = made
        self.plans = made.groups.indices.map { made.plan($0, values, part: 1) }
        self.left = made.problem.sites.map { site in
            site.load.map { load in
                let load = Double(load) / 1_000
                return (
                    min(0, -Double(site.exportLimit) / 1_000 - load), max(0, Double(site.importLimit) / 1_000 - load), 0
                )
            }
        }
        for (group, plan) in zip(made.groups, self.plans) {
            for place in plan.charge.indices {
                let slot = group.key.arrival + place
                let base = plan.charge[place] - plan.discharge[place]
                self.left[group.key.site][slot].low -= base - plan.up[place]
                self.left[group.key.site][slot].high -= base + plan.down[place]
                self.left[group.key.site][slot].cars += group.count
            }
        }
    }

    func share(_ number: Int) -> BidProgram.Share {
        let (group, plan) = (self.made.groups[number], self.plans[number])
        let slots = self.made.problem.slots
        var share = BidProgram.Share(
            members: group.members,
            held: Array(repeating: Array(repeating: 0, count: slots), count: self.made.kinds.count),
            low: Array(repeating: 0, count: slots), high: Array(repeating: 0, count: slots))
        for place in plan.charge.indices {
            let slot = group.key.arrival + place
            let base = plan.charge[place] - plan.discharge[place]
            let left = self.left[group.key.site][slot]
            let part = Double(group.count) / Double(max(1, left.cars))
            share.low[slot] = base - plan.up[place] + min(0, left.low) * part
            share.high[slot] = base + plan.down[place] + max(0, left.high) * part
            for (kind, held) in plan.held.enumerated() { share.held[kind][slot] = held.power[place] }
        }
        return share
    }
}
