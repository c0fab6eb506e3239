public import Control
public import Domain
public import GridCodes

/// What the engine of one market zone is told once.
public struct EngineConfiguration: Hashable, Sendable, Codable {
    /// A resource that is offered to the grid, with the products that it may be sold for.
    public struct ResourceTerms: Hashable, Sendable, Codable {
        public var id: ResourceID
        public var products: [ProductID]

        public init(id: ResourceID, products: [ProductID]) {
            self.id = id
            self.products = products
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
