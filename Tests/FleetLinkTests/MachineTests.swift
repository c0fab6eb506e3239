import Domain
import FleetLink
import Testing

/// A worker and a hub with a network between them that loses, doubles and reorders telemetry, and may cut everything.
struct Network {
    var hub = HubMachine(epoch: Epoch(1))
    var link: LinkMachine
    var now = Instant(seconds: 100)
    var generator: SeededGenerator
    var loss = 0
    var cut = false
    var events: [Event] = []
    var dropped: UInt64 = 0
    /// The latest record of each slot as the hub's owner has it.
    var state: [UInt32: [UInt8]] = [:]
    var journalled: [MeterReading] = []
    var held: [[UInt8]] = []

    init(seed: UInt64, incarnation: UInt64 = 1) {
        self.generator = SeededGenerator(seed: seed)
        self.link = LinkMachine(worker: "w", incarnation: Incarnation(incarnation))
    }

    mutating func run(_ actions: [LinkAction]) {
        for action in actions {
            switch action {
            case .send(let message) where !self.cut:
                self.take(self.hub.control(message.encoded(), from: "w", at: self.now))
            case .publish(let bytes) where !self.cut: self.publish(bytes)
            case .drop(let sequence): self.dropped = max(self.dropped, sequence)
            default: break
            }
        }
    }

    private mutating func publish(_ bytes: [UInt8]) {
        let draw = Int.random(in: 0..<100, using: &self.generator)
        if draw < self.loss { return }
        if draw < self.loss * 2 { self.held.append(bytes) }
        self.take(self.hub.telemetry(bytes, from: "w", at: self.now))
        if draw < self.loss * 3 { self.take(self.hub.telemetry(bytes, from: "w", at: self.now)) }
        if draw >= self.loss * 3, let late = self.held.popLast() {
            self.take(self.hub.telemetry(late, from: "w", at: self.now))
        }
    }

    mutating func take(_ actions: [HubAction]) {
        for action in actions {
            switch action {
            case .event(let event): self.note(event)
            case .send(_, let message) where !self.cut: self.run(self.link.control(message.encoded(), at: self.now))
            case .refuse(_, let reason) where !self.cut:
                self.run(self.link.control(ControlMessage.refused(reason: reason).encoded(), at: self.now))
            case .send, .refuse: break
            }
        }
    }

    private mutating func note(_ event: Event) {
        self.events.append(event)
        if case .telemetry(let batch) = event {
            for index in 0..<batch.count {
                let record = Array(batch.bytes.dropFirst(index * 40).prefix(40))
                self.state[UInt32(record[0])] = record
            }
        }
        if case .readings(_, let readings) = event {
            self.journalled += readings
            self.take(self.hub.journalled(readings: readings.last?.sequence ?? 0, of: "w"))
        }
    }

    mutating func tick(_ span: TimeSpan = .milliseconds(200)) {
        self.now = self.now + span
        self.run(self.link.tick(at: self.now))
        self.take(self.hub.tick(at: self.now))
    }
}

func record(_ slot: UInt8, _ value: UInt8) -> (slot: UInt32, bytes: [UInt8]) {
    (UInt32(slot), [slot, 0, 0, 0] + Array(repeating: value, count: 36))
}

func meter(_ sequence: UInt64) -> MeterReading {
    MeterReading(
        worker: "w", sequence: sequence, station: "s", evse: 1, token: nil, at: Instant(seconds: Int(sequence)),
        receivedAt: Instant(seconds: Int(sequence)), power: .zero, importRegister: .zero, exportRegister: .zero,
        stateOfCharge: nil)
}

@Suite struct MachineTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func lostDoubledAndLateTelemetryIsHealedBySnapshots(seed: UInt64) {
        var network = Network(seed: seed)
        network.tick(.seconds(1))
        network.loss = 10
        var truth: [UInt32: [UInt8]] = [:]
        for round in 0..<300 {
            let records = (0..<3).map { _ in
                record(UInt8.random(in: 0..<40, using: &network.generator), UInt8(truncatingIfNeeded: round))
            }
            for record in records { truth[record.slot] = record.bytes }
            network.run(network.link.publish(records, at: network.now))
            network.tick(.milliseconds(600))
        }
        network.loss = 0
        for _ in 0..<3 {
            network.run(network.link.publish([record(0, 77)], at: network.now))
            network.tick(.seconds(1))
        }
        truth[0] = record(0, 77).bytes
        #expect(network.state == truth)
        #expect(network.hub.counts.gaps > 5 && network.hub.counts.replayed > 5)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func readingsArriveOnceAndInOrderAcrossCuts(seed: UInt64) {
        var network = Network(seed: seed)
        var sequence: UInt64 = 0
        for _ in 0..<400 {
            network.cut = Int.random(in: 0..<10, using: &network.generator) < 3
            sequence += 1
            network.run(network.link.enqueue([meter(sequence)], at: network.now))
            network.tick(.milliseconds(700))
        }
        network.cut = false
        for _ in 0..<20 { network.tick(.seconds(1)) }
        #expect(network.journalled.map(\.sequence) == Array(1...sequence))
        #expect(network.dropped == sequence && network.link.unacknowledged == 0)
    }

    @Test func aRestartedHubLearnsEverythingAgain() {
        var network = Network(seed: 1)
        network.tick(.seconds(1))
        network.run(
            network.link.register([
                Registration(
                    slot: 1, generation: 1, station: "s", evse: 1, token: nil, capability: .setpoint, maxCharge: .zero,
                    maxDischarge: .zero, minimumPower: .zero, step: Power(watts: 1), responseTime: .zero)
            ]))
        network.run(network.link.publish([record(1, 5)], at: network.now))
        network.hub = HubMachine(epoch: Epoch(2))
        network.hub.restore(readings: 3, of: "w")
        network.events = []
        for sequence in 1...5 as ClosedRange<UInt64> {
            network.run(network.link.enqueue([meter(sequence)], at: network.now))
        }
        for _ in 0..<10 { network.tick(.seconds(1)) }
        #expect(network.events.contains { if case .registered("w", _, let all) = $0 { all.count == 1 } else { false } })
        #expect(
            network.journalled.suffix(2).map(\.sequence) == [4, 5],
            "what was journalled before the restart is not taken again")
    }

    @Test func aRestartedWorkerIsAnotherIncarnationAndASilentOneIsLost() {
        var network = Network(seed: 1)
        network.tick(.seconds(1))
        network.run(network.link.publish([record(1, 5)], at: network.now))
        network.link = LinkMachine(worker: "w", incarnation: Incarnation(2))
        for _ in 0..<3 { network.tick(.seconds(1)) }
        network.run(network.link.publish([record(1, 6)], at: network.now))
        #expect(network.events.contains(.workerJoined("w", Incarnation(2))))
        #expect(network.state[1] == record(1, 6).bytes)
        let old = TelemetryFrame(
            worker: "w", incarnation: Incarnation(1), sequence: 99, epoch: Epoch(1), sentAt: network.now, trace: .none,
            stride: 40,
            count: 1, records: record(1, 9).bytes)
        #expect(network.hub.telemetry(old.encoded(), from: "w", at: network.now).isEmpty, "an earlier life")
        network.cut = true
        for _ in 0..<8 { network.tick(.seconds(1)) }
        #expect(network.events.last == .workerLost("w"))
        network.cut = false
        for _ in 0..<8 { network.tick(.seconds(1)) }
        #expect(network.hub.present == ["w"])
    }

    @Test func strangersReplaysAndWrongClocksChangeNothing() {
        var hub = HubMachine(epoch: Epoch(1))
        let now = Instant(seconds: 50)
        let hello = ControlMessage.hello(worker: "w", incarnation: Incarnation(1), versions: 1...1, clock: now)
        func reasons(_ actions: [HubAction]) -> [String] {
            actions.compactMap { if case .refuse(_, let reason) = $0 { reason } else { nil } }
        }
        #expect(reasons(hub.control(hello.encoded(), from: "x", at: now)) == ["this key belongs to another worker"])
        #expect(reasons(hub.control(ControlMessage.fin.encoded(), from: "w", at: now)) == ["say hello first"])
        #expect(reasons(hub.control([1, 2, 3], from: "w", at: now)).count == 1)
        let late = ControlMessage.hello(
            worker: "w", incarnation: Incarnation(1), versions: 1...1, clock: now - .minutes(5))
        #expect(reasons(hub.control(late.encoded(), from: "w", at: now)).first?.contains("synchronise") == true)
        let future = ControlMessage.hello(worker: "w", incarnation: Incarnation(1), versions: 7...9, clock: now)
        #expect(reasons(hub.control(future.encoded(), from: "w", at: now)).first?.contains("upgrade") == true)
        #expect(hub.present.isEmpty)
        _ = hub.control(hello.encoded(), from: "w", at: now)
        #expect(hub.telemetry(telemetry.encoded(), from: "x", at: now).isEmpty, "another's key")
        #expect(hub.telemetry(telemetry.encoded(), from: "w", at: now).count == 1)
        #expect(hub.telemetry(telemetry.encoded(), from: "w", at: now).isEmpty, "replayed")
        #expect(hub.counts.replayed == 1 && hub.counts.strangers == 2)
    }

    @Test func aStopIsSaidUntilAcknowledgedAlsoToWhoComesLater() {
        var hub = HubMachine(epoch: Epoch(1))
        let now = Instant(seconds: 50)
        func stops(_ actions: [HubAction]) -> Int {
            actions.count { if case .send(_, .stop) = $0 { true } else { false } }
        }
        let order = StopOrder(id: 1, scope: .zone("z"), at: now, by: "op")
        _ = hub.stop(order)
        let hello = ControlMessage.hello(worker: "w", incarnation: Incarnation(1), versions: 1...1, clock: now)
        _ = hub.control(hello.encoded(), from: "w", at: now)
        #expect(stops(hub.tick(at: now + .seconds(1))) == 1)
        #expect(stops(hub.tick(at: now + .seconds(2))) == 1)
        _ = hub.control(ControlMessage.stopAcknowledged(id: 1).encoded(), from: "w", at: now + .seconds(2))
        #expect(stops(hub.tick(at: now + .seconds(3))) == 0)
    }

    @Test func aSignalThatWasHeardBeforeChangesNothing() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        let frame = signals[0].frame.encoded()
        #expect(link.signal(frame, at: Instant(seconds: 1)).count == 1)
        #expect(link.signal(frame, at: Instant(seconds: 1)).isEmpty)
        #expect(link.signal([0, 1], at: Instant(seconds: 1)).isEmpty)
        #expect(link.replayed == 1)
    }

    private func hello(_ hub: inout HubMachine, at now: Instant) {
        let hello = ControlMessage.hello(worker: "w", incarnation: Incarnation(1), versions: 1...1, clock: now)
        _ = hub.control(hello.encoded(), from: "w", at: now)
    }

    private func acknowledged(_ actions: [HubAction]) -> [UInt64] {
        actions.compactMap { if case .send(_, .readingsAcknowledged(let upTo)) = $0 { upTo } else { nil } }
    }

    @Test func onlyJournalledReadingsAreAcknowledged() {
        var hub = HubMachine(epoch: Epoch(1))
        let now = Instant(seconds: 50)
        self.hello(&hub, at: now)
        func say(_ from: UInt64, _ sequences: ClosedRange<UInt64>) -> [HubAction] {
            hub.control(ControlMessage.readings(from: from, sequences.map(meter)).encoded(), from: "w", at: now)
        }
        #expect(self.acknowledged(say(1, 1...3)).isEmpty)
        #expect(self.acknowledged(say(1, 1...3)) == [0], "a resend while the journal writes")
        let greeting = ControlMessage.hello(worker: "w", incarnation: Incarnation(1), versions: 1...1, clock: now)
        #expect(
            self.acknowledged(hub.control(greeting.encoded(), from: "w", at: now)) == [0], "a hello while it writes")
        _ = hub.expelAll()
        self.hello(&hub, at: now)
        let again = say(1, 1...3)
        #expect(again.contains { if case .event(.readings(_, let all)) = $0 { all.count == 3 } else { false } })
        #expect(hub.journalled(readings: 3, of: "w") == [.send("w", .readingsAcknowledged(upTo: 3))])
        #expect(say(9, 9...9).allSatisfy { if case .event = $0 { false } else { true } }, "`from` does not jump a hole")
        #expect(self.acknowledged(say(4, 4...4)).isEmpty)
    }

    @Test func aSnapshotThatTelemetryOvertookIsLeftAndAskedForAgain() {
        var hub = HubMachine(epoch: Epoch(1))
        let now = Instant(seconds: 50)
        self.hello(&hub, at: now)
        func frame(_ sequence: UInt64) -> TelemetryFrame {
            var frame = telemetry
            frame.sequence = sequence
            return frame
        }
        #expect(hub.telemetry(frame(2).encoded(), from: "w", at: now).contains(.send("w", .snapshotRequest)))
        _ = hub.telemetry(frame(3).encoded(), from: "w", at: now)
        #expect(hub.control(ControlMessage.snapshot(frame: frame(2).encoded()).encoded(), from: "w", at: now).isEmpty)
        #expect(hub.tick(at: now + .seconds(1)).contains(.send("w", .snapshotRequest)))
        #expect(
            hub.control(ControlMessage.snapshot(frame: frame(3).encoded()).encoded(), from: "w", at: now).count == 1)
        #expect(hub.tick(at: now + .seconds(2)).isEmpty)
    }

    @Test func aReleaseThatWasNotAcknowledgedOutlivesAReconnect() {
        var hub = HubMachine(epoch: Epoch(1))
        let now = Instant(seconds: 50)
        self.hello(&hub, at: now)
        let order = StopOrder(id: 1, scope: .zone("z"), at: now, by: "op")
        _ = hub.stop(order)
        _ = hub.release(order)
        self.hello(&hub, at: now)
        #expect(hub.tick(at: now + .seconds(1)) == [.send("w", .release(order))])
    }

    @Test func anOlderLeaderAndAnExpiredSignalAreNotObeyed() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        let now = Instant(seconds: 2)
        _ = link.control(ControlMessage.welcome(epoch: Epoch(4), version: 1, clock: now).encoded(), at: now)
        #expect(link.control(ControlMessage.prepare(plan, hash: plan.hash).encoded(), at: now).isEmpty)
        #expect(link.control(ControlMessage.renew(plan.id, validUntil: now).encoded(), at: now).isEmpty)
        #expect(link.signal(signals[0].frame.encoded(), at: now).isEmpty && link.olderEpochs == 3)
        #expect(link.signal(signals[1].frame.encoded(), at: Instant(seconds: 3)).isEmpty && link.expired == 1)
        #expect(link.leave() == [.send(.fin)])
        #expect(link.control(ControlMessage.finAcknowledged.encoded(), at: now) == [.left])
    }

    @Test func whatFindsNoRoomWaitsInTheJournal() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        let now = Instant(seconds: 2)
        let most = UInt64(LinkMachine.mostBacklog)
        _ = link.enqueue((1...most + 5).map(meter), at: now)
        #expect(link.unacknowledged == LinkMachine.mostBacklog)
        _ = link.control(ControlMessage.welcome(epoch: Epoch(1), version: 1, clock: now).encoded(), at: now)
        let actions = link.control(ControlMessage.readingsAcknowledged(upTo: most).encoded(), at: now)
        #expect(actions.contains(.reload(from: most + 1)))
    }
}
