import Domain
import Testing

@testable import Aggregator

@Suite struct RegulationTraceTests {
    private let start = Instant(seconds: 1_000)

    private func values(_ trace: RegulationTrace) -> [Int] {
        let signal = trace.trace()
        return stride(from: 0, through: trace.seconds, by: trace.stepSeconds).map {
            signal.value(at: self.start + .seconds($0))
        }
    }

    @Test func itWandersAroundZeroInBoundedSteps() {
        let values = self.values(RegulationTrace(start: self.start, seconds: 36_000, seed: 7))
        #expect(values.allSatisfy { $0.magnitude <= RegulationTrace.most })
        #expect(zip(values, values.dropFirst()).allSatisfy { ($1 - $0).magnitude <= RegulationTrace.mostStep })
        #expect((values.reduce(0, +) / values.count).magnitude < 50, "neutral in energy")
        #expect(values.contains { $0 > 200 } && values.contains { $0 < -200 })
    }

    @Test func whilePowerIsShortItAsksForIt() {
        let trace = RegulationTrace(start: self.start, seconds: 600, stepSeconds: 20, seed: 5, need: 140...290)
        let signal = trace.trace()
        for second in stride(from: 200, through: 280, by: 20) {
            #expect(signal.value(at: self.start + .seconds(second)) > 0, "\(second)")
        }
        #expect(signal == trace.trace(), "the same for the same figures")
    }
}
