public import Domain
public import GridCodes

/// Days that cars use alike.
public enum DayGroup: UInt8, Hashable, Sendable, Codable, CaseIterable {
    /// Monday to Thursday.
    case midweek = 0
    case friday = 1
    case saturday = 2
    /// Sunday and every holiday.
    case sunday = 3

    /// Groups that are most like this one, itself included, as bits of raw values.
    var alike: Int {
        switch self {
        case .midweek: 0b0001
        case .friday: 0b0011
        case .saturday, .sunday: 0b1100
        }
    }

    /// Most days of this group that count: about ten weeks, what is older is forgotten.
    var memory: Int { self == .midweek ? 40 : 12 }
}

/// A local hour: the day counted from 1970-01-01, and the hour of it, 0–23.
public struct LocalHour: Hashable, Sendable, Codable {
    public var day: Int
    public var hour: Int

    public init(day: Int, hour: Int) {
        self.day = day
        self.hour = hour
    }
}

/// Local days of a market zone: what UTC is ahead or behind, and which days are holidays.
public struct DayCalendar: Hashable, Sendable, Codable {
    /// From an instant on local time is UTC plus so many seconds.
    public struct Offset: Hashable, Sendable, Codable {
        public var from: Instant
        public var seconds: Int

        public init(from: Instant, seconds: Int) {
            self.from = from
            self.seconds = seconds
        }
    }
    /// In the order of time; UTC before the first.
    public var offsets: [Offset]
    /// Days since 1970-01-01, rising.
    public var holidays: [Int]

    public init(offsets: [Offset] = [], holidays: [Int] = []) {
        self.offsets = offsets.sorted { $0.from < $1.from }
        self.holidays = Set(holidays).sorted()
    }

    /// Local days and holidays of a region over hours since 1970-01-01T00:00Z.
    public init(of region: RegionPack, hours: ClosedRange<Int>) {
        let years = CivilDate(days: hours.lowerBound / 24).year - 1...CivilDate(days: hours.upperBound / 24).year + 1
        var offsets: [Offset] = []
        for hour in hours {
            let at = Instant(seconds: hour * 3_600)
            guard let seconds = region.zone?.offset(at: at), offsets.last?.seconds != seconds else { continue }
            offsets.append(Offset(from: offsets.isEmpty ? .distantPast : at, seconds: seconds))
        }
        self.init(offsets: offsets, holidays: region.holidays?.days(years: years).map(\.days) ?? [])
    }

    public static var utc: DayCalendar { DayCalendar() }

    public func local(_ instant: Instant) -> LocalHour {
        let offset = self.offsets.last { $0.from <= instant }?.seconds ?? 0
        let seconds = instant.seconds + offset
        let day = floorDivision(seconds, 86_400)
        return LocalHour(day: day, hour: (seconds - day * 86_400) / 3_600)
    }

    /// 1970-01-01 was a Thursday.
    public func group(day: Int) -> DayGroup {
        if self.isHoliday(day) { return .sunday }
        switch (day + 3) - floorDivision(day + 3, 7) * 7 {
        case 4: return .friday
        case 5: return .saturday
        case 6: return .sunday
        default: return .midweek
        }
    }

    public func isHoliday(_ day: Int) -> Bool {
        var low = 0
        var high = self.holidays.count
        while low < high {
            let middle = (low + high) / 2
            if self.holidays[middle] < day { low = middle + 1 } else { high = middle }
        }
        return low < self.holidays.count && self.holidays[low] == day
    }

    /// Holidays of years: fixed dates, and days after Easter Sunday of the Gregorian calendar.
    public static func holidays(
        years: ClosedRange<Int>, fixed: [(month: Int, day: Int)], afterEaster: [Int]
    ) -> [Int] {
        years.flatMap { year in
            fixed.map { dayNumber(year: year, month: $0.month, day: $0.day) }
                + afterEaster.map { CivilDate.easter(year).days + $0 }
        }
    }

    /// Norway's public holidays, and the two eves on which shops close at noon.
    public static func norway(years: ClosedRange<Int>) -> [Int] {
        self.holidays(
            years: years, fixed: [(1, 1), (5, 1), (5, 17), (12, 24), (12, 25), (12, 26), (12, 31)],
            afterEaster: [-3, -2, 0, 1, 39, 49, 50])
    }
}

/// Rounded down, for negative numbers too; `divisor` above 0.
func floorDivision(_ value: Int, _ divisor: Int) -> Int {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
}

/// Days from 1970-01-01 to a Gregorian date.
public func dayNumber(year: Int, month: Int, day: Int) -> Int {
    // Years begin in March, so that the leap day is the last.
    let shifted = month > 2 ? year : year - 1
    let inYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let leaps = floorDivision(shifted, 4) - floorDivision(shifted, 100) + floorDivision(shifted, 400)
    return 365 * shifted + leaps + inYear - 719_468
}
