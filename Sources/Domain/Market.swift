/// The operator's call for bids: a product's block that is open until its gate closes.
package struct BidCall: Hashable, Sendable, Codable {
    package var resource: ResourceID
    package var product: ProductID
    package var block: MarketInterval
    package var gateClosure: Instant
    /// The id that the operator gave it (an OpenADR event id), echoed with the bid.
    package var reference: String

    package init(
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
package enum BidState: String, Hashable, Sendable, Codable {
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
package struct Bid: Hashable, Sendable, Codable {
    package var id: BidID
    package var tenant: TenantID
    package var call: BidCall
    package var direction: Direction
    /// Firm power offered, a magnitude in steps of the product.
    package var quantity: Power
    /// Asked availability price in micro-units per MW and hour.
    package var pricePerMegawattHour: Money
    /// Quantile of the portfolio's headroom that the quantity is, in 1/10,000 (9,900 = held with 99 %).
    package var confidence: Int
    /// Headroom that the forecast expects at that quantile before rounding to the product's step.
    package var firmHeadroom: Power
    package var state: BidState
    /// Why this much, in words: how many cars, what was left out.
    package var explanation: String

    package init(
        id: BidID, tenant: TenantID, call: BidCall, direction: Direction, quantity: Power,
        pricePerMegawattHour: Money, confidence: Int, firmHeadroom: Power, state: BidState,
        explanation: String
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
    }
}

/// What the operator bought of a bid, whole or in part.
package struct Award: Hashable, Sendable, Codable {
    package var id: AwardID
    package var bid: BidID
    package var resource: ResourceID
    package var product: ProductID
    package var block: MarketInterval
    package var direction: Direction
    package var quantity: Power
    /// Availability price in micro-units per MW and hour.
    package var pricePerMegawattHour: Money
    /// Price of delivered energy in micro-units per MWh.
    package var energyPricePerMegawattHour: Money

    package init(
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
package struct DeclaredBaseline: Hashable, Sendable, Codable {
    /// From `at` on the load is `power` (held until the next point; ramps are points close together).
    package struct Point: Hashable, Sendable, Codable {
        package var at: Instant
        package var power: Power

        package init(at: Instant, power: Power) {
            self.at = at
            self.power = power
        }
    }
    package var resource: ResourceID
    package var interval: MarketInterval
    package var submittedAt: Instant
    package var points: [Point]

    package init(
        resource: ResourceID, interval: MarketInterval, submittedAt: Instant, points: [Point]
    ) {
        self.resource = resource
        self.interval = interval
        self.submittedAt = submittedAt
        self.points = points
    }

    /// The declared load at an instant inside `interval`; the first point's before it.
    package func power(at instant: Instant) -> Power {
        var power = self.points.first?.power ?? .zero
        for point in self.points where point.at <= instant { power = point.power }
        return power
    }
}

/// One second of a resource as metered: what was asked, what came. Deviations from baseline, + = up.
package struct DeliverySample: Hashable, Sendable, Codable {
    package var resource: ResourceID
    package var product: ProductID
    package var at: Instant
    package var requested: Power
    package var delivered: Power
    package var baseline: Power
    package var metered: Power

    package init(
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
