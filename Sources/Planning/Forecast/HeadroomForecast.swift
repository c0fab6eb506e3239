public import Domain

/// A stated belief about an hour of a portfolio's headroom in one direction; kept until it is judged.
public struct HeadroomForecast: Hashable, Sendable, Codable {
    /// Power that is held with a stated confidence, W.
    public struct Quantile: Hashable, Sendable, Codable {
        /// In 1/10,000.
        public var confidence: Int
        public var firm: Int

        public init(confidence: Int, firm: Int) {
            self.confidence = confidence
            self.firm = firm
        }
    }
    /// Hours since 1970-01-01T00:00Z.
    public var hour: Int
    /// When it was believed, and from what.
    public var madeAt: Instant
    public var source: ForecastSource
    /// Sum over the cars, W; and after the correction by what came lately.
    public var raw: Int
    public var mean: Int
    /// Cars that were enrolled: what comes is compared by car, since enrolment changes.
    public var enrolled: Int
    /// Empty until enough days were judged.
    public var quantiles: [Quantile]
}

/// A portfolio's headroom for a whole block: as many answers as whole days were resampled, in rising order.
public struct BlockForecast: Hashable, Sendable {
    /// Least mean of the block's hours, W.
    public var mean: Int
    /// The oldest belief in it.
    public var madeAt: Instant
    public var source: ForecastSource
    /// Least headroom inside the block in each resampled day, W, rising.
    public var scenarios: [Int]
    /// The quantile that is taken for a confidence, in 1/1,000,000,000: calibrated, so not quite its complement.
    var levels: [(confidence: Int, level: Int)]

    public static func == (a: BlockForecast, b: BlockForecast) -> Bool {
        a.mean == b.mean && a.madeAt == b.madeAt && a.source == b.source && a.scenarios == b.scenarios
            && a.levels.map(\.level) == b.levels.map(\.level)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.mean)
        hasher.combine(self.scenarios)
    }

    /// The same for a share of the portfolio, in 1/10,000: the cars that can serve a product.
    public func scaled(_ share: Int) -> BlockForecast {
        var scaled = self
        scaled.mean = self.mean * share / 10_000
        scaled.scenarios = self.scenarios.map { $0 * share / 10_000 }
        return scaled
    }

    /// Power that is there with a confidence in 1/10,000, W: the `floor((n+1)·α)`-th smallest answer.
    public func firm(_ confidence: Int) -> Int {
        order(self.scenarios, level: self.level(confidence))
    }

    /// Calibrated probability, in 1/10,000, that less than `watts` are there. At least one in so many days as there are.
    public func shortfall(under watts: Int, confidence: Int) -> Int {
        var low = 0
        var high = self.scenarios.count
        while low < high {
            let middle = (low + high) / 2
            if self.scenarios[middle] < watts { low = middle + 1 } else { high = middle }
        }
        let share = (low + 1) * 10_000 / (self.scenarios.count + 1)
        let target = (10_000 - confidence) * PortfolioForecaster.nano
        return min(10_000, share * target / max(1, self.level(confidence)))
    }

    /// Power by which the answers lie under `watts` in the mean over all of them, W.
    public func expectedShortfall(under watts: Int) -> Int {
        guard !self.scenarios.isEmpty else { return 0 }
        return self.scenarios.reduce(0) { $0 + max(0, watts - $1) } / self.scenarios.count
    }

    private func level(_ confidence: Int) -> Int {
        self.levels.first { $0.confidence == confidence }?.level ?? (10_000 - confidence) * PortfolioForecaster.nano
    }
}

/// The `floor((n+1)·level)`-th smallest of rising values; below the smallest, down to four fifths of it at level 0.
func order(_ values: [Int], level: Int) -> Int {
    let rank = (values.count + 1) * level / 1_000_000_000
    guard let least = values.first else { return 0 }
    if rank > 0 { return values[min(rank, values.count) - 1] }
    return least * 8 / 10 + least * 2 / 10 * ((values.count + 1) * level / 1_000) / 1_000_000
}
