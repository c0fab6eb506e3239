public import Domain

/// How far a metered response lay outside of what a dynamic service permits, and the K factor that this gives.
///
/// At any moment a response is right that some permitted delay and ramp make of the curve: between the least and the greatest
/// of the curve over the time from `initiation + ramp` ago until now. The thresholds are the pack's, from memory of NESO's
/// performance monitoring: K falls from 1 to 0 between the errors `full` and `zero`.
public struct ResponseEnvelope: Hashable, Sendable {
    public var product: Product
    /// Time between samples, ms.
    public var stepMilliseconds: Int

    public init(product: Product, stepMilliseconds: Int) {
        precondition(stepMilliseconds > 0, "samples lie apart")
        self.product = product
        self.stepMilliseconds = stepMilliseconds
    }

    /// Bounds of the response at each sample in 1/1,000,000 of the award, + = up.
    public func bounds(milliHertz: [Int]) -> [ClosedRange<Int>] {
        let terms = self.product.terms?.response
        let ramp = terms?.rampMilliseconds ?? 0
        let latest = max(self.product.fullDeliveryMilliseconds, (terms?.initiationMilliseconds ?? 0) + ramp)
        let back = (latest + self.stepMilliseconds - 1) / self.stepMilliseconds
        let wanted = milliHertz.map { curveResponse(self.product.curve, milliHertz: $0, scale: 1_000) }
        return wanted.indices.map { index in
            let past = wanted[max(0, index - back)...index]
            return (past.min() ?? 0)...(past.max() ?? 0)
        }
    }

    /// The distance of each sample from the envelope in 1/10,000 of the award, ≥ 0.
    /// - Parameters:
    ///   - response: metered deviations from baseline, W, + = up.
    ///   - award: contracted power, W, above 0.
    public func errors(milliHertz: [Int], response: [Int], award: Power) -> [Int] {
        precondition(milliHertz.count == response.count && award.watts > 0, "as many responses as frequencies")
        return zip(self.bounds(milliHertz: milliHertz), response).map { bounds, watts in
            let low = bounds.lowerBound * award.watts / 1_000_000
            let high = bounds.upperBound * award.watts / 1_000_000
            return max(0, low - watts, watts - high) * 10_000 / award.watts
        }
    }

    /// K of one settlement period in 1/10,000 from its errors: the mean error counts. A period without samples gives 0:
    /// what is not shown is not paid.
    public func factor(errors: [Int]) -> Int {
        guard let rule = self.product.terms?.performance, !errors.isEmpty else { return 0 }
        let error = errors.reduce(0, +) / errors.count
        if error <= rule.full { return 10_000 }
        return error >= rule.zero ? 0 : (rule.zero - error) * 10_000 / (rule.zero - rule.full)
    }

    /// K of a block: its worst settlement period scales it.
    public func factor(periods: [[Int]]) -> Int {
        periods.map { self.factor(errors: $0) }.min() ?? 0
    }
}
