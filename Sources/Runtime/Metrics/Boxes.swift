import Metrics
import Synchronization

/// A counter: rises only, except when reset.
final class CounterBox: CounterHandler, Sendable {
    private let count = Atomic<Int64>(0)

    var value: Int64 { self.count.load(ordering: .relaxed) }

    func increment(by amount: Int64) {
        self.count.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        self.count.store(0, ordering: .relaxed)
    }
}

/// A value that goes up and down.
final class GaugeBox: MeterHandler, RecorderHandler, Sendable {
    private let current = Mutex(0.0)

    var value: Double { self.current.withLock { $0 } }

    func set(_ value: Int64) { self.current.withLock { $0 = Double(value) } }
    func set(_ value: Double) { self.current.withLock { $0 = value } }
    func increment(by amount: Double) { self.current.withLock { $0 += amount } }
    func decrement(by amount: Double) { self.current.withLock { $0 -= amount } }
    func record(_ value: Int64) { self.set(value) }
    func record(_ value: Double) { self.set(value) }
}

/// A distribution in fixed buckets, in seconds for timers.
final class HistogramBox: TimerHandler, RecorderHandler, Sendable {
    /// Upper bounds: 1 ms … 60 s, two or three a decade.
    static let bounds: [Double] = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60,
    ]
    private struct State {
        var counts = Array(repeating: 0, count: HistogramBox.bounds.count)
        var count = 0
        var sum = 0.0
    }
    private let state = Mutex(State())

    func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1e9) }
    func record(_ value: Int64) { self.record(Double(value)) }
    func record(_ value: Double) {
        self.state.withLock { state in
            state.count += 1
            state.sum += value
            if let index = Self.bounds.firstIndex(where: { value <= $0 }) { state.counts[index] += 1 }
        }
    }

    func lines(name: String, labels: [String]) -> [String] {
        let state = self.state.withLock { $0 }
        var lines: [String] = []
        var below = 0
        for (bound, count) in zip(Self.bounds, state.counts) {
            below += count
            lines.append(line(name + "_bucket", labels + ["le=\"\(number(bound))\""], String(below)))
        }
        lines.append(line(name + "_bucket", labels + ["le=\"+Inf\""], String(state.count)))
        lines.append(line(name + "_sum", labels, number(state.sum)))
        lines.append(line(name + "_count", labels, String(state.count)))
        return lines
    }
}
