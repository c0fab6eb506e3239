import Domain
import GridCodes

/// A resource's load by local day and hour: what like days are taken from. Hours in which something was asked of it count
/// for nothing.
struct LoadDiary: Hashable, Sendable, Codable {
    struct Page: Hashable, Sendable, Codable {
        var date: CivilDate
        /// By hour of the clock: Σ W, seconds, and seconds in which something was asked.
        var sums = Array(repeating: 0, count: 24)
        var seconds = Array(repeating: 0, count: 24)
        var asked = Array(repeating: 0, count: 24)
    }
    /// In order of their dates.
    private(set) var pages: [Page] = []

    /// Days looked back at are at most 45 before today.
    private static let mostDays = 47

    mutating func add(second: Int, watts: Int, isAsked: Bool, zone: LocalZone?) {
        let (date, hour) = Self.place(second, zone)
        if self.pages.last?.date != date {
            guard self.pages.last.map({ $0.date < date }) ?? true else { return }
            self.pages.append(Page(date: date))
            if self.pages.count > Self.mostDays { self.pages.removeFirst() }
        }
        let page = self.pages.count - 1
        self.pages[page].sums[hour] += watts
        self.pages[page].seconds[hour] += 1
        if isAsked { self.pages[page].asked[hour] += 1 }
    }

    /// Local day and hour of the clock of a second; UTC where there is no zone.
    static func place(_ second: Int, _ zone: LocalZone?) -> (CivilDate, Int) {
        let offset = zone?.offset(at: Instant(seconds: second)) ?? 0
        let local = second + offset
        let days = local >= 0 ? local / 86_400 : -((-local + 86_399) / 86_400)
        return (CivilDate(days: days), (local - days * 86_400) / 3_600)
    }

    /// The days with their hourly means: an hour counts that was seen for half of it and in which nothing was asked.
    var days: [DayMatching.Day] {
        self.pages.map { page in
            DayMatching.Day(
                date: page.date,
                load: page.sums.indices.map { hour in
                    page.seconds[hour] >= 1_800 && page.asked[hour] == 0 ? page.sums[hour] / page.seconds[hour] : nil
                })
        }
    }

    /// The load that like days say a block would have had, hour by hour, or why they say nothing.
    func baseline(
        _ resource: ResourceID, _ block: MarketInterval, _ rule: BaselineRule, zone: LocalZone?, at now: Instant
    ) -> Result<DeclaredBaseline, BaselineRefusal> {
        let (date, first) = Self.place(block.start.seconds, zone)
        let (lastDate, last) = Self.place(block.end.seconds - 1, zone)
        guard date == lastDate, first <= last else {
            return .failure(BaselineRefusal("the block runs over midnight: declare the load"))
        }
        let matching = DayMatching(days: rule.days, highest: rule.highest, capPerMille: rule.capPerMille)
        let days = self.days
        let today = days.last { $0.date == date } ?? .init(date: date, load: Array(repeating: nil, count: 24))
        let result = matching.baseline(of: today, history: days.filter { $0.date < date }, event: first..<last + 1)
        return result.map { hours in
            var points: [DeclaredBaseline.Point] = []
            var at = block.start
            while at < block.end {
                let hour = Self.place(at.seconds, zone).1
                points.append(.init(at: at, power: Power(watts: hours[min(hours.count - 1, max(0, hour - first))])))
                at = Instant(seconds: (at.seconds / 3_600 + 1) * 3_600)
            }
            return DeclaredBaseline(resource: resource, interval: block, submittedAt: now, points: points)
        }
    }

    func fingerprint(into mark: inout Fingerprint) {
        for page in self.pages {
            mark.add(page.date.days)
            for figure in page.sums + page.seconds + page.asked { mark.add(figure) }
        }
    }
}
