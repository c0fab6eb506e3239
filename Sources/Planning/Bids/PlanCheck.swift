import Domain

/// Checks a plan car by car, by other words than it was made with: what a solver says is believed no further than this.
public struct PlanCheck: Hashable, Sendable {
    /// What the plan breaks, each in words; empty when it holds.
    public private(set) var findings: [String] = []
    /// Units of money: what the cars' parts and the bids earn.
    public private(set) var gain = 0.0
    /// kW and kWh by which a solver's rounding may miss.
    private static let slack = 1e-3

    public init(_ problem: BidProblem, _ plan: BidPlanner.Plan) {
        let hours = Double(problem.slotSeconds) / 3_600
        for (stay, does) in zip(problem.stays, plan.stays) { self.check(stay, does, problem, hours) }
        self.checkSites(problem, plan)
        for (one, other) in problem.excluded {
            let isDouble = plan.choice.quantities[one] > 0 && plan.choice.quantities[other] > 0
            self.expect(
                !isDouble,
                "\(problem.offers[one].product) beside \(problem.offers[other].product), which exclude each other")
        }
        for (offer, quantity) in zip(problem.offers, plan.choice.quantities) {
            self.checkHeld(offer, quantity, problem, plan)
            let megawattHours = Double(quantity) / 1_000_000 * hours * Double(offer.slots.count)
            self.gain += megawattHours * Double(offer.price) / 1_000_000
            self.gain += megawattHours * Double(offer.called) / 10_000 * Double(offer.energyPrice) / 1_000_000
            let short = offer.scenarios.reduce(0.0) { $0 + Double(max(0, quantity - $1)) / 1_000_000 }
            self.gain -=
                short / Double(max(1, offer.scenarios.count)) * hours * Double(offer.slots.count)
                * Double(offer.penalty) / 1_000_000
        }
    }

    private mutating func check(
        _ stay: BidProblem.Stay, _ does: BidPlanner.StayPlan, _ problem: BidProblem, _ hours: Double
    ) {
        let efficiency = Double(stay.efficiency) / 10_000
        var energy = Double(stay.energy) / 1_000
        for place in does.charge.indices {
            let slot = stay.arrival + place
            let base = does.charge[place] - does.discharge[place]
            self.expect(
                does.up[place] <= base + Double(stay.maxDischarge) / 1_000 + Self.slack,
                "\(stay.vehicle) holds more up than it has in slot \(slot)")
            self.expect(
                does.down[place] <= Double(stay.maxCharge) / 1_000 - base + Self.slack,
                "\(stay.vehicle) holds more down than it has in slot \(slot)")
            if stay.maxCharge > 0, stay.maxDischarge > 0 {
                let charging = does.charge[place] * 1_000 / Double(stay.maxCharge)
                let discharging = does.discharge[place] * 1_000 / Double(stay.maxDischarge)
                self.expect(charging + discharging <= 1 + Self.slack, "\(stay.vehicle) does both in slot \(slot)")
            }
            self.checkEnergy(stay, does, place, energy, hours)
            var taken = does.discharge[place] * hours / efficiency
            energy += does.charge[place] * hours * efficiency
            var bought = base * hours
            for held in does.held {
                let called = held.power[place] * Double(held.called) / 10_000 * hours
                if held.direction == .up { taken += called / efficiency } else { energy += called * efficiency }
                bought += held.direction == .up ? -called : called
            }
            energy -= taken
            self.gain -= bought * Double(problem.prices[slot]) / 1_000_000_000 + taken * Double(stay.wear) / 1_000_000
            self.checkEnergy(stay, does, place, energy, hours, isEnd: true)
        }
        // What it leaves with beyond its promise need not be bought the next day.
        self.gain += (energy - Double(stay.target) / 1_000) * Double(problem.surplusPrice) / 1_000_000_000 / efficiency
        self.expect(energy * 1_000 >= Double(stay.target) - 1, "\(stay.vehicle) leaves with \(energy) kWh")
    }

    /// Reserve and promise stay in reach though all that is held is called for its whole time.
    private mutating func checkEnergy(
        _ stay: BidProblem.Stay, _ does: BidPlanner.StayPlan, _ place: Int, _ energy: Double, _ hours: Double,
        isEnd: Bool = false
    ) {
        let efficiency = Double(stay.efficiency) / 10_000
        let left = Double(stay.departure - stay.arrival - place - (isEnd ? 1 : 0)) * hours
        let line = max(
            Double(stay.reserve) / 1_000,
            Double(stay.target) / 1_000 - Double(stay.maxCharge) / 1_000 * efficiency * left)
        var (low, high) = (energy, energy)
        for held in does.held {
            let called = held.power[place] * Double(held.reserveSeconds) / 3_600
            if held.direction == .up { low -= called / efficiency } else { high += called * efficiency }
        }
        self.expect(
            low >= line - Self.slack, "\(stay.vehicle) falls to \(low) of \(line) kWh in slot \(stay.arrival + place)")
        self.expect(high <= Double(stay.capacity) / 1_000 + Self.slack, "\(stay.vehicle) overflows")
    }

    private mutating func checkSites(_ problem: BidProblem, _ plan: BidPlanner.Plan) {
        for (number, site) in problem.sites.enumerated() {
            for slot in 0..<problem.slots {
                let load = Double(site.load[slot]) / 1_000
                var (base, up, down, isUsed) = (0.0, 0.0, 0.0, false)
                for (stay, does) in zip(problem.stays, plan.stays) where stay.site == number {
                    guard does.charge.indices.contains(slot - stay.arrival) else { continue }
                    let place = slot - stay.arrival
                    base += does.charge[place] - does.discharge[place]
                    up += does.up[place]
                    down += does.down[place]
                    isUsed = true
                }
                guard isUsed else { continue }
                self.expect(
                    base + down <= max(0, Double(site.importLimit) / 1_000 - load) + Self.slack,
                    "site \(number) imports too much in slot \(slot)")
                self.expect(
                    base - up >= min(0, -Double(site.exportLimit) / 1_000 - load) - Self.slack,
                    "site \(number) exports too much in slot \(slot)")
            }
        }
    }

    /// All that is sold of a direction in a slot is held by cars, with its spare.
    private mutating func checkHeld(
        _ offer: BidProblem.Offer, _ quantity: Int, _ problem: BidProblem, _ plan: BidPlanner.Plan
    ) {
        if quantity > 0 {
            self.expect(
                quantity >= offer.minimum && quantity <= offer.maximum && quantity % offer.step == 0,
                "\(offer.product): shape of \(quantity) W")
        }
        for slot in offer.slots {
            var (sold, surer) = (0.0, 0.0)
            for (other, watts) in zip(problem.offers, plan.choice.quantities)
            where other.direction == offer.direction && other.slots.contains(slot) {
                let withSpare = Double(watts) / 1_000 * Double(1_000 + other.spare) / 1_000
                sold += withSpare * Double(1_000 + other.risk) / 1_000
                guard let firm = other.firm, firm <= offer.firm ?? 0 else { continue }
                surer += withSpare
            }
            var held = 0.0
            for (stay, does) in zip(problem.stays, plan.stays)
            where does.charge.indices.contains(slot - stay.arrival) {
                held += offer.direction == .up ? does.up[slot - stay.arrival] : does.down[slot - stay.arrival]
            }
            self.expect(sold <= held + Self.slack, "\(offer.product): \(sold) kW sold, \(held) kW held in slot \(slot)")
            if let firm = offer.firm { self.expect(surer <= Double(firm) / 1_000 + Self.slack, "firm in slot \(slot)") }
        }
    }

    private mutating func expect(_ isSo: Bool, _ words: @autoclosure () -> String) {
        guard !isSo else { return }
        self.findings.append(words())
    }
}
