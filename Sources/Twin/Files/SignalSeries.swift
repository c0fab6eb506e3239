public import Domain

/// What `signal.csv` carries.
public enum SignalKind: String, Hashable, Sendable, CaseIterable {
    /// Hz, between rows on a straight line.
    case frequency
    /// Per unit of the award, −1…1, + = up, held until the next row.
    case regulation
}

/// A series of a signal over time, kept in thousandths: mHz, or 1/1000 of the award.
public struct SignalSeries: Hashable, Sendable {
    public let kind: SignalKind
    public let times: [Instant]
    public let milli: [Int]

    /// Times rise; `milli` has as many entries.
    public init(kind: SignalKind, times: [Instant], milli: [Int]) {
        precondition(times.count == milli.count && !times.isEmpty, "one value per time, and some")
        self.kind = kind
        self.times = times
        self.milli = milli
    }

    /// Reads `signal.csv` (`time,value`; for a frequency `frequency_hz` may name the value, `utc_time` the time).
    public static func read(
        _ text: String, kind: SignalKind, name: String = "signal.csv"
    ) throws(TwinError) -> SignalSeries {
        let table = try CSVTable(name: name, text: text)
        let time = try table.column(table.header.contains("time") ? "time" : "utc_time")
        let value = try table.column(table.header.contains("value") ? "value" : "frequency_hz")
        var times: [Instant] = []
        var milli: [Int] = []
        for entry in table.rows {
            let row = CSVRow(table: table, row: entry)
            let at = try row.instant(time)
            guard times.last.map({ $0 < at }) ?? true else {
                throw row.error(time, "later than the row before")
            }
            let range = kind == .frequency ? 10.0...90.0 : -1.0...1.0
            times.append(at)
            milli.append(Int((try row.number(value, in: range) * 1_000).rounded()))
        }
        guard !times.isEmpty else { throw TwinError(.malformedFile, "\(name): no rows") }
        return SignalSeries(kind: kind, times: times, milli: milli)
    }

    /// The value at an instant: interpolated (frequency) or held (regulation); the ends are level.
    public func value(at now: Instant) -> Int {
        let after = self.firstIndex(after: now)
        guard after > 0 else { return self.milli[0] }
        let left = after - 1
        guard self.kind == .frequency, after < self.times.count else { return self.milli[left] }
        let width = (self.times[after] - self.times[left]).microseconds
        let past = (now - self.times[left]).microseconds
        let rise = self.milli[after] - self.milli[left]
        return self.milli[left] + roundedDivision(rise * past, width)
    }

    /// Index of the first time after `now`.
    private func firstIndex(after now: Instant) -> Int {
        var low = 0
        var high = self.times.count
        while low < high {
            let middle = (low + high) / 2
            if self.times[middle] <= now { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension SignalSeries {
    /// Writes `signal.csv`.
    public var csv: String {
        var text = "time,value\n"
        for (time, value) in zip(self.times, self.milli) {
            text += "\(Timestamp.format(time)),\(DecimalText.thousandths(value))\n"
        }
        return text
    }
}
