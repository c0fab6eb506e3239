package import Domain

/// What the hub's owner has to do.
package enum HubAction: Hashable, Sendable {
    case event(Event)
    case send(WorkerID, ControlMessage)
}

/// The aggregator's end of FleetLink: pure, fed with frames and the time.
///
/// Telemetry is state: a gap is healed by asking for a snapshot (the Clone pattern), a frame seen before is
/// refused. Readings are facts: they become an event once, in the order of the worker's journal, and are
/// acknowledged only when the owner says that they are journalled.
package struct HubMachine: Sendable {
    /// One worker as the hub sees it.
    struct Peer: Sendable {
        var incarnation: Incarnation
        var telemetrySequence: UInt64 = 0
        var heardAt: Instant
        var present = true
        var snapshotAskedAt = Instant.distantPast
        var needsSnapshot = false
        /// Readings given to the owner, and those of them that the owner journalled: only these are acknowledged.
        var handedOver: UInt64 = 0
        var journalled: UInt64 = 0
        /// Stop orders not yet acknowledged, resent until they are.
        var stops: [UInt64: ControlMessage] = [:]
        var stopsSentAt = Instant.distantPast
    }
    /// Counted for metrics; none of these changes any state.
    package struct Counts: Hashable, Sendable {
        package var gaps = 0
        package var replayed = 0
        package var strangers = 0
        package var malformed = 0
        package var clockErrors = 0
    }

    private let epoch: Epoch
    private let silence: TimeSpan
    private let clockBound: TimeSpan
    private var peers: [WorkerID: Peer] = [:]
    /// Stops in force, for workers that come (back) later.
    private var standing: [UInt64: StopOrder] = [:]
    package private(set) var counts = Counts()

    /// - Parameters:
    ///   - silence: after this long without a word a worker counts as lost.
    ///   - clockBound: a worker whose clock is further off is refused: its leases would not end when ours do.
    package init(epoch: Epoch, silence: TimeSpan = .seconds(5), clockBound: TimeSpan = .seconds(2)) {
        self.epoch = epoch
        self.silence = silence
        self.clockBound = clockBound
    }

    package var present: [WorkerID] { self.peers.filter { $0.value.present }.map(\.key).sorted() }

    /// Restores up to where a worker's readings were journalled, after a restart of the aggregator.
    package mutating func restore(readings sequence: UInt64, of worker: WorkerID) {
        self.restored[worker] = sequence
    }
    private var restored: [WorkerID: UInt64] = [:]

    /// A telemetry frame from the worker that the socket's key belongs to (nil where CURVE is off).
    package mutating func telemetry(_ bytes: [UInt8], from key: WorkerID?, at now: Instant) -> [HubAction] {
        guard let frame = try? TelemetryFrame(decoding: bytes) else {
            self.counts.malformed += 1
            return []
        }
        guard key == nil || key == frame.worker, var peer = self.peers[frame.worker],
            peer.incarnation == frame.incarnation
        else {
            self.counts.strangers += 1
            return []
        }
        guard frame.sequence > peer.telemetrySequence else {
            self.counts.replayed += 1
            return []
        }
        var actions: [HubAction] = []
        if frame.sequence != peer.telemetrySequence + 1 {
            self.counts.gaps += 1
            peer.needsSnapshot = true
            if let ask = Self.askForSnapshot(&peer, frame.worker, at: now) { actions.append(ask) }
        }
        peer.telemetrySequence = frame.sequence
        peer.heardAt = now
        self.peers[frame.worker] = peer
        actions.append(.event(.telemetry(frame.batch)))
        return actions
    }

    /// Asks for a snapshot where one is missing, at most twice a second.
    private static func askForSnapshot(_ peer: inout Peer, _ worker: WorkerID, at now: Instant) -> HubAction? {
        guard peer.needsSnapshot, now - peer.snapshotAskedAt > .milliseconds(500) else { return nil }
        peer.snapshotAskedAt = now
        return .send(worker, .snapshotRequest)
    }

    /// A control message. `worker` is the routing identity, `key` whom the socket's key belongs to.
    package mutating func control(
        _ bytes: [UInt8], from worker: WorkerID, key: WorkerID?, at now: Instant
    ) -> [HubAction] {
        let message: ControlMessage
        do {
            message = try ControlMessage(decoding: bytes)
        } catch {
            self.counts.malformed += 1
            return [.send(worker, .refused(reason: error.message))]
        }
        guard key == nil || key == worker else {
            self.counts.strangers += 1
            return [.send(worker, .refused(reason: "this key belongs to another worker"))]
        }
        if case .hello(let name, let incarnation, let versions, let clock) = message {
            return self.hello(name, incarnation, versions, clock, from: worker, at: now)
        }
        guard self.peers[worker] != nil else { return [.send(worker, .refused(reason: "say hello first"))] }
        self.peers[worker]?.heardAt = now
        return self.known(message, worker, at: now)
    }

    private mutating func hello(
        _ name: WorkerID, _ incarnation: Incarnation, _ versions: ClosedRange<UInt16>, _ clock: Instant,
        from worker: WorkerID, at now: Instant
    ) -> [HubAction] {
        guard name == worker else {
            return [.send(worker, .refused(reason: "the routing identity is \(worker), the name is \(name)"))]
        }
        let common = versions.clamped(to: ControlMessage.versions)
        guard versions.overlaps(ControlMessage.versions) else {
            return [.send(worker, .refused(reason: "speak FleetLink \(ControlMessage.versions.upperBound): upgrade the worker"))]
        }
        let skew = (clock - now).microseconds.magnitude
        guard skew <= UInt(self.clockBound.microseconds) else {
            self.counts.clockErrors += 1
            return [.send(worker, .refused(reason: "the worker's clock is off by \(skew / 1000) ms: synchronise it"))]
        }
        var peer = self.peers[worker] ?? Peer(incarnation: incarnation, heardAt: now)
        if peer.incarnation != incarnation {
            peer.telemetrySequence = 0
            peer.incarnation = incarnation
        }
        peer.journalled = max(peer.journalled, self.restored[worker] ?? 0)
        peer.handedOver = max(peer.handedOver, peer.journalled)
        peer.needsSnapshot = false
        peer.heardAt = now
        peer.present = true
        // What stands is said again; a release that was never acknowledged is still due.
        peer.stops.merge(self.standing.mapValues { ControlMessage.stop($0) }) { $1 }
        self.peers[worker] = peer
        return [
            .event(.workerJoined(worker, incarnation)),
            .send(worker, .welcome(epoch: self.epoch, version: common.upperBound, clock: now)),
            .send(worker, .readingsAcknowledged(upTo: peer.journalled)),
        ]
    }

    private mutating func known(_ message: ControlMessage, _ worker: WorkerID, at now: Instant) -> [HubAction] {
        switch message {
        case .register(let incarnation, let registrations):
            guard self.peers[worker]?.incarnation == incarnation else { return [] }
            return [.event(.registered(worker, incarnation, registrations))]
        case .snapshot(let bytes): return self.snapshot(bytes, worker, at: now)
        case .planAcknowledged(let plan, let hash): return [.event(.planAcknowledged(worker, plan, hash: hash))]
        case .planRefused(let plan, let reason): return [.event(.planRefused(worker, plan, reason: reason))]
        case .planWanted(let plan): return [.event(.planRefused(worker, plan, reason: "the worker does not have it"))]
        case .readings(let from, let readings): return self.readings(from, readings, worker)
        case .residual(let resource, let product, let watts):
            return [.event(.residual(worker, resource, product, watts: watts))]
        case .siteLoad(let site, let power): return [.event(.siteLoad(site, power))]
        case .stopAcknowledged(let id):
            self.peers[worker]?.stops[id] = nil
            return []
        case .heartbeat: return [.send(worker, .heartbeat(clock: now))]
        case .fin:
            self.peers[worker]?.present = false
            return [.event(.workerLost(worker)), .send(worker, .finAcknowledged)]
        default: return [.send(worker, .refused(reason: "not for a worker to say"))]
        }
    }

    /// A snapshot is the state as of its sequence. One that newer telemetry overtook would put old records
    /// back: it is left, and asked for again.
    private mutating func snapshot(_ bytes: [UInt8], _ worker: WorkerID, at now: Instant) -> [HubAction] {
        guard let frame = try? TelemetryFrame(decoding: bytes), frame.worker == worker,
            frame.incarnation == self.peers[worker]?.incarnation
        else {
            self.counts.malformed += 1
            return []
        }
        guard frame.sequence >= self.peers[worker]?.telemetrySequence ?? 0 else { return [] }
        self.peers[worker]?.telemetrySequence = frame.sequence
        self.peers[worker]?.needsSnapshot = false
        return [.event(.telemetry(frame.batch))]
    }

    /// Readings that were not seen before, in order; a hole is left for the resend that will fill it.
    private mutating func readings(_ from: UInt64, _ readings: [MeterReading], _ worker: WorkerID) -> [HubAction] {
        guard let peer = self.peers[worker] else { return [] }
        // A worker that we know nothing of may begin anywhere: what came before was acknowledged by another life
        // of ours. From then on a hole is a hole, whatever `from` says.
        var last = peer.handedOver == 0 && from > 0 ? from - 1 : peer.handedOver
        var fresh: [MeterReading] = []
        for reading in readings where reading.sequence == last + 1 && reading.worker == worker {
            fresh.append(reading)
            last = reading.sequence
        }
        guard !fresh.isEmpty else { return [.send(worker, .readingsAcknowledged(upTo: peer.journalled))] }
        self.peers[worker]?.handedOver = last
        return [.event(.readings(worker, fresh))]
    }

    /// The owner journalled readings up to `sequence`.
    package mutating func journalled(readings sequence: UInt64, of worker: WorkerID) -> HubAction {
        let upTo = max(sequence, self.peers[worker]?.journalled ?? 0)
        self.peers[worker]?.journalled = upTo
        return .send(worker, .readingsAcknowledged(upTo: upTo))
    }

    /// The owner had no room for what it was handed: it will take the same readings again when they are resent.
    package mutating func refusedReadings(of worker: WorkerID) {
        guard let peer = self.peers[worker] else { return }
        self.peers[worker]?.handedOver = peer.journalled
    }

    /// The owner could not take what came: everybody has to say hello again, and to register again with it.
    package mutating func expelAll() -> [HubAction] {
        for (worker, peer) in self.peers { self.restored[worker] = peer.journalled }
        let known = self.peers.keys.sorted()
        self.peers = [:]
        return known.map { .send($0, .refused(reason: "the aggregator has no room: say hello again")) }
    }

    /// Sends a stop to every worker until each has acknowledged it.
    package mutating func stop(_ order: StopOrder) -> [HubAction] {
        self.standing[order.id] = order
        for worker in self.peers.keys { self.peers[worker]?.stops[order.id] = .stop(order) }
        return self.present.map { .send($0, .stop(order)) }
    }

    package mutating func release(_ order: StopOrder) -> [HubAction] {
        self.standing = self.standing.filter { $0.value.scope != order.scope }
        for worker in self.peers.keys {
            self.peers[worker]?.stops[order.id] = .release(order)
        }
        return self.present.map { .send($0, .release(order)) }
    }

    /// Time passes: who is silent is lost, who has not acknowledged a stop hears it again.
    package mutating func tick(at now: Instant) -> [HubAction] {
        var actions: [HubAction] = []
        for worker in self.peers.keys.sorted() {
            guard var peer = self.peers[worker], peer.present else { continue }
            if now - peer.heardAt > self.silence {
                peer.present = false
                actions.append(.event(.workerLost(worker)))
            } else if let ask = Self.askForSnapshot(&peer, worker, at: now) {
                actions.append(ask)
            } else if !peer.stops.isEmpty, now - peer.stopsSentAt >= .milliseconds(500) {
                peer.stopsSentAt = now
                actions += peer.stops.sorted { $0.key < $1.key }.map { .send(worker, $0.value) }
            }
            self.peers[worker] = peer
        }
        return actions
    }
}
