public import Domain

/// What worker and aggregator say on the reliable channel (DEALER ↔ ROUTER, port 5551).
public enum ControlMessage: Hashable, Sendable {
    /// Worker → aggregator: first words, with the versions it speaks and its clock.
    case hello(worker: WorkerID, incarnation: Incarnation, versions: ClosedRange<UInt16>, clock: Instant)
    /// Aggregator → worker: the version to speak and the leader's epoch.
    case welcome(epoch: Epoch, version: UInt16, clock: Instant)
    /// Either way: no, with one line that names what to do.
    case refused(reason: String)
    case register(incarnation: Incarnation, [Registration])
    /// Aggregator → worker: send everything again.
    case snapshotRequest
    /// Worker → aggregator: all records as of telemetry sequence `sequence`; `frame` is a telemetry frame.
    case snapshot(frame: [UInt8])
    case prepare(WorkerPlan, hash: UInt64)
    case planAcknowledged(PlanID, hash: UInt64)
    case planRefused(PlanID, reason: String)
    /// Worker → aggregator: a signal named a plan that is not here.
    case planWanted(PlanID)
    case renew(PlanID, validUntil: Instant)
    /// Readings in order. `from` is the oldest that is not acknowledged; it counts only where the aggregator
    /// knows nothing of the worker.
    case readings(from: UInt64, [MeterReading])
    /// Aggregator → worker: readings up to this sequence are journalled; it is also the credit for more.
    case readingsAcknowledged(upTo: UInt64)
    case residual(ResourceID, ProductID, watts: Int)
    case siteLoad(SiteID, Power)
    case stop(StopOrder)
    case release(StopOrder)
    case stopAcknowledged(id: UInt64)
    case heartbeat(clock: Instant)
    case fin
    case finAcknowledged
    /// Aggregator → worker, since version 2: every stop in force, instead of what the worker believes.
    case stops([StopOrder])
    /// Worker → aggregator, since version 3: decisions of others at its charging points, oldest first; said again until
    /// they are acknowledged.
    case overrides([OverrideNote])
    /// Aggregator → worker, since version 3: notes up to this sequence are journalled.
    case overridesAcknowledged(upTo: UInt64)
    /// Aggregator → worker, since version 4: what changed of a plan since one that it holds, or a part of that.
    case amend(PlanPart)

    public static let magic: UInt32 = 0x3143_4C46  // "FLC1"
    /// The version spoken now, and the one before that a rolling upgrade may meet.
    public static let versions: ClosedRange<UInt16> = 1...5
    public static let mostRegistrations = 500
    public static let mostReadings = 500
    public static let mostStops = 1_000
    public static let mostOverrides = 500
    public static let mostTokenBytes = 256
    public static let mostSourceBytes = 64
    /// Of one plan: it travels whole, and has to fit into ``mostBytes``.
    public static let mostEntries = 50_000
    public static let mostSegments = 200_000
    public static let mostProducts = 32
    /// Most bytes of any message, set as MAXMSGSIZE on every socket: who sends more is disconnected.
    public static let mostBytes = 4 << 20

    /// The version that brought this kind of message: it stands in the frame, and a peer of an older one never
    /// gets it.
    public var version: UInt16 {
        switch self {
        case .stops: 2
        case .overrides, .overridesAcknowledged: 3
        case .amend(let part): part.patch.base == PlanPatch.nothing ? 5 : 4
        default: 1
        }
    }
}

extension WorkerPlan {
    /// Why this plan cannot travel in one message, or nil.
    public var excess: String? {
        if self.products.count > ControlMessage.mostProducts {
            return "more than \(ControlMessage.mostProducts) products: sell fewer in this resource"
        }
        if self.entries.count > ControlMessage.mostEntries {
            return "more than \(ControlMessage.mostEntries) charging points: start another worker"
        }
        if self.segments.count > ControlMessage.mostSegments {
            return "more than \(ControlMessage.mostSegments) segments: start another worker"
        }
        return nil
    }
}
