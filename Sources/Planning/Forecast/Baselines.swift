import Domain

/// Simple forecasts that any better one has to beat, stated at a quantile like ours: a mean, and a normal margin from
/// how wrong it was at the same hour of the last eight weeks. They see what ours sees: all hours up to `lead` before.
public struct SeriesBaseline: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// What was there two days before.
        case persistence
        /// The mean of the last four days of the same name.
        case sameWeekday
    }
    public let kind: Kind
    private static let days = 56

    public init(kind: Kind) {
        self.kind = kind
    }

    private func mean(_ came: [Int], _ hour: Int) -> Int? {
        switch self.kind {
        case .persistence: return hour >= 48 ? came[hour - 48] : nil
        case .sameWeekday:
            return hour >= 4 * 168 ? (1...4).reduce(0) { $0 + came[hour - 168 * $1] } / 4 : nil
        }
    }

    /// What would be bid for an hour, W; nil before there is enough history.
    /// - Parameter came: what was there, hour by hour; only what lies two days or more before `hour` is looked at.
    public func firm(_ came: [Int], hour: Int, confidence: Int) -> Int? {
        guard let mean = self.mean(came, hour) else { return nil }
        var squares: Int128 = 0
        for day in 2..<2 + Self.days {
            let past = hour - 24 * day
            guard past >= 0, let said = self.mean(came, past) else { return nil }
            squares += Int128(came[past] - said) * Int128(came[past] - said)
        }
        let deviation = squareRoot(squares / Int128(Self.days))
        return max(0, mean - deviation * normalQuantile(confidence) / 1_000)
    }
}

/// The binomial from individual rates: every car comes or stays away by itself.
public struct BinomialBaseline: Hashable, Sendable {
    private var mean = 0
    private var variance: Int128 = 0

    public init() {}

    /// Adds `weight` cars that each hold `watts` with a probability in 1/10,000.
    public mutating func add(watts: Int, probability: Int, weight: Int = 1) {
        self.mean += weight * watts * probability / 10_000
        self.variance +=
            Int128(weight) * Int128(watts) * Int128(watts) * Int128(probability) * Int128(10_000 - probability)
            / 100_000_000
    }

    public func firm(_ confidence: Int) -> Int {
        max(0, self.mean - squareRoot(self.variance) * normalQuantile(confidence) / 1_000)
    }
}
