/// A baseline from like days: the mean of the last days of the same kind, or of those of them with the most load in the
/// event's hours, scaled to the day's own load before the event.
public struct DayMatching: Hashable, Sendable {
    /// Like days that are looked back at, and how many of these count: those with the greatest load.
    public var days: Int
    public var highest: Int
    /// Days before the event beyond which none is taken.
    public var lookBack: Int
    /// Most by which the day's own load scales the baseline up or down, 1/1000; 0 = no adjustment.
    public var capPerMille: Int
    /// Intervals before the event whose load scales it, and intervals between them and the event that are left out.
    public var adjustmentIntervals: Int
    public var gapIntervals: Int

    public init(
        days: Int, highest: Int, lookBack: Int = 45, capPerMille: Int, adjustmentIntervals: Int = 3,
        gapIntervals: Int = 1
    ) {
        precondition(days > 0 && (1...days).contains(highest), "of some days some count")
        precondition(capPerMille >= 0 && adjustmentIntervals >= 0 && gapIntervals >= 0, "bounds are at least 0")
        self.days = days
        self.highest = highest
        self.lookBack = lookBack
        self.capPerMille = capPerMille
        self.adjustmentIntervals = adjustmentIntervals
        self.gapIntervals = gapIntervals
    }

    /// Ten of ten, adjusted by up to 20 %.
    public static var tenInTen: DayMatching { DayMatching(days: 10, highest: 10, capPerMille: 200) }
    /// The five highest of ten, adjusted by up to 40 %.
    public static var fiveInTen: DayMatching { DayMatching(days: 10, highest: 5, capPerMille: 400) }
    /// The five highest of ten, as they are: the customer baseline of New York.
    public static var highFiveOfTen: DayMatching { DayMatching(days: 10, highest: 5, capPerMille: 0) }

    /// A day's load by interval, W; nil where the meter is silent or the unit was dispatched: those intervals do not count.
    public struct Day: Hashable, Sendable {
        public var date: CivilDate
        public var load: [Int?]

        public init(date: CivilDate, load: [Int?]) {
            self.date = date
            self.load = load
        }
    }

    /// The baseline of the event's intervals, W, or why there is none.
    /// - Parameters:
    ///   - day: the event's day; its load before the event adjusts.
    ///   - history: earlier days in any order, with event days and holidays left out by the caller.
    ///   - event: intervals of the day, not empty.
    public func baseline(of day: Day, history: [Day], event: Range<Int>) -> Result<[Int], BaselineRefusal> {
        guard !event.isEmpty, event.lowerBound >= 0, event.upperBound <= day.load.count else {
            return .failure(.init("the event lies outside of its day: give intervals of 0 to \(day.load.count)"))
        }
        guard Set(history.map(\.date)).count == history.count else {
            return .failure(.init("a day stands twice in the history: give each once, the latest reading of it"))
        }
        let like = history.filter { past in
            past.date < day.date && past.date.days >= day.date.days - self.lookBack
                && past.date.isWeekend == day.date.isWeekend && past.load.count == day.load.count
                && event.contains { past.load[$0] != nil }
        }
        // A weekend looks back at four days: no more are near.
        let wanted = day.date.isWeekend ? min(4, self.days) : self.days
        let recent = like.sorted { $0.date > $1.date }.prefix(wanted)
        guard recent.count == wanted else {
            return .failure(
                .init(
                    "\(recent.count) like days of \(wanted) in \(self.lookBack) days: declare the load, or use a control group"
                ))
        }
        let chosen = self.chosen(Array(recent), event)
        var baseline: [Int] = []
        for interval in event {
            guard let mean = Self.mean(chosen.map { $0.load[interval] }) else {
                return .failure(.init("no like day has interval \(interval): read it again, or declare the load"))
            }
            baseline.append(mean)
        }
        return .success(self.adjusted(baseline, day, chosen, event))
    }

    /// The days with the greatest mean load in the event's intervals; of equals the later.
    private func chosen(_ days: [Day], _ event: Range<Int>) -> [Day] {
        let count = days.count < self.days ? days.count : self.highest
        return Array(
            days.map { day in (day, Self.mean(event.map { day.load[$0] }) ?? 0) }
                .sorted { ($0.1, $0.0.date) > ($1.1, $1.0.date) }.prefix(count).map(\.0))
    }

    private func adjusted(_ baseline: [Int], _ day: Day, _ chosen: [Day], _ event: Range<Int>) -> [Int] {
        let end = event.lowerBound - self.gapIntervals
        let before = max(0, end - self.adjustmentIntervals)..<max(0, end)
        guard self.capPerMille > 0, !before.isEmpty else { return baseline }
        // Only intervals that both sides have.
        var (own, like) = (0, 0)
        for interval in before {
            guard let load = day.load[interval], let mean = Self.mean(chosen.map { $0.load[interval] }) else {
                continue
            }
            own += load
            like += mean
        }
        guard like > 0, own > 0 else { return baseline }
        let ratio = own * 1_000_000 / like
        let cap = self.capPerMille * 1_000
        let scale = min(1_000_000 + cap, max(max(0, 1_000_000 - cap), ratio))
        return baseline.map { Int((Int128($0) * Int128(scale)) / 1_000_000) }
    }

    private static func mean(_ values: [Int?]) -> Int? {
        let known = values.compactMap { $0 }
        return known.isEmpty ? nil : known.reduce(0, +) / known.count
    }
}

/// Why a baseline cannot be made of what is there, with what to do instead.
public struct BaselineRefusal: Error, Hashable, Sendable {
    public var reason: String

    public init(_ reason: String) {
        self.reason = reason
    }
}

/// The last metered load before an activation, held; nil where no reading before it is known.
/// - Parameter readings: load by instant in any order, W; doubled ones count once.
public func meterBefore<At: Comparable>(_ readings: [(at: At, watts: Int)], activation: At) -> Int? {
    readings.filter { $0.at < activation }.max { $0.at < $1.at }?.watts
}

/// The load that vehicles which are held out had on average, times those that were dispatched, W.
/// - Parameters:
///   - held: load of each vehicle of the control group, W; nil where its meter is silent.
///   - dispatched: how many vehicles were.
public func controlGroupBaseline(held: [Int?], dispatched: Int) -> Result<Int, BaselineRefusal> {
    let known = held.compactMap { $0 }
    guard !known.isEmpty else {
        return .failure(.init("no vehicle of the control group was metered: hold out more, or declare the load"))
    }
    return .success(known.reduce(0, +) * dispatched / known.count)
}
