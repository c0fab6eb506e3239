import Domain
import Foundation
import Testing

@testable import Planning

@Suite struct HabitTableTests {
    private func hour(_ up: Int, down: Int = 0) -> HabitTable.Hour {
        HabitTable.Hour(plugged: up > 0 ? 10_000 : 0, up: up, down: down)
    }

    /// A car that nobody has seen does what its cluster does, in proportion to what it is rated.
    @Test func aStrangerIsExpectedToDoAsItsCluster() {
        var clusters = HabitTable()
        for _ in 0..<20 { clusters.observe(0, .midweek, hour: 3, self.hour(6_000, down: 1_000), rated: 10_000) }
        let table = HabitTable()
        let forecast = table.forecast(
            5, .midweek, at: LocalHour(day: 0, hour: 3), rated: 20_000, clusters: clusters, cluster: 0)
        #expect(abs(forecast.up - 12_000) < 20 && abs(forecast.down - 2_000) < 20)
        #expect(forecast.plugged == 10_000 && forecast.days == 0)
        #expect(clusters.share(0, .sunday, hour: 3, .up) > 30_000, "a day that was never seen is like the others")
        #expect(clusters.share(0, .midweek, hour: 4, .up) == 0)
    }

    /// After some weeks its own days count, and the cluster no longer does.
    @Test func aCarIsKnownByItsOwnDays() {
        var clusters = HabitTable()
        clusters.observe(0, .midweek, hour: 3, self.hour(10_000), rated: 10_000)
        var table = HabitTable()
        var before = 10_000
        for week in 0..<8 {
            for _ in 0..<4 { table.observe(0, .midweek, hour: 3, self.hour(0), rated: 10_000) }
            let expected = table.expected(
                0, .midweek, hour: 3, .up, rated: 10_000, cluster: clusters.share(0, .midweek, hour: 3, .up))
            #expect(expected < before, "week \(week)")
            before = expected
        }
        #expect(before < 200)
    }

    /// What a car did before it changed its ways is forgotten within the memory of its group.
    @Test(arguments: DayGroup.allCases)
    func theOldIsForgotten(group: DayGroup) {
        var table = HabitTable()
        for _ in 0..<100 { table.observe(0, group, hour: 8, self.hour(10_000), rated: 10_000) }
        for _ in 0..<3 * group.memory { table.observe(0, group, hour: 8, self.hour(0), rated: 10_000) }
        #expect(table.expected(0, group, hour: 8, .up, rated: 10_000, cluster: 0) < 600)
    }

    @Test func whatCannotBeIsHeldToWhatCan() {
        var table = HabitTable()
        table.observe(0, .friday, hour: 0, HabitTable.Hour(plugged: 20_000, up: 99_000, down: -5), rated: 10_000)
        table.observe(0, .friday, hour: 1, self.hour(5), rated: 0)
        #expect(table.expected(0, .friday, hour: 0, .up, rated: 10_000, cluster: 65_535) == 10_000)
        #expect(table.expected(0, .friday, hour: 0, .down, rated: 10_000, cluster: 0) == 0)
        #expect(table.pluggedProbability(0, .friday, hour: 0, cluster: 10_000) == 10_000)
        table.arrived(0, hour: 0, missing: -7)
        table.arrived(0, hour: 0, missing: .max)
        let forecast = table.forecast(
            0, .friday, at: LocalHour(day: 0, hour: 0), rated: 1, clusters: table, cluster: 0)
        #expect(forecast.energy > 0)
    }

    @Test func arrivalsAndDeparturesRoundMidnight() throws {
        var table = HabitTable()
        for hour in [21, 22, 22, 23, 23, 23, 0, 0, 1, 2] { table.arrived(0, hour: hour, missing: 9_000) }
        for _ in 0..<600 { table.departed(0, hour: 7) }
        let forecast = table.forecast(
            0, .midweek, at: LocalHour(day: 0, hour: 0), rated: 1_000, clusters: HabitTable(), cluster: 0)
        #expect(forecast.arrival == HourQuantiles(tenth: 21, half: 23, ninth: 1))
        #expect(forecast.departure == HourQuantiles(tenth: 7, half: 7, ninth: 7))
        #expect(forecast.energy == 9_000 && forecast.energySpread == 0)
    }

    @Test func aTableIsWrittenDownAndReadAgain() throws {
        var generator = SeededGenerator(seed: 3)
        var table = HabitTable()
        for _ in 0..<500 {
            let row = Int.random(in: 0..<20, using: &generator)
            let hour = Int.random(in: 0..<24, using: &generator)
            table.observe(
                row, DayGroup.allCases[Int.random(in: 0..<4, using: &generator)], hour: hour,
                self.hour(Int.random(in: 0...9_000, using: &generator)), rated: 10_000)
            table.arrived(row, hour: hour, missing: hour * 1_000)
        }
        let bytes = try JSONEncoder().encode(table)
        #expect(try JSONDecoder().decode(HabitTable.self, from: bytes) == table)
        let short = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\"rows\":20", with: "\"rows\":21")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(HabitTable.self, from: Data(short.utf8)) }
    }

    /// A column that is longer than one text; and one text as it was written before.
    @Test func longColumns() throws {
        var table = HabitTable()
        table.grow(to: 6_000)
        for row in stride(from: 0, to: 6_000, by: 7) { table.arrived(row, hour: row % 24, missing: row) }
        let bytes = try JSONEncoder().encode(table)
        #expect(try JSONDecoder().decode(HabitTable.self, from: bytes) == table)
        let text = String(decoding: bytes, as: UTF8.self)
        let start = try #require(text.range(of: "\"counts\":["))
        let end = try #require(text[start.upperBound...].firstIndex(of: "]"))
        #expect(text[start.upperBound..<end].contains("\",\""))
        let before = text.replacingOccurrences(of: text[start.lowerBound...end], with: "\"counts\":\"z8ca00.\"")
        #expect(try JSONDecoder().decode(HabitTable.self, from: Data(before.utf8)).counts == table.counts)
    }

    @Test(arguments: ["z", "z.", "zz1.", "0", "00g0", "z5.", "zffffffffffffffffffff.", "00z3.", "Z4.", "z4"])
    func whatIsNoColumnIsRefused(text: String) {
        let column: [UInt16]? = unpacked(text, count: 4)
        #expect(column == nil)
    }

    @Test func columnsOfAllWidths() {
        #expect(packed([0, 0, 0, 0] as [UInt16]) == "z4.")
        #expect(packed([0, 255, 0] as [UInt8]) == "z1.ffz1.")
        #expect(unpacked("z1.ffz1.", count: 3) == [0, 255, 0] as [UInt8])
        #expect(unpacked(packed([UInt32.max, 1, 0]), count: 3) == [UInt32.max, 1, 0])
    }
}
