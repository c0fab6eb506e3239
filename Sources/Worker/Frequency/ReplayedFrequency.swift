import Domain
import Foundation
import Runtime

/// A recording that plays the depot's frequency meter by the wall clock: CSV `time,value` in Hz, between
/// its rows a straight line, before and after it nothing.
struct ReplayedFrequency: FrequencySource {
    private let rows: [(at: Instant, milliHertz: Int)]

    init(file: String) throws {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw RuntimeError(.fileMissing, "cannot read \(file): give the frequency as CSV `time,value`")
        }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        var rows: [(Instant, Int)] = []
        for (number, line) in text.split(separator: "\n").enumerated().dropFirst() {
            let parts = line.split(separator: ",")
            guard parts.count == 2, let hertz = Double(parts[1]),
                let date = (try? style.parse(String(parts[0])))
                    ?? (try? Date.ISO8601FormatStyle().parse(String(parts[0])))
            else {
                throw RuntimeError(.invalidConfiguration, "\(file):\(number + 1): expected `ISO time,Hz`")
            }
            rows.append(
                (
                    Instant(microseconds: Int((date.timeIntervalSince1970 * 1e6).rounded())),
                    Int((hertz * 1000).rounded())
                ))
        }
        self.rows = rows
    }

    func newest(at now: Instant) -> FrequencySample? {
        self.milliHertz(at: now).map { FrequencySample(milliHertz: $0, at: now) }
    }

    /// Has nothing to wait for: the edge controller's beat asks.
    func run(_ news: @escaping @Sendable () -> Void) async {}

    /// The frequency in mHz at an instant, or nil outside the recording.
    func milliHertz(at now: Instant) -> Int? {
        var low = 0
        var high = self.rows.count
        while low < high {
            let middle = (low + high) / 2
            if self.rows[middle].at <= now { low = middle + 1 } else { high = middle }
        }
        guard low > 0, low < self.rows.count else { return nil }
        let (before, after) = (self.rows[low - 1], self.rows[low])
        let width = max(1, (after.at - before.at).microseconds)
        let part = (now - before.at).microseconds
        return before.milliHertz + (after.milliHertz - before.milliHertz) * part / width
    }
}
