public import Domain

/// What the worker's owner has to do.
public enum LinkAction: Hashable, Sendable {
    case send(ControlMessage)
    case publish([UInt8])
    /// Take a plan; the owner answers through ``LinkMachine/planAnswer(_:_:)``.
    case plan(WorkerPlan, hash: UInt64)
    /// Change a plan that is held; the owner answers as to a whole one, or asks for it.
    case amend(PlanPatch, hash: UInt64)
    case renew(PlanID, validUntil: Instant)
    case signal(DispatchSignal)
    case frequency(GridSignal)
    case stop(StopOrder)
    case release(StopOrder)
    /// Every stop in force: what the worker believes beyond them was released while it was away.
    case stops([StopOrder])
    /// Readings up to here are safe upstream; the journal may drop them.
    case drop(readingsUpTo: UInt64)
    case connected(Epoch)
    /// Readings from this sequence on were left in the journal for want of room: hand them over again.
    case reload(from: UInt64)
    /// Notes of others' decisions up to here are safe upstream.
    case dropOverrides(upTo: UInt64)
    /// The aggregator knows that we are gone; the socket may close.
    case left
    case refused(String)
}

/// The worker's end of FleetLink: pure, fed with messages and the time.
public struct LinkMachine: Sendable {
    private enum Phase: Hashable, Sendable {
        case greeting
        case connected
        case leaving
    }
    /// Most readings kept in memory; the rest waits in the journal.
    public static let mostBacklog = 100_000
    /// Most readings under way without acknowledgement.
    public static let window = 2_000

    /// A clock that is further off is not believed.
    public static let clockBound = TimeSpan.seconds(2)
    /// The longest lease that is taken: after it, an aggregator that fell silent is silent for certain.
    public static let mostLease = TimeSpan.seconds(300)

    /// Most streams (resource and product) whose signals are followed; those beyond are not heard.
    public static let mostStreams = 1_000
    /// Ends of streams: epoch of the leader (0 for the grid's own), then sequence.
    private struct Mark: Sendable {
        var epoch: Epoch
        var sequence: UInt64
    }

    private let worker: WorkerID
    private let incarnation: Incarnation
    private let versions: ClosedRange<UInt16>
    /// The last reading that the journal held at the start, where it is known.
    private let journalEnd: UInt64?
    private var journalIsForeign = false
    private var phase = Phase.greeting
    /// The version that the aggregator chose.
    private var version: UInt16 = 1
    private var epoch = Epoch(0)
    private var greetedAt = Instant.distantPast
    private var heardAt = Instant.distantPast
    /// Since when nobody answers a hello; nil while somebody does.
    private var unheardSince: Instant?
    private var beatAt = Instant.distantPast
    private var telemetrySequence: UInt64 = 0
    private var registrations: [UInt32: Registration] = [:]
    /// Latest record of each slot, 40 bytes, for snapshots.
    private var records: [UInt32: [UInt8]] = [:]
    /// Slots whose last record found no room.
    private var owed = OwedSlots()
    /// Readings of the journal that are not acknowledged, oldest first, and how many of them are under way.
    private var backlog: [MeterReading] = []
    private var sent = 0
    private var sentAt = Instant.distantPast
    /// The reading that has to come next, and the highest that was handed over: between them, readings were left
    /// in the journal.
    private var next: UInt64?
    private var highest: UInt64 = 0
    private var reloadedAt: Instant?
    /// Decisions of others that are not acknowledged.
    var overrides = OverrideBacklog()
    /// Parts of a plan's change, until all are here.
    private var assembly = PlanAssembly()
    private var streams: [String: Mark] = [:]
    public private(set) var malformed = 0
    public private(set) var replayed = 0
    public private(set) var expired = 0
    public private(set) var olderEpochs = 0
    /// Signals, leases and heartbeats of an aggregator whose clock is not ours.
    public private(set) var clockErrors = 0

    /// - Parameters:
    ///   - versions: of FleetLink that are spoken; the aggregator chooses.
    ///   - journalEnd: the last reading in the worker's journal; an aggregator that has more got them from another
    ///     journal, and would take new ones for old.
    public init(
        worker: WorkerID, incarnation: Incarnation, versions: ClosedRange<UInt16> = ControlMessage.versions,
        journalEnd: UInt64? = nil
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.versions = versions
        self.journalEnd = journalEnd
    }

    public var isConnected: Bool { self.phase == .connected }
    public var unacknowledged: Int { self.backlog.count }

    /// Binds slots; told to the aggregator at once and after each reconnect.
    public mutating func register(_ registrations: [Registration]) -> [LinkAction] {
        for registration in registrations { self.registrations[registration.slot] = registration }
        guard self.phase == .connected else { return [] }
        return self.registerMessages(registrations)
    }

    private func registerMessages(_ registrations: [Registration]) -> [LinkAction] {
        stride(from: 0, to: registrations.count, by: ControlMessage.mostRegistrations).map { start in
            let end = min(start + ControlMessage.mostRegistrations, registrations.count)
            return .send(.register(incarnation: self.incarnation, Array(registrations[start..<end])))
        }
    }

    /// Publishes records (40 bytes each, by slot) in frames of at most 256. While the aggregator has no room they wait,
    /// and of each slot the latest alone.
    public mutating func publish(_ records: [(slot: UInt32, bytes: [UInt8])], at now: Instant) -> [LinkAction] {
        for record in records { self.records[record.slot] = record.bytes }
        guard self.phase == .connected else { return [] }
        if !self.owed.isEmpty {
            for record in records { self.owed.add(record.slot) }
            return []
        }
        return self.frames(of: records, at: now)
    }

    /// A frame found no room: the next one takes its number, so that the aggregator misses none, and what it said of its
    /// slots is said again as it is then. To be called for each frame from the first that was refused on, in their order.
    public mutating func unpublished(_ bytes: [UInt8]) {
        guard let frame = try? TelemetryFrame(decoding: bytes), frame.sequence > 0 else { return }
        self.telemetrySequence = min(self.telemetrySequence, frame.sequence - 1)
        for slot in frame.slots { self.owed.add(slot) }
    }

    /// Says the latest of those that are owed, who has waited longest first; no more at once than there may be room for.
    private mutating func publishOwed(at now: Instant) -> [LinkAction] {
        guard !self.owed.isEmpty else { return [] }
        let slots = self.owed.take(64 * TelemetryFrame.mostRecords)
        return self.frames(of: slots.compactMap { slot in self.records[slot].map { (slot, $0) } }, at: now)
    }

    private mutating func frames(of records: [(slot: UInt32, bytes: [UInt8])], at now: Instant) -> [LinkAction] {
        stride(from: 0, to: records.count, by: TelemetryFrame.mostRecords).map { start in
            let part = records[start..<min(start + TelemetryFrame.mostRecords, records.count)]
            self.telemetrySequence += 1
            return .publish(self.frame(part.map(\.bytes), at: now).encoded())
        }
    }

    private func frame(_ records: [[UInt8]], at now: Instant) -> TelemetryFrame {
        TelemetryFrame(
            worker: self.worker, incarnation: self.incarnation, sequence: self.telemetrySequence,
            epoch: self.epoch, sentAt: now, trace: .none, stride: 40, count: records.count,
            records: Array(records.joined()))
    }

    /// Readings that stand in the worker's journal, in order. One that was handed over before is left out; one
    /// beyond the room or beyond a hole stays in the journal until ``LinkAction/reload(from:)`` asks for it.
    public mutating func enqueue(_ readings: [MeterReading], at now: Instant) -> [LinkAction] {
        for reading in readings {
            self.highest = max(self.highest, reading.sequence)
            guard reading.sequence == self.next ?? reading.sequence, self.backlog.count < Self.mostBacklog
            else { continue }
            self.backlog.append(reading)
            self.next = reading.sequence + 1
        }
        return self.sendReadings(at: now)
    }

    private mutating func sendReadings(at now: Instant) -> [LinkAction] {
        guard self.phase == .connected, !self.journalIsForeign else { return [] }
        let end = min(self.backlog.count, Self.window)
        guard self.sent < end else { return [] }
        var actions: [LinkAction] = []
        while self.sent < end {
            let next = min(self.sent + ControlMessage.mostReadings, end)
            let from = self.backlog.first?.sequence ?? 0
            actions.append(.send(.readings(from: from, Array(self.backlog[self.sent..<next]))))
            self.sent = next
        }
        self.sentAt = now
        return actions
    }

    public mutating func planAnswer(_ plan: PlanID, hash: UInt64, refusal: String?) -> LinkAction {
        refusal.map { .send(.planRefused(plan, reason: $0)) } ?? .send(.planAcknowledged(plan, hash: hash))
    }

    /// A control message from the aggregator. But for a stop, nothing is obeyed before its welcome.
    public mutating func control(_ bytes: [UInt8], at now: Instant) -> [LinkAction] {
        guard let message = try? ControlMessage(decoding: bytes) else {
            self.malformed += 1
            return []
        }
        self.heardAt = now
        self.unheardSince = nil
        switch message {
        case .welcome(let epoch, let version, _): return self.welcomed(epoch, version, at: now)
        case .refused(let reason): return self.refused(reason)
        case .finAcknowledged: return self.phase == .leaving ? [.left] : []
        case .stop(let order): return [.stop(order), .send(.stopAcknowledged(id: order.id))]
        default: return self.phase == .connected ? self.obey(message, at: now) : []
        }
    }

    private mutating func obey(_ message: ControlMessage, at now: Instant) -> [LinkAction] {
        switch message {
        case .snapshotRequest: return self.snapshot(at: now)
        case .prepare(let plan, let hash):
            guard plan.worker == self.worker, self.isCurrent(plan.id.epoch) else { return [] }
            guard self.isLease(plan.validUntil, at: now) else {
                return [.send(.planRefused(plan.id, reason: "its lease is longer than \(Self.mostLease.seconds) s"))]
            }
            return [.plan(plan, hash: hash)]
        case .amend(let part): return self.amend(part, at: now)
        case .renew(let plan, let until):
            return self.isCurrent(plan.epoch) && self.isLease(until, at: now) ? [.renew(plan, validUntil: until)] : []
        case .heartbeat(let clock): return self.hear(clock, at: now)
        case .readingsAcknowledged(let sequence): return self.acknowledged(sequence, at: now)
        case .release(let order): return [.release(order), .send(.stopAcknowledged(id: order.id))]
        case .stops(let orders): return [.stops(orders)]
        case .overridesAcknowledged(let sequence):
            self.overrides.acknowledged(sequence)
            return [.dropOverrides(upTo: sequence)] + self.sendOverrides(at: now)
        default: return []
        }
    }

    /// A part of a change; with the last of them the owner hears of it. One that does not follow upon the last asks for
    /// the whole plan.
    private mutating func amend(_ part: PlanPart, at now: Instant) -> [LinkAction] {
        let id = part.patch.id
        guard part.patch.worker == self.worker, self.isCurrent(id.epoch) else { return [] }
        guard self.isLease(part.patch.validUntil, at: now) else {
            return [.send(.planRefused(id, reason: "its lease is longer than \(Self.mostLease.seconds) s"))]
        }
        switch self.assembly.take(part) {
        case .waiting: return []
        case .complete(let patch, let hash): return [.amend(patch, hash: hash)]
        case .torn: return [.send(.planWanted(id))]
        }
    }

    private mutating func isLease(_ until: Instant, at now: Instant) -> Bool {
        guard until - now > Self.mostLease else { return true }
        self.clockErrors += 1
        return false
    }

    /// An aggregator whose clock ran away since the welcome: its leases and signals would not end when it says.
    private mutating func hear(_ clock: Instant, at now: Instant) -> [LinkAction] {
        guard let reason = self.clockFault(clock, at: now) else { return [] }
        self.phase = .greeting
        return [.refused(reason)]
    }

    /// What is wrong with the aggregator's clock, or nil.
    private mutating func clockFault(_ clock: Instant, at now: Instant) -> String? {
        let skew = (clock - now).microseconds.magnitude
        guard skew > UInt(Self.clockBound.microseconds) else { return nil }
        self.clockErrors += 1
        return "the aggregator's clock is off by \(skew / 1000) ms: synchronise it"
    }

    /// Decisions of others, which the worker has on its disk: told at once, and again until they are acknowledged. An
    /// aggregator of an older version is not told; they wait for a newer one.
    public mutating func note(_ notes: [OverrideNote], at now: Instant) -> [LinkAction] {
        self.overrides.take(notes)
        return self.sendOverrides(at: now)
    }

    private mutating func sendOverrides(at now: Instant) -> [LinkAction] {
        guard self.phase == .connected, self.version >= 3 else { return [] }
        return self.overrides.next(at: now).map { .send(.overrides($0)) }
    }

    /// Whoever restarted, or lost something, does not know us: greet again. Who leaves has left by it.
    private mutating func refused(_ reason: String) -> [LinkAction] {
        if self.phase == .leaving { return [.refused(reason), .left] }
        self.phase = .greeting
        return [.refused(reason)]
    }

    /// A thawed leader of an older epoch is not obeyed.
    private mutating func isCurrent(_ epoch: Epoch) -> Bool {
        if epoch < self.epoch { self.olderEpochs += 1 }
        return epoch >= self.epoch
    }

    private mutating func welcomed(_ epoch: Epoch, _ version: UInt16, at now: Instant) -> [LinkAction] {
        guard self.phase != .leaving else { return [] }
        guard epoch >= self.epoch else { return [.refused("an older leader answered")] }
        guard self.versions.contains(version) else {
            return [.refused("the aggregator chose FleetLink \(version), which this worker does not speak")]
        }
        self.epoch = epoch
        self.phase = .connected
        self.version = version
        self.sent = 0
        self.overrides.restart()
        self.assembly.clear()
        // The snapshot says the latest of everybody.
        self.owed = OwedSlots()
        self.journalIsForeign = false
        let all = self.registrations.values.sorted { $0.slot < $1.slot }
        return [.connected(epoch)] + self.registerMessages(all) + self.snapshot(at: now) + self.sendReadings(at: now)
            + self.sendOverrides(at: now)
    }

    private func snapshot(at now: Instant) -> [LinkAction] {
        let all = self.records.sorted { $0.key < $1.key }.map(\.value)
        return stride(from: 0, to: all.count, by: TelemetryFrame.mostRecords).map { start in
            let part = Array(all[start..<min(start + TelemetryFrame.mostRecords, all.count)])
            return .send(.snapshot(frame: self.frame(part, at: now).encoded()))
        }
    }

    private mutating func acknowledged(_ sequence: UInt64, at now: Instant) -> [LinkAction] {
        if let end = self.journalEnd.map({ max($0, self.highest) }), sequence > end {
            guard !self.journalIsForeign else { return [] }
            self.journalIsForeign = true
            return [
                .refused(
                    "the aggregator has readings up to \(sequence), this worker's journal ends at \(end): "
                        + "bring its data folder back, or give the worker another name and key")
            ]
        }
        let done = self.backlog.firstIndex { $0.sequence > sequence } ?? self.backlog.count
        guard done > 0 else { return [] }
        self.backlog.removeFirst(done)
        self.sent = max(0, self.sent - done)
        return [.drop(readingsUpTo: sequence)] + self.reload(at: now) + self.sendReadings(at: now)
    }

    /// Asks for what was left in the journal, once there is room; again where it did not come.
    private mutating func reload(at now: Instant) -> [LinkAction] {
        guard self.backlog.isEmpty, let next = self.next, next <= self.highest,
            self.reloadedAt.map({ now - $0 > .seconds(5) }) ?? true
        else { return [] }
        self.reloadedAt = now
        return [.reload(from: next)]
    }

    /// A frame from the signal socket. One that was heard before changes nothing.
    public mutating func signal(_ bytes: [UInt8], at now: Instant) -> [LinkAction] {
        guard let frame = try? SignalFrame(decoding: bytes) else {
            self.malformed += 1
            return []
        }
        switch frame {
        case .dispatch(let signal):
            guard self.isCurrent(signal.plan.epoch), self.isAlive(signal.expiry, at: now) else { return [] }
            // Late is what its expiry is for; of the future it would hold for longer than anybody means.
            guard signal.sentAt <= now + Self.clockBound else {
                self.clockErrors += 1
                return []
            }
            let key = "d/\(signal.plan.resource)/\(signal.product)"
            guard self.isNew(key, Mark(epoch: signal.plan.epoch, sequence: signal.sequence)) else { return [] }
            return [.signal(signal)]
        case .grid(let signal):
            guard self.isAlive(signal.expiry, at: now) else { return [] }
            let key = "g/\(signal.resource)/\(signal.product)"
            guard self.isNew(key, Mark(epoch: Epoch(0), sequence: signal.sequence)) else { return [] }
            return [.frequency(signal)]
        case .delivered: return []
        }
    }

    private mutating func isAlive(_ expiry: Instant, at now: Instant) -> Bool {
        if now >= expiry { self.expired += 1 }
        return now < expiry
    }

    /// A new leader counts from the start.
    private mutating func isNew(_ key: String, _ mark: Mark) -> Bool {
        if let last = self.streams[key] {
            guard mark.epoch > last.epoch || (mark.epoch == last.epoch && mark.sequence > last.sequence) else {
                self.replayed += 1
                return false
            }
        } else if self.streams.count >= Self.mostStreams {
            return false
        }
        self.streams[key] = mark
        return true
    }

    /// Time passes: greet until welcomed, beat, resend readings that nobody acknowledged.
    public mutating func tick(at now: Instant) -> [LinkAction] {
        switch self.phase {
        case .greeting:
            guard now - self.greetedAt >= .seconds(1) else { return [] }
            self.greetedAt = now
            self.heardAt = now
            return self.complain(at: now) + [
                .send(
                    .hello(
                        worker: self.worker, incarnation: self.incarnation, versions: self.versions, clock: now))
            ]
        case .connected:
            var actions: [LinkAction] = []
            if now - self.heardAt > .seconds(5) {
                self.phase = .greeting
                return []
            }
            if now - self.beatAt >= .seconds(1) {
                self.beatAt = now
                actions.append(.send(.heartbeat(clock: now)))
            }
            if self.sent > 0, now - self.sentAt > .seconds(3) {
                self.sent = 0
                actions += self.sendReadings(at: now)
            }
            if self.overrides.isDue(at: now) {
                self.overrides.restart()
                actions += self.sendOverrides(at: now)
            }
            return actions + self.reload(at: now) + self.publishOwed(at: now)
        case .leaving: return []
        }
    }

    /// A key that is not let in gets no answer at all: says after ten seconds, then each minute, what may be wrong.
    private mutating func complain(at now: Instant) -> [LinkAction] {
        let since = self.unheardSince ?? now
        self.unheardSince = since
        guard now - since >= .seconds(10) else { return [] }
        self.unheardSince = now + .seconds(50)
        return [
            .refused(
                "no answer: check the aggregator's address and public key, and that this worker's key is on its allow-list"
            )
        ]
    }

    /// Something did not find its way to the aggregator: greet again, as soon as it can be reached, and say
    /// everything anew.
    public mutating func unsent() {
        guard self.phase != .leaving else { return }
        self.phase = .greeting
        self.greetedAt = .distantPast
    }

    /// Says goodbye; the aggregator's FIN-ACK ends it. Who was not welcomed has nobody to say it to.
    public mutating func leave() -> [LinkAction] {
        defer { self.phase = .leaving }
        return self.phase == .connected ? [.send(.fin)] : [.left]
    }
}
