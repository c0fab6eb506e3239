public import Domain

/// Prices that a market publishes after the fact, for settled blocks.
public struct MarketPrices: Sendable {
    /// Micro-units per MWh that flowed beside the schedule: paid for what was more, owed for what was less.
    public var imbalance: PriceCurve?
    /// Micro-units per MW of a signal's path, of products that pay for it.
    public var mileage: PriceCurve?

    public init(imbalance: PriceCurve? = nil, mileage: PriceCurve? = nil) {
        self.imbalance = imbalance
        self.mileage = mileage
    }

    /// True where the prices say something about a block that is to be computed again.
    public func covers(_ block: MarketInterval) -> Bool {
        [self.imbalance, self.mileage].compactMap { $0 }.contains { curve in
            curve.known(at: block.start) != nil && block.end <= curve.end
        }
    }

    /// The mean over time in a block, rounded; nil where a part of it has no price.
    static func mean(of curve: PriceCurve, in block: MarketInterval) -> Int? {
        var sum: Int128 = 0
        for second in block.start.seconds..<block.end.seconds {
            guard let value = curve.known(at: Instant(seconds: second)) else { return nil }
            sum += Int128(value)
        }
        let seconds = block.duration.seconds
        return seconds > 0 ? Settlement.rounded(sum, Int128(seconds)) : nil
    }
}

/// What flowed beside the schedule in one award's part of a block, second by second, and what it is worth.
struct ImbalanceAccount {
    private(set) var energy = DeliveryProof.Imbalance(surplus: .zero, shortage: .zero)
    private let award: Award
    private let isShared: Bool
    private let prices: PriceCurve?
    private var sum: Int128 = 0
    private var isPriced = true

    init(_ award: Award, isShared: Bool, prices: PriceCurve?) {
        self.award = award
        self.isShared = isShared
        self.prices = prices
    }

    /// - Parameters:
    ///   - requested, delivered: deviations from the declared load, + = up.
    mutating func add(requested: Power, delivered: Power, at second: Instant) {
        guard let prices, self.award.block.contains(second) else { return }
        let beside = delivered.watts - requested.watts
        // Of two awards of one product a second belongs to the one that is called, else to the side to which it strayed.
        let side = requested.watts != 0 ? requested.watts : beside
        if self.isShared, (side >= 0) != (self.award.direction == .up) { return }
        guard let price = prices.known(at: second) else {
            self.isPriced = false
            return
        }
        self.sum += Int128(price) * Int128(beside)
        if beside > 0 {
            self.energy.surplus = self.energy.surplus + Energy(wattSeconds: beside)
        } else {
            self.energy.shortage = self.energy.shortage - Energy(wattSeconds: beside)
        }
    }

    /// + = the aggregator is paid, rounded once; nil where a second has no price.
    var cost: Money? {
        guard self.prices != nil, self.isPriced else { return nil }
        return Money(
            microUnits: Settlement.rounded(self.sum, 3_600_000_000),
            currency: self.award.pricePerMegawattHour.currency)
    }
}
