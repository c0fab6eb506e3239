/// Hourly loads of sites or cars by the local clock, as a table gives them: what peers are chosen from.
public struct LoadTable: Hashable, Sendable {
    /// By name: the days in order, 24 hours each; hours that were dispatched or are not there are nil.
    public private(set) var days: [String: [DayMatching.Day]] = [:]
    /// By name and day, with the dispatched hours.
    private var metered: [String: [CivilDate: [Int?]]] = [:]

    /// Rows that are read at most: a year of hours of two hundred sites.
    public static let mostRows = 2_000_000

    /// Reads CSV with the header `date,hour,id,kw` or `date,hour,id,kw,dispatched` (1: something was asked of it in the
    /// hour). The first wrong line refuses all of it.
    public init(csv text: String) throws(BaselineRefusal) {
        var free: [String: [CivilDate: [Int?]]] = [:]
        var width = 0
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        where !line.isEmpty && line.first != "#" {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard width > 0 else {
                guard ["date,hour,id,kw", "date,hour,id,kw,dispatched"].contains(line) else {
                    throw BaselineRefusal("line \(index + 1): the header must be date,hour,id,kw or with ,dispatched")
                }
                width = fields.count
                continue
            }
            guard index < Self.mostRows, fields.count == width, let date = CivilDate(fields[0]),
                let hour = Int(fields[1]), (0..<24).contains(hour), !fields[2].isEmpty,
                let kilowatts = Double(fields[3]), kilowatts.magnitude <= 1e6,
                width == 4 || ["0", "1"].contains(fields[4])
            else {
                throw BaselineRefusal(
                    "line \(index + 1): write a row as 2026-03-29,17,depot-north,12.5 (and ,0 or ,1), at most "
                        + "\(Self.mostRows): correct it")
            }
            var day = self.metered[fields[2]]?[date] ?? Array(repeating: nil, count: 24)
            guard day[hour] == nil else {
                throw BaselineRefusal(
                    "line \(index + 1): \(fields[2]) has the hour \(hour) of \(date) twice: give it once, and the mean "
                        + "of both where clocks go back")
            }
            day[hour] = Int((kilowatts * 1_000).rounded())
            self.metered[fields[2], default: [:]][date] = day
            if width == 5, fields[4] == "1" { day[hour] = nil }
            var known = free[fields[2]]?[date] ?? Array(repeating: nil, count: 24)
            known[hour] = day[hour]
            free[fields[2], default: [:]][date] = known
        }
        guard !free.isEmpty else { throw BaselineRefusal("there is no row: give date,hour,id,kw") }
        self.days = free.mapValues { days in
            days.sorted { $0.key < $1.key }.map { DayMatching.Day(date: $0.key, load: $0.value) }
        }
    }

    /// What some units drew together in an hour, dispatched or not, W; nil where one of them has no row.
    public func metered(_ names: [String], _ date: CivilDate, hour: Int) -> Int? {
        let loads = names.compactMap { self.metered[$0]?[date]?[hour] }
        return loads.count == names.count ? loads.reduce(0, +) : nil
    }

    /// Mean of each hour of the clock before a day, W; nil where an hour was never seen undisturbed.
    public func shape(of name: String, before date: CivilDate) -> [Int]? {
        let days = (self.days[name] ?? []).filter { $0.date < date }
        var shape: [Int] = []
        for hour in 0..<24 {
            let known = days.compactMap { $0.load[hour] }
            guard !known.isEmpty else { return nil }
            shape.append(known.reduce(0, +) / known.count)
        }
        return shape
    }

    /// The load of some units together by day: an hour counts that all of them have.
    public func sum(of names: [String]) -> [DayMatching.Day] {
        let all = names.map { Dictionary((self.days[$0] ?? []).map { ($0.date, $0.load) }) { one, _ in one } }
        let dates = all.reduce(into: Set<CivilDate>()) { $0.formUnion($1.keys) }
        return dates.sorted().map { date in
            DayMatching.Day(
                date: date,
                load: (0..<24).map { hour in
                    let loads = all.compactMap { $0[date]?[hour] }
                    return loads.count == names.count ? loads.reduce(0, +) : nil
                })
        }
    }
}
