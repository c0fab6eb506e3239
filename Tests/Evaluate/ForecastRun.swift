import Domain
import Planning

/// A fleet whose hours are known, to play through the forecast as the aggregator would live it.
struct KnownFleet {
    /// A row stands for so many cars of the fleet, and can be moved by so much at most, W.
    struct Row {
        var weight: Int
        var rated: Int
    }
    var rows: [Row]
    var hours: Range<Int>
    var calendar: DayCalendar
    /// Who is enrolled on a day, as days since 1970.
    var isEnrolled: (_ row: Int, _ day: Int) -> Bool
    var seen: (_ row: Int, _ hour: Int) -> HabitTable.Hour
    var arrivals: (_ row: Int, _ hour: Int) -> Int? = { _, _ in nil }
    /// Fewest rows that are enrolled where an hour is judged.
    var fewest = 1
}

/// Plays a fleet through ``ForecastBook`` and the baselines; each sees only what lies 48 hours back or more.
struct ForecastRun {
    var ours: [Series]
    var oursDown: Series
    var persistence: Series
    var weekday: Series
    var binomial: Series
    /// Local days of the judged hours, for slices.
    var days: [Int] = []
    /// The judged hours.
    var judged: [Int] = []
    var changes: [Int] = []
    private var book: ForecastBook
    private let fleet: KnownFleet
    private var came: [Int] = []
    private var binomials: [Int: Int] = [:]
    private var enrolledDay = -1

    static let confidences = [9_000, 9_900]

    init(_ fleet: KnownFleet) {
        self.fleet = fleet
        self.book = ForecastBook(calendar: fleet.calendar, clusters: 1, confidences: Self.confidences)
        self.ours = Self.confidences.map { Series(name: "Headroom", confidence: $0) }
        self.oursDown = Series(name: "Headroom, down", confidence: 9_000)
        self.persistence = Series(name: "persistence", confidence: 9_000)
        self.weekday = Series(name: "mean of the same weekday", confidence: 9_000)
        self.binomial = Series(name: "binomial from individual rates", confidence: 9_000)
        for hour in fleet.hours { self.play(hour) }
        self.changes = self.book.ahead[0].changes
    }

    private mutating func play(_ hour: Int) {
        let day = hour / 24
        if day != self.enrolledDay { self.enrol(day) }
        var sums = [0, 0]
        var rows = 0
        for (row, terms) in self.fleet.rows.enumerated() where self.fleet.isEnrolled(row, day) {
            rows += 1
            let seen = self.fleet.seen(row, hour)
            sums[0] += terms.weight * seen.up
            sums[1] += terms.weight * seen.down
            if let missing = self.fleet.arrivals(row, hour) {
                self.book.arrived(row, at: Instant(seconds: hour * 3_600), missing: Energy(wattHours: missing))
            }
        }
        let enrolled = self.book.enrolled(0)
        let alike = enrolled > 0 ? sums[0] * 10_000 / enrolled : 0
        if rows >= self.fleet.fewest, enrolled > 0 {
            self.judge(hour, alike, down: sums[1] * 10_000 / enrolled)
        }
        self.came.append(alike)
        let fleet = self.fleet
        self.book.close(hour: hour, came: sums, at: Instant(seconds: (hour + 1) * 3_600)) { row in
            fleet.isEnrolled(row, day) ? fleet.seen(row, hour) : nil
        }
        self.binomials[hour + ForecastBook.horizon] = self.binomial(hour + ForecastBook.horizon)
        self.binomials[hour] = nil
    }

    private mutating func enrol(_ day: Int) {
        self.enrolledDay = day
        for (row, terms) in self.fleet.rows.enumerated() {
            let isEnrolled = self.fleet.isEnrolled(row, day)
            if isEnrolled != (self.book.cluster(row) != nil) {
                self.book.enrol(row, cluster: isEnrolled ? 0 : nil, rated: terms.rated, weight: terms.weight)
            }
        }
    }

    private mutating func judge(_ hour: Int, _ came: Int, down: Int) {
        let offset = hour - self.fleet.hours.lowerBound
        guard let stated = self.book.ahead[0].standing(hour), !stated.quantiles.isEmpty,
            let other = self.book.ahead[1].standing(hour), !other.quantiles.isEmpty,
            let persistence = SeriesBaseline(kind: .persistence).firm(self.came, hour: offset, confidence: 9_000),
            let weekday = SeriesBaseline(kind: .sameWeekday).firm(self.came, hour: offset, confidence: 9_000),
            let binomial = self.binomials[hour]
        else { return }
        self.days.append(hour / 24)
        self.judged.append(hour)
        for index in self.ours.indices {
            self.ours[index].add(
                stated.quantiles[index].firm * 10_000 / max(1, stated.enrolled), came: came)
        }
        self.oursDown.add(other.quantiles[0].firm * 10_000 / max(1, other.enrolled), came: down)
        self.persistence.add(persistence, came: came)
        self.weekday.add(weekday, came: came)
        self.binomial.add(binomial, came: came)
    }

    /// By 10,000 cars, from the same habits at the same time as ours.
    private func binomial(_ hour: Int) -> Int? {
        var baseline = BinomialBaseline()
        for (row, terms) in self.fleet.rows.enumerated() {
            guard let car = self.book.vehicle(row, at: Instant(seconds: hour * 3_600)) else { continue }
            // Weights are those of 10,000 cars over all users: so many come and stay away by themselves.
            baseline.add(
                watts: car.plugged > 0 ? car.up * 10_000 / max(car.plugged, 1) : 0, probability: car.plugged,
                weight: terms.weight)
        }
        let enrolled = self.book.enrolled(0)
        return enrolled > 0 ? baseline.firm(9_000) * 10_000 / enrolled : nil
    }

    /// Hours that were judged from one local day up to another.
    func hours(_ days: Range<Int>) -> Range<Int> {
        let first = self.days.firstIndex { $0 >= days.lowerBound } ?? self.days.count
        return first..<max(first, self.days.firstIndex { $0 >= days.upperBound } ?? self.days.count)
    }
}
