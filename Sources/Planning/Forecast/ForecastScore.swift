/// How a stated quantile did, hour for hour: coverage, pinball loss and sharpness, all of sums, so that parts add up.
public struct ForecastScore: Hashable, Sendable, Codable {
    /// What was stated, in 1/10,000.
    public let confidence: Int
    /// Hours that were judged, and in which at least the stated power was there.
    public private(set) var hours = 0
    public private(set) var held = 0
    /// Σ pinball loss in W·h by 1/10,000; Σ stated and Σ realised power, W·h.
    public private(set) var loss = 0
    public private(set) var stated = 0
    public private(set) var realised = 0
    /// Share of hours held lately (a memory of thirty days), in 1/1,000,000.
    public private(set) var lately: Int

    public init(confidence: Int) {
        self.confidence = confidence
        self.lately = confidence * 100
    }

    /// Takes an hour: what was stated as firm, and what was there.
    public mutating func take(firm: Int, came: Int) {
        let isHeld = came >= firm
        self.hours += 1
        self.held += isHeld ? 1 : 0
        // The quantile is that of falling short: 10 % for a bid that is held with 90 %.
        self.loss += isHeld ? (came - firm) * (10_000 - self.confidence) : (firm - came) * self.confidence
        self.stated += firm
        self.realised += came
        self.lately += ((isHeld ? 1_000_000 : 0) - self.lately) / 720
    }

    /// Share of hours held, in 1/10,000; nil before the first.
    public var coverage: Int? { self.hours > 0 ? self.held * 10_000 / self.hours : nil }
    /// Stated power per realised, in 1/10,000: how much of what is there is offered.
    public var sharpness: Int? { self.realised > 0 ? self.stated * 10_000 / self.realised : nil }
    /// Pinball loss per realised power, in 1/1,000,000.
    public var relativeLoss: Int? { self.realised > 0 ? self.loss / (self.realised / 100 + 1) : nil }
    /// In words.
    public var explanation: String {
        guard let coverage = self.coverage else { return "not judged yet" }
        return "stated \(percent(self.confidence)), held in \(percent(coverage)) of \(self.hours) hours"
    }
}

/// 1/10,000 as per cent with a decimal.
func percent(_ share: Int) -> String { "\(share / 100).\(share % 100 / 10) %" }
