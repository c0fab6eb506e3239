import Control
import Domain
import Foundation
import TestSupport
import Testing

/// The chemistries that ship.
let chemistries: [Chemistry] = {
    let url = Workspace.root.appending(path: "Config/batteries.json")
    return (try? JSONDecoder().decode([Chemistry].self, from: Data(contentsOf: url))) ?? []
}()

func chemistry(_ id: String) throws -> Chemistry {
    try #require(chemistries.first { $0.id == id }, "Config/batteries.json has no \(id)")
}

/// Rainflow as the standard says it, with a stack of any length.
private func rainflow(_ history: [Int]) -> [Rainflow.Cycle] {
    var turns: [Int] = []
    for value in history where turns.last != value {
        if turns.count >= 2, (value > turns[turns.count - 1]) == (turns[turns.count - 1] > turns[turns.count - 2]) {
            turns[turns.count - 1] = value
        } else {
            turns.append(value)
        }
    }
    var stack: [Int] = []
    var found: [Rainflow.Cycle] = []
    func cycle(_ a: Int, _ b: Int, _ whole: Bool) -> Rainflow.Cycle {
        .init(depth: abs(a - b), mean: (a + b) / 2, isWhole: whole)
    }
    for value in turns {
        stack.append(value)
        while stack.count >= 3 {
            let (a, b, c) = (stack[stack.count - 3], stack[stack.count - 2], stack[stack.count - 1])
            guard abs(c - b) >= abs(b - a) else { break }
            if stack.count == 3 {
                found.append(cycle(a, b, false))
                stack.removeFirst()
            } else {
                found.append(cycle(a, b, true))
                stack.removeSubrange((stack.count - 3)...(stack.count - 2))
            }
        }
    }
    for (a, b) in zip(stack, stack.dropFirst()) { found.append(cycle(a, b, false)) }
    return found
}

@Suite struct WearTests {
    /// Xu et al. 2018 with its three published vectors, and its curve at depths between the knots of the table.
    @Test func lithiumManganeseIsThePublishedModel() throws {
        let lmo = try chemistry("lmo")
        let life = 1e12 / 0.164
        func f(_ depth: Double, _ mean: Double, _ celsius: Double) -> Double {
            1 / (1.40e5 * pow(depth, -0.501) - 1.23e5) * exp(1.04 * (mean - 0.5))
                * exp(0.0693 * (celsius - 25) * 298.15 / (celsius + 273.15))
        }
        #expect(abs(f(0.1, 0.5, 25) / 3.118e-6 - 1) < 0.001 && abs(f(0.8, 0.5, 25) / 2.980e-5 - 1) < 0.001)
        #expect(abs(Double(lmo.cycleCost(depth: 1_000)) / (3.118e-6 * life) - 1) < 0.001)
        #expect(abs(Double(lmo.cycleCost(depth: 8_000)) / (2.980e-5 * life) - 1) < 0.001)
        #expect(abs(Double(lmo.calendarCost(seconds: 86_400, charge: 5_000)) / (3.577e-5 * life) - 1) < 0.001)
        for depth in stride(from: 300, through: 10_000, by: 170) {
            for mean in [3_000, 5_500, 8_000] where mean * 2 >= depth {
                for celsius in [-5.0, 12, 25, 38] {
                    let told = Double(lmo.cycleCost(depth: depth, mean: mean, temperature: Int(celsius * 10)))
                    let published = f(Double(depth) / 10_000, Double(mean) / 10_000, celsius) * life
                    #expect(abs(told / published - 1) < 0.06, "depth \(depth), mean \(mean), \(celsius) °C")
                }
            }
        }
    }

    /// Naumann's laws of a Sony iron-phosphate cell, with the parameters as they lie in the shared tables.
    @Test func ironPhosphateIsNaumannsModelOnTheSharedTables() throws {
        guard let url = Workspace.sharedData("battery-cells-simses/CLFP_Sony_US26650_capacity_decrease_param.csv")
        else { return print("skipped: ../shared/data/battery-cells-simses is not here") }
        let lines = try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline)
        let row = try #require(lines.first { $0.hasPrefix("Naumann,") })
        let p = row.split(separator: ",").dropFirst().compactMap { Double($0) }
        try #require(p.count == 8)
        let lfp = try chemistry("lfp")
        for celsius in [5.0, 15, 25, 33, 40] {
            for charge in stride(from: 500, through: 9_500, by: 900) {
                let heat = exp(-p[1] / 8.314462 * (1 / (celsius + 273.15) - 1 / 298.15))
                let loss = p[0] * heat * (p[2] * pow(Double(charge) / 10_000 - 0.5, 3) + p[3]) * sqrt(365.25 * 86_400)
                let told = lfp.calendarCost(seconds: 31_557_600, charge: charge, temperature: Int(celsius * 10))
                #expect(abs(sqrt(Double(told) / 1e12) * 0.2 / loss - 1) < 0.04, "\(celsius) °C at \(charge)")
            }
        }
        for depth in stride(from: 1_000, through: 10_000, by: 450) {
            let d = Double(depth) / 10_000
            let loss = (p[4] * 0.5 + p[5]) * (p[6] * pow(d - 0.6, 3) + p[7]) / 100 * sqrt(1_000)
            let told = Double(lfp.cycleCost(depth: depth)) / d * 1_000
            #expect(abs(sqrt(told / 1e12) * 0.2 / loss - 1) < 0.04, "1,000 full cycles at depth \(depth)")
        }
    }

    /// Cells that were really aged: life spent after a year on the shelf, and how many full cycles they lived.
    @Test func nickelRichCellsAgeAsRecorded() throws {
        guard let shelf = Workspace.sharedData("battery-cells-simses/LG_INR18650MJ1_closs_calendar_aging.csv"),
            let cycled = Workspace.sharedData("battery-cells-simses/LG_INR18650MJ1_closs_cycling_aging.csv")
        else { return print("skipped: ../shared/data/battery-cells-simses is not here") }
        let nmc = try chemistry("nmc811")
        let last = try #require(try Self.rows(shelf).last { $0.count == 24 })
        // Two cells a condition: 10, 70, 90 % at 25 °C, then at 45 °C. The header breaks its own commas.
        for (number, (celsius, charge)) in [(25, 10), (25, 70), (25, 90), (45, 10), (45, 70), (45, 90)].enumerated() {
            let days = last[4 * number]
            let loss = (last[4 * number + 1] + last[4 * number + 3]) / 200
            let told = nmc.calendarCost(seconds: Int(days * 86_400), charge: charge * 100, temperature: celsius * 10)
            #expect(abs(sqrt(Double(told) / 1e12) * 0.2 / loss - 1) < 0.25, "\(charge) % at \(celsius) °C")
        }
        let curves = try Self.rows(cycled)
        for (series, temperature) in [(0, 0), (3, 100), (6, 250), (8, 250)] {
            let cells = curves.compactMap { $0.count > 2 * series + 1 ? ($0[2 * series], $0[2 * series + 1]) : nil }
            let end = try #require(cells.last { $0.1 > 0 && $0.0 > 0 }).0
            let told = 1e12 / Double(nmc.cycleCost(depth: 10_000, temperature: temperature))
            #expect(abs(told / end - 1) < 0.25, "\(told) full cycles at \(temperature / 10) °C, recorded \(end)")
        }
    }

    private static func rows(_ url: URL) throws -> [[Double]] {
        try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline).dropFirst().map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? 0 }
        }
    }

    /// The sheet's prices at 100 a kWh of pack: 1.9 ct for a first tenth, and deep discharge dearer than the middle.
    @Test func theNextKilowattHourHasItsPrice() throws {
        let lmo = try chemistry("lmo")
        let price = 100_000_000
        #expect(abs(lmo.marginalCost(openDepth: 0, packPrice: price) - 19_012) < 20)
        let middle = lmo.marginalCost(openDepth: 2_000, packPrice: price)
        let deep = lmo.marginalCost(openDepth: 8_000, packPrice: price)
        #expect(deep > 3 * middle && middle < 19_000, "\(middle), \(deep)")
        #expect(lmo.marginalCost(openDepth: 10_000, packPrice: price) > 0, "an empty one has a price, too")
        #expect(lmo.marginalCost(openDepth: 0, packPrice: 0) == 0)
        let unknown = try chemistry("unknown")
        let thirty = Double(unknown.cycleCost(depth: 3_000)) / 1e12 * 100 / 0.3
        #expect(abs(thirty - 3) < 0.02, "3 ct where nobody says: \(thirty)")
        #expect(chemistries.count >= 7 && chemistries.flatMap(\.defects).isEmpty)
    }

    /// Sixty histories: what twelve turning points count is what a count without a limit finds.
    @Test func boundedRainflowCountsAsTheStandardDoes() throws {
        let lmo = try chemistry("lmo")
        var generator = SeededGenerator(seed: 5)
        var (exact, all) = (0, 0)
        for _ in 0..<60 {
            var value = 5_000
            let history = (0..<400).map { _ -> Int in
                value = min(10_000, max(0, value + Int.random(in: -1_500...1_500, using: &generator)))
                return value
            }
            var flow = Rainflow()
            let counted = history.flatMap { flow.take($0) } + flow.residue
            let wanted = rainflow(history)
            all += 1
            if counted.map(\.depth).sorted() == wanted.map(\.depth).sorted() { exact += 1 }
            func spent(_ cycles: [Rainflow.Cycle]) -> Double {
                cycles.reduce(0) { $0 + Double(lmo.cycleCost(depth: $1.depth, mean: $1.mean)) * ($1.isWhole ? 1 : 0.5) }
            }
            #expect(abs(spent(counted) / spent(wanted) - 1) < 0.02, "bounded memory costs little truth")
        }
        #expect(exact * 10 >= all * 8, "\(exact) of \(all) to the last cycle")
        #expect(MemoryLayout<VehicleWear>.size <= 96, "of a million cars")
    }

    @Test func aCarsWearGrowsWithTimeAndCyclesAndHighCharge() throws {
        let lmo = try chemistry("lmo")
        var (quiet, busy, full) = (VehicleWear(), VehicleWear(), VehicleWear())
        for hour in 0..<240 {
            let now = Instant(seconds: hour * 3600)
            quiet.note(StateOfCharge(basisPoints: 5_000), at: now, lmo)
            busy.note(StateOfCharge(basisPoints: hour % 2 == 0 ? 7_000 : 3_000), at: now, lmo)
            full.note(StateOfCharge(basisPoints: 9_500), at: now, lmo)
        }
        #expect(quiet.cycled == 0 && quiet.spent(lmo) == quiet.aged && quiet.highSeconds == 0)
        let ten = Double(lmo.calendarCost(seconds: 239 * 3600, charge: 5_000))
        #expect(abs(Double(quiet.aged) / ten - 1) < 0.0001)
        let cycles = Double(busy.spent(lmo) - busy.aged) / Double(lmo.cycleCost(depth: 4_000))
        #expect(abs(cycles - 119.5) < 0.01, "\(cycles) cycles of forty per cent")
        #expect(full.aged > quiet.aged * 3 / 2 && full.highSeconds == 239 * 3600)
        let before = quiet
        quiet.note(StateOfCharge(basisPoints: 1_000), at: Instant(seconds: 5), lmo)
        #expect(quiet == before, "what is older than the last changes nothing")
        #expect(
            busy.marginalCost(lmo, packPrice: 100_000_000) < lmo.marginalCost(openDepth: 0, packPrice: 100_000_000),
            "a cycle that is open already makes the next tenth cheaper")
    }

    @Test func aWarrantyVetoesWithFigures() {
        var wear = VehicleWear()
        let warranty = Warranty(throughput: Energy(wattHours: 100_000), cycles: 3, highHours: 2)
        let capacity = Energy(wattHours: 60_000)
        #expect(warranty.dischargeVeto(wear, capacity: capacity) == nil && warranty.raiseVeto(wear) == nil)
        wear.note(discharged: Energy(wattHours: 100_000))
        #expect(warranty.dischargeVeto(wear, capacity: capacity) == "warranty: 100 of 100 kWh are discharged")
        #expect(warranty.used(wear, capacity: capacity) == 10_000)
        wear.note(discharged: Energy(wattHours: 80_000))
        #expect(Warranty(cycles: 3).dischargeVeto(wear, capacity: capacity) == "warranty: 3 of 3 full cycles are used")
        #expect(Warranty().dischargeVeto(wear, capacity: capacity) == nil)
        #expect(Warranty().used(wear, capacity: capacity) == nil)
        wear.note(discharged: Energy(wattHours: -80_000))
        #expect(wear.discharged == Energy(wattHours: 180_000), "nothing is given back")
    }

    @Test func figuresThatCannotBeAreNamed() throws {
        var odd = try chemistry("lmo")
        odd.cycle = [.init(x: 0, y: 5), .init(x: 0, y: 3)]
        odd.source = ""
        #expect(odd.defects.count == 3, "\(odd.defects)")
    }
}
