import Domain
import Testing

@testable import Runtime

@Suite struct SignalTracesTests {
    private let start = Instant(seconds: 1_795_464_000)

    private func signal(
        _ value: SignalValue, _ trace: UInt64, after milliseconds: Int, product: ProductID = "P"
    ) -> GridSignal {
        let at = self.start + .milliseconds(milliseconds)
        return GridSignal(
            resource: "R", product: product, sequence: trace, sentAt: at, validFrom: at, expiry: at + .seconds(1),
            value: value, trace: TraceID(high: 0, low: trace))
    }

    @Test func aRequestIsToldOnceForEachChangeAndOnceASecondAtMost() {
        var traces = SignalTraces()
        #expect(traces.hear(self.signal(.request(watts: 5), 1, after: 0)) == .told)
        #expect(traces.hear(self.signal(.request(watts: 5), 2, after: 1_500)) == .repeated)
        #expect(traces.hear(self.signal(.request(watts: 6), 3, after: 2_000)) == .told)
        #expect(traces.hear(self.signal(.request(watts: 7), 4, after: 2_100)) == .quiet)
        #expect(traces.hear(self.signal(.request(watts: 7), 5, after: 3_100)) == .repeated)
        #expect(traces.hear(self.signal(.request(watts: 8), 6, after: 3_200)) == .told)
        #expect(
            traces.hear(self.signal(.request(watts: 9), 0, after: 9_000)) == .repeated, "no trace, nothing to follow")
    }

    @Test func aFrequencyIsToldWhereItMovesAndOnceAMinute() {
        var traces = SignalTraces()
        #expect(traces.hear(self.signal(.frequency(milliHertz: 50_000), 1, after: 0)) == .told)
        #expect(traces.hear(self.signal(.frequency(milliHertz: 49_981), 2, after: 2_000)) == .quiet)
        #expect(traces.hear(self.signal(.frequency(milliHertz: 49_980), 3, after: 2_100)) == .told)
        #expect(traces.hear(self.signal(.frequency(milliHertz: 49_800), 4, after: 2_200)) == .quiet)
        #expect(traces.hear(self.signal(.frequency(milliHertz: 49_800), 5, after: 3_100)) == .told)
        #expect(
            traces.hear(self.signal(.frequency(milliHertz: 49_800), 6, after: 60_000)) == .told, "the first of a minute"
        )
    }

    @Test func eachStepOfAToldTraceIsTheFirstOnce() {
        var traces = SignalTraces()
        _ = traces.hear(self.signal(.request(watts: 5), 1, after: 0))
        _ = traces.hear(self.signal(.request(watts: 6), 2, after: 100))
        let told = TraceID(high: 0, low: 1)
        let steps = [
            traces.isFirst(.sent, of: told), traces.isFirst(.sent, of: told), traces.isFirst(.answered, of: told),
        ]
        #expect(steps == [true, false, true])
        let quiet = traces.isFirst(.sent, of: TraceID(high: 0, low: 2))
        #expect(!quiet, "a quiet one is not told of")
    }

    @Test func whatIsRememberedIsBounded() {
        var traces = SignalTraces()
        for number in 1...SignalTraces.mostStreams {
            let signal = self.signal(.request(watts: 1), UInt64(number), after: 0, product: ProductID("P\(number)"))
            #expect(traces.hear(signal) == .told)
        }
        #expect(traces.hear(self.signal(.request(watts: 1), 9_999, after: 0, product: "one too many")) == .quiet)
        let kept = (1...SignalTraces.mostStreams).count { traces.isFirst(.sent, of: TraceID(high: 0, low: UInt64($0))) }
        #expect(kept == SignalTraces.mostTraces)
    }
}
