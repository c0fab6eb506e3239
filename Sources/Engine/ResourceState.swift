import Control
import Domain

/// What the engine keeps of a resource: its plan, its signals, its seconds.
struct ResourceState: Sendable {
    var terms: EngineConfiguration.ResourceTerms
    /// Plans of the version that is out, in the order of the fleet's workers.
    var plans: [WorkerPlan] = []
    var hashes: [WorkerID: UInt64] = [:]
    var version: UInt64 = 0
    var leaseUntil = Instant.distantPast
    /// The version that signals name, with its fingerprint.
    var named: (id: PlanID, hash: UInt64)?
    var acknowledged: Set<WorkerID> = []
    var plannedAt = Instant.distantPast
    var dirty = true
    /// Placed segments per worker and product of the version named: what each point is asked at `x`.
    var placed: [WorkerID: [PlacedProduct]] = [:]
    var sequence: UInt64 = 0
    var broadcastAt = Instant.distantPast
    var signals: [ProductID: GridSignal] = [:]
    var lastSignalSequence: [ProductID: UInt64] = [:]
    var frequency: (milliHertz: Int, at: Instant)?
    var residuals: [WorkerID: [ProductID: Int]] = [:]
    var trim = 0
    /// Request per product and second: sum and count of what was heard in it.
    var requestBins: [ProductID: [Int: (sum: Int, count: Int)]] = [:]
    var lastRequest: [ProductID: Int] = [:]
    var frequencyBins: [Int: Int] = [:]
    var frequencyRecorded = 0
    /// The next second to be closed.
    var nextSecond: Int?
    /// Latest provisional figures.
    var metered = 0
    var delivered = 0
    var requested = 0
    var baseline = 0
    var provisionalSecond = 0
    var heldUp = 0
    var heldDown = 0
}

/// One product's segments on a worker, for the account of what each point was asked.
struct PlacedProduct: Sendable {
    var product: ProductID
    var slots: [UInt32]
    var up: [PlacedSegment]
    var down: [PlacedSegment]
}
