package import Domain
package import GridCodes

/// An award with what was metered for it.
package struct Activation: Sendable {
    package var award: Award
    package var score = DeliveryScore()
    /// Per vehicle: what it held and moved.
    var vehicles: [Int: VehicleTally] = [:]
    package var settled = false
}

/// One vehicle's sums inside an award's block.
struct VehicleTally: Sendable {
    var held = Energy.zero
    var delivered = Energy.zero
    var discharged = Energy.zero
}

/// Calls, bids, awards and declared baselines of the zone.
package struct MarketBook: Sendable {
    package internal(set) var bids: [BidID: Bid] = [:]
    package internal(set) var order: [BidID] = []
    package internal(set) var activations: [Activation] = []
    var baselines: [ResourceID: [DeclaredBaseline]] = [:]
    var awardIDs: Set<AwardID> = []
    package internal(set) var results: [BlockResult] = []

    /// The declared load of a resource at an instant, or nil outside every declared block.
    func declared(_ resource: ResourceID, at instant: Instant) -> Power? {
        self.baselines[resource]?.last { $0.interval.contains(instant) }?.power(at: instant)
    }

    /// Awarded power of a product of a resource at an instant, magnitude.
    package func awarded(
        _ resource: ResourceID, _ product: ProductID, _ direction: Direction, at instant: Instant
    ) -> Power {
        var sum = Power.zero
        for activation in self.activations
        where activation.award.resource == resource && activation.award.product == product
            && activation.award.direction == direction && activation.award.block.contains(instant)
        {
            sum += activation.award.quantity
        }
        return sum
    }
}
