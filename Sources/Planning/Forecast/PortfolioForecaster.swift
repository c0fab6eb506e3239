public import Domain

/// Turns sums over cars into quantiles of the portfolio, learns by how much they were wrong, and keeps the score.
///
/// Whole past days are resampled: the ratio of what came to what was expected, hour by hour with all cars together,
/// so cars that stay away together do so in the resample too (a binomial would have them do it one by one). Which of
/// the answers is firm is set by adaptive conformal calibration: a miss lowers the quantile that is taken, a hit
/// raises it, so that in the long run the stated share is held whatever the drift (algorithms.md section 3).
/// Integers throughout, no randomness: a replay gives the same.
public struct PortfolioForecaster: Hashable, Sendable, Codable {
    /// 1/10,000 in 1/1,000,000,000.
    static let nano = 100_000
    /// Days that are resampled, hours beside the block's own of each, and days before which nothing is stated.
    static let window = 60
    static let pool = 3
    static let fewestDays = 14
    private static let ring = (window + 5) * 24
    /// Learning rate of the calibration an hour, in 1/1,000,000,000: 0.03 a day.
    private static let rate = 1_250_000
    /// Hours over which the level is averaged: a week.
    private static let levelHours = 168

    public let source: ForecastSource
    /// By confidence, as given first: the quantile that is taken, in 1/1,000,000,000, and how it did.
    private var taken: [Int]
    public private(set) var scores: [ForecastScore]
    /// What came by what was expected, in 1/10,000, by hour modulo the ring; −1 where nothing was judged.
    private var ratios: [Int32] = []
    private var newest: Int?
    /// Hours that were judged.
    public private(set) var judged = 0
    /// Level of what came over raw sums: two fading sums.
    private var came = 0
    private var expected = 0
    /// Beliefs that wait for their hour, in its order.
    private var waiting: [Waiting] = []
    private var watch = RegimeWatch()
    private var day = DaySum(day: 0)
    private var days: [DaySum] = []
    /// Regime changes that were noticed: when, as days since 1970.
    public private(set) var changes: [Int] = []

    private struct Waiting: Hashable, Sendable, Codable {
        var forecast: HeadroomForecast
        /// Level against which it is compared, in 1/10,000: another one than stated once a change was noticed.
        var level: Int
    }

    private struct DaySum: Hashable, Sendable, Codable {
        var day: Int
        var came = 0
        var raw = 0
        var mean = 0
    }

    /// - Parameter confidences: those to be calibrated, in 1/10,000.
    public init(source: ForecastSource, confidences: [Int]) {
        self.source = source
        let stated = Set(confidences.filter { (5_000..<10_000).contains($0) }).sorted()
        self.taken = stated.map { (10_000 - $0) * Self.nano }
        self.scores = stated.map { ForecastScore(confidence: $0) }
    }

    /// The level of what came lately over the sums of the cars' habits, in 1/10,000.
    public var level: Int {
        guard self.judged >= 24, self.expected > 0 else { return 10_000 }
        return min(30_000, max(3_000, self.came * 10_000 / self.expected))
    }

    /// Whether enough days were judged to state quantiles.
    public var isReady: Bool { self.judged >= Self.fewestDays * 24 }

    /// States a belief about an hour that lies behind all that were stated before, and keeps it until it is judged.
    /// - Parameter raw: sum over the cars, W ≥ 0.
    @discardableResult
    public mutating func state(hour: Int, raw: Int, enrolled: Int, at now: Instant) -> HeadroomForecast? {
        guard raw >= 0, enrolled >= 0, self.waiting.last.map({ $0.forecast.hour < hour }) ?? true,
            self.newest.map({ $0 < hour }) ?? true
        else { return nil }
        let level = self.level
        var forecast = HeadroomForecast(
            hour: hour, madeAt: now, source: self.source, raw: raw, mean: raw * level / 10_000, enrolled: enrolled,
            quantiles: [])
        self.waiting.append(Waiting(forecast: forecast, level: level))
        guard let block = self.block(hour..<hour + 1, enrolled: enrolled) else { return forecast }
        forecast.quantiles = self.scores.map {
            HeadroomForecast.Quantile(confidence: $0.confidence, firm: block.firm($0.confidence))
        }
        self.waiting[self.waiting.count - 1].forecast = forecast
        return forecast
    }

    /// The last belief that was stated of an hour that was not judged yet.
    public func standing(_ hour: Int) -> HeadroomForecast? { self.waiting.first { $0.forecast.hour == hour }?.forecast }

    public var lastStated: Int? { self.waiting.last?.forecast.hour }

    /// Judges the belief about an hour by what was there, W, and learns from it. Hours come in their order; older
    /// beliefs that nobody judged are dropped.
    public mutating func judge(hour: Int, came: Int, enrolled: Int) {
        guard self.newest.map({ $0 < hour }) ?? true else { return }
        self.waiting.removeAll { $0.forecast.hour < hour }
        guard let first = self.waiting.first, first.forecast.hour == hour else { return }
        self.waiting.removeFirst()
        guard came >= 0, enrolled > 0, first.forecast.enrolled > 0 else { return }
        let forecast = first.forecast
        let alike = came * forecast.enrolled / enrolled
        for (index, quantile) in forecast.quantiles.enumerated() where index < self.scores.count {
            self.scores[index].take(firm: quantile.firm, came: alike)
            self.calibrate(index, isHeld: alike >= quantile.firm)
        }
        self.keep(hour, ratio: alike * 10_000 / max(1, forecast.raw * first.level / 10_000))
        self.came += alike - self.came / Self.levelHours
        self.expected += forecast.raw - self.expected / Self.levelHours
        self.judged += 1
        self.note(hour, came: alike, raw: forecast.raw, mean: forecast.raw * first.level / 10_000)
    }

    private mutating func calibrate(_ index: Int, isHeld: Bool) {
        let target = 10_000 - self.scores[index].confidence
        let next = self.taken[index] + Self.rate * (target - (isHeld ? 0 : 10_000)) / 10_000
        self.taken[index] = min(400_000_000, max(target * Self.nano / 20, next))
    }

    private mutating func keep(_ hour: Int, ratio: Int) {
        if self.ratios.isEmpty { self.ratios = Array(repeating: -1, count: Self.ring) }
        let from = max((self.newest ?? hour - 1) + 1, hour - Self.ring + 1)
        for missed in from..<max(from, hour) { self.ratios[missed % Self.ring] = -1 }
        self.ratios[hour % Self.ring] = Int32(min(1_000_000, ratio))
        self.newest = hour
    }

    /// Sums days up, and begins the level anew from where a change was noticed.
    private mutating func note(_ hour: Int, came: Int, raw: Int, mean: Int) {
        if hour / 24 != self.day.day {
            self.closeDay()
            self.day = DaySum(day: hour / 24)
        }
        self.day.came += came
        self.day.raw += raw
        self.day.mean += mean
    }

    private mutating func closeDay() {
        guard self.day.mean > 0 else { return }
        self.days.append(self.day)
        if self.days.count > Self.window { self.days.removeFirst() }
        guard let since = self.watch.take(day: self.day.day, ratio: self.day.came * 10_000 / self.day.mean)
        else { return }
        let before = self.level
        let changed = self.days.filter { $0.day >= since }
        self.came = changed.reduce(0) { $0 + $1.came }
        self.expected = changed.reduce(0) { $0 + $1.raw }
        self.changes = self.changes.suffix(99) + [since]
        self.rebase(since: since * 24, from: before, to: self.level)
    }

    /// What was judged since a change, and what is still to be judged, is compared with the level after it.
    private mutating func rebase(since first: Int, from before: Int, to after: Int) {
        guard let newest = self.newest, after > 0 else { return }
        for hour in max(first, newest - Self.ring + 1)...max(first, newest) where hour <= newest {
            let ratio = Int(self.ratios[hour % Self.ring])
            if ratio >= 0 { self.ratios[hour % Self.ring] = Int32(min(1_000_000, ratio * before / after)) }
        }
        for index in self.waiting.indices { self.waiting[index].level = after }
    }

    public func fingerprint(into mark: inout Fingerprint) {
        for value in self.taken + [self.judged, self.came, self.expected, self.newest ?? -1] { mark.add(value) }
        for ratio in self.ratios { mark.add(ratio) }
        for waiting in self.waiting {
            mark.add(waiting.forecast.hour)
            mark.add(waiting.forecast.raw)
            for quantile in waiting.forecast.quantiles { mark.add(quantile.firm) }
        }
        for score in self.scores { for value in [score.hours, score.held, score.loss] { mark.add(value) } }
    }
}

// Blocks of several hours.
extension PortfolioForecaster {
    /// The headroom of a block of whole hours with `enrolled` cars: the least of its hours in each resampled day.
    /// Nil where an hour of it has no belief, or too few days were judged.
    /// - Parameter raws: sums over the cars that are known better now than what was stated, one an hour.
    public func block(_ hours: Range<Int>, enrolled: Int, raws: [Int]? = nil) -> BlockForecast? {
        let stated = hours.compactMap { self.standing($0) }
        guard self.isReady, !hours.isEmpty, hours.count <= 24, let newest = self.newest,
            stated.count == hours.count || raws?.count == hours.count
        else { return nil }
        let level = self.level
        let means =
            raws.map { $0.map { $0 * level / 10_000 } }
            ?? stated.map { $0.raw * level / 10_000 * enrolled / max(1, $0.enrolled) }
        let back = max(1, (hours.upperBound - 1 + Self.pool - newest + 23) / 24)
        var scenarios: [Int] = []
        scenarios.reserveCapacity(Self.window * (2 * Self.pool + 1))
        let latest = newest - (hours.count - 1)
        var day = back
        while day < back + Self.window {
            // Whole days with all their cars, at the block's own hours and beside them.
            var first = hours.lowerBound - 24 * day - Self.pool
            let last = min(first + 2 * Self.pool, latest)
            first = max(first, newest - Self.ring + 1, 0)
            while first <= last {
                self.add(first, means, to: &scenarios)
                first += 1
            }
            day += 1
        }
        guard scenarios.count >= Self.fewestDays else { return nil }
        return BlockForecast(
            mean: means.min() ?? 0, madeAt: stated.map(\.madeAt).min() ?? .distantPast, source: self.source,
            scenarios: scenarios.sorted(),
            levels: zip(self.scores, self.taken).map { ($0.confidence, $1) })
    }

    /// Adds the least headroom if the hours went as those from `first` on did, where all of them were judged.
    private func add(_ first: Int, _ means: [Int], to scenarios: inout [Int]) {
        var least = Int.max
        var place = first % Self.ring
        for mean in means {
            let ratio = Int(self.ratios[place])
            guard ratio >= 0 else { return }
            least = min(least, mean * ratio / 10_000)
            place = place + 1 == Self.ring ? 0 : place + 1
        }
        scenarios.append(least)
    }
}
