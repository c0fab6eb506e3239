import Domain

/// The linear program of a day: what each group of stays charges, discharges and holds in each slot, and what is bid.
///
/// Gain = availability + energy called − energy bought − wear − expected penalty. Losses are in the energy itself. kW,
/// kWh and whole units of money inside, so that no number is far from 1.
struct BidProgram {
    private(set) var program = LinearProgram()
    let problem: BidProblem
    let groups: [StayGroup]
    /// By offer: the column that counts its steps; joint offers share one.
    private(set) var steps: [Int] = []
    /// By group, from its arrival on: charge, discharge, and energy gained since arrival at the slot's end.
    private(set) var charge: [[Int]] = []
    private(set) var discharge: [[Int]] = []
    private(set) var energy: [[Int]] = []
    /// By group and slot: column by kind of reserve.
    private(set) var held: [[[Int: Int]]] = []
    /// Kinds of reserve: offers that ask the same of a car.
    private(set) var kinds: [Kind] = []
    private(set) var kindOf: [Int] = []

    struct Kind: Hashable {
        var direction: Direction
        var reserveSeconds: Int
        var called: Int
    }

    private var hours: Double { Double(self.problem.slotSeconds) / 3_600 }

    /// What the members of a group have to hold together, and the room that they have at their grid connection.
    struct Share {
        var members: [Int]
        /// kW by kind and slot of the day.
        var held: [[Double]]
        /// kW by slot of the day: least of base less what is held up, most of base and what is held down.
        var low: [Double]
        var high: [Double]
    }

    init(_ problem: BidProblem, bin: Int, isOuter: Bool = false) {
        self.problem = problem
        self.groups = StayGroup.groups(problem.stays, bin: bin, isOuter: isOuter)
        self.findKinds()
        self.addOffers()
        // The promised part of what a car leaves with is no surplus: a constant, so a column that stands at 1.
        let promised = problem.stays.reduce(0.0) {
            $0 + self.surplus($1.efficiency) * Double($1.target - $1.energy) / 1_000
        }
        _ = self.program.column(gain: -promised, from: 1, to: 1)
        for group in self.groups { self.add(group) }
        self.addSites()
        self.addBlocks()
        self.addRisk()
    }

    /// The members of one group each by itself, who together hold what the group was to hold.
    init(_ problem: BidProblem, share: Share) {
        self.problem = problem
        self.groups = StayGroup.groups(problem.stays, of: share.members)
        self.findKinds()
        for group in self.groups { self.add(group) }
        for slot in 0..<problem.slots {
            var (base, up, down): ([LinearProgram.Term], [LinearProgram.Term], [LinearProgram.Term]) = ([], [], [])
            for group in self.groups.indices { self.collect(group, slot, &base, &up, &down) }
            guard !base.isEmpty else { continue }
            self.program.row(base + down, to: share.high[slot])
            self.program.row(base + up, from: share.low[slot])
            for kind in self.kinds.indices {
                let terms = self.groups.indices.compactMap { group -> LinearProgram.Term? in
                    let place = slot - self.groups[group].key.arrival
                    guard self.held[group].indices.contains(place) else { return nil }
                    return self.held[group][place][kind].map { LinearProgram.Term($0, 1) }
                }
                let sold = share.held[kind][slot]
                if !terms.isEmpty { self.program.row(terms, from: sold, to: sold) }
            }
        }
    }

    private mutating func findKinds() {
        for offer in self.problem.offers {
            let kind = Kind(direction: offer.direction, reserveSeconds: offer.reserveSeconds, called: offer.called)
            if let known = self.kinds.firstIndex(of: kind) {
                self.kindOf.append(known)
            } else {
                self.kindOf.append(self.kinds.count)
                self.kinds.append(kind)
            }
        }
    }

    // Offers.
    private mutating func addOffers() {
        let present = self.problem.present
        var joints: [Int: Int] = [:]
        // Yes or no by column of steps.
        var bids: [Int: Int] = [:]
        for offer in self.problem.offers {
            let hours = self.hours * Double(offer.slots.count)
            let step = Double(offer.step) / 1_000
            // Money for a step over the block; a called MWh is paid, whichever way it flows.
            let gain =
                step / 1_000 * hours
                * (Double(offer.price) + Double(offer.energyPrice) * Double(offer.called) / 10_000) / 1_000_000
            // No more than there could ever be: a bound that is close makes whole numbers easy to find.
            let room = min(offer.slots.map { present[$0] }.min() ?? 0, offer.firm ?? .max)
            let most = max(0, min(offer.maximum, room / (1_000 + offer.spare) * 1_000 + 1_000) / offer.step)
            if let joint = offer.joint, let shared = joints[joint] {
                self.steps.append(shared)
                self.program.addGain(gain, to: shared)
                continue
            }
            let column = self.program.column(gain: gain, to: Double(most), isWhole: true)
            self.steps.append(column)
            if let joint = offer.joint { joints[joint] = column }
            let least = (offer.minimum + offer.step - 1) / offer.step
            guard least > 1 || offer.exclusive != nil else { continue }
            let isBid = self.program.column(gain: 0, to: 1, isWhole: true)
            self.program.row([.init(column, 1), .init(isBid, -Double(most))], to: 0)
            if least > 1 { self.program.row([.init(column, 1), .init(isBid, -Double(least))], from: 0) }
            bids[column] = isBid
        }
        var known: Set<[Int]> = []
        for (one, other) in self.problem.excluded {
            guard let a = bids[self.steps[one]], let b = bids[self.steps[other]], known.insert([a, b]).inserted
            else { continue }
            self.program.row([.init(a, 1), .init(b, 1)], to: 1)
        }
    }

    // Cars.
    private mutating func add(_ group: StayGroup) {
        let key = group.key
        let count = Double(group.count)
        let efficiency = Double(key.efficiency) / 10_000
        let most = (charge: Double(key.maxCharge) / 1_000 * count, discharge: Double(key.maxDischarge) / 1_000 * count)
        let wear = Double(key.wear) / 1_000_000
        var columns: (charge: [Int], discharge: [Int], energy: [Int], held: [[Int: Int]]) = ([], [], [], [])
        for slot in key.arrival..<key.departure {
            let price = Double(self.problem.prices[slot]) / 1_000_000_000 * self.hours
            let charge = self.program.column(gain: -price, to: most.charge)
            let discharge = self.program.column(gain: price - wear * self.hours / efficiency, to: most.discharge)
            let energy = self.program.column(
                gain: slot + 1 == key.departure ? self.surplus(key.efficiency) : 0,
                from: -Double(group.above) / 1_000 * count, to: Double(group.below) / 1_000 * count)
            var held: [Int: Int] = [:]
            for (number, kind) in self.kinds.enumerated() where self.isOffered(number, slot) {
                let called = Double(kind.called) / 10_000
                // What is called upwards is not bought, and may come from the battery: wear is reckoned as if all did.
                held[number] = self.program.column(
                    gain: called * (kind.direction == .up ? price - wear * self.hours / efficiency : -price),
                    to: most.charge + most.discharge)
            }
            columns.charge.append(charge)
            columns.discharge.append(discharge)
            columns.energy.append(energy)
            columns.held.append(held)
            self.addPower(charge, discharge, held, most)
            self.addEnergy(group, slot, columns, efficiency)
        }
        self.charge.append(columns.charge)
        self.discharge.append(columns.discharge)
        self.energy.append(columns.energy)
        self.held.append(columns.held)
    }

    /// Money for a kWh in the battery beyond the promise.
    private func surplus(_ efficiency: Int) -> Double {
        Double(self.problem.surplusPrice) / 1_000_000_000 * 10_000 / Double(efficiency)
    }

    private func isOffered(_ kind: Int, _ slot: Int) -> Bool {
        self.problem.offers.indices.contains {
            self.kindOf[$0] == kind && self.problem.offers[$0].slots.contains(slot)
        }
    }

    private func terms(_ held: [Int: Int], _ direction: Direction, _ factor: (Kind) -> Double) -> [LinearProgram.Term] {
        held.sorted { $0.key < $1.key }.filter { self.kinds[$0.key].direction == direction }
            .map { LinearProgram.Term($0.value, factor(self.kinds[$0.key])) }
    }

    /// What is held upwards fits between base and full discharge, what is held downwards between base and full charge;
    /// and no car does both at once.
    private mutating func addPower(
        _ charge: Int, _ discharge: Int, _ held: [Int: Int], _ most: (charge: Double, discharge: Double)
    ) {
        self.program.row(
            self.terms(held, .up) { _ in 1 } + [.init(charge, -1), .init(discharge, 1)], to: most.discharge)
        self.program.row(
            self.terms(held, .down) { _ in 1 } + [.init(charge, 1), .init(discharge, -1)], to: most.charge)
        guard most.charge > 0, most.discharge > 0 else { return }
        self.program.row([.init(charge, 1 / most.charge), .init(discharge, 1 / most.discharge)], to: 1)
    }

    /// The battery's account over a slot, and energy behind what is held at both its ends: above reserve and promise
    /// upwards, under the top downwards.
    private mutating func addEnergy(
        _ group: StayGroup, _ slot: Int,
        _ columns: (charge: [Int], discharge: [Int], energy: [Int], held: [[Int: Int]]), _ efficiency: Double
    ) {
        let place = slot - group.key.arrival
        let held = columns.held[place]
        var account = [
            LinearProgram.Term(columns.energy[place], 1), .init(columns.charge[place], -efficiency * self.hours),
            .init(columns.discharge[place], self.hours / efficiency),
        ]
        if place > 0 { account.append(.init(columns.energy[place - 1], -1)) }
        account += self.terms(held, .up) { Double($0.called) / 10_000 * self.hours / efficiency }
        account += self.terms(held, .down) { -Double($0.called) / 10_000 * self.hours * efficiency }
        self.program.row(account, from: 0, to: 0)

        let up = self.terms(held, .up) { -Double($0.reserveSeconds) / 3_600 / efficiency }
        let down = self.terms(held, .down) { Double($0.reserveSeconds) / 3_600 * efficiency }
        let count = Double(group.count)
        let ends: [(slot: Int, column: Int?)] = [
            (slot, place > 0 ? columns.energy[place - 1] : nil), (slot + 1, columns.energy[place]),
        ]
        for (end, column) in ends {
            let now = column.map { [LinearProgram.Term($0, 1)] } ?? []
            // On arrival the account is at 0, and a term that is missing is just that.
            let least = self.lowerLine(group, at: end) * count
            if column != nil || !up.isEmpty { self.program.row(now + up, from: least) }
            if column != nil || !down.isEmpty {
                self.program.row(now + down, to: Double(group.below) / 1_000 * count)
            }
        }
    }

    /// The promise's lower line when a slot begins, kWh a car from what it had on arrival: below it the target is lost,
    /// or the reserve touched (dispatch.md section 4).
    private func lowerLine(_ group: StayGroup, at slot: Int) -> Double {
        let key = group.key
        let chargeable =
            Double(key.maxCharge) / 1_000 * Double(key.efficiency) / 10_000 * self.hours
            * Double(key.departure - slot)
        return max(-Double(group.above) / 1_000, Double(group.missing) / 1_000 - chargeable)
    }

    // Sites.
    private mutating func addSites() {
        for (number, site) in self.problem.sites.enumerated() {
            let cars = self.groups.indices.filter { self.groups[$0].key.site == number }
            for slot in 0..<self.problem.slots {
                var (base, up, down): ([LinearProgram.Term], [LinearProgram.Term], [LinearProgram.Term]) = ([], [], [])
                for group in cars { self.collect(group, slot, &base, &up, &down) }
                guard !base.isEmpty else { continue }
                let load = Double(site.load[slot]) / 1_000
                self.program.row(base + down, to: max(0, Double(site.importLimit) / 1_000 - load))
                self.program.row(base + up, from: min(0, -Double(site.exportLimit) / 1_000 - load))
            }
        }
    }

    /// Adds what a group draws in a slot, and what it may draw less or more once called.
    private func collect(
        _ group: Int, _ slot: Int, _ base: inout [LinearProgram.Term], _ up: inout [LinearProgram.Term],
        _ down: inout [LinearProgram.Term]
    ) {
        let place = slot - self.groups[group].key.arrival
        guard self.charge[group].indices.contains(place) else { return }
        base += [.init(self.charge[group][place], 1), .init(self.discharge[group][place], -1)]
        up += self.terms(self.held[group][place], .up) { _ in -1 }
        down += self.terms(self.held[group][place], .down) { _ in 1 }
    }

    // What is bid is held by cars in every slot of its block, with its spare.
    private mutating func addBlocks() {
        for slot in 0..<self.problem.slots {
            for kind in self.kinds.indices {
                let sold = self.problem.offers.indices.filter {
                    self.kindOf[$0] == kind && self.problem.offers[$0].slots.contains(slot)
                }
                guard !sold.isEmpty else { continue }
                var terms = sold.map { number in
                    let offer = self.problem.offers[number]
                    return LinearProgram.Term(
                        self.steps[number], self.kilowatts(offer) * Double(1_000 + offer.risk) / 1_000)
                }
                for group in self.groups.indices {
                    let place = slot - self.groups[group].key.arrival
                    guard self.held[group].indices.contains(place), let column = self.held[group][place][kind]
                    else { continue }
                    terms.append(.init(column, -1))
                }
                // No more is held than is sold: what is called of the rest would be earned twice.
                self.program.row(terms, from: 0, to: 0)
            }
        }
    }

    /// kW that a step takes with its spare.
    private func kilowatts(_ offer: BidProblem.Offer) -> Double {
        Double(offer.step) / 1_000 * Double(1_000 + offer.spare) / 1_000
    }

    // Each product is covered at its own quantile beside all that is sold in its direction and time and is no less sure:
    // on a bad day the surest are served first. And on days with less headroom than is sold the shortfall costs.
    private mutating func addRisk() {
        for (number, offer) in self.problem.offers.enumerated() {
            if let firm = offer.firm {
                for slot in offer.slots {
                    let beside = self.problem.offers.indices.filter {
                        let other = self.problem.offers[$0]
                        return other.direction == offer.direction && other.slots.contains(slot)
                            && other.firm.map { $0 <= firm } ?? false
                    }
                    self.program.row(
                        beside.map { .init(self.steps[$0], self.kilowatts(self.problem.offers[$0])) },
                        to: Double(firm) / 1_000)
                }
            }
            let most = offer.maximum
            let days = offer.scenarios.filter { $0 < min(most, offer.firm ?? most) }
            guard offer.penalty > 0, !days.isEmpty else { continue }
            let cost =
                Double(offer.penalty) / 1_000_000_000 * self.hours * Double(offer.slots.count)
                / Double(offer.scenarios.count)
            for day in days {
                let short = self.program.column(gain: -cost)
                self.program.row(
                    [.init(self.steps[number], Double(offer.step) / 1_000), .init(short, -1)], to: Double(day) / 1_000)
            }
        }
    }
}
