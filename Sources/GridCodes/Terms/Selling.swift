public import Domain

// What may be bid and taken: blocks by the calendar, validity, quantities, prices, awards. Each refusal says what to do.
extension Product {
    /// When bids for a block close; `gateClosureSeconds` before it where the product has no terms.
    public func gate(_ block: MarketInterval) -> Instant {
        guard let terms = self.terms, let zone = self.zone else { return block.start - self.gateClosure }
        return terms.gate.closing(block, terms.calendar, in: zone)
    }

    /// Why no bid of this product is made for a block, or nil where one may be.
    public func unsold(_ block: MarketInterval) -> String? {
        guard let terms = self.terms else { return nil }
        if let reason = self.notDispatched { return reason }
        guard let zone = self.zone else { return nil }
        let day = terms.calendar.day(of: block, in: zone)
        if let first = terms.validFrom.flatMap({ CivilDate($0) }), day < first {
            return "\(self.id) is bought from \(first) on: bid for a later day"
        }
        if let last = terms.validTo.flatMap({ CivilDate($0) }), last < day {
            return "\(self.id) was bought until \(last): take the product that came after it"
        }
        guard terms.calendar.blocks(of: day, in: zone).contains(block) else {
            return "\(self.id) has no such block on \(day): bid for one of its calendar"
        }
        return nil
    }

    /// Why the engine never activates it, or nil where it does.
    public var notDispatched: String? {
        guard let terms = self.terms, terms.dispatch == .none else { return nil }
        return "\(self.id) is described but not dispatched: \(terms.dispatchReason ?? "no reason given")"
    }

    /// Why a quantity may not be bid, or nil.
    public func refusal(quantity: Power) -> String? {
        if quantity.watts < self.minimumBidWatts {
            return "\(quantity.watts) W is under \(self.id)'s least bid: offer \(self.minimumBidWatts) W or nothing"
        }
        if let most = self.terms?.bid.maximumWatts, quantity.watts > most {
            return "\(quantity.watts) W is over \(self.id)'s greatest bid: split it into bids of at most \(most) W"
        }
        if quantity.watts % self.bidStepWatts != 0 {
            return "\(quantity.watts) W is no step of \(self.id): offer whole steps of \(self.bidStepWatts) W"
        }
        return nil
    }

    /// A price as it came, in units per MW and hour or MWh, as micro-units; or why it is none. Below zero is normal.
    public func price(_ units: Double) -> Result<Int, MarketRefusal> {
        guard units.isFinite else {
            return .failure(.init(.price, "a price of \(units) is no amount of money: send a finite number"))
        }
        let least = self.terms?.bid.minimumPrice ?? -Self.mostPrice
        let most = self.terms?.bid.maximumPrice ?? Self.mostPrice
        let micro = (units * 1_000_000).rounded()
        guard micro >= Double(least), micro <= Double(most) else {
            return .failure(
                .init(
                    .price,
                    "a price of \(units) lies outside of \(least / 1_000_000) to \(most / 1_000_000): "
                        + "send one inside of \(self.id)'s limits"))
        }
        return .success(Int(micro))
    }

    /// A million per MW and hour, where a product states no limit: more is a mistake of units.
    private static let mostPrice = 1_000_000_000_000

    /// Why an award is not taken, or nil where it fits its bid.
    /// - Parameters:
    ///   - bid: the bid that it names.
    ///   - others: awards already held.
    public func refusal(of award: Award, bid: Bid, held others: [Award] = [], at now: Instant) -> MarketRefusal? {
        if award.block.end <= now {
            return .init(.past, "award \(award.id) is for a block that is over: settle it by hand, or withdraw it")
        }
        if award.bid != bid.id || award.resource != bid.call.resource || award.product != bid.call.product
            || award.block != bid.call.block || award.direction != bid.direction
        {
            return .init(.otherBid, "award \(award.id) is not for bid \(bid.id): send it with that bid's own terms")
        }
        if award.quantity.watts <= 0 {
            return .init(.quantity, "award \(award.id) is for no power: send a refusal of the bid instead")
        }
        if award.quantity > bid.quantity {
            return .init(
                .quantity,
                "award \(award.id) of \(award.quantity.watts) W is more than the \(bid.quantity.watts) W bid: "
                    + "award at most the bid")
        }
        if self.terms?.bid.isDivisible == false, award.quantity != bid.quantity {
            return .init(.quantity, "bid \(bid.id) is indivisible: award \(bid.quantity.watts) W or nothing")
        }
        if let other = others.first(where: {
            $0.bid == award.bid && $0.id != award.id && $0.block.overlaps(award.block)
        }) {
            return .init(.overlap, "bid \(bid.id) was awarded by \(other.id) already: correct that one instead")
        }
        return nil
    }
}

/// Why something of the market is not taken; nothing has changed.
public struct MarketRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for programs.
    public enum Code: String, Hashable, Sendable, Codable {
        case price
        case past
        case otherBid
        case quantity
        case overlap
    }
    public var code: Code
    /// What is wrong and what to do, for people.
    public var reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { self.reason }
}
