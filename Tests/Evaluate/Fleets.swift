import Domain
import Planning

extension KnownFleet {
    /// The recorded fleet: 10,000 cars are drawn from its users, each lives its user's own days. Cars of one user do
    /// the same, so a row with a weight is as good as its cars.
    static func recorded(_ households: Households, cars: Int = 10_000, seed: UInt64 = 1) -> KnownFleet {
        let users = households.users
        let offset = households.hours.lowerBound
        return KnownFleet(
            rows: Self.drawn(users, cars: cars, seed: seed), hours: households.hours,
            calendar: DayCalendar(holidays: DayCalendar.norway(years: 2018...2021)),
            isEnrolled: { users[$0].first <= $1 && $1 <= users[$0].last },
            seen: { row, hour in
                HabitTable.Hour(
                    plugged: Int(users[row].plugged[hour - offset]), up: Int(users[row].up[hour - offset]),
                    down: Int(users[row].down[hour - offset]))
            }, fewest: 30)
    }

    private static func drawn(_ users: [Households.User], cars: Int, seed: UInt64) -> [Row] {
        var generator = SeededGenerator(seed: seed)
        var rows = users.map { Row(weight: 0, rated: 2 * $0.power) }
        for _ in 0..<cars { rows[Int.random(in: rows.indices, using: &generator)].weight += 1 }
        return rows
    }

    /// Two years of synthetic days for the same 10,000 cars: whole recorded days (noon to noon, so that nights stay
    /// whole) of the same weekday and season are drawn for all users together, of a user's own where that user was not
    /// enrolled. Drift: ever fewer come (a fifth less after two years), a seventh less from day 365 on, everything an
    /// hour later from day 450 on, half of the cars at first, all from day 300 on, a third fewer from day 500 on.
    static func synthetic(_ households: Households, days: Int = 730, seed: UInt64 = 2) -> KnownFleet {
        let users = households.users.filter { $0.last - $0.first >= 90 }
        let start = Planning.dayNumber(year: 2029, month: 1, day: 1)
        let plan = SyntheticDays(users, households, start: start, days: days, seed: seed)
        return KnownFleet(
            rows: self.drawn(users, cars: 10_000, seed: seed), hours: start * 24..<(start + days) * 24,
            calendar: .utc,
            isEnrolled: { row, day in
                let part = SyntheticDays.mixed(seed, 1, row) % 1_000
                let day = day - start
                return day < 500 ? part < 500 + day * 500 / 300 : part < 667
            },
            seen: { row, hour in plan.seen(row, hour) })
    }
}

/// Which recorded day each user lives on each synthetic one.
struct SyntheticDays {
    let users: [Households.User]
    let offset: Int
    let start: Int
    let seed: UInt64
    /// By synthetic day: the recorded one.
    let drawn: [Int]

    init(_ users: [Households.User], _ households: Households, start: Int, days: Int, seed: UInt64) {
        self.users = users
        self.offset = households.hours.lowerBound
        self.start = start
        self.seed = seed
        let from = Planning.dayNumber(year: 2019, month: 1, day: 7)
        let to = Planning.dayNumber(year: 2020, month: 2, day: 20)
        var generator = SeededGenerator(seed: seed)
        self.drawn = (0..<days + 1).map { day in
            let (weekday, season) = ((start + day) % 7, (start + day) % 365)
            let alike = (from..<to).filter {
                let apart = abs($0 % 365 - season)
                return $0 % 7 == weekday && min(apart, 365 - apart) <= 45
            }
            return alike[Int.random(in: alike.indices, using: &generator)]
        }
    }

    func seen(_ row: Int, _ hour: Int) -> HabitTable.Hour {
        var hour = hour - self.start * 24
        if hour >= 450 * 24 { hour -= 1 }
        // A day is from noon to noon.
        let day = max(0, (hour + 12) / 24 - 1)
        let user = self.users[row]
        var recorded = self.drawn[day]
        if recorded < user.first || recorded + 1 > user.last {
            let weeks = max(1, (user.last - user.first - 7) / 7)
            let week = Int(Self.mixed(self.seed, UInt64(day) + 1_000, row) % UInt64(weeks))
            recorded = user.first + ((recorded - user.first) % 7 + 7) % 7 + 7 * week
        }
        let place = recorded * 24 + hour - day * 24 - self.offset
        guard place >= 0, place < user.up.count, !self.staysAway(row, day) else {
            return HabitTable.Hour(plugged: 0, up: 0, down: 0)
        }
        return HabitTable.Hour(
            plugged: Int(user.plugged[place]), up: Int(user.up[place]), down: Int(user.down[place]))
    }

    private func staysAway(_ row: Int, _ day: Int) -> Bool {
        let lost = day * 200 / 730 + (day >= 365 ? 143 : 0)
        return Self.mixed(self.seed, UInt64(day) + 100_000, row) % 1_000 < lost
    }

    /// A number that follows from its three, evenly spread.
    static func mixed(_ seed: UInt64, _ what: UInt64, _ row: Int) -> UInt64 {
        var generator = SeededGenerator(seed: seed &* 1_000_003 &+ what &* 8_191 &+ UInt64(row))
        return generator.next()
    }
}
