import Domain
import Foundation
import GridCodes
import Testing

@Suite struct HolidayTests {
    private static func days(_ region: String, _ year: Int) throws -> [String] {
        try #require(try Packs.pack(region).holidays).days(years: year...year).map(\.description)
    }

    /// England's bank holidays of 2026 and 2027 as the government lists them: Boxing Day 2026 is kept on the Monday,
    /// Christmas and Boxing Day 2027 on the Monday and the Tuesday after them.
    @Test func england() throws {
        let days = try Self.days("gb", 2026)
        #expect(
            days == [
                "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25",
                "2026-12-26", "2026-12-28",
            ])
        #expect(try Self.days("gb", 2027).suffix(4) == ["2027-12-25", "2027-12-26", "2027-12-27", "2027-12-28"])
    }

    /// The federal holidays of 2026: the fourth Thursday of November is the 26th, the last Monday of May the 25th.
    @Test(arguments: ["pjm", "caiso", "ercot", "coned"]) func america(region: String) throws {
        let days = try Self.days(region, 2026)
        #expect(Set(days).isSuperset(of: ["2026-01-19", "2026-05-25", "2026-07-04", "2026-09-07", "2026-11-26"]))
    }

    @Test func everyPackHasItsHolidaysWithASource() throws {
        for name in try Packs.names() where name != "demo" {
            let pack = try Packs.pack(name)
            #expect(try Self.days(name, 2026).count >= 7, "\(name)")
            #expect(pack.sources.contains { $0.figure.components(separatedBy: ", ").contains("holidays") }, "\(name)")
        }
    }

    @Test(arguments: [(2024, "2024-03-31"), (2025, "2025-04-20"), (2026, "2026-04-05"), (1981, "1981-04-19")])
    func easter(year: Int, day: String) { #expect(CivilDate.easter(year).description == day) }

    @Test func whatIsNoDayIsNamed() throws {
        func findings(_ change: (inout HolidayRules) -> Void) throws -> [String] {
            var pack = try Packs.pack("gb")
            var rules = try #require(pack.holidays)
            change(&rules)
            pack.holidays = rules
            return pack.findings
        }
        #expect(try findings { _ in } == [])
        #expect(try findings { $0.fixed.append("13-01") }.contains { $0.contains("13-01 is no day of a year") })
        #expect(try findings { $0.dates = ["2026-02-30"] }.contains { $0.contains("2026-02-30 is no day") })
        #expect(try findings { $0.afterEaster = [400] }.contains { $0.contains("afterEaster lies between") })
        #expect(try findings { $0.weekdays?[0].number = 6 }.contains { $0.contains("number 1 to 5") })
    }
}
