import OpenADR
import Testing

@Suite("Date-times and durations by their spelling")
struct TimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-26T08:11:32Z", 1_795_680_692_000_000),
            ("2026-11-26T09:11:32+01:00", 1_795_680_692_000_000),
            ("2026-11-26T02:41:32.5-05:30", 1_795_680_692_500_000),
            ("2026-11-26 08:11:32", 1_795_680_692_000_000), ("2000-02-29", 951_782_400_000_000),
            ("1969-12-31T23:59:59Z", -1_000_000),
        ])
    func dateTimes(text: String, microseconds: Int) throws {
        let time = try #require(DateTime(text))
        #expect(time.microseconds == microseconds)
        #expect(time.text == text)
    }

    @Test(
        arguments: [
            "", "2026-13-01", "2026-02-29", "2026-00-10", "2026-11-26T25:00:00Z", "2026-11-26T",
            "2026-11-26T08:11:32+1", "2026-11-26T08:11:32.Z", "yesterday", "17:35:55",
            "2026-11-26T08:11:32Zx",
        ])
    func refused(text: String) {
        #expect(DateTime(text) == nil)
    }

    @Test(arguments: ["0001-01-01", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z"])
    func now(text: String) {
        #expect(DateTime(text)?.isNow == true)
        #expect(DateTime("2026-01-01")?.isNow == false)
    }

    @Test(arguments: [0, 1_795_680_692_000_000, 1_795_680_692_500_000, -1, 951_782_400_000_001])
    func spelling(microseconds: Int) {
        #expect(DateTime(DateTime(microseconds: microseconds).text)?.microseconds == microseconds)
    }

    @Test(
        arguments: [
            ("PT0S", 0), ("PT15M", 900), ("PT1H30M", 5_400), ("P1D", 86_400), ("P2W", 1_209_600),
            ("P1DT12H", 129_600), ("PT0.5S", 0), ("-PT1H", -3_600), ("P1M", 31 * 86_400),
            ("P1Y", 365 * 86_400), ("P1Y2M", (365 + 31 + 28) * 86_400),
        ])
    func durations(text: String, seconds: Int) throws {
        let duration = try #require(ISODuration(text))
        #expect(duration.text == text)
        #expect((duration.end(from: 0) ?? -1) / 1_000_000 == seconds)
    }

    @Test func monthsGoByTheCalendar() throws {
        let january31 = try #require(DateTime("2028-01-31T10:00:00Z")).microseconds
        let end = try #require(ISODuration("P1M")?.end(from: january31))
        #expect(DateTime(microseconds: end).text == "2028-02-29T10:00:00Z")
    }

    @Test(
        arguments: [
            "", "P", "PT", "15M", "P1H", "PT1D", "P1D2W", "P1W2D", "P1.5D", "PT1S2M", "P-1D",
            "PT1.S",
            "P1YT", "PT1H1H", "P99999999999999999999Y",
        ])
    func refusedDurations(text: String) {
        #expect(ISODuration(text) == nil)
    }

    @Test func foreverIsRecognisedByValue() {
        #expect(ISODuration("P9999Y")?.isInfinite == true)
        #expect(ISODuration("P9999Y0M0DT0H0M0S")?.isInfinite == true)
        #expect(ISODuration("P9998Y")?.isInfinite == false)
        #expect(ISODuration.infinite.end(from: 0) == nil)
        #expect(ISODuration(microseconds: 300_000_000).text == "PT5M")
        #expect(ISODuration(microseconds: 1_500_000).text == "PT1.5S")
        #expect(ISODuration("-PT1S")?.isNegative == true)
        #expect(ISODuration("-PT0S")?.isNegative == false)
    }
}
