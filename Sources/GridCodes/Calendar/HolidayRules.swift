/// A region's public holidays as rules of its pack: days on which people drive as on a Sunday.
public struct HolidayRules: Hashable, Sendable, Codable {
    /// Such as the last Monday of May.
    public struct Weekday: Hashable, Sendable, Codable {
        public var month: Int
        /// 0 = Sunday … 6 = Saturday.
        public var weekday: Int
        /// 1 to 4 = that one of the month, 5 = its last.
        public var number: Int
    }
    /// `12-25`: month and day of every year.
    public var fixed: [String]
    /// Days after Easter Sunday of the Gregorian calendar: -2 is Good Friday.
    public var afterEaster: [Int]?
    public var weekdays: [Weekday]?
    /// `2026-06-08`: days that follow no rule.
    public var dates: [String]?
    /// True where a fixed day on a weekend is kept on the next weekday that is none, beside itself.
    public var movesFromWeekend: Bool?

    /// The days of some years, rising, each once.
    public func days(years: ClosedRange<Int>) -> [CivilDate] {
        var days = Set((self.dates ?? []).compactMap { CivilDate($0) }.filter { years.contains($0.year) })
        for year in years {
            for day in self.afterEaster ?? [] { days.insert(CivilDate.easter(year) + day) }
            for rule in self.weekdays ?? [] { days.insert(rule.date(in: year)) }
        }
        let fixed = years.flatMap { year in self.fixed.compactMap { CivilDate("\(Self.four(year))-\($0)") } }.sorted()
        days.formUnion(fixed)
        for day in fixed where self.movesFromWeekend == true && day.isWeekend {
            var other = day
            while other.isWeekend || days.contains(other) { other = other + 1 }
            days.insert(other)
        }
        return days.sorted()
    }

    private static func four(_ year: Int) -> String {
        let text = String(year)
        return String(repeating: "0", count: max(0, 4 - text.count)) + text
    }

    /// What is wrong with the rules, each a line that names what to change.
    var findings: [String] {
        var findings: [String] = []
        for day in self.fixed where CivilDate("2024-\(day)") == nil {
            findings.append("holidays: \(day) is no day of a year: write 12-25")
        }
        for day in self.dates ?? [] where CivilDate(day) == nil {
            findings.append("holidays: \(day) is no day: write dates as 2026-06-08")
        }
        if !(self.afterEaster ?? []).allSatisfy((-60...80).contains) {
            findings.append("holidays: afterEaster lies between -60 and 80 days: -2 is Good Friday")
        }
        if !(self.weekdays ?? []).allSatisfy(\.isSound) {
            findings.append("holidays: weekdays have month 1 to 12, weekday 0 (Sunday) to 6, number 1 to 5 (the last)")
        }
        return findings
    }
}

extension HolidayRules.Weekday {
    fileprivate var isSound: Bool {
        (1...12).contains(self.month) && (0...6).contains(self.weekday) && (1...5).contains(self.number)
    }

    fileprivate func date(in year: Int) -> CivilDate {
        let first = CivilDate(year: year, month: self.month, day: 1)
        let found = first + ((self.weekday - first.weekday + 7) % 7 + 7 * (self.number - 1))
        return found.month == first.month ? found : found + -7
    }
}

extension CivilDate {
    /// Easter Sunday: golden number, correction for leap centuries and the moon, next Sunday.
    public static func easter(_ year: Int) -> CivilDate {
        let century = year / 100
        let moon = (century - century / 4 - (8 * century + 13) / 25 + 19 * (year % 19) + 15) % 30
        // The full moon never falls on 19 April, nor on 18 April in the second half of the cycle.
        let late = moon == 29 || (moon == 28 && year % 19 > 10) ? 1 : 0
        let full = CivilDate(year: year, month: 3, day: 21) + (moon - late)
        return full + (7 - full.weekday)
    }
}
