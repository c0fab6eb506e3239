package import Domain
package import GridCodes

/// What the engine of one market zone is told once.
package struct EngineConfiguration: Hashable, Sendable, Codable {
    /// A resource that is offered to the grid, with the products that it may be sold for.
    package struct ResourceTerms: Hashable, Sendable, Codable {
        package var id: ResourceID
        package var products: [ProductID]

        package init(id: ResourceID, products: [ProductID]) {
            self.id = id
            self.products = products
        }
    }

    package var tenant: TenantID
    package var zone: ZoneID
    package var region: RegionPack
    package var epoch: Epoch
    package var resources: [ResourceTerms]
    /// How often plans are made anew, and how long a plan's lease is.
    package var planPeriod: TimeSpan = .seconds(5)
    package var lease: TimeSpan = .seconds(60)
    /// For how long a set-point stays valid unheard: `m` of the promise.
    package var watchdog: TimeSpan = .seconds(60)
    /// A signal frame is repeated at least this often.
    package var repeatPeriod: TimeSpan = .seconds(1)
    /// How late a reading may be and still count.
    package var meterGrace: TimeSpan = .seconds(10)
    /// Telemetry older than this makes a charging point unavailable.
    package var telemetryStale: TimeSpan = .seconds(30)
    /// A block is settled this long after its end.
    package var settleGrace: TimeSpan = .seconds(15)
    /// Probability that a stranger's car stays as promised, in 1/10,000.
    package var stayProbability: Int = 9_800

    package init(
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
