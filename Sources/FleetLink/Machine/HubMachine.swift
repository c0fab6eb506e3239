public import Domain

/// What the hub's owner has to do.
public enum HubAction: Hashable, Sendable {
    case event(Event)
    /// To a worker, over the route that it said hello on.
    case send(WorkerID, ControlMessage)
    /// To whoever is at the other end of a route.
    case refuse(route: [UInt8], reason: String)
}

/// The aggregator's end of FleetLink: pure, fed with frames and the time.
///
/// Telemetry is state: a gap is healed by asking for a snapshot (the Clone pattern), a frame seen before is
/// refused. Readings are facts: they become an event once, in the order of the worker's journal, and are
/// acknowledged only when the owner says that they are journalled.
///
/// A route is one connection. What comes over a new one without a hello is refused: the worker then says
/// everything again, so that nothing stays lost that the old connection took with it.
public struct HubMachine: Sendable {
    /// One worker as the hub sees it.
    struct Peer: Sendable {
        var incarnation: Incarnation
        var version: UInt16 = 1
        var route: [UInt8]
        var telemetrySequence: UInt64 = 0
        var heardAt: Instant
        /// It said hello, was heard since, and everything reached it: otherwise it has to say hello again.
        var present = true
        /// Whether the engine counts it as connected.
        var counted = true
        var snapshotAskedAt = Instant.distantPast
        var needsSnapshot = false
        /// Readings given to the owner, and those of them that the owner journalled: only these are acknowledged.
        var handedOver: UInt64 = 0
        var journalled: UInt64 = 0
        /// Stop orders and releases not yet acknowledged, resent until they are.
        var stops: [UInt64: ControlMessage] = [:]
        var stopsSentAt = Instant.distantPast
    }
    /// Counted for metrics; none of these changes any state.
    public struct Counts: Hashable, Sendable {
        public var gaps = 0
        public var replayed = 0
        public var strangers = 0
        public var malformed = 0
        public var clockErrors = 0
    }

    /// Most workers of one hub; another is refused.
    public static let mostPeers = 4_096
    /// Telemetry that is older is not taken: a link that was down for so long asks for a snapshot.
    public static let oldestTelemetry = TimeSpan.seconds(600)
    private let epoch: Epoch
    private let versions: ClosedRange<UInt16>
    private let silence: TimeSpan
    private let clockBound: TimeSpan
    var peers: [WorkerID: Peer] = [:]
    /// Stops in force, for workers that come (back) later; `knowsStops` where they are all that there are.
    var standing: [UInt64: StopOrder] = [:]
    var knowsStops = false
    private var restored: [WorkerID: UInt64] = [:]
    /// Nil before the first tick.
    private var tickedAt: Instant?
    /// Ticks further apart than this were held up, and so was all that is read between them.
    private static let mostBetweenTicks = TimeSpan.seconds(1)
    /// When this process stood still last, and for how long.
    private var stood: (until: Instant, time: TimeSpan)?
    public private(set) var counts = Counts()

    /// - Parameters:
    ///   - versions: of FleetLink that are spoken; the highest that a worker speaks too is chosen.
    ///   - silence: after this long without a word a worker counts as lost.
    ///   - clockBound: a worker whose clock is further off is refused: its leases would not end when ours do.
    public init(
        epoch: Epoch, versions: ClosedRange<UInt16> = ControlMessage.versions, silence: TimeSpan = .seconds(5),
        clockBound: TimeSpan = .seconds(2)
    ) {
        self.epoch = epoch
        self.versions = versions
        self.silence = silence
        self.clockBound = clockBound
    }

    public var present: [WorkerID] { self.peers.filter { $0.value.present }.map(\.key).sorted() }

    /// Where a worker is reached.
    public func route(of worker: WorkerID) -> [UInt8]? { self.peers[worker]?.route }

    /// Restores up to where a worker's readings were journalled, after a restart of the aggregator.
    public mutating func restore(readings sequence: UInt64, of worker: WorkerID) {
        self.restored[worker] = sequence
    }

    /// A telemetry frame from the worker that the socket's key belongs to (nil where CURVE is off).
    public mutating func telemetry(_ bytes: [UInt8], from key: WorkerID?, at now: Instant) -> [HubAction] {
        guard let frame = try? TelemetryFrame(decoding: bytes) else {
            self.counts.malformed += 1
            return []
        }
        guard key == nil || key == frame.worker, var peer = self.peers[frame.worker], peer.present,
            peer.incarnation == frame.incarnation
        else {
            self.counts.strangers += 1
            return []
        }
        // State of the future would stay the newest for good; of hours ago it is no state.
        guard frame.sentAt <= now + self.clockBound, now - frame.sentAt <= Self.oldestTelemetry else {
            self.counts.clockErrors += 1
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

    /// A control message. `worker` is whom the socket's key belongs to (where CURVE is off: the routing identity),
    /// `route` the connection that it came over.
    public mutating func control(
        _ bytes: [UInt8], from worker: WorkerID, route: [UInt8] = [], at now: Instant
    ) -> [HubAction] {
        let message: ControlMessage
        do {
            message = try ControlMessage(decoding: bytes)
        } catch {
            self.counts.malformed += 1
            return [.refuse(route: route, reason: error.message)]
        }
        if case .hello(let name, let incarnation, let versions, let clock) = message {
            guard name == worker else {
                self.counts.strangers += 1
                return [.refuse(route: route, reason: "this key belongs to another worker")]
            }
            return self.hello(worker, incarnation, versions, clock, route: route, at: now)
        }
        guard let peer = self.peers[worker], peer.present, peer.route == route else {
            return [.refuse(route: route, reason: "say hello first")]
        }
        self.peers[worker]?.heardAt = now
        return self.known(message, worker, at: now)
    }

    private mutating func hello(
        _ worker: WorkerID, _ incarnation: Incarnation, _ versions: ClosedRange<UInt16>, _ clock: Instant,
        route: [UInt8], at now: Instant
    ) -> [HubAction] {
        guard let version = Self.common(versions, self.versions) else {
            let behind = versions.upperBound < self.versions.lowerBound ? "worker" : "aggregator"
            let reason =
                "the aggregator speaks FleetLink \(text(self.versions)), the worker \(text(versions)): upgrade the \(behind)"
            return [.refuse(route: route, reason: reason)]
        }
        if let reason = self.clockFault(clock, at: now) { return [.refuse(route: route, reason: reason)] }
        guard self.peers[worker] != nil || self.peers.count < Self.mostPeers else {
            return [.refuse(route: route, reason: "more than \(Self.mostPeers) workers: start another aggregator")]
        }
        var peer = self.peers[worker] ?? Peer(incarnation: incarnation, route: route, heardAt: now)
        if peer.incarnation != incarnation {
            peer.telemetrySequence = 0
            peer.incarnation = incarnation
        }
        peer.version = version
        peer.route = route
        peer.journalled = max(peer.journalled, self.restored[worker] ?? 0)
        peer.handedOver = max(peer.handedOver, peer.journalled)
        peer.needsSnapshot = false
        peer.heardAt = now
        peer.present = true
        peer.counted = true
        let stops = self.stopsForNewcomer(&peer)
        self.peers[worker] = peer
        return [
            .event(.workerJoined(worker, incarnation)),
            .send(worker, .welcome(epoch: self.epoch, version: version, clock: now)),
            .send(worker, .readingsAcknowledged(upTo: peer.journalled)),
        ] + stops.map { .send(worker, $0) }
    }

    /// The highest version that both speak, or nil.
    static func common(_ one: ClosedRange<UInt16>, _ other: ClosedRange<UInt16>) -> UInt16? {
        one.overlaps(other) ? min(one.upperBound, other.upperBound) : nil
    }

    /// What is wrong with a worker's clock, or nil; the way that the message took counts as its error.
    private mutating func clockFault(_ clock: Instant, at now: Instant) -> String? {
        let skew = (clock - now).microseconds.magnitude
        let waited = clock < now ? self.mayHaveWaited(now) : .zero
        guard skew > UInt((self.clockBound + waited).microseconds) else { return nil }
        self.counts.clockErrors += 1
        return "the worker's clock is off by \(skew / 1000) ms: synchronise it"
    }

    private func sinceTick(_ now: Instant) -> TimeSpan { self.tickedAt.map { now - $0 } ?? .zero }

    /// How long what is read now may have waited for this process. Whoever says hello judges our clock in turn.
    private func mayHaveWaited(_ now: Instant) -> TimeSpan {
        if self.sinceTick(now) > Self.mostBetweenTicks { return self.sinceTick(now) }
        guard let stood = self.stood, now - stood.until <= Self.mostBetweenTicks else { return .zero }
        return stood.time
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
        case .overrides(let notes): return notes.isEmpty ? [] : [.event(.overridden(worker, notes))]
        case .siteLoad(let site, let power): return [.event(.siteLoad(site, power))]
        case .stopAcknowledged(let id):
            self.peers[worker]?.stops[id] = nil
            return []
        case .heartbeat(let clock): return self.heartbeat(clock, worker, at: now)
        case .fin: return [.send(worker, .finAcknowledged)] + self.lose(worker)
        default: return [.send(worker, .refused(reason: "not for a worker to say"))]
        }
    }

    /// A clock that ran away since the hello is found here.
    private mutating func heartbeat(_ clock: Instant, _ worker: WorkerID, at now: Instant) -> [HubAction] {
        guard let reason = self.clockFault(clock, at: now) else { return [.send(worker, .heartbeat(clock: now))] }
        return [.send(worker, .refused(reason: reason))] + self.lose(worker)
    }

    /// The worker does not count until it says hello again.
    private mutating func lose(_ worker: WorkerID) -> [HubAction] {
        self.peers[worker]?.present = false
        guard self.peers[worker]?.counted == true else { return [] }
        self.peers[worker]?.counted = false
        return [.event(.workerLost(worker))]
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
        guard frame.sequence >= self.peers[worker]?.telemetrySequence ?? 0 else {
            // Also where earlier parts of the same snapshot were taken: the rest of it is missing.
            self.peers[worker]?.needsSnapshot = true
            return []
        }
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
    public mutating func journalled(readings sequence: UInt64, of worker: WorkerID) -> [HubAction] {
        guard let peer = self.peers[worker] else {
            self.restored[worker] = max(sequence, self.restored[worker] ?? 0)
            return []
        }
        let upTo = max(sequence, peer.journalled)
        self.peers[worker]?.journalled = upTo
        self.peers[worker]?.handedOver = max(upTo, peer.handedOver)
        return peer.present ? [.send(worker, .readingsAcknowledged(upTo: upTo))] : []
    }

    /// The owner journalled a worker's notes up to `sequence`.
    public func journalled(overrides sequence: UInt64, of worker: WorkerID) -> [HubAction] {
        guard let peer = self.peers[worker], peer.present, peer.version >= 3 else { return [] }
        return [.send(worker, .overridesAcknowledged(upTo: sequence))]
    }

    /// A plan for its worker. Where the worker speaks version 4 it hears what changed, if that is less than the whole. A
    /// whole plan that no message can hold goes in parts to one that speaks version 5, and is refused for any other, before
    /// it cuts the connection.
    public func prepare(_ plan: WorkerPlan, hash: UInt64, change: PlanPatch? = nil) -> [HubAction] {
        if let change, let peer = self.peers[plan.worker], peer.version >= 4, change.count < plan.entries.count {
            let parts = PlanPart.split(change, hash: hash)
            if !parts.isEmpty { return parts.map { .send(plan.worker, .amend($0)) } }
        }
        guard let reason = plan.excess else { return [.send(plan.worker, .prepare(plan, hash: hash))] }
        if let peer = self.peers[plan.worker], peer.version >= 5 {
            let parts = PlanPart.split(PlanPatch(whole: plan), hash: hash)
            if !parts.isEmpty { return parts.map { .send(plan.worker, .amend($0)) } }
        }
        return [.event(.planRefused(plan.worker, plan.id, reason: reason))]
    }

    /// The owner could not take what came: everybody has to say hello again, and everything else with it.
    public mutating func expelAll() -> [HubAction] {
        self.peers.keys.sorted().map { worker in
            let journalled = self.peers[worker]?.journalled ?? 0
            self.peers[worker]?.present = false
            self.peers[worker]?.handedOver = journalled
            return .send(worker, .refused(reason: "the aggregator has no room: say hello again"))
        }
    }

    /// Something did not find its way to a worker (its queue is full, or its connection is gone): it has to say
    /// hello again, and then hears everything anew.
    public mutating func unreachable(_ worker: WorkerID) {
        self.peers[worker]?.present = false
    }

    /// Time passes: who is silent is lost, who has not acknowledged a stop hears it again. Time in which this process
    /// itself stood still is nobody's silence: what was said in it waits in the sockets.
    public mutating func tick(at now: Instant) -> [HubAction] {
        var actions: [HubAction] = []
        let time = self.sinceTick(now)
        self.tickedAt = now
        if time > Self.mostBetweenTicks {
            self.stood = (now, time)
            for (worker, peer) in self.peers { self.peers[worker]?.heardAt = min(now, peer.heardAt + time) }
        }
        for worker in self.peers.keys.sorted() {
            guard var peer = self.peers[worker] else { continue }
            if now - peer.heardAt > self.silence {
                actions += self.lose(worker)
                continue
            }
            guard peer.present else { continue }
            if let ask = Self.askForSnapshot(&peer, worker, at: now) {
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

private func text(_ versions: ClosedRange<UInt16>) -> String {
    versions.count == 1 ? "\(versions.lowerBound)" : "\(versions.lowerBound) to \(versions.upperBound)"
}
