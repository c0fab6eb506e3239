package import Domain
import OpenADR

/// A recorded or made signal over time: `signal.csv` with `time,value`.
package struct SignalTrace: Hashable, Sendable {
    package let kind: UtilityConfiguration.Signal.Kind
    private let times: [Instant]
    /// mHz, or 1/1000 of the award.
    private let values: [Int]

    /// `times` rise and are as many as `values`.
    package init(kind: UtilityConfiguration.Signal.Kind, times: [Instant], values: [Int]) {
        precondition(
            times.count == values.count && !times.isEmpty, "one value for each time, and some")
        self.kind = kind
        self.times = times
        self.values = values
    }

    /// Reads CSV text: comments start with `#`; the columns may also be called `utc_time` and
    /// `frequency_hz`; lines may end in CRLF.
    package init(_ text: String, kind: UtilityConfiguration.Signal.Kind, name: String) throws {
        var times: [Instant] = []
        var values: [Int] = []
        var columns: (time: Int, value: Int)?
        let range = kind == .frequency ? 10_000...90_000 : -1_000...1_000
        for (number, line) in text.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline
        )
        .enumerated()
        where !line.hasPrefix("#") && !line.isEmpty {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
                .map { String($0).trimmingSpaces }
            guard let columns else {
                columns = try Self.columns(cells, name)
                continue
            }
            guard cells.count > max(columns.time, columns.value),
                let time = DateTime(cells[columns.time])?.instant,
                let value = try? JSONParser.parse(cells[columns.value]).number?.scaled(decimals: 3),
                range.contains(value), times.last.map({ $0 < time }) ?? true
            else {
                throw OpenADRError(
                    .invalid,
                    "\(name) line \(number + 1): give an ISO 8601 time later than the one before and a value"
                )
            }
            times.append(time)
            values.append(value)
        }
        guard !times.isEmpty else { throw OpenADRError(.missing, "\(name): there are no rows") }
        self.init(kind: kind, times: times, values: values)
    }

    private static func columns(_ header: [String], _ name: String) throws -> (
        time: Int, value: Int
    ) {
        guard let time = header.firstIndex(where: { $0 == "time" || $0 == "utc_time" }),
            let value = header.firstIndex(where: { $0 == "value" || $0 == "frequency_hz" })
        else { throw OpenADRError(.missing, "\(name): start it with the header time,value") }
        return (time, value)
    }

    package var start: Instant { self.times[0] }
    package var end: Instant { self.times[self.times.count - 1] }

    /// The same signal with its first row at `start`.
    package func moved(to start: Instant) -> SignalTrace {
        let shift = start - self.start
        return SignalTrace(
            kind: self.kind, times: self.times.map { $0 + shift }, values: self.values)
    }

    /// The value at an instant: a frequency on the straight line between rows, a regulation signal held.
    /// Before and after the trace a frequency keeps its outermost value and regulation is zero.
    package func value(at now: Instant) -> Int {
        var low = 0
        var high = self.times.count
        while low < high {
            let middle = (low + high) / 2
            if self.times[middle] <= now { low = middle + 1 } else { high = middle }
        }
        let isOutside = low == 0 || (low == self.times.count && self.times[low - 1] < now)
        if isOutside {
            if self.kind == .regulation { return 0 }
            return low == 0 ? self.values[0] : self.values[self.values.count - 1]
        }
        guard self.kind == .frequency, low < self.times.count else { return self.values[low - 1] }
        let width = (self.times[low] - self.times[low - 1]).microseconds
        let passed = (now - self.times[low - 1]).microseconds
        let rise = self.values[low] - self.values[low - 1]
        return self.values[low - 1] + roundedDivision(rise * passed, width)
    }

    /// The trace as `signal.csv`.
    package var csv: String {
        var text = "time,value\n"
        for (time, value) in zip(self.times, self.values) {
            text += "\(time.iso8601),\(JSONNumber(scaled: value, decimals: 3).text)\n"
        }
        return text
    }
}
