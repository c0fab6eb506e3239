public import Domain

/// How well frequency containment followed its curve: 50 % within 15 s, all within 30 s, and at least linear between
/// (SO GL article 154(7); the 15 s from memory).
public struct FrequencyResponseAccuracy: Hashable, Sendable {
    public var product: Product

    public init(product: Product) {
        self.product = product
    }

    /// Least part of the final response that is due `milliseconds` after a step of frequency, 1/1000.
    public func due(milliseconds: Int) -> Int {
        let whole = self.product.fullDeliveryMilliseconds
        let start = self.product.terms?.response.initiationMilliseconds ?? 0
        guard milliseconds > start else { return 0 }
        return min(1_000, milliseconds * 1_000 / whole)
    }

    /// The accuracy of samples at 1 s in 1/10,000: what was due of the curve against what came.
    ///
    /// Each second's response is due once its frequency has stood for the full delivery time; between, whatever lies from the
    /// former due value to the new one is right. Nil where frequencies and responses differ in number.
    /// - Parameters:
    ///   - response: metered deviations from baseline, W, + = up.
    ///   - award: power sold, W.
    public func accuracy(milliHertz: [Int], response: [Int], award: Power) -> Int? {
        guard milliHertz.count == response.count else { return nil }
        let back = (self.product.fullDeliveryMilliseconds + 999) / 1_000
        let wanted = milliHertz.map {
            roundedDivision(curveResponse(self.product.curve, milliHertz: $0, scale: 1_000) * award.watts, 1_000_000)
        }
        var nearest: [Int] = []
        nearest.reserveCapacity(wanted.count)
        for index in wanted.indices {
            let past = wanted[max(0, index - back)...index]
            nearest.append(min(max(response[index], past.min() ?? 0), past.max() ?? 0))
        }
        return trackingAccuracy(asked: nearest, came: response)
    }
}
