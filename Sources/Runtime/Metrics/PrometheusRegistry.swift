package import Metrics
import Synchronization

/// A `MetricsFactory` that keeps every metric in memory and writes them in Prometheus text format 0.0.4.
/// Labels names and metric names are made valid (`.` and `-` become `_`); counters get `_total`.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    struct Key: Hashable {
        var name: String
        var labels: [String]
    }
    private struct State {
        var counters: [Key: CounterBox] = [:]
        var gauges: [Key: GaugeBox] = [:]
        var histograms: [Key: HistogramBox] = [:]
    }
    private let state = Mutex(State())
    /// Most series that are kept; a label that runs wild must not eat the memory.
    private let limit: Int

    package init(limit: Int = 10_000) {
        self.limit = limit
    }

    private static func key(_ label: String, _ dimensions: [(String, String)]) -> Key {
        Key(
            name: metricName(label),
            labels: dimensions.sorted { $0.0 < $1.0 }.map { "\(metricName($0.0))=\"\(escaped($0.1))\"" })
    }

    package func makeCounter(
        label: String, dimensions: [(String, String)]
    ) -> any CounterHandler {
        self.state.withLock { state in
            let key = Self.key(label, dimensions)
            if let known = state.counters[key] { return known }
            let made = CounterBox()
            if state.counters.count < self.limit { state.counters[key] = made }
            return made
        }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        self.state.withLock { state in
            let key = Self.key(label, dimensions)
            if aggregate {
                if let known = state.histograms[key] { return known }
                let made = HistogramBox()
                if state.histograms.count < self.limit { state.histograms[key] = made }
                return made
            }
            if let known = state.gauges[key] { return known }
            let made = GaugeBox()
            if state.gauges.count < self.limit { state.gauges[key] = made }
            return made
        }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.state.withLock { state in
            let key = Self.key(label, dimensions)
            if let known = state.gauges[key] { return known }
            let made = GaugeBox()
            if state.gauges.count < self.limit { state.gauges[key] = made }
            return made
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.state.withLock { state in
            let key = Self.key(label + ".seconds", dimensions)
            if let known = state.histograms[key] { return known }
            let made = HistogramBox()
            if state.histograms.count < self.limit { state.histograms[key] = made }
            return made
        }
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// Everything in Prometheus text format, sorted by name.
    package func text() -> String {
        let state = self.state.withLock { $0 }
        var families: [String: (type: String, lines: [String])] = [:]
        func add(_ name: String, _ type: String, _ lines: [String]) {
            families[name, default: (type, [])].lines += lines
        }
        for (key, box) in state.counters {
            let name = key.name.hasSuffix("_total") ? key.name : key.name + "_total"
            add(name, "counter", [line(name, key.labels, String(box.value))])
        }
        for (key, box) in state.gauges {
            add(key.name, "gauge", [line(key.name, key.labels, number(box.value))])
        }
        for (key, box) in state.histograms {
            add(key.name, "histogram", box.lines(name: key.name, labels: key.labels))
        }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(name.replacing("_", with: " ")).\n"
            text += "# TYPE \(name) \(family.type)\n"
            text += family.lines.sorted().map { $0 + "\n" }.joined()
        }
        return text
    }
}

/// A name that Prometheus accepts.
func metricName(_ label: String) -> String {
    var name = ""
    for character in label.unicodeScalars {
        let valid =
            ("a"..."z").contains(character) || ("A"..."Z").contains(character)
            || ("0"..."9").contains(character)
        name.unicodeScalars.append(valid ? character : "_")
    }
    return name.first?.isNumber == true ? "_" + name : name
}

func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
}

func line(_ name: String, _ labels: [String], _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)" : "\(name){\(labels.joined(separator: ","))} \(value)"
}

func number(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : String(value)
}
