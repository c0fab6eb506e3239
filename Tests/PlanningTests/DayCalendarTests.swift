import Domain
import Planning
import Testing

@Suite struct DayCalendarTests {
    @Test func daysAreCountedAsCalendarsDo() {
        #expect(dayNumber(year: 1970, month: 1, day: 1) == 0)
        #expect(dayNumber(year: 2000, month: 3, day: 1) == 11_017)
        #expect(dayNumber(year: 2026, month: 11, day: 27) == 20_784)
        #expect(dayNumber(year: 1969, month: 12, day: 31) == -1)
    }

    /// Easter of years in which the rule has its exceptions, too.
    @Test(
        arguments: [
            (2018, 4, 1), (2019, 4, 21), (2020, 4, 12), (2021, 4, 4), (1954, 4, 18), (1981, 4, 19), (2000, 4, 23),
            (2038, 4, 25), (2285, 3, 22),
        ])
    func easterIsASunday(year: Int, month: Int, day: Int) {
        let holidays = DayCalendar.holidays(years: year...year, fixed: [], afterEaster: [0])
        #expect(holidays == [dayNumber(year: year, month: month, day: day)])
    }

    @Test func groupsOfDays() {
        let holiday = dayNumber(year: 2026, month: 5, day: 14)
        let calendar = DayCalendar(holidays: [holiday])
        let monday = dayNumber(year: 2026, month: 11, day: 23)
        let groups = (0..<7).map { calendar.group(day: monday + $0) }
        #expect(groups == [.midweek, .midweek, .midweek, .midweek, .friday, .saturday, .sunday])
        #expect(calendar.group(day: holiday) == .sunday && DayCalendar.utc.group(day: holiday) == .midweek)
    }

    @Test func localHoursFollowTheOffsets() {
        let spring = Instant(seconds: 1_774_746_000)
        let calendar = DayCalendar(offsets: [
            .init(from: spring, seconds: 7_200), .init(from: .distantPast, seconds: 3_600),
        ])
        #expect(calendar.local(spring - .seconds(1)).hour == 1)
        #expect(calendar.local(spring).hour == 3, "an hour is left out")
        #expect(calendar.local(Instant(seconds: 82_800 - 3_600)) == LocalHour(day: 0, hour: 23))
        #expect(calendar.local(Instant(seconds: 82_800)) == LocalHour(day: 1, hour: 0))
    }
}
