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
    /// One standard deviation of what is there, and the power of one car that is kept back beside it, W.
    public var deviation: Int
    public var keptBack: Int

    public init(
        mean: Int, firm: Int, counted: Int, leaving: Int, confidence: Int, promised: Int = 0, deviation: Int = 0,
        keptBack: Int = 0
    ) {
        self.mean = mean
        self.firm = firm
        self.counted = counted
        self.leaving = leaving
        self.confidence = confidence
        self.promised = promised
        self.deviation = deviation
        self.keptBack = keptBack
    }

    /// Assumed probability that less than `watts` are there beside what is promised, in 1/10,000, rounded up.
    public func shortfall(under watts: Int) -> Int {
        guard watts > 0 else { return 0 }
        let room = self.mean - self.keptBack - watts
        guard self.deviation > 0 else { return room >= 0 ? 0 : 10_000 }
        let tail = Self.curve(abs(room) * 1_000 / self.deviation).tail
        return room >= 0 ? max(1, (tail + 99) / 100) : 10_000 - tail / 100
    }

    /// By how much less than `watts` is there in the mean over all cases, W, rounded up.
    public func expectedShortfall(under watts: Int) -> Int {
        guard watts > 0 else { return 0 }
        let room = self.mean - self.keptBack - watts
        guard self.deviation > 0 else { return max(0, -room) }
        let loss = self.deviation * Self.curve(abs(room) * 1_000 / self.deviation).loss
        return (loss + 999_999) / 1_000_000 + max(0, -room)
    }

    /// So many equally likely answers of how much is there, W, rising: the middles of equal parts of the assumed curve.
    public func scenarios(_ count: Int) -> [Int] {
        (0..<count).map { number in
            let part = (2 * number + 1) * 1_000_000 / (2 * count)
            let distance = Self.distance(tail: min(part, 1_000_000 - part)) * self.deviation / 1_000
            let centre = self.mean - self.keptBack
            return max(0, part < 500_000 ? centre - distance : centre + distance)
        }
    }

    /// The distance from the middle, in 1/1,000 of the deviation, beyond which lies a tail in 1/1,000,000.
    private static func distance(tail: Int) -> Int {
        let low = (1..<Self.table.count).first { Self.table[$0].0 <= tail } ?? Self.table.count - 1
        let (near, far) = (Self.table[low - 1].0, Self.table[low].0)
        return (low - 1) * 250 + (near - max(far, tail)) * 250 / (near - far)
    }

    /// Tail and unit loss of the standard normal in 1/1,000,000, for a distance in 1/1,000 of the deviation: from a table
    /// by quarters with straight lines between, which lie above both curves.
    private static func curve(_ distance: Int) -> (tail: Int, loss: Int) {
        let table = Self.table
        let place = distance / 250
        guard place + 1 < table.count else { return table[table.count - 1] }
        let (low, high, part) = (table[place], table[place + 1], distance % 250)
        return (low.0 - (low.0 - high.0) * part / 250, low.1 - (low.1 - high.1) * part / 250)
    }

    private static let table = [
        (500_000, 398_943), (401_294, 286_345), (308_538, 197_797), (226_628, 131_167), (158_656, 83_316),
        (105_650, 50_587), (66_808, 29_307), (40_060, 16_174), (22_751, 8_491), (12_225, 4_235), (6_210, 2_005),
        (2_980, 900), (1_350, 383), (578, 154), (233, 59), (89, 22), (32, 8),
    ]

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
        promised: promised, deviation: deviation, keptBack: largest)
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
