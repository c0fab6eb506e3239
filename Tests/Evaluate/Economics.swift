import Domain
import Foundation
import Planning

/// Hourly prices of a year by the clock on the wall: energy per MWh, reserve up and down per MW and hour, in millionths.
struct HourlyPrices {
    struct Row {
        var energy: Int
        var up: Int
        var down: Int
    }
    /// By hour since 1970, local time.
    private(set) var rows: [Int: Row] = [:]
    private(set) var days: Range<Int> = 0..<0

    /// CAISO's day-ahead prices of 2020, the hour named by its end; nil where they are not there.
    init?(caiso folder: URL) {
        guard let text = try? String(contentsOf: folder.appending(path: "timeseries.csv"), encoding: .utf8) else {
            return nil
        }
        for line in text.split(whereSeparator: \.isNewline).dropFirst() {
            let fields = line.split(separator: ",")
            let time = fields.first?.split { "/ :".contains($0) }.compactMap { Int($0) } ?? []
            let values = fields.dropFirst().compactMap { Double($0) }
            guard time.count >= 4, values.count == 3 else { continue }
            let hour = Planning.dayNumber(year: time[2], month: time[0], day: time[1]) * 24 + time[3] - 1
            // $/kWh and $/kW an hour: millionths of a dollar per MWh and per MW an hour.
            let micro = values.map { Int(($0 * 1e9).rounded()) }
            self.rows[hour] = Row(energy: micro[0], up: micro[1], down: micro[2])
        }
        guard let first = self.rows.keys.min(), let last = self.rows.keys.max() else { return nil }
        self.days = first / 24..<last / 24 + 1
    }

    subscript(hour: Int) -> Row? { self.rows[hour] }
}

/// What charging the recorded stays cost by each way of charging, and what reserve beside it brought.
struct Economics {
    private let prices: HourlyPrices
    /// Days on which a car was enrolled, of all cars.
    private var carDays = 0
    /// Millionths of a dollar: at once at full power, steadily, by prices that are known until tomorrow's end from one
    /// o'clock on, and by all prices.
    private var atOnce = Int128(0)
    private var steady = Int128(0)
    private var smart = Int128(0)
    /// By price outside of the evenings, steadily inside: those are sold.
    private var beside = Int128(0)
    /// Clock hours that are sold in the row of both.
    private static let evening = 17..<21
    private var foresight = Int128(0)
    private(set) var stays = 0
    /// What does not fit into its stay at the charger's power, and is left out: Wh.
    private(set) var refused = 0

    init(_ households: Households, _ prices: HourlyPrices) {
        self.prices = prices
        for user in households.users where user.first <= user.last {
            let enrolled = (user.first..<user.last + 1).clamped(to: prices.days)
            self.carDays += enrolled.count
            for stay in user.stays
            where prices.days.contains(Int(stay.from / 24)) && prices.days.contains(Int(stay.to / 24)) {
                self.take(stay, power: user.power)
            }
        }
    }

    /// A part of a stay with one price.
    private struct Part {
        var hour: Int
        var seconds: Int
    }

    private mutating func take(_ stay: Stay, power: Int) {
        let parts = (Int(stay.from)...Int(stay.to)).compactMap { hour -> Part? in
            let seconds = Int((min(stay.to, Double(hour + 1)) - max(stay.from, Double(hour))) * 3_600)
            return seconds > 0 ? Part(hour: hour, seconds: seconds) : nil
        }
        let seconds = parts.reduce(0) { $0 + $1.seconds }
        let wanted = Int(stay.energy * 3_600_000)
        let need = min(wanted, power * seconds)
        guard need > 0, parts.allSatisfy({ self.prices[$0.hour] != nil }) else { return }
        self.stays += 1
        self.refused += (wanted - need) / 3_600
        self.atOnce += self.cost(parts, need) { left, part in min(left, power * part.seconds) }
        var rest = need
        var time = seconds
        self.steady += self.cost(parts, need) { _, part in
            let share = time > part.seconds ? rest / time * part.seconds : rest
            rest -= share
            time -= part.seconds
            return share
        }
        self.foresight += self.planned(parts, need, power) { _, _ in true }
        self.beside += self.besideReserve(parts, need, power)
        self.smart += self.planned(parts, need, power) { now, hour in hour < Self.known(at: now) }
    }

    /// As the engine charges beside what is sold: each sold evening finds the car where steady charging would have brought
    /// it, and drawing as much; before and behind it energy goes where it is cheap.
    private func besideReserve(_ parts: [Part], _ need: Int, _ power: Int) -> Int128 {
        let seconds = parts.reduce(0) { $0 + $1.seconds }
        var (left, sum) = (need, Int128(0))
        var gap: [Part] = []
        func known(_ now: Int, _ hour: Int) -> Bool { hour < Self.known(at: now) }
        func steady(_ part: Part) -> Int { min(left, need / seconds * part.seconds) }
        for part in parts {
            guard Self.evening.contains(part.hour % 24) else {
                gap.append(part)
                continue
            }
            let before = gap.reduce(0) { $0 + steady($1) }
            sum += self.planned(gap, before, power, known)
            left -= before
            gap = []
            let energy = steady(part)
            sum += Int128(energy) * Int128(self.prices[part.hour]?.energy ?? 0) / 3_600_000_000
            left -= energy
        }
        return sum + self.planned(gap, gap.isEmpty ? 0 : left, power, known)
            + (gap.isEmpty
                ? Int128(left) * Int128(self.prices[parts[parts.count - 1].hour]?.energy ?? 0) / 3_600_000_000 : 0)
    }

    private func cost(_ parts: [Part], _ need: Int, _ drawn: (Int, Part) -> Int) -> Int128 {
        var left = need
        return parts.reduce(Int128(0)) { sum, part in
            let energy = drawn(left, part)
            left -= energy
            return sum + Int128(energy) * Int128(self.prices[part.hour]?.energy ?? 0)
        } / 3_600_000_000
    }

    /// The first hour whose price is not known at an hour: tomorrow's are said at one o'clock.
    static func known(at hour: Int) -> Int { (hour / 24 + (hour % 24 >= 13 ? 2 : 1)) * 24 }

    /// Planned anew when prices are said; what is not known is taken for the mean of what is.
    private func planned(_ parts: [Part], _ need: Int, _ power: Int, _ isKnown: (Int, Int) -> Bool) -> Int128 {
        var left = need
        var sum = Int128(0)
        var first = 0
        while first < parts.count, left > 0 {
            let now = parts[first].hour
            let rest = parts[first...]
            let known = rest.filter { isKnown(now, $0.hour) }.map { self.prices[$0.hour]?.energy ?? 0 }
            let mean = known.reduce(0, +) / max(1, known.count)
            let spans = rest.map { part in
                ChargingSpan(
                    length: part.seconds, value: isKnown(now, part.hour) ? self.prices[part.hour]?.energy ?? 0 : mean,
                    limit: power)
            }
            let seconds = rest.reduce(0) { $0 + $1.seconds }
            let plan = ChargingPlan([ChargingCar(need: left, most: power, ready: seconds)], over: spans)
            let next =
                known.count == spans.count ? parts.count : rest.firstIndex { $0.hour > now && $0.hour % 24 == 13 }
            for index in first..<(next ?? parts.count) {
                let energy = plan.energy[0][index - first]
                left -= energy
                sum += Int128(energy) * Int128(self.prices[parts[index].hour]?.energy ?? 0)
            }
            first = next ?? parts.count
        }
        return sum / 3_600_000_000
    }

    /// Millionths of all enrolled cars as dollars a car and year.
    private func perCar(_ value: Int128) -> Double { Double(value) / 1e6 / Double(max(1, self.carDays)) * 365 }

    /// Reserve sold with the forecast, and with all known beforehand, millionths a car and year. A shortfall is paid back
    /// three times.
    private func reserve(
        _ run: ForecastRun, _ series: Series, during clock: Range<Int> = 0..<24, _ price: (HourlyPrices.Row) -> Int
    ) -> Reserve {
        var sums = (earned: Int128(0), most: Int128(0), bid: Int128(0), came: Int128(0), hours: 0)
        for (index, hour) in run.judged.enumerated() {
            guard let row = self.prices[hour] else { continue }
            let (bid, came) = (series.bid[index], series.came[index])
            let value = clock.contains(hour % 24) ? price(row) : 0
            sums.earned += Int128(bid - 3 * max(0, bid - came)) * Int128(value)
            sums.most += Int128(came) * Int128(value)
            sums.bid += clock.contains(hour % 24) ? Int128(bid) : 0
            sums.came += clock.contains(hour % 24) ? Int128(came) : 0
            sums.hours += 1
        }
        // W of 10,000 cars: MW of one.
        let scale = 1e6 * 1e4 * 1e6 * Double(max(1, sums.hours)) / (365 * 24)
        // Called from the battery: kW and hours of one car in a year.
        let wear = JointPlan.called * JointPlan.wearOfDischarge / (1e3 * 1e4 * Double(max(1, sums.hours)) / (365 * 24))
        return Reserve(
            earned: Double(sums.earned) / scale, most: Double(sums.most) / scale, wear: Double(sums.bid) * wear,
            mostWear: Double(sums.came) * wear, hours: sums.hours)
    }

    /// Dollars a car and year.
    private struct Reserve {
        var earned = 0.0
        /// With exactly what came sold.
        var most = 0.0
        /// Of what is called of it upwards; of what is called downwards nothing is taken from the battery.
        var wear = 0.0
        var mostWear = 0.0
        var hours = 0
        var share: Double { self.most > 0 ? self.earned / self.most : 0 }
    }

    /// A way of charging and selling, dollars a car and year.
    private struct Way {
        var name: String
        var energy: Double
        var wear = 0.0
        var reserve = 0.0
        /// Against the same kind of thing done with all known beforehand.
        var regret: Double?
        var net: Double { self.reserve - self.energy - self.wear }
    }

    func table(_ run: ForecastRun, _ households: Households) -> String {
        let up = self.reserve(run, run.ours[0]) { $0.up }
        let safe = self.reserve(run, run.ours[1]) { $0.up }
        let down = self.reserve(run, run.oursDown) { $0.down }
        let evening = self.reserve(run, run.ours[1], during: Self.evening) { $0.up }
        let (steady, beside, best) = (self.perCar(self.steady), self.perCar(self.beside), self.perCar(self.foresight))
        func charged(_ name: String, _ cost: Int128) -> Way {
            Way(name: name, energy: self.perCar(cost), regret: self.perCar(cost) - best)
        }
        func sold(_ name: String, _ energy: Double, _ reserve: Reserve, _ other: Reserve = Reserve()) -> Way {
            Way(
                name: name, energy: energy, wear: reserve.wear, reserve: reserve.earned + other.earned,
                regret: reserve.most + other.most - reserve.earned - other.earned)
        }
        var ways = [
            charged("charged at once (uncontrolled)", self.atOnce), charged("steadily", self.steady),
            charged("by price, known a day ahead", self.smart),
            charged("by price, all known beforehand", self.foresight),
            sold("steadily, and up reserve firm at 90 %", steady, up),
            sold("steadily, and up reserve firm at 99 %", steady, safe),
            sold("steadily, and up and down reserve firm at 90 %", steady, up, down),
            sold("steadily, and up reserve of 17–21 h firm at 99 %", steady, evening),
            sold("by price beside it, and up reserve of 17–21 h firm at 99 %", beside, evening),
        ]
        ways += self.together(
            households, (up.share, down.share), "energy and up and down reserve together, firm at 90 %", 0)
        ways += self.together(households, (safe.share, 0), "energy and up reserve together, firm at 99 %", 1)
        ways += self.together(households, nil, "energy and up and down reserve together, all known beforehand", 0)
        return self.words(ways, hours: up.hours)
    }

    /// Energy and reserve planned together for each car, and of what the cars then hold sold what is firm.
    /// - Parameters:
    ///   - value: what of the prices of up and down what is held is worth, since not all of it is firm; nil = all is known.
    ///   - quantile: place among the run's confidences.
    private func together(
        _ households: Households, _ value: (up: Double, down: Double)?, _ name: String, _ quantile: Int
    ) -> [Way] {
        let fleet = JointFleet(households, self.prices, isAllKnown: value == nil, value: value ?? (1, 1))
        let run = ForecastRun(.recorded(fleet.holds))
        let up = self.reserve(run, run.ours[quantile]) { $0.up }
        let down = value.map { $0.down > 0 } ?? true ? self.reserve(run, run.oursDown) { $0.down } : Reserve()
        let scale = 365 / Double(max(1, self.carDays))
        if fleet.unsolved > 0 { print("- \(name): \(fleet.unsolved) stays without a plan") }
        return [
            Way(
                name: name, energy: fleet.energy * scale,
                wear: fleet.wear * scale + (value == nil ? up.mostWear : up.wear),
                reserve: value == nil ? up.most + down.most : up.earned + down.earned,
                regret: value == nil ? 0 : up.most + down.most - up.earned - down.earned)
        ]
    }

    private func words(_ ways: [Way], hours: Int) -> String {
        let (first, optimum) = (ways[0].net, ways[ways.count - 1].net)
        let rows = ways.map { way in
            "| \(way.name) | \(money(way.energy)) | \(money(way.wear)) | \(money(way.reserve)) | \(money(way.net)) | "
                + "\(money(way.net - first)) | \(way.regret.map(money) ?? "–") | \(money(optimum - way.net)) |"
        }
        let title = "**Money a car and year: \(self.stays) stays of 2020 at CAISO's day-ahead prices, USD**"
        return
            ([
                "", title, "",
                "| way | energy | wear | reserve | net | over charging at once | regret of its kind | "
                    + "regret against the best together |",
                "|---|---|---|---|---|---|---|---|",
            ] + rows + [
                "",
                "- \(self.refused / 1_000) kWh do not fit into their stay at the charger's power and are left out; "
                    + "\(hours) hours with a bid; a kW that is short is paid back three times; wear 0.03 a kWh discharged, "
                    + "3 % of what is sold up called from the battery; before fees",
            ]).joined(separator: "\n")
    }
}

private func money(_ value: Double) -> String {
    let cents = Int((value * 100).rounded())
    return
        "\(cents < 0 ? "−" : "")\(cents.magnitude / 100).\(cents.magnitude % 100 < 10 ? "0" : "")\(cents.magnitude % 100)"
}
