public import Domain

/// A day of the Gregorian calendar, counted without any library: pure modules have no Foundation.
public struct CivilDate: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public var days: Int

    /// The day that lies `days` after 1970-01-01.
    public init(days: Int) {
        self.days = days
    }

    /// The day `day` of `month` (1 to 12); days beyond the month's end run on into the next.
    public init(year: Int, month: Int, day: Int) {
        // A year from March on, so that the leap day is its last (Howard Hinnant's `days_from_civil`, rewritten).
        let shifted = month > 2 ? year : year - 1
        let cycle = floorDivision(shifted, 400)
        let yearOfCycle = shifted - cycle * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        self.days = cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear - 719_468
    }

    /// Reads `2026-03-29`; nil for what is no day of the calendar, 2026-02-30 included.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        self.init(year: year, month: month, day: day)
        guard self.month == month, self.parts.day == day else { return nil }
    }

    /// Year, month 1 to 12, day 1 to 31.
    public var parts: (year: Int, month: Int, day: Int) {
        let shifted = self.days + 719_468
        let cycle = floorDivision(shifted, 146_097)
        let dayOfCycle = shifted - cycle * 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let number = (5 * dayOfYear + 2) / 153
        let month = number < 10 ? number + 3 : number - 9
        return (yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * number + 2) / 5 + 1)
    }

    public var year: Int { self.parts.year }
    public var month: Int { self.parts.month }
    /// 0 = Sunday … 6 = Saturday.
    public var weekday: Int { (self.days % 7 + 11) % 7 }
    public var isWeekend: Bool { self.weekday == 0 || self.weekday == 6 }

    public var description: String {
        let (year, month, day) = self.parts
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }

    public static func < (lhs: CivilDate, rhs: CivilDate) -> Bool { lhs.days < rhs.days }
    public static func + (lhs: CivilDate, rhs: Int) -> CivilDate { CivilDate(days: lhs.days + rhs) }
}

/// A market's local time: an offset and, where there is one, the rule of daylight saving, as figures of the pack.
public struct LocalZone: Hashable, Sendable, Codable {
    /// When the clocks turn: the n-th Sunday of a month.
    public struct Turn: Hashable, Sendable, Codable {
        public var month: Int
        /// 1 to 4 = that Sunday of the month, 5 = its last.
        public var sunday: Int
        /// Second of the day, in UTC or in the local time that holds until then.
        public var secondOfDay: Int
        public var isUTC: Bool
    }
    /// Daylight saving between two turns; it starts after it ends where summer is in January.
    public struct Daylight: Hashable, Sendable, Codable {
        public var shiftSeconds: Int
        public var starts: Turn
        public var ends: Turn
    }

    /// The zone's name for people, such as `Europe/London`.
    public var name: String
    /// Seconds east of UTC in standard time.
    public var utcOffsetSeconds: Int
    /// Nil where the clocks never turn.
    public var daylight: Daylight?

    /// Seconds to add to UTC at an instant.
    public func offset(at instant: Instant) -> Int {
        guard let daylight = self.daylight else { return self.utcOffsetSeconds }
        let second = instant.seconds
        let year = CivilDate(days: floorDivision(second + self.utcOffsetSeconds, 86_400)).year
        let start = self.second(of: daylight.starts, year, offset: self.utcOffsetSeconds)
        let end = self.second(of: daylight.ends, year, offset: self.utcOffsetSeconds + daylight.shiftSeconds)
        let isSummer = start < end ? start <= second && second < end : second >= start || second < end
        return self.utcOffsetSeconds + (isSummer ? daylight.shiftSeconds : 0)
    }

    /// The local day at an instant.
    public func date(at instant: Instant) -> CivilDate {
        CivilDate(days: floorDivision(instant.seconds + self.offset(at: instant), 86_400))
    }

    /// When the clocks show `second` (which may lie outside of 0 to 86,399) of a day. A time that comes twice is its
    /// first; one that the clocks leap over is the leap.
    public func instant(_ date: CivilDate, second: Int) -> Instant {
        let wall = date.days * 86_400 + second
        guard let daylight = self.daylight else { return Instant(seconds: wall - self.utcOffsetSeconds) }
        let summer = Instant(seconds: wall - self.utcOffsetSeconds - daylight.shiftSeconds)
        let winter = Instant(seconds: wall - self.utcOffsetSeconds)
        if self.offset(at: summer) != self.utcOffsetSeconds { return summer }
        if self.offset(at: winter) == self.utcOffsetSeconds { return winter }
        let year = CivilDate(days: floorDivision(wall, 86_400)).year
        return Instant(seconds: self.second(of: daylight.starts, year, offset: self.utcOffsetSeconds))
    }

    /// Seconds of a local day: 82,800, 86,400 or 90,000 where an hour is saved.
    public func length(of date: CivilDate) -> Int {
        self.instant(date + 1, second: 0).seconds - self.instant(date, second: 0).seconds
    }

    private func second(of turn: Turn, _ year: Int, offset: Int) -> Int {
        let first = CivilDate(year: year, month: turn.month, day: 1)
        let firstSunday = first + (7 - first.weekday) % 7
        var day = firstSunday + 7 * (min(turn.sunday, 4) - 1)
        if turn.sunday == 5, (day + 7).month == turn.month { day = day + 7 }
        return day.days * 86_400 + turn.secondOfDay - (turn.isUTC ? 0 : offset)
    }

    /// What makes the zone impossible, each a line that names what to change.
    var findings: [String] {
        var findings: [String] = []
        if self.utcOffsetSeconds.magnitude > 14 * 3_600 {
            findings.append("zone: utcOffsetSeconds lies within 14 hours of UTC: give seconds, east positive")
        }
        guard let daylight = self.daylight else { return findings }
        let turns = [daylight.starts, daylight.ends]
        if !turns.allSatisfy({ (1...12).contains($0.month) && (1...5).contains($0.sunday) })
            || !turns.allSatisfy({ (0..<86_400).contains($0.secondOfDay) })
        {
            findings.append("zone: a turn has a month of 1 to 12, a Sunday of 1 to 5, a second of 0 to 86399")
        }
        if daylight.starts.month == daylight.ends.month || !(1...7_200).contains(daylight.shiftSeconds) {
            findings.append("zone: daylight saving starts and ends in different months and shifts by 1 to 7200 s")
        }
        return findings
    }
}

/// Division rounded down, also below zero.
func floorDivision(_ value: Int, _ divisor: Int) -> Int {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
}
