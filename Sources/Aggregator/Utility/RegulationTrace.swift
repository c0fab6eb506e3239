package import Domain

/// Makes a regulation signal for a demo or a test: a walk that returns to zero, in steps, as an operator's
/// automatic generation control sends it every few seconds. Neutral in energy over minutes, never beyond ±0.8.
package struct RegulationTrace: Hashable, Sendable {
    /// First instant of the trace.
    package var start: Instant
    package var seconds: Int
    /// Distance between two set-points.
    package var stepSeconds: Int
    package var seed: UInt64
    /// Seconds in which the walk is drawn up instead of to zero: an operator asks for no load while power is short.
    package var need: ClosedRange<Int>?

    package init(
        start: Instant, seconds: Int, stepSeconds: Int = 4, seed: UInt64, need: ClosedRange<Int>? = nil
    ) {
        precondition(seconds >= 0 && stepSeconds > 0, "a trace has a length and a step")
        self.start = start
        self.seconds = seconds
        self.stepSeconds = stepSeconds
        self.seed = seed
        self.need = need
    }

    /// The largest value and the largest step in 1/1000 of the award.
    package static let most = 800
    package static let mostStep = 80

    /// The trace in 1/1000 of the award, + = up; the same for the same figures.
    package func trace() -> SignalTrace {
        var generator = SeededGenerator(seed: self.seed)
        var times: [Instant] = []
        var values: [Int] = []
        var value = 0
        for offset in stride(from: 0, through: self.seconds, by: self.stepSeconds) {
            times.append(self.start + .seconds(offset))
            values.append(value)
            // Drawn back the harder the farther out, so that it crosses zero every minute or two.
            let pull = self.need?.contains(offset) == true ? (Self.most - value) / 8 : -value / 20
            let step = Int.random(in: -60...60, using: &generator) + pull
            let bounded = min(max(step, -Self.mostStep), Self.mostStep)
            value = min(max(value + bounded, -Self.most), Self.most)
        }
        return SignalTrace(kind: .regulation, times: times, values: values)
    }
}
