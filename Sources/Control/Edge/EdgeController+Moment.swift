public import Domain

/// What a worker does for one product at a moment.
public struct EdgeMoment: Hashable, Sendable {
    public var resource: ResourceID
    public var product: ProductID
    /// The greater of both directions, of the whole resource, W.
    public var awardWatts: Int
    /// What is asked of the whole resource, W, + = up.
    public var requestedWatts: Int
    /// Σ of what this worker's points of the resource were told last, W, + = charge; the base of the plan where nothing
    /// was told, and where the station answers by a curve of its own.
    public var setpointWatts: Int
    /// Σ of what their meters say, W; nil where it was not asked, or no meter is known.
    public var meteredWatts: Int?

    public init(
        resource: ResourceID, product: ProductID, awardWatts: Int, requestedWatts: Int, setpointWatts: Int,
        meteredWatts: Int? = nil
    ) {
        self.resource = resource
        self.product = product
        self.awardWatts = awardWatts
        self.requestedWatts = requestedWatts
        self.setpointWatts = setpointWatts
        self.meteredWatts = meteredWatts
    }
}

extension EdgeController {
    /// One for each product of each plan that is in force, in the order of their names.
    /// - Parameter power: what a slot's meter says; nil: meters are not looked at.
    public func moments(power: ((UInt32) -> Int?)? = nil) -> [EdgeMoment] {
        self.held.sorted { $0.key < $1.key }.flatMap { resource, held -> [EdgeMoment] in
            guard let plan = held.current?.plan else { return [] }
            var (setpoint, metered) = (0, Int?.none)
            for entry in plan.entries {
                setpoint += self.points.sent(entry.slot) ?? Int(entry.base)
                if let watts = power?(entry.slot) { metered = (metered ?? 0) + watts }
            }
            return plan.products.map { product in
                EdgeMoment(
                    resource: resource, product: product.product,
                    awardWatts: max(product.awardUp.watts, product.awardDown.watts),
                    requestedWatts: held.applied[product.product] ?? 0, setpointWatts: setpoint, meteredWatts: metered)
            }
        }
    }
}
