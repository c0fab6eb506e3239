import Domain
import Planning
import Solver

/// One stay charged and held in reserve together, as a linear program: least cost of energy and wear less what reserve
/// pays, each hour's headroom by the same measure as ``Tube`` has it, so that all ways are judged alike.
///
/// Energy is counted as it is drawn at the meter for charging; what is discharged costs both ways' losses.
struct JointPlan {
    /// A part of the stay inside one clock hour. Money is dollars per kWh and per kW and hour.
    struct Part {
        var hour: Int
        var hours: Double
        var energy: Double
        var up: Double
        var down: Double
        /// Whether reserve may be sold in it: it is whole, and the endurance lies inside of the stay.
        var sells: Bool
        /// Hours from its end to the departure.
        var left: Double
    }
    struct Does {
        var charge: Double
        var discharge: Double
        var up: Double
        var down: Double
    }
    /// What the battery has on arrival, its floor and its top, in kWh at the meter from what it has on arrival.
    var floor: Double
    var top: Double
    var need: Double
    var power: Double

    static let roundTrip = Households.efficiency * Households.efficiency
    /// Dollars per kWh taken from the battery: what the sheet takes where nothing is known.
    static let wear = 0.03
    /// Share of the power held up that is called in the mean and comes from batteries: as `headroom bids plan` has it.
    static let called = 0.03
    static var wearOfDischarge: Double { self.wear / Households.efficiency }

    /// What is best in parts from `moved` kWh on.
    func solve(_ parts: ArraySlice<Part>, moved: Double, with solver: inout CoinSolver) -> [Does]? {
        var program = LinearProgram()
        var columns: [(charge: Int, discharge: Int, up: Int, down: Int)] = []
        var before: Int?
        for (place, part) in zip(parts.indices, parts) {
            let most = part.sells ? 2 * self.power : 0
            let charge = program.column(gain: -part.energy * part.hours, to: self.power)
            let discharge = program.column(gain: (part.energy - Self.wearOfDischarge) * part.hours, to: self.power)
            let up = program.column(gain: (part.up - Self.called * Self.wearOfDischarge) * part.hours, to: most)
            let down = program.column(gain: part.down * part.hours, to: most)
            let isLast = place == parts.indices.last
            let energy = program.column(gain: 0, from: isLast ? self.need : self.floor, to: max(self.top, self.need))
            program.row([.init(charge, 1), .init(discharge, 1)], to: self.power)
            var account = [
                LinearProgram.Term(energy, 1), .init(charge, -part.hours),
                .init(discharge, part.hours / Self.roundTrip),
            ]
            if let before { account.append(.init(before, -1)) }
            let start = before == nil ? moved : 0
            program.row(account, from: start, to: start)
            if part.sells {
                self.addReserve(part, (charge, discharge, up, down), energy, to: &program)
            }
            columns.append((charge, discharge, up, down))
            before = energy
        }
        guard case .best(_, let values) = solver.solve(program, within: program.bounds) else { return nil }
        return columns.map {
            Does(charge: values[$0.charge], discharge: values[$0.discharge], up: values[$0.up], down: values[$0.down])
        }
    }

    /// Power between base and full use, and at the hour's end energy for a full hour of it: above floor and promise, under
    /// the top.
    private func addReserve(
        _ part: Part, _ at: (charge: Int, discharge: Int, up: Int, down: Int), _ energy: Int,
        to program: inout LinearProgram
    ) {
        let base: [LinearProgram.Term] = [.init(at.charge, 1), .init(at.discharge, -1)]
        let negative: [LinearProgram.Term] = [.init(at.charge, -1), .init(at.discharge, 1)]
        program.row(negative + [.init(at.up, 1)], to: self.power)
        program.row(base + [.init(at.down, 1)], to: self.power)
        let line = max(self.floor, self.need - self.power * (part.left - Households.endurance))
        // What is left of charging fills the battery, what goes beyond empties it with losses: the lesser of both.
        for factor in [1, 1 / Self.roundTrip] {
            let full = (base + [.init(at.up, -1)]).map {
                LinearProgram.Term($0.column, $0.factor * factor * Households.endurance)
            }
            program.row(full + [.init(energy, 1)], from: line)
        }
        program.row(
            (base + [.init(at.down, 1)]).map { .init($0.column, $0.factor * Households.endurance) }
                + [.init(energy, 1)], to: max(self.top, self.need))
    }
}

/// All stays by ``JointPlan``: what energy and wear cost, and what each car holds hour by hour.
struct JointFleet {
    /// Dollars over all stays.
    private(set) var energy = 0.0
    private(set) var wear = 0.0
    private(set) var unsolved = 0
    /// The households with what they hold by this plan in place of what steady charging leaves free.
    private(set) var holds: Households
    private let prices: HourlyPrices

    /// - Parameters:
    ///   - isAllKnown: all prices beforehand; else those until tomorrow's end from one o'clock on.
    ///   - value: what of a price for reserve is expected to be earned by what is held: not all of it is firm.
    init(_ households: Households, _ prices: HourlyPrices, isAllKnown: Bool, value: (up: Double, down: Double)) {
        self.holds = households
        self.prices = prices
        for user in self.holds.users.indices {
            for hour in self.holds.users[user].up.indices {
                (self.holds.users[user].up[hour], self.holds.users[user].down[hour]) = (0, 0)
            }
        }
        for (index, user) in households.users.enumerated() {
            for stay in user.stays
            where prices.days.contains(Int(stay.from / 24)) && prices.days.contains(Int(stay.to / 24)) {
                self.add(stay, index, power: Double(user.power) / 1_000, user.capacity, isAllKnown, value)
            }
        }
    }

    private mutating func add(
        _ stay: Stay, _ user: Int, power: Double, _ capacity: Double, _ isAllKnown: Bool,
        _ value: (up: Double, down: Double)
    ) {
        let known = (Int(stay.from)...Int(stay.to)).compactMap { hour -> JointPlan.Part? in
            let hours = min(stay.to, Double(hour + 1)) - max(stay.from, Double(hour))
            guard hours * 3_600 >= 1, let row = self.prices[hour] else { return nil }
            return JointPlan.Part(
                hour: hour, hours: hours, energy: Double(row.energy) / 1e9, up: Double(row.up) / 1e9 * value.up,
                down: Double(row.down) / 1e9 * value.down,
                sells: Double(hour) >= stay.from && Double(hour + 1) + Households.endurance <= stay.to,
                left: stay.to - Double(hour + 1))
        }
        let time = known.reduce(0) { $0 + $1.hours }
        let need = min(stay.energy, power * time * 0.999_999)
        guard need > 0, !known.isEmpty, known.count == Int(stay.to.rounded(.up)) - Int(stay.from) else { return }
        let start = (stay.charge ?? 40) / 100 * capacity / Households.efficiency
        let plan = JointPlan(
            floor: min(0, 0.2 * capacity / Households.efficiency - start),
            top: capacity / Households.efficiency - start, need: need, power: power)
        var (moved, first) = (0.0, 0)
        var solver = CoinSolver(patience: .seconds(600))
        while first < known.count {
            let now = known[first].hour
            let parts = isAllKnown ? known : Self.believed(known, from: first, at: now)
            guard let does = plan.solve(parts[first...], moved: moved, with: &solver) else {
                self.unsolved += 1
                return
            }
            let isWhole = isAllKnown || known.last.map { $0.hour < Economics.known(at: now) } ?? true
            let next = isWhole ? nil : known.indices.first { $0 > first && known[$0].hour % 24 == 13 }
            for place in first..<(next ?? known.count) {
                let doing = does[place - first]
                self.take(doing, known[place], user)
                moved += (doing.charge - doing.discharge / JointPlan.roundTrip) * known[place].hours
            }
            first = next ?? known.count
        }
    }

    /// The same parts with the mean of what is known where a price is not.
    private static func believed(_ parts: [JointPlan.Part], from first: Int, at now: Int) -> [JointPlan.Part] {
        let known = parts[first...].filter { $0.hour < Economics.known(at: now) }
        func mean(_ value: (JointPlan.Part) -> Double) -> Double {
            known.reduce(0) { $0 + value($1) } / Double(max(1, known.count))
        }
        let (energy, up, down) = (mean(\.energy), mean(\.up), mean(\.down))
        return parts.map { part in
            guard part.hour >= Economics.known(at: now) else { return part }
            var part = part
            (part.energy, part.up, part.down) = (energy, up, down)
            return part
        }
    }

    private mutating func take(_ does: JointPlan.Does, _ part: JointPlan.Part, _ user: Int) {
        self.energy += (does.charge - does.discharge) * part.hours * part.energy
        self.wear += does.discharge * part.hours * JointPlan.wearOfDischarge
        let place = part.hour - self.holds.firstDay * 24
        guard part.sells, self.holds.users[user].up.indices.contains(place) else { return }
        self.holds.users[user].up[place] = Int32(does.up * 1_000)
        self.holds.users[user].down[place] = Int32(does.down * 1_000)
    }
}
