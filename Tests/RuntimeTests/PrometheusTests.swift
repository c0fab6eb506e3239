import Metrics
import Runtime
import Testing

@Suite struct PrometheusTests {
    @Test func writesEachKindInTextFormat() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "frames.sent", dimensions: [("kind", "a\"b")]).increment(by: 3)
        registry.makeRecorder(label: "headroom", dimensions: [], aggregate: false).record(Int64(7))
        registry.makeTimer(label: "answer", dimensions: []).recordNanoseconds(4_000_000)
        let text = registry.text()
        #expect(text.contains("# TYPE frames_sent_total counter\nframes_sent_total{kind=\"a\\\"b\"} 3\n"))
        #expect(text.contains("headroom 7\n"))
        #expect(text.contains("answer_seconds_bucket{le=\"0.005\"} 1\n"))
        #expect(text.contains("answer_seconds_bucket{le=\"0.002\"} 0\n"))
        #expect(text.contains("answer_seconds_bucket{le=\"+Inf\"} 1\n"))
    }

    @Test func aLabelThatRunsWildIsBounded() {
        let registry = PrometheusRegistry(limit: 10)
        for index in 0..<50 { registry.makeCounter(label: "n", dimensions: [("i", "\(index)")]).increment(by: 1) }
        #expect(registry.text().split(separator: "\n").count(where: { $0.hasPrefix("n_total") }) == 10)
    }
}
