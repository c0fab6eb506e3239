public import Domain

/// Habits of cars and clusters, and what follows from them for each portfolio: learned, stated and judged hour by hour.
/// A cluster is a portfolio: the cars of one resource.
public struct ForecastBook: Hashable, Sendable, Codable {
    /// So far ahead beliefs are stated: every product's gate for a day ahead is nearer.
    public static let horizon = 48
    /// Hours stated at once after a pause: a fleet is looked through for each.
    private static let mostAtOnce = 4
    /// Hours that are learned before anything is stated: a day has to be seen before another is believed to be like it,
    /// else the first beliefs are of nothing and their misses count among the resampled days for two months.
    private static let fewestLearned = 24

    /// A row of the habits: one car, or several that are one in a resampled fleet.
    struct Member: Hashable, Sendable, Codable {
        var cluster: Int
        var rated: Int
        var weight: Int
    }

    public var calendar: DayCalendar
    public private(set) var habits = HabitTable()
    public private(set) var clusters = HabitTable()
    @InParts private var members: [Member?] = []
    /// By cluster and direction (up, down): from habits, and from who is plugged in.
    public private(set) var ahead: [PortfolioForecaster] = []
    public private(set) var near: [PortfolioForecaster] = []
    private let confidences: [Int]
    private var learned = 0

    public init(calendar: DayCalendar, clusters: Int, confidences: [Int]) {
        self.calendar = calendar
        self.confidences = confidences
        self.grow(clusters: clusters)
    }

    public mutating func grow(clusters: Int) {
        self.clusters.grow(to: clusters)
        while self.ahead.count < 2 * clusters {
            self.ahead.append(PortfolioForecaster(source: .habits, confidences: self.confidences))
            self.near.append(PortfolioForecaster(source: .plugged, confidences: self.confidences))
        }
    }

    /// Where the forecaster of a cluster and direction stands in `ahead` and `near`.
    public static func place(_ cluster: Int, _ direction: Direction) -> Int {
        2 * cluster + (direction == .up ? 0 : 1)
    }

    /// A car is one of a cluster from now on, or of none; what is known of it stays.
    /// - Parameters:
    ///   - rated: the most that it can be moved by, W.
    ///   - weight: of how many cars the row is the habit.
    public mutating func enrol(_ row: Int, cluster: Int?, rated: Int, weight: Int = 1) {
        guard row >= 0 else { return }
        while self.members.count <= row { self.members.append(nil) }
        self.members[row] = cluster.map { Member(cluster: $0, rated: rated, weight: weight) }
        if let cluster { self.grow(clusters: cluster + 1) }
    }

    /// Cars of a cluster.
    public func enrolled(_ cluster: Int) -> Int {
        self.members.reduce(0) { $0 + ($1?.cluster == cluster ? $1?.weight ?? 0 : 0) }
    }

    public mutating func arrived(_ row: Int, at instant: Instant, missing: Energy) {
        let hour = self.calendar.local(instant).hour
        self.habits.arrived(row, hour: hour, missing: missing.wattHours)
        guard let cluster = self.cluster(row) else { return }
        self.clusters.arrived(cluster, hour: hour, missing: missing.wattHours)
    }

    public mutating func departed(_ row: Int, at instant: Instant) {
        let hour = self.calendar.local(instant).hour
        self.habits.departed(row, hour: hour)
        guard let cluster = self.cluster(row) else { return }
        self.clusters.departed(cluster, hour: hour)
    }

    public func cluster(_ row: Int) -> Int? { row < self.members.count ? self.members[row]?.cluster : nil }

    /// Cars of a cluster that are expected to hold anything in an hour to come, and those that hold most of it, the
    /// greatest first; of equals the one with the lower row.
    public func contributors(_ cluster: Int, _ direction: Direction, at instant: Instant, most: Int) -> (
        count: Int, rows: [Int]
    ) {
        let local = self.calendar.local(instant)
        let group = self.calendar.group(day: local.day)
        let prior = self.clusters.share(cluster, group, hour: local.hour, direction)
        var greatest = Greatest(most: most)
        for row in self.members.indices {
            guard let member = self.members[row], member.cluster == cluster else { continue }
            greatest.add(
                row,
                watts: self.habits.expected(
                    row, group, hour: local.hour, direction, rated: member.rated, cluster: prior))
        }
        return (greatest.count, greatest.rows)
    }

    /// What is expected of a car in an hour to come.
    public func vehicle(_ row: Int, at instant: Instant) -> VehicleForecast? {
        guard row < self.members.count, let member = self.members[row] else { return nil }
        let local = self.calendar.local(instant)
        return self.habits.forecast(
            row, self.calendar.group(day: local.day), at: local, rated: member.rated, clusters: self.clusters,
            cluster: member.cluster)
    }

    /// What is expected of one car of a cluster, rated so much, in an hour to come.
    public func cluster(_ cluster: Int, rated: Int, at instant: Instant) -> VehicleForecast {
        let local = self.calendar.local(instant)
        return HabitTable().forecast(
            0, self.calendar.group(day: local.day), at: local, rated: rated, clusters: self.clusters, cluster: cluster)
    }
}

// Hour by hour.
extension ForecastBook {
    /// Closes an hour: judges what was believed of it, learns it, and states what is believed of the hour two days on.
    /// - Parameters:
    ///   - hour: hours since 1970-01-01T00:00Z.
    ///   - came: by place, the least headroom that was there inside the hour, W.
    ///   - seen: what a row did in it; nil where nobody looked.
    public mutating func close(hour: Int, came: [Int], at now: Instant, seen: (Int) -> HabitTable.Hour?) {
        let cars = self.counts()
        for place in self.ahead.indices where place < came.count {
            self.ahead[place].judge(hour: hour, came: came[place], enrolled: cars[place / 2])
            self.near[place].judge(hour: hour, came: came[place], enrolled: cars[place / 2])
        }
        self.learn(hour, seen)
        self.learned = min(Self.fewestLearned, self.learned + 1)
        self.stateAhead(after: hour, at: now)
    }

    /// States what is believed of the hours up to two days on, a few of them at once.
    public mutating func stateAhead(after hour: Int, at now: Instant) {
        guard self.learned >= Self.fewestLearned else { return }
        let last = max(hour, self.ahead.compactMap(\.lastStated).max() ?? hour)
        guard last < hour + Self.horizon else { return }
        let cars = self.counts()
        for next in (last + 1...hour + Self.horizon).prefix(Self.mostAtOnce) {
            let raws = self.raws(next)
            for place in self.ahead.indices {
                self.ahead[place].state(hour: next, raw: raws[place], enrolled: cars[place / 2], at: now)
            }
        }
    }

    /// States what is believed of an hour from who is plugged in now.
    public mutating func stateNear(_ place: Int, hour: Int, raw: Int, at now: Instant) {
        self.near[place].state(hour: hour, raw: raw, enrolled: max(1, self.enrolled(place / 2)), at: now)
    }

    private func counts() -> [Int] {
        var counts = Array(repeating: 0, count: self.ahead.count / 2)
        for case let member? in self.members { counts[member.cluster] += member.weight }
        return counts
    }

    private mutating func learn(_ hour: Int, _ seen: (Int) -> HabitTable.Hour?) {
        let local = self.calendar.local(Instant(seconds: hour * 3_600))
        let group = self.calendar.group(day: local.day)
        var sums = Array(repeating: ClusterSum(), count: self.ahead.count / 2)
        for row in self.members.indices {
            guard let member = self.members[row], member.rated > 0, let seen = seen(row) else { continue }
            self.habits.observe(row, group, hour: local.hour, seen, rated: member.rated)
            sums[member.cluster].add(seen, member)
        }
        for (cluster, sum) in sums.enumerated() where sum.weight > 0 && sum.rated > 0 {
            self.clusters.observe(cluster, group, hour: local.hour, sum.hour, rated: sum.rated)
        }
    }

    /// Expected sums of an hour over the cars, by place, W.
    private func raws(_ hour: Int) -> [Int] {
        let local = self.calendar.local(Instant(seconds: hour * 3_600))
        let group = self.calendar.group(day: local.day)
        let priors = (0..<self.ahead.count).map { place in
            self.clusters.share(place / 2, group, hour: local.hour, place % 2 == 0 ? .up : .down)
        }
        var sums = Array(repeating: 0, count: self.ahead.count)
        for row in self.members.indices {
            guard let member = self.members[row] else { continue }
            for place in 2 * member.cluster...2 * member.cluster + 1 {
                sums[place] +=
                    member.weight
                    * self.habits.expected(
                        row, group, hour: local.hour, place % 2 == 0 ? .up : .down, rated: member.rated,
                        cluster: priors[place])
            }
        }
        return sums
    }

    public func fingerprint(into mark: inout Fingerprint) {
        for forecaster in self.ahead { forecaster.fingerprint(into: &mark) }
        for forecaster in self.near { forecaster.fingerprint(into: &mark) }
        self.habits.fingerprint(into: &mark)
        self.clusters.fingerprint(into: &mark)
    }
}

/// What the cars of a cluster did together.
private struct ClusterSum {
    var weight = 0
    var rated = 0
    var plugged = 0
    var up = 0
    var down = 0

    mutating func add(_ seen: HabitTable.Hour, _ member: ForecastBook.Member) {
        self.weight += member.weight
        self.rated += member.weight * member.rated
        self.plugged += member.weight * seen.plugged
        self.up += member.weight * seen.up
        self.down += member.weight * seen.down
    }

    var hour: HabitTable.Hour {
        HabitTable.Hour(plugged: self.plugged / max(1, self.weight), up: self.up, down: self.down)
    }
}
