public import Domain
public import GridCodes

/// What an edge controller obeys whatever a plan says: the region's guard and fallback.
public struct EdgeRules: Hashable, Sendable {
    /// For how long after a lease's end export may be held because the frequency is low: bounds of a plan keep
    /// energy back for its products' endurance, and no more.
    public static let mostHold = TimeSpan.seconds(300)

    /// Most points of a worker's plan.
    public static let mostEntries = 200_000

    public var holdLoadBelowMilliHertz: Int
    public var holdLoadAboveMilliHertz: Int
    public var plausibleMilliHertz: ClosedRange<Int>
    public var frequencyStale: TimeSpan
    public var fallbackSpread: TimeSpan
    public var rampWattsPerSecond: Int
    /// For how long a station keeps a set-point unheard (`duration` of its profile).
    public var watchdog: TimeSpan
    /// Law's random delay of a start and of each change of rate, at most; zero where law asks for none. Never for a point
    /// that serves a product.
    public var randomDelay: TimeSpan
    /// Within which time a plan's new bases reach the points that nothing is asked of; zero = all at once.
    public var planSpread: TimeSpan
    /// Within which time a change of a product's request reaches all points; not here = all at once.
    public var spreads: [ProductID: TimeSpan]
    /// Most points of a plan; beyond it is refused. The twin, whose one worker has the whole fleet, raises it.
    public var mostEntries = EdgeRules.mostEntries

    public init(region: RegionPack, watchdog: TimeSpan, planSpread: TimeSpan = .zero) {
        self.holdLoadBelowMilliHertz = region.holdLoadBelowMilliHertz
        self.holdLoadAboveMilliHertz = region.holdLoadAboveMilliHertz
        let low = region.plausibleMilliHertz.first ?? 45_000
        self.plausibleMilliHertz = low...max(low, region.plausibleMilliHertz.last ?? 65_000)
        self.frequencyStale = .milliseconds(region.frequencyStaleMilliseconds)
        self.fallbackSpread = .seconds(region.fallbackSpreadSeconds)
        self.rampWattsPerSecond = region.rampWattsPerSecond
        self.watchdog = watchdog
        self.randomDelay = region.randomDelay
        self.planSpread = planSpread
        self.spreads = [:]
        for product in region.products where product.spread > .zero { self.spreads[product.id] = product.spread }
    }
}

/// One point of a resident curve: absolute power at a frequency, W, + = charge.
public struct CurvePower: Hashable, Sendable {
    public var milliHertz: Int
    public var watts: Int

    public init(milliHertz: Int, watts: Int) {
        self.milliHertz = milliHertz
        self.watts = watts
    }
}

/// What the edge controller wants of the stations and has to tell the aggregator.
public enum EdgeAction: Hashable, Sendable {
    /// Absolute set-point, W, + = charge, that lapses by itself.
    case setpoint(slot: UInt32, watts: Int, validFor: TimeSpan)
    /// Let the station answer its own frequency with this curve, at most 20 points.
    case arm(slot: UInt32, points: [CurvePower], validFor: TimeSpan)
    /// What could not be placed of the request of a product, W, + = up.
    case residual(ResourceID, ProductID, watts: Int)
}

/// The answer to a plan or a signal.
public enum EdgeAnswer: Hashable, Sendable {
    case accepted
    case refused(String)
    /// The signal names a plan that is not held: keep the last set-points and ask for it.
    case unknownPlan(PlanID)
}
