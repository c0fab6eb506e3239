public import Domain

/// Which blocks a product is sold in, in local time: whole days of equal blocks, or one window of a season's days.
public struct BlockCalendar: Hashable, Sendable, Codable {
    /// Second of the local day with which a delivery day begins; -3600 = 23:00 of the day before (the EFA day).
    public var dayStartSeconds: Int
    /// Length of a block in local clock time. Blocks of more than an hour keep their clock times, so the one that
    /// holds a turn of the clocks is an hour shorter or longer; shorter blocks are counted, so the day has more or fewer.
    public var blockSeconds: Int
    /// First and last second of the day between which blocks lie; the whole day where nil.
    public var window: [Int]?
    /// First and last month, 1 to 12; the whole year where nil.
    public var months: [Int]?
    /// True where Saturdays and Sundays have no blocks.
    public var weekdaysOnly: Bool

    /// The blocks of a delivery day, in order; none outside of the season.
    public func blocks(of date: CivilDate, in zone: LocalZone) -> [MarketInterval] {
        guard self.isOpen(date) else { return [] }
        let (from, to) = self.window.map { ($0[0], $0[1]) } ?? (0, 86_400)
        let start = zone.instant(date, second: self.dayStartSeconds + from)
        let end = zone.instant(date, second: self.dayStartSeconds + to)
        var bounds = [start]
        if self.blockSeconds > 3_600 {
            for second in stride(from: from + self.blockSeconds, to: to, by: self.blockSeconds) {
                bounds.append(zone.instant(date, second: self.dayStartSeconds + second))
            }
        } else {
            for second in stride(from: start.seconds + self.blockSeconds, to: end.seconds, by: self.blockSeconds) {
                bounds.append(Instant(seconds: second))
            }
        }
        bounds.append(end)
        return zip(bounds, bounds.dropFirst()).map { MarketInterval(start: $0, end: $1) }
    }

    /// The block that holds an instant or, where none does, the next one; nil where there is none within two years.
    public func block(at instant: Instant, in zone: LocalZone) -> MarketInterval? {
        let today = zone.date(at: instant)
        for day in -1...731 {
            if let block = self.blocks(of: today + day, in: zone).first(where: { instant < $0.end }) { return block }
        }
        return nil
    }

    /// The delivery day of a block: that in which it starts, counted from the day's own start.
    public func day(of block: MarketInterval, in zone: LocalZone) -> CivilDate {
        let today = zone.date(at: block.start)
        return zone.instant(today + 1, second: self.dayStartSeconds) <= block.start
            ? today + 1 : block.start < zone.instant(today, second: self.dayStartSeconds) ? today + -1 : today
    }

    private func isOpen(_ date: CivilDate) -> Bool {
        if self.weekdaysOnly, date.isWeekend { return false }
        guard let months = self.months else { return true }
        let month = date.month
        return months[0] <= months[1]
            ? months[0] <= month && month <= months[1] : month >= months[0] || month <= months[1]
    }

    /// What makes the calendar impossible, each a line that names what to change.
    var findings: [String] {
        var findings: [String] = []
        if self.dayStartSeconds.magnitude >= 86_400 {
            findings.append("calendar: dayStartSeconds lies within a day: -3600 is 23:00 of the day before")
        }
        if let window = self.window, window.count != 2 || window[0] < 0 || window[0] >= window[1] || window[1] > 86_400
        {
            return findings + ["calendar: window is two seconds of the day, the earlier first: [50400, 68400]"]
        }
        let length = self.window.map { $0[1] - $0[0] } ?? 86_400
        if self.blockSeconds <= 0 || length % self.blockSeconds != 0 {
            findings.append("calendar: blockSeconds divides the day, or its window, without a rest")
        } else if self.blockSeconds <= 3_600, 3_600 % self.blockSeconds != 0 {
            findings.append("calendar: blockSeconds divides an hour, which the clocks may give or take")
        }
        if let months = self.months, months.count != 2 || !months.allSatisfy({ (1...12).contains($0) }) {
            findings.append("calendar: months are the first and the last, 1 to 12")
        }
        return findings
    }
}

/// When bids close: at a local time of an earlier day, or so long before the block. One of both.
public struct Gate: Hashable, Sendable, Codable {
    /// Days before the delivery day, with `secondOfDay`; nil where the gate goes with the block.
    public var daysBefore: Int?
    public var secondOfDay: Int?
    /// Seconds before the block's start.
    public var secondsBefore: Int?

    /// The instant from which no bid for a block is taken any more.
    func closing(_ block: MarketInterval, _ calendar: BlockCalendar, in zone: LocalZone) -> Instant {
        if let days = self.daysBefore, let second = self.secondOfDay {
            return zone.instant(calendar.day(of: block, in: zone) + -days, second: second)
        }
        return block.start - .seconds(self.secondsBefore ?? 0)
    }

    var findings: [String] {
        let isDaily = self.daysBefore != nil || self.secondOfDay != nil
        guard isDaily != (self.secondsBefore != nil) else {
            return ["gate: give daysBefore and secondOfDay, or secondsBefore, not both"]
        }
        if isDaily {
            guard let days = self.daysBefore, let second = self.secondOfDay, days >= 0, (0..<86_400).contains(second)
            else { return ["gate: daysBefore is at least 0 and secondOfDay 0 to 86399"] }
        }
        return (self.secondsBefore ?? 0) >= 0
            ? [] : ["gate: secondsBefore is at least 0: a gate after the start sells nothing"]
    }
}
