import Domain
import Foundation
import GridCodes
import Testing

/// 2025-03-30T01:00Z is 1743296400, 2025-10-26T01:00Z is 1761440400; the US turn at 2025-03-09T07:00Z and 2025-11-02T06:00Z
/// (Eastern), by hand from a table of clock changes.
@Suite struct CalendarTests {
    private func zone(_ region: String) throws -> LocalZone { try #require(try Packs.pack(region).zone) }

    @Test func datesComeBack() {
        #expect(CivilDate("1970-01-01")?.days == 0 && CivilDate("2000-02-29")?.days == 11_016)
        #expect(CivilDate("2025-08-28")?.days == 20_328 && CivilDate("2025-08-28")?.weekday == 4)
        for days in stride(from: -200_000, to: 200_000, by: 373) {
            let date = CivilDate(days: days)
            #expect(CivilDate(date.description)?.days == days || date.year < 1_000 || date.year > 9_999)
        }
        for text in ["2026-02-30", "2026-13-01", "2026-1-1", "soon", "2025-02-29", "2026-00-10", ""] {
            #expect(CivilDate(text) == nil, "\(text)")
        }
    }

    @Test func theClocksTurn() throws {
        let london = try self.zone("gb")
        #expect(london.offset(at: Instant(seconds: 1_743_296_399)) == 0)
        #expect(london.offset(at: Instant(seconds: 1_743_296_400)) == 3_600)
        #expect(london.offset(at: Instant(seconds: 1_761_440_399)) == 3_600)
        #expect(london.offset(at: Instant(seconds: 1_761_440_400)) == 0)
        let days = ["2025-03-30", "2025-10-26", "2025-07-01"].compactMap { CivilDate($0) }
        #expect(days.map { london.length(of: $0) } == [82_800, 90_000, 86_400])
        // 01:30 does not exist on the first day: the leap; it comes twice on the second: the first of both.
        #expect(london.instant(days[0], second: 5_400).seconds == 1_743_296_400)
        #expect(london.instant(days[1], second: 5_400).seconds == 1_761_438_600)
    }

    /// Summer over the turn of the year, as south of the equator (New South Wales).
    @Test func summerMayLieAcrossTheYear() throws {
        let text =
            #"{"name":"S","utcOffsetSeconds":36000,"daylight":{"shiftSeconds":3600,"#
            + #""starts":{"month":10,"sunday":1,"secondOfDay":7200,"isUTC":false},"#
            + #""ends":{"month":4,"sunday":1,"secondOfDay":10800,"isUTC":false}}}"#
        let sydney = try JSONDecoder().decode(LocalZone.self, from: Data(text.utf8))
        // 2025-04-06T03:00 daylight time = 2025-04-05T16:00Z; 2025-10-05T02:00 standard time = 2025-10-04T16:00Z.
        #expect(sydney.offset(at: Instant(seconds: 1_743_868_799)) == 39_600)
        #expect(sydney.offset(at: Instant(seconds: 1_743_868_800)) == 36_000)
        #expect(sydney.offset(at: Instant(seconds: 1_759_593_599)) == 36_000)
        #expect(sydney.offset(at: Instant(seconds: 1_759_593_600)) == 39_600)
    }

    /// Six EFA blocks a day; the one with the clock change has 3 or 5 hours (EAC results).
    @Test func efaBlocksKeepTheirClockTimes() throws {
        let pack = try Packs.pack("gb")
        let product = try #require(pack.product("GB-DCL"))
        let (calendar, zone) = (try #require(product.terms?.calendar), try #require(pack.zone))
        for (day, hours) in [
            ("2026-03-29", [3, 4, 4, 4, 4, 4]), ("2025-10-26", [5, 4, 4, 4, 4, 4]), ("2026-01-15", [4, 4, 4, 4, 4, 4]),
        ] {
            let blocks = calendar.blocks(of: try #require(CivilDate(day)), in: zone)
            let lengths = blocks.map { $0.duration.seconds / 3_600 }
            // 23:00 to 03:00 holds the turn at 01:00 UTC: it is the first.
            #expect(lengths == hours, "\(day)")
            for block in blocks {
                #expect(product.block(containing: block.start) == block)
                #expect(product.block(containing: block.end - .seconds(1)) == block)
                #expect(calendar.day(of: block, in: zone).description == day)
                #expect(product.unsold(block) == nil)
            }
        }
        // Winter's blocks start an hour later in UTC than summer's: 23:00Z against 22:00Z.
        let winter = product.block(containing: Instant(seconds: 1_767_225_600))
        #expect(winter.start.seconds % 86_400 == 82_800)
        // The gate of the day of 2026-01-01 is 2025-12-31 14:00 local = 14:00Z.
        #expect(product.gate(winter).seconds == 1_767_189_600)
    }

    /// Hours and quarters are counted through the night in which the clocks turn: 23, 24, 25 hours, 92, 96, 100 quarters;
    /// Europe 2025-03-30 and 2025-10-26, the US 2025-03-09 and 2025-11-02, the NEM never.
    @Test(arguments: [
        ("ce", "EU-AFRR-E", "2025-03-30", 92), ("ce", "EU-AFRR-E", "2025-10-26", 100),
        ("ce", "CE-FCR", "2025-10-26", 6),
        ("nordic", "NORDIC-FCRN", "2025-03-30", 23), ("nordic", "NORDIC-FCRN", "2025-10-26", 25),
        ("pjm", "PJM-REG-CLASSIC", "2025-03-09", 23), ("caiso", "CAISO-REG", "2025-11-02", 25),
        ("ercot", "ERCOT-ECRS", "2025-07-01", 24), ("nem", "NEM-R6L6", "2025-10-05", 288),
        ("coned", "DR-CONED-DLRP", "2025-07-01", 4), ("coned", "DR-CONED-DLRP", "2025-12-01", 0),
        ("caiso", "DR-CA-ELRP", "2025-08-01", 5),
    ])
    func daysHaveTheirBlocks(region: String, id: String, day: String, count: Int) throws {
        let pack = try Packs.pack(region)
        let calendar = try #require(pack.product(ProductID(id))?.terms?.calendar)
        let blocks = calendar.blocks(of: try #require(CivilDate(day)), in: try #require(pack.zone))
        #expect(blocks.count == count)
    }

    /// Outside of the season the next block is the first of the next one: 1 May, 08:00 in New York = 12:00Z.
    @Test func aSeasonBeginsAgain() throws {
        let product = try #require(try Packs.pack("coned").product("DR-CONED-DLRP"))
        let block = product.block(containing: Instant(seconds: 1_767_225_600))
        #expect(block.start.seconds == 1_777_636_800 && block.duration == .hours(4))
    }

    /// Blocks over two years lie end to end, whatever the clocks do.
    @Test(arguments: ["gb", "ce", "nordic", "pjm", "caiso", "ercot", "nem"])
    func blocksLieEndToEnd(region: String) throws {
        for product in try Packs.pack(region).products where product.terms?.calendar.window == nil {
            var block = product.block(containing: Instant(seconds: 1_735_700_000))
            for _ in 0..<(2 * 365 * 86_400 / max(3_600, product.blockSeconds)) {
                let next = product.block(containing: block.end)
                guard next.start == block.end, next.end > next.start else {
                    Issue.record("\(product.id): \(block) is followed by \(next)")
                    return
                }
                block = next
            }
        }
    }
}
