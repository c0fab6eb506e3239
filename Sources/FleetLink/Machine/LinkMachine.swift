package import Domain

/// What the worker's owner has to do.
package enum LinkAction: Hashable, Sendable {
    case send(ControlMessage)
    case publish([UInt8])
    /// Take a plan; the owner answers through ``LinkMachine/planAnswer(_:_:)``.
    case plan(WorkerPlan, hash: UInt64)
    case renew(PlanID, validUntil: Instant)
    case signal(DispatchSignal)
    case frequency(GridSignal)
    case stop(StopOrder)
    case release(StopOrder)
    /// Readings up to here are safe upstream; the journal may drop them.
    case drop(readingsUpTo: UInt64)
    case connected(Epoch)
    /// Readings from this sequence on were left in the journal for want of room: hand them over again.
    case reload(from: UInt64)
    /// The aggregator knows that we are gone; the socket may close.
    case left
    case refused(String)
}

/// The worker's end of FleetLink: pure, fed with messages and the time.
package struct LinkMachine: Sendable {
    private enum Phase: Hashable, Sendable {
        case greeting
        case connected
        case leaving
    }
    /// Most readings kept in memory; the rest waits in the journal.
    package static let mostBacklog = 100_000
    /// Most readings under way without acknowledgement.
    package static let window = 2_000

    private let worker: WorkerID
    private let incarnation: Incarnation
    private var phase = Phase.greeting
    private var epoch = Epoch(0)
    private var greetedAt = Instant.distantPast
    private var heardAt = Instant.distantPast
    private var beatAt = Instant.distantPast
    private var telemetrySequence: UInt64 = 0
    private var registrations: [UInt32: Registration] = [:]
    /// Latest record of each slot, 40 bytes, for snapshots.
    private var records: [UInt32: [UInt8]] = [:]
    /// Readings of the journal that are not acknowledged, oldest first, and how many of them are under way.
    private var backlog: [MeterReading] = []
    private var sent = 0
    private var sentAt = Instant.distantPast
    private var leftInJournal: UInt64?
    private var signalSequences: [String: UInt64] = [:]
    package private(set) var replayed = 0
    package private(set) var expired = 0
    package private(set) var olderEpochs = 0

    package init(worker: WorkerID, incarnation: Incarnation) {
        self.worker = worker
        self.incarnation = incarnation
    }

    package var isConnected: Bool { self.phase == .connected }
    package var unacknowledged: Int { self.backlog.count }

    /// Binds slots; told to the aggregator at once and after each reconnect.
    package mutating func register(_ registrations: [Registration]) -> [LinkAction] {
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

    /// Publishes records (40 bytes each, by slot) in frames of at most 256.
    package mutating func publish(_ records: [(slot: UInt32, bytes: [UInt8])], at now: Instant) -> [LinkAction] {
        for record in records { self.records[record.slot] = record.bytes }
        guard self.phase == .connected else { return [] }
        return stride(from: 0, to: records.count, by: TelemetryFrame.mostRecords).map { start in
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

    /// Readings that stand in the worker's journal, in order.
    package mutating func enqueue(_ readings: [MeterReading], at now: Instant) -> [LinkAction] {
        for reading in readings {
            if self.leftInJournal == nil, self.backlog.count < Self.mostBacklog {
                self.backlog.append(reading)
            } else {
                self.leftInJournal = min(self.leftInJournal ?? .max, reading.sequence)
            }
        }
        return self.sendReadings(at: now)
    }

    private mutating func sendReadings(at now: Instant) -> [LinkAction] {
        guard self.phase == .connected else { return [] }
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

    package mutating func planAnswer(_ plan: PlanID, hash: UInt64, refusal: String?) -> LinkAction {
        refusal.map { .send(.planRefused(plan, reason: $0)) } ?? .send(.planAcknowledged(plan, hash: hash))
    }

    /// A control message from the aggregator.
    package mutating func control(_ bytes: [UInt8], at now: Instant) -> [LinkAction] {
        guard let message = try? ControlMessage(decoding: bytes) else { return [] }
        self.heardAt = now
        switch message {
        case .welcome(let epoch, _, _): return self.welcomed(epoch, at: now)
        case .refused(let reason):
            // Whoever restarted does not know us: greet again.
            if self.phase == .connected { self.phase = .greeting }
            return [.refused(reason)]
        case .snapshotRequest: return self.snapshot(at: now)
        case .prepare(let plan, let hash):
            return plan.worker == self.worker && self.isCurrent(plan.id.epoch) ? [.plan(plan, hash: hash)] : []
        case .renew(let plan, let until):
            return self.isCurrent(plan.epoch) ? [.renew(plan, validUntil: until)] : []
        case .finAcknowledged: return self.phase == .leaving ? [.left] : []
        case .readingsAcknowledged(let sequence): return self.acknowledged(sequence, at: now)
        case .stop(let order): return [.stop(order), .send(.stopAcknowledged(id: order.id))]
        case .release(let order): return [.release(order), .send(.stopAcknowledged(id: order.id))]
        default: return []
        }
    }

    /// A thawed leader of an older epoch is not obeyed.
    private mutating func isCurrent(_ epoch: Epoch) -> Bool {
        if epoch < self.epoch { self.olderEpochs += 1 }
        return epoch >= self.epoch
    }

    private mutating func welcomed(_ epoch: Epoch, at now: Instant) -> [LinkAction] {
        guard epoch >= self.epoch else { return [.refused("an older leader answered")] }
        self.epoch = epoch
        self.phase = .connected
        self.sent = 0
        let all = self.registrations.values.sorted { $0.slot < $1.slot }
        return [.connected(epoch)] + self.registerMessages(all) + self.snapshot(at: now) + self.sendReadings(at: now)
    }

    private func snapshot(at now: Instant) -> [LinkAction] {
        let all = self.records.sorted { $0.key < $1.key }.map(\.value)
        return stride(from: 0, to: all.count, by: TelemetryFrame.mostRecords).map { start in
            let part = Array(all[start..<min(start + TelemetryFrame.mostRecords, all.count)])
            return .send(.snapshot(frame: self.frame(part, at: now).encoded()))
        }
    }

    private mutating func acknowledged(_ sequence: UInt64, at now: Instant) -> [LinkAction] {
        let done = self.backlog.firstIndex { $0.sequence > sequence } ?? self.backlog.count
        guard done > 0 else { return [] }
        self.backlog.removeFirst(done)
        self.sent = max(0, self.sent - done)
        var actions: [LinkAction] = [.drop(readingsUpTo: sequence)]
        if self.backlog.isEmpty, let from = self.leftInJournal {
            self.leftInJournal = nil
            actions.append(.reload(from: from))
        }
        return actions + self.sendReadings(at: now)
    }

    /// A frame from the signal socket. One that was heard before changes nothing.
    package mutating func signal(_ bytes: [UInt8], at now: Instant) -> [LinkAction] {
        guard let frame = try? SignalFrame(decoding: bytes) else { return [] }
        switch frame {
        case .dispatch(let signal):
            guard self.isCurrent(signal.plan.epoch), self.isAlive(signal.expiry, at: now) else { return [] }
            let key = "d\(signal.plan.epoch.value)/\(signal.plan.resource)/\(signal.product)"
            guard self.isNew(key, signal.sequence) else { return [] }
            return [.signal(signal)]
        case .grid(let signal):
            guard self.isAlive(signal.expiry, at: now) else { return [] }
            guard self.isNew("g/\(signal.resource)/\(signal.product)", signal.sequence) else { return [] }
            return [.frequency(signal)]
        case .delivered: return []
        }
    }

    private mutating func isAlive(_ expiry: Instant, at now: Instant) -> Bool {
        if now >= expiry { self.expired += 1 }
        return now < expiry
    }

    private mutating func isNew(_ key: String, _ sequence: UInt64) -> Bool {
        if self.signalSequences.count >= 1_000, self.signalSequences[key] == nil { return false }
        guard sequence > (self.signalSequences[key] ?? 0) else {
            self.replayed += 1
            return false
        }
        self.signalSequences[key] = sequence
        return true
    }

    /// Time passes: greet until welcomed, beat, resend readings that nobody acknowledged.
    package mutating func tick(at now: Instant) -> [LinkAction] {
        switch self.phase {
        case .greeting:
            guard now - self.greetedAt >= .seconds(1) else { return [] }
            self.greetedAt = now
            self.heardAt = now
            return [
                .send(
                    .hello(
                        worker: self.worker, incarnation: self.incarnation, versions: ControlMessage.versions, clock: now))
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
            return actions
        case .leaving: return []
        }
    }

    /// Says goodbye; the aggregator's FIN-ACK ends it.
    package mutating func leave() -> [LinkAction] {
        self.phase = .leaving
        return [.send(.fin)]
    }
}
