public import Control
public import Domain
public import GridCodes

/// What the engine of one market zone is told once.
public struct EngineConfiguration: Hashable, Sendable, Codable {
    /// A resource that is offered to the grid, with the products that it may be sold for.
    public struct ResourceTerms: Hashable, Sendable, Codable {
        public var id: ResourceID
        public var products: [ProductID]
        /// The resource whose cars are the comparison group of this one: with the same products, and never sold. Only
        /// products that are measured against peers ask for it.
        public var comparison: ResourceID?

        public init(id: ResourceID, products: [ProductID], comparison: ResourceID? = nil) {
            self.id = id
            self.products = products
            self.comparison = comparison
        }
    }

    public var tenant: TenantID
    public var zone: ZoneID
    public var region: RegionPack
    public var epoch: Epoch
    public var resources: [ResourceTerms]
    /// How often plans are made anew, and how long a plan's lease is.
    public var planPeriod: TimeSpan = .seconds(5)
    public var lease: TimeSpan = .seconds(60)
    /// For how long a set-point stays valid unheard: `m` of the promise.
    public var watchdog: TimeSpan = .seconds(60)
    /// A signal frame is repeated at least this often.
    public var repeatPeriod: TimeSpan = .seconds(1)
    /// How late a reading may be and still count.
    public var meterGrace: TimeSpan = .seconds(10)
    /// Telemetry older than this makes a charging point unavailable.
    public var telemetryStale: TimeSpan = .seconds(30)
    /// A block is settled this long after its end.
    public var settleGrace: TimeSpan = .seconds(15)
    /// Probability that a stranger's car stays as promised, in 1/10,000.
    public var stayProbability: Int = 9_800
    /// How batteries wear, by chemistry; nil: nobody says.
    public var batteries: [Chemistry]?
    /// Whether blocks are booked with their day, netted to one entry a car, for fleets whose single blocks would be too
    /// many rows; nil: each by itself.
    public var netsDays: Bool?

    /// What is wrong with the comparison groups, each in a line that names what to do.
    public var comparisonFindings: [String] {
        self.resources.flatMap { resource -> [String] in
            let needs = resource.products.filter {
                self.region.product($0)?.terms?.baseline.method == .controlGroup
            }
            guard let name = resource.comparison else {
                return needs.map {
                    "resources: \($0) of \(resource.id) is measured against peers: name their resource in `comparison`"
                }
            }
            guard let group = self.resources.first(where: { $0.id == name }) else {
                return ["resources: the comparison \(name) of \(resource.id) is none of the resources: add it"]
            }
            guard group.comparison == nil, group.products == resource.products else {
                return [
                    "resources: \(name) is compared with \(resource.id): give it the same products, which it is never "
                        + "sold for, and no `comparison` of its own"
                ]
            }
            return []
        }
    }

    public init(
        tenant: TenantID, zone: ZoneID, region: RegionPack, epoch: Epoch,
        resources: [ResourceTerms], planPeriod: TimeSpan = .seconds(5),
        lease: TimeSpan = .seconds(60), watchdog: TimeSpan = .seconds(60),
        repeatPeriod: TimeSpan = .seconds(1), meterGrace: TimeSpan = .seconds(10),
        telemetryStale: TimeSpan = .seconds(30), settleGrace: TimeSpan = .seconds(15),
        stayProbability: Int = 9_800
    ) {
        self.tenant = tenant
        self.zone = zone
        self.region = region
        self.epoch = epoch
        self.resources = resources
        self.planPeriod = planPeriod
        self.lease = lease
        self.watchdog = watchdog
        self.repeatPeriod = repeatPeriod
        self.meterGrace = meterGrace
        self.telemetryStale = telemetryStale
        self.settleGrace = settleGrace
        self.stayProbability = stayProbability
    }
}
