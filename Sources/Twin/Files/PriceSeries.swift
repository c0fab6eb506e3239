public import Domain

/// Prices over time, held until the next row, in micro-units: a row of `prices.csv`.
public struct PriceSeries: Hashable, Sendable {
    public struct Row: Hashable, Sendable {
        public var at: Instant
        /// Micro-units per MWh; may be below 0.
        public var energy: Int
        /// Micro-units per MW and hour of availability.
        public var up: Int
        public var down: Int

        public init(at: Instant, energy: Int, up: Int, down: Int) {
            self.at = at
            self.energy = energy
            self.up = up
            self.down = down
        }
    }
    public let rows: [Row]

    public init(rows: [Row]) {
        self.rows = rows
    }

    public static let none = PriceSeries(rows: [])

    public static func read(_ text: String, name: String = "prices.csv") throws(TwinError)
        -> PriceSeries
    {
        let table = try CSVTable(name: name, text: text)
        let time = try table.column("time")
        let columns = [
            try table.column("energy_per_mwh"), try table.column("up_per_mw_h"),
            try table.column("down_per_mw_h"),
        ]
        var rows: [Row] = []
        for entry in table.rows {
            let row = CSVRow(table: table, row: entry)
            let at = try row.instant(time)
            guard rows.last.map({ $0.at < at }) ?? true else {
                throw row.error(time, "later than the row before")
            }
            var micros: [Int] = []
            for column in columns {
                micros.append(Int((try row.number(column, in: -1e6...1e6) * 1e6).rounded()))
            }
            rows.append(Row(at: at, energy: micros[0], up: micros[1], down: micros[2]))
        }
        return PriceSeries(rows: rows)
    }

    /// The row that holds at `now`; nil before the first.
    public func row(at now: Instant) -> Row? {
        var low = 0
        var high = self.rows.count
        while low < high {
            let middle = (low + high) / 2
            if self.rows[middle].at <= now { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? self.rows[low - 1] : nil
    }
}
