/// Everything that happens to the engine. An event is journalled before it is applied and may come twice.
public enum Event: Hashable, Sendable, Codable {
    case enrolled(EnrolmentChange)
    /// A worker said hello; an incarnation that differs from the last one voids its slots.
    case workerJoined(WorkerID, Incarnation)
    case workerLost(WorkerID)
    case registered(WorkerID, Incarnation, [Registration])
    case telemetry(TelemetryBatch)
    /// Readings in the order of the worker's journal.
    case readings(WorkerID, [MeterReading])
    case planAcknowledged(WorkerID, PlanID, hash: UInt64)
    case planRefused(WorkerID, PlanID, reason: String)
    /// What the worker could not place of the request, W, + = up: it enters the next `x`.
    case residual(WorkerID, ResourceID, ProductID, watts: Int)
    case signal(GridSignal)
    case bidCalled(BidCall)
    case bidAnswered(BidID, BidState, reason: String)
    /// What a solver chose to bid: its answer is a fact, and no replay asks it again.
    case bidsPlanned(BidPlan)
    case awarded(Award)
    case siteLoad(SiteID, Power)
    /// Decisions of others at a worker's charging points, in their order; those that were taken before change nothing.
    case overridden(WorkerID, [OverrideNote])
    case stopped(StopOrder)
    case released(StopOrder)
    /// What the database remembers of charging points, where the journal does not: it counts for those of which
    /// nothing is known yet.
    case remembered([TrustRecord])
    /// What energy costs, or the carbon that it carries, from the curve's first step on.
    case priced(PriceCurve)
    /// Time passes.
    case tick
}

/// What the engine wants done. Each has an id and is idempotent: doing it twice changes nothing more.
public struct Effect: Hashable, Sendable, Codable {
    public struct ID: Hashable, Sendable, Codable {
        public var epoch: Epoch
        public var counter: UInt64

        public init(epoch: Epoch, counter: UInt64) {
            self.epoch = epoch
            self.counter = counter
        }
    }
    public enum Action: Hashable, Sendable, Codable {
        /// Send a worker its plan (PREPARE); it answers with `planAcknowledged` or `planRefused`. `change` is what of it
        /// is another since the plan that was sent before; nil where the worker has to get it whole.
        case prepare(WorkerPlan, hash: UInt64, change: PlanPatch?)
        /// Renew the lease of the plan that a worker holds.
        case renew(WorkerID, PlanID, validUntil: Instant)
        case broadcast(DispatchSignal)
        /// Relay the grid's frequency to workers that have no meter of their own.
        case relayFrequency(GridSignal)
        case stop(StopOrder)
        case release(StopOrder)
        /// Send, or withdraw, or re-declare a bid upstream, as its state says.
        case bid(Bid, DeclaredBaseline)
        /// Echo what was delivered upstream.
        case report(DeliverySample)
        case performance(BlockResult)
        /// Tell a worker that its notes up to this sequence are taken, and need not be said again.
        case overridesTaken(WorkerID, upTo: UInt64)
        /// Keep a row for good.
        case record(Record)
        /// Keep readings of one worker for good, each with the vehicle that it belongs to: rows by the thousand are
        /// one effect.
        case recordReadings([MeterReading], of: MeteredVehicles, tenant: TenantID, region: RegionID)
    }
    public var id: ID
    public var action: Action

    public init(id: ID, action: Action) {
        self.id = id
        self.action = action
    }

    /// The rows that the effect wants kept, in their order; most effects have none.
    public var records: [Record] {
        switch self.action {
        case .record(let record): [record]
        case .recordReadings(let readings, let vehicles, let tenant, let region):
            readings.indices.map {
                .reading(readings[$0], tenant: tenant, region: region, vehicle: vehicles[$0])
            }
        default: []
        }
    }

    /// The same as ``records``, with the readings as one: for whoever keeps them by the thousand.
    public var batch: Record? {
        switch self.action {
        case .record(let record): record
        case .recordReadings(let readings, let vehicles, let tenant, let region):
            .readings(readings, of: vehicles, tenant: tenant, region: region)
        default: nil
        }
    }
}

/// Which vehicle each of a list of readings belongs to: by index, and named only when somebody asks.
public struct MeteredVehicles: Hashable, Sendable, Codable {
    /// No vehicle that is enrolled.
    public static let none = UInt32.max
    /// By reading: an index into `names`, or ``none``.
    private var indices: [UInt32]
    private var names: [VehicleID]

    public init(indices: [UInt32], names: [VehicleID]) {
        self.indices = indices
        self.names = names
    }

    /// The vehicle of a reading; nil where none is enrolled.
    public subscript(reading: Int) -> VehicleID? {
        let index = self.indices[reading]
        return index == Self.none ? nil : self.names[Int(index)]
    }
}

/// A durable row, on its way through the outbox to the database.
public enum Record: Hashable, Sendable, Codable {
    case reading(MeterReading, tenant: TenantID, region: RegionID, vehicle: VehicleID?)
    /// Readings of one worker, each with its vehicle: a row each.
    case readings([MeterReading], of: MeteredVehicles, tenant: TenantID, region: RegionID)
    case bid(Bid)
    case award(Award, tenant: TenantID, region: RegionID)
    case baseline(DeclaredBaseline, tenant: TenantID, region: RegionID)
    case signal(GridSignal, tenant: TenantID, region: RegionID)
    case sample(DeliverySample, tenant: TenantID, region: RegionID)
    case block(BlockResult)
    /// Some of the shares of a block whose row comes behind them, from a place on. A block of a large fleet is
    /// not one row: nobody could hold it.
    case shares([BlockResult.Share], from: Int, of: Award, tenant: TenantID, region: RegionID)
    case transaction(LedgerTransaction)
    /// Some of the entries of a transaction whose row comes behind them, from a place on.
    case entries([LedgerEntry], from: Int, of: String, tenant: TenantID, region: RegionID)
    /// A departure that was kept or missed, with the reason that was known before.
    case departure(VehicleID, tenant: TenantID, at: Instant, met: Bool, reason: String)
    /// What a charging point has proven, each time that it changed materially.
    case trust(TrustRecord, tenant: TenantID, region: RegionID)
    /// A decision of somebody else over what is moved.
    case override(OverrideRecord, tenant: TenantID, region: RegionID)
}
