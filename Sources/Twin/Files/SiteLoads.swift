public import Domain

/// The sites' own load (not the cars'), held until the next row of the site: `load.csv` with time, site_id, kw.
public struct SiteLoads: Hashable, Sendable {
    /// Per site in rising order of time.
    public let rows: [SiteID: [Row]]

    public struct Row: Hashable, Sendable {
        public var at: Instant
        public var load: Power
    }

    public static let none = SiteLoads(rows: [:])

    public init(rows: [SiteID: [Row]]) {
        self.rows = rows
    }

    public static func read(_ text: String, name: String = "load.csv") throws(TwinError)
        -> SiteLoads
    {
        let table = try CSVTable(name: name, text: text)
        let time = try table.column("time")
        let site = try table.column("site_id")
        let load = try table.column("kw")
        var rows: [SiteID: [Row]] = [:]
        for entry in table.rows {
            let row = CSVRow(table: table, row: entry)
            let at = try row.instant(time)
            let id = SiteID(row.text(site))
            guard rows[id]?.last.map({ $0.at < at }) ?? true else {
                throw row.error(time, "later than the site's row before")
            }
            let watts = Int((try row.number(load, in: -1e6...1e6) * 1_000).rounded())
            rows[id, default: []].append(Row(at: at, load: Power(watts: watts)))
        }
        return SiteLoads(rows: rows)
    }
}
