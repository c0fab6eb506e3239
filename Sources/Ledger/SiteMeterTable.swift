public import Domain

/// What the meters at sites' boundaries measured: everything behind them, cars included. Rows of equal length, as
/// interval meters give them.
public struct SiteMeterTable: Hashable, Sendable {
    public struct Row: Hashable, Sendable {
        public var at: Instant
        /// Mean from `at` until the next row, W, + = load.
        public var watts: Int
        /// How long it holds, s; nil: as long as its site's rows do.
        public var seconds: Int?
        /// When it was learned of, where that is known.
        public var receivedAt: Instant?

        public init(at: Instant, watts: Int, seconds: Int? = nil, receivedAt: Instant? = nil) {
            self.at = at
            self.watts = watts
            self.seconds = seconds
            self.receivedAt = receivedAt
        }
    }
    /// By site, in order of time.
    public private(set) var rows: [SiteID: [Row]]
    /// How long a row of a site holds, s: its shortest distance between two rows.
    private var lengths: [SiteID: Int] = [:]

    public static let mostRows = 2_000_000
    /// Of a single row.
    private static let oneRow = 900

    public init(rows: [SiteID: [Row]]) {
        self.rows = rows.mapValues { $0.sorted { $0.at < $1.at } }
        for (site, rows) in self.rows {
            let gaps = zip(rows, rows.dropFirst()).map { $1.at.seconds - $0.at.seconds }
            self.lengths[site] = gaps.min() ?? Self.oneRow
        }
    }

    /// Reads CSV with the header `time,site,kw`; the first wrong line refuses all of it.
    /// - Parameter time: reads an instant such as 2026-11-26T08:00:00Z.
    public init(csv text: String, time: (String) -> Instant?) throws(LedgerError) {
        var rows: [SiteID: [Row]] = [:]
        var isFirst = true
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        where !line.isEmpty && line.first != "#" {
            if isFirst {
                guard line == "time,site,kw" else {
                    throw LedgerError(.unreadable, "line \(index + 1): the header must be time,site,kw")
                }
                isFirst = false
                continue
            }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard index < Self.mostRows, fields.count == 3, let at = time(fields[0]), !fields[1].isEmpty,
                let kilowatts = Double(fields[2]), kilowatts.magnitude <= 1e6
            else {
                throw LedgerError(
                    .unreadable, "line \(index + 1): write a row as 2026-11-26T08:00:00Z,depot-north,123.4: correct it")
            }
            guard rows[SiteID(fields[1])]?.last.map({ $0.at < at }) ?? true else {
                throw LedgerError(
                    .unreadable, "line \(index + 1): its time must be later than its site's row before: sort them")
            }
            rows[SiteID(fields[1]), default: []].append(Row(at: at, watts: Int((kilowatts * 1_000).rounded())))
        }
        guard !rows.isEmpty else { throw LedgerError(.unreadable, "there is no row: give time,site,kw") }
        self.init(rows: rows)
    }

    /// The rows, each with how long it holds, for keeping them: of a file its neighbours say so, of one row no longer.
    public var kept: [SiteID: [Row]] {
        Dictionary(
            uniqueKeysWithValues: self.rows.map { site, rows in
                let length = self.lengths[site] ?? Self.oneRow
                return (site, rows.map { Row(at: $0.at, watts: $0.watts, seconds: $0.seconds ?? length) })
            })
    }

    /// W in each second of a span; nil where no row holds.
    public func powers(of site: SiteID, in span: Range<Int>) -> [Int?] {
        var powers: [Int?] = Array(repeating: nil, count: span.count)
        let rows = self.rows[site] ?? []
        let length = self.lengths[site] ?? 0
        for (index, row) in rows.enumerated() {
            let next = index + 1 < rows.count ? rows[index + 1].at.seconds : Int.max
            let end = min(next, row.at.seconds + (row.seconds ?? length))
            for second in (row.at.seconds..<max(end, row.at.seconds)).clamped(to: span) {
                powers[second - span.lowerBound] = row.watts
            }
        }
        return powers
    }
}
