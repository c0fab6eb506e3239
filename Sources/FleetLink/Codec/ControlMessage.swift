package import Domain

/// What worker and aggregator say on the reliable channel (DEALER ↔ ROUTER, port 5551).
package enum ControlMessage: Hashable, Sendable {
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
    /// Readings in order; everything before `from` was acknowledged once, so `from` is never a hole.
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

    package static let magic: UInt32 = 0x3143_4C46  // "FLC1"
    /// The version spoken now, and the one before that a rolling upgrade may meet.
    package static let versions: ClosedRange<UInt16> = 1...1
    package static let mostRegistrations = 500
    package static let mostReadings = 500
    package static let mostPlanParts = 100_000
}
