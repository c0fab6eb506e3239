import Domain
import GridCodes
import Planning

/// What sessions of the days before tell of the days to come, by the aggregator's own forecaster: each car charging
/// steadily, with energy behind what it could be moved by.
struct BidHistory {
    private let book: ForecastBook
    /// Days judged.
    let days: Int
    /// A car that was not seen for so long is no longer counted.
    private static let away = TimeSpan.hours(28 * 24)
    /// Older sessions say nothing new.
    private static let longest = 120 * 24

    /// One session as headroom by hour.
    private struct Visit {
        var row: Int
        var session: Session
    }

    /// - Parameters:
    ///   - until: what came later is not known.
    ///   - endurance: for so long full power has energy behind it.
    init(
        _ sessions: [Session], until: Instant, endurance: TimeSpan, region: RegionPack, confidences: [Int]
    ) {
        let last = until.seconds / 3_600
        let known = sessions.filter { $0.arrival < until && $0.arrival.seconds / 3_600 >= last - Self.longest }
        let first = known.map { $0.arrival.seconds / 3_600 }.min() ?? last
        var book = ForecastBook(
            calendar: DayCalendar(of: region, hours: first...last + ForecastBook.horizon), clusters: 1,
            confidences: confidences)
        var rows: [VehicleID: Int] = [:]
        let visits = known.map { session -> Visit in
            let row = rows[session.vehicle] ?? rows.count
            rows[session.vehicle] = row
            return Visit(row: row, session: session)
        }
        var seenAt: [Int: Instant] = [:]
        var (next, open) = (0, [Visit]())
        for hour in first..<max(first, last) {
            let end = Instant(seconds: (hour + 1) * 3_600)
            while next < visits.count, visits[next].session.arrival < end {
                let visit = visits[next]
                if seenAt[visit.row] == nil {
                    let rated = visit.session.maxCharge + visit.session.maxDischarge
                    book.enrol(visit.row, cluster: 0, rated: rated.watts)
                }
                open.append(visit)
                next += 1
            }
            open.removeAll { $0.session.departure <= Instant(seconds: hour * 3_600) }
            for visit in open { seenAt[visit.row] = end }
            for (row, at) in seenAt where end - at > Self.away {
                book.enrol(row, cluster: nil, rated: 0)
                seenAt[row] = nil
            }
            Self.close(hour, open, endurance, &book)
        }
        self.book = book
        self.days = book.ahead[0].judged / 24
    }

    private static func close(_ hour: Int, _ open: [Visit], _ endurance: TimeSpan, _ book: inout ForecastBook) {
        var seen: [Int: HabitTable.Hour] = [:]
        for visit in open {
            let now = visit.session.hour(hour, endurance)
            let before = seen[visit.row]
            seen[visit.row] = HabitTable.Hour(
                plugged: min(10_000, now.plugged + (before?.plugged ?? 0)), up: max(now.up, before?.up ?? 0),
                down: max(now.down, before?.down ?? 0))
        }
        let came = [seen.values.reduce(0) { $0 + $1.up }, seen.values.reduce(0) { $0 + $1.down }]
        book.close(hour: hour, came: came, at: Instant(seconds: (hour + 1) * 3_600)) { row in
            seen[row] ?? HabitTable.Hour(plugged: 0, up: 0, down: 0)
        }
    }

    /// What is believed of a block; nil where too few days were judged.
    func forecast(_ direction: Direction, _ block: MarketInterval) -> BlockForecast? {
        let hours = block.start.seconds / 3_600..<(block.end.seconds + 3_599) / 3_600
        return self.book.ahead[ForecastBook.place(0, direction)].block(hours, enrolled: self.book.enrolled(0))
    }
}

extension Session {
    /// What the car can be moved by in an hour since 1970, W, from steady charging to its target, for the whole endurance
    /// from any moment of the hour on; nothing where it comes or goes inside.
    fileprivate func hour(_ hour: Int, _ endurance: TimeSpan) -> HabitTable.Hour {
        let (start, end) = (hour * 3_600, (hour + 1) * 3_600)
        let (from, to) = (self.arrival.seconds, self.departure.seconds)
        let there = max(0, min(end, to) - max(start, from))
        guard from <= start, end + endurance.seconds <= to, to > from else {
            return HabitTable.Hour(plugged: there * 10_000 / 3_600, up: 0, down: 0)
        }
        let efficiency = Double(max(5_000, self.efficiency)) / 10_000
        func kilowattHours(_ charge: StateOfCharge) -> Double {
            Double(charge.energy(of: self.capacity).wattHours) / 1_000
        }
        let (arrived, target) = (kilowattHours(self.arrivalCharge), kilowattHours(self.targetCharge))
        let (most, least) = (Double(self.maxCharge.watts) / 1_000, Double(self.maxDischarge.watts) / 1_000)
        let time = max(1, endurance.seconds)
        let base = min(most, max(0, target - arrived) / efficiency / (Double(to - from) / 3_600))
        let energy = arrived + base * efficiency * Double(end - from) / 3_600
        let hours = Double(time) / 3_600
        let line = max(
            min(arrived, kilowattHours(self.minimumCharge)),
            target - most * efficiency * Double(to - end - time) / 3_600)
        let spare = energy - line
        let up = max(0, base + (spare >= 0 ? min(least, spare * efficiency / hours) : spare / efficiency / hours))
        let room = max(0, Double(self.capacity.wattHours) / 1_000 - energy)
        let down = max(0, min(most, room / efficiency / hours) - base)
        return HabitTable.Hour(plugged: there * 10_000 / 3_600, up: Int(up * 1_000), down: Int(down * 1_000))
    }
}
