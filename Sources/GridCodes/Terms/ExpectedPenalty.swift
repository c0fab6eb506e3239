public import Domain

// What falling short costs in the mean, by the rule of the product; the packs know the rule, not every contract's sum.
extension Product {
    /// What availability of a power pays over a time, in micro-units.
    /// - Parameter price: micro-units per MW and hour; below zero is normal.
    public func payment(watts: Int, price: Int, over time: TimeSpan) -> Int {
        Int(clamping: Int128(price) * Int128(watts) * Int128(time.seconds) / 3_600_000_000)
    }

    /// Expected loss of a block that was sold, in micro-units ≥ 0: nothing beyond what is not paid (`none`), payment in
    /// proportion (`scaled`, and where a pack has no terms), the whole block's payment where the block is forfeited or a
    /// contract says how much: then the payment of the block is the least that it can be, and the pack's damages if they
    /// are more.
    /// - Parameters:
    ///   - shortfall: power that is missing in the mean, W.
    ///   - probability: that any is missing, in 1/10,000.
    ///   - price: micro-units per MW and hour that the block is paid.
    public func expectedPenalty(
        watts: Int, shortfall: Int, probability: Int, price: Int, over time: TimeSpan
    ) -> Int {
        let missing = max(0, self.payment(watts: shortfall, price: price, over: time))
        switch self.terms?.payment.penalty ?? .scaled {
        case .none: return 0
        case .scaled: return missing
        case .forfeit, .contractual:
            let block = Int128(max(0, self.payment(watts: watts, price: price, over: time)))
            let missed = Int128(self.terms?.payment.damages?.missedPerMille ?? 0) * Int128(missing) / 1_000
            return Int(clamping: max(block * Int128(probability) / 10_000, missed))
        }
    }

    /// Why a price per MW and hour (or MWh) is not taken, or nil: a wrong one is never replaced by a better one.
    public func refusal(price: Money) -> MarketRefusal? {
        switch self.price(Double(price.microUnits) / 1_000_000) {
        case .success: nil
        case .failure(let refusal): refusal
        }
    }
}
