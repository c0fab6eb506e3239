public import Domain

/// What one car would contribute to a block, as far as is known at the gate.
public struct HeadroomOffer: Hashable, Sendable {
    /// Power that it can be moved by, W ≥ 0, for the whole endurance from any start inside the block.
    public var watts: Int
    /// Until when it is promised to stay; nil = unknown.
    public var departure: Instant?
    /// Probability that a car that should stay does, in 1/10,000: its history, or the default of a stranger.
    public var stay: Int

    public init(watts: Int, departure: Instant?, stay: Int) {
        self.watts = watts
        self.departure = departure
        self.stay = stay
    }
}

/// The portfolio's firm headroom in one direction at a stated quantile, with its reasons.
public struct FirmHeadroom: Hashable, Sendable {
    /// Mean and firm power, W.
    public var mean: Int
    public var firm: Int
    public var counted: Int
    public var leaving: Int
    public var confidence: Int
    /// Of it promised already to other products in the same time, and taken off both figures.
    public var promised: Int

    public init(
        mean: Int, firm: Int, counted: Int, leaving: Int, confidence: Int, promised: Int = 0
    ) {
        self.mean = mean
        self.firm = firm
        self.counted = counted
        self.leaving = leaving
        self.confidence = confidence
        self.promised = promised
    }

    /// Sentences for the bid.
    public var explanation: String {
        "\(self.counted) cars plugged in hold \(self.mean / 1000) kW on average; \(self.leaving) leave too early"
            + " and are left out; "
            + (self.promised > 0 ? "\(self.promised / 1000) kW are promised already; " : "")
            + "held with \(self.confidence / 100).\(self.confidence % 100 / 10) %: \(self.firm / 1000) kW"
    }
}

/// A first honest forecast: what is plugged now, minus who leaves before the block's end and its endurance,
/// at a quantile. Cars leave independently (Bernoulli) and, beside that, all together less by a common factor
/// (`commonMode`, in 1/10,000 of the mean, one standard deviation): a plain binomial is too sure of itself
/// (algorithms.md section 3). The quantile is taken from the normal curve; integers throughout.
public func firmHeadroom(
    _ offers: [HeadroomOffer], block: MarketInterval, endurance: TimeSpan, confidence: Int,
    commonMode: Int = 200, promised: Int = 0
) -> FirmHeadroom {
    let needed = block.end + endurance
    var mean = 0
    var largest = 0
    var variance: Int128 = 0
    var counted = 0
    var leaving = 0
    for offer in offers where offer.watts > 0 {
        guard offer.departure.map({ $0 >= needed }) ?? true else {
            leaving += 1
            continue
        }
        counted += 1
        mean += offer.watts * offer.stay / 10_000
        largest = max(largest, offer.stay < 10_000 ? offer.watts : 0)
        let watts = Int128(offer.watts)
        variance += watts * watts * Int128(offer.stay) * Int128(10_000 - offer.stay) / 100_000_000
    }
    let common = Int128(mean) * Int128(commonMode) / 10_000
    let deviation = squareRoot(variance + common * common)
    // One car's power for what the normal curve leaves out: leaving is skewed, and cars are whole.
    let firm = max(0, mean - deviation * normalQuantile(confidence) / 1000 - largest - promised)
    return FirmHeadroom(
        mean: max(0, mean - promised), firm: firm, counted: counted, leaving: leaving,
        confidence: confidence,
        promised: promised)
}

/// The standard normal's quantile in 1/1000 for a confidence in 1/10,000, from a table, rounded up.
public func normalQuantile(_ confidence: Int) -> Int {
    let table = [
        (5_000, 0), (6_000, 254), (7_000, 525), (8_000, 842), (8_500, 1_037), (9_000, 1_282),
        (9_500, 1_645), (9_750, 1_960), (9_900, 2_327), (9_950, 2_576), (9_990, 3_091),
        (9_999, 3_720),
    ]
    return table.first { $0.0 >= confidence }?.1 ?? 3_720
}

/// The integer square root, rounded up.
public func squareRoot(_ value: Int128) -> Int {
    guard value > 0 else { return 0 }
    var low: Int128 = 1
    var high: Int128 = 1 << 62
    while low < high {
        let middle = low + (high - low) / 2
        if middle * middle >= value { high = middle } else { low = middle + 1 }
    }
    return Int(low)
}
