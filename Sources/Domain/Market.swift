/// The operator's call for bids: a product's block that is open until its gate closes.
public struct BidCall: Hashable, Sendable, Codable {
    public var resource: ResourceID
    public var product: ProductID
    public var block: MarketInterval
    public var gateClosure: Instant
    /// The id that the operator gave it (an OpenADR event id), echoed with the bid.
    public var reference: String

    public init(
        resource: ResourceID, product: ProductID, block: MarketInterval, gateClosure: Instant,
        reference: String
    ) {
        self.resource = resource
        self.product = product
        self.block = block
        self.gateClosure = gateClosure
        self.reference = reference
    }
}

/// Where a bid stands. It moves forward only; a correction is a new bid that names the old one.
public enum BidState: String, Hashable, Sendable, Codable {
    case draft
    case submitted
    case received
    case awarded
    case partlyAwarded
    case refused
    case withdrawn
    case redeclared
}

/// An offer of firm power for one block.
public struct Bid: Hashable, Sendable, Codable {
    public var id: BidID
    public var tenant: TenantID
    public var call: BidCall
    public var direction: Direction
    /// Firm power offered, a magnitude in steps of the product.
    public var quantity: Power
    /// Asked availability price in micro-units per MW and hour.
    public var pricePerMegawattHour: Money
    /// Quantile of the portfolio's headroom that the quantity is, in 1/10,000 (9,900 = held with 99 %).
    public var confidence: Int
    /// Headroom that the forecast expects at that quantile before rounding to the product's step.
    public var firmHeadroom: Power
    public var state: BidState
    /// Why this much, in words: how many cars, what was left out.
    public var explanation: String
    /// What it risks; nil for bids of before there was such a statement.
    public var risk: BidRisk?
    /// Why an award of it was not taken last; nil where none was refused.
    public var refusal: String?

    public init(
        id: BidID, tenant: TenantID, call: BidCall, direction: Direction, quantity: Power,
        pricePerMegawattHour: Money, confidence: Int, firmHeadroom: Power, state: BidState,
        explanation: String, risk: BidRisk? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.call = call
        self.direction = direction
        self.quantity = quantity
        self.pricePerMegawattHour = pricePerMegawattHour
        self.confidence = confidence
        self.firmHeadroom = firmHeadroom
        self.state = state
        self.explanation = explanation
        self.risk = risk
    }
}

extension Bid {
    /// What is bid, with which certainty, why and at which risk, in one sentence.
    /// - Parameter time: how an instant is written.
    public func sentence(_ time: (Instant) -> String) -> String {
        "\(self.id) (\(self.state.rawValue)): \(self.quantity.watts / 1_000) kW \(self.direction.rawValue) of "
            + "\(self.call.product) from \(time(self.call.block.start)) to \(time(self.call.block.end)), because "
            + self.explanation + (self.refusal.map { "; an award was not taken: \($0)" } ?? "")
    }
}

/// An award that was not taken: nothing has changed by it.
public struct RefusedAward: Hashable, Sendable, Codable {
    public var award: AwardID
    public var bid: BidID
    public var at: Instant
    /// What is wrong and what to do.
    public var reason: String

    public init(award: AwardID, bid: BidID, at: Instant, reason: String) {
        self.award = award
        self.bid = bid
        self.at = at
        self.reason = reason
    }
}

/// What the operator bought of a bid, whole or in part.
public struct Award: Hashable, Sendable, Codable {
    public var id: AwardID
    public var bid: BidID
    public var resource: ResourceID
    public var product: ProductID
    public var block: MarketInterval
    public var direction: Direction
    public var quantity: Power
    /// Availability price in micro-units per MW and hour.
    public var pricePerMegawattHour: Money
    /// Price of delivered energy in micro-units per MWh.
    public var energyPricePerMegawattHour: Money

    public init(
        id: AwardID, bid: BidID, resource: ResourceID, product: ProductID, block: MarketInterval,
        direction: Direction, quantity: Power, pricePerMegawattHour: Money,
        energyPricePerMegawattHour: Money
    ) {
        self.id = id
        self.bid = bid
        self.resource = resource
        self.product = product
        self.block = block
        self.direction = direction
        self.quantity = quantity
        self.pricePerMegawattHour = pricePerMegawattHour
        self.energyPricePerMegawattHour = energyPricePerMegawattHour
    }
}

/// The load that a resource declares for a time, before the gate closes; never changed afterwards.
public struct DeclaredBaseline: Hashable, Sendable, Codable {
    /// From `at` on the load is `power` (held until the next point; ramps are points close together).
    public struct Point: Hashable, Sendable, Codable {
        public var at: Instant
        public var power: Power

        public init(at: Instant, power: Power) {
            self.at = at
            self.power = power
        }
    }
    public var resource: ResourceID
    public var interval: MarketInterval
    public var submittedAt: Instant
    public var points: [Point]

    public init(
        resource: ResourceID, interval: MarketInterval, submittedAt: Instant, points: [Point]
    ) {
        self.resource = resource
        self.interval = interval
        self.submittedAt = submittedAt
        self.points = points
    }

    /// The declared load at an instant inside `interval`; the first point's before it.
    public func power(at instant: Instant) -> Power {
        var power = self.points.first?.power ?? .zero
        for point in self.points where point.at <= instant { power = point.power }
        return power
    }
}

/// One second of a resource as metered: what was asked, what came. Deviations from baseline, + = up.
public struct DeliverySample: Hashable, Sendable, Codable {
    public var resource: ResourceID
    public var product: ProductID
    public var at: Instant
    public var requested: Power
    public var delivered: Power
    public var baseline: Power
    public var metered: Power

    public init(
        resource: ResourceID, product: ProductID, at: Instant, requested: Power, delivered: Power,
        baseline: Power, metered: Power
    ) {
        self.resource = resource
        self.product = product
        self.at = at
        self.requested = requested
        self.delivered = delivered
        self.baseline = baseline
        self.metered = metered
    }
}
