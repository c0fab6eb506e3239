import Domain
import FleetLink
import Testing

/// What has to hold when connections, processes and clocks do not.
@Suite struct ReliabilityTests {
    private let now = Instant(seconds: 50)

    private func greet(_ hub: inout HubMachine, route: [UInt8] = [], life: UInt64 = 1, at now: Instant) -> [HubAction] {
        let hello = ControlMessage.hello(worker: "w", incarnation: Incarnation(life), versions: 1...2, clock: now)
        return hub.control(hello.encoded(), from: "w", route: route, at: now)
    }

    private func refusals(_ actions: [HubAction]) -> [String] {
        actions.compactMap {
            switch $0 {
            case .refuse(_, let reason), .send(_, .refused(let reason)): reason
            default: nil
            }
        }
    }

    private func beat(_ hub: inout HubMachine, route: [UInt8] = [], clock: Instant? = nil, at now: Instant)
        -> [HubAction]
    {
        hub.control(ControlMessage.heartbeat(clock: clock ?? now).encoded(), from: "w", route: route, at: now)
    }

    /// TCP takes what was under way with it: over a new connection everything is said again.
    @Test func anotherConnectionHasToSayHelloBeforeAnythingElse() {
        var hub = HubMachine(epoch: Epoch(1))
        _ = self.greet(&hub, route: [1], at: self.now)
        #expect(self.beat(&hub, route: [1], at: self.now) == [.send("w", .heartbeat(clock: self.now))])
        #expect(self.beat(&hub, route: [2], at: self.now) == [.refuse(route: [2], reason: "say hello first")])
        #expect(hub.route(of: "w") == [1], "who said hello keeps the route")
        _ = self.greet(&hub, route: [2], at: self.now)
        #expect(hub.route(of: "w") == [2])
        #expect(self.refusals(self.beat(&hub, route: [1], at: self.now)) == ["say hello first"])
    }

    /// One direction may fail for just so long that the hub gives a worker up which still hears it.
    @Test func aWorkerThatWasGivenUpHasToSayHelloToCountAgain() {
        var hub = HubMachine(epoch: Epoch(1))
        _ = self.greet(&hub, at: self.now)
        for second in 0...5 { #expect(hub.tick(at: self.now + .seconds(second)).isEmpty) }
        let later = self.now + .seconds(6)
        #expect(hub.tick(at: later) == [.event(.workerLost("w"))])
        #expect(hub.tick(at: later).isEmpty, "lost once")
        #expect(hub.telemetry(telemetry.encoded(), from: "w", at: later).isEmpty && hub.counts.strangers == 1)
        #expect(self.refusals(self.beat(&hub, at: later)) == ["say hello first"])
        #expect(self.greet(&hub, at: later).first == .event(.workerJoined("w", Incarnation(1))))
        #expect(hub.present == ["w"] && hub.telemetry(telemetry.encoded(), from: "w", at: later).count == 1)
    }

    /// A process that was frozen, or had no processor, has heard nobody meanwhile: that is no silence of theirs.
    @Test func whoeverStoodStillCallsNobodySilent() {
        var hub = HubMachine(epoch: Epoch(1))
        _ = hub.tick(at: self.now)
        _ = self.greet(&hub, at: self.now)
        _ = hub.tick(at: self.now + .seconds(1))
        let awake = self.now + .seconds(31)
        #expect(hub.tick(at: awake).isEmpty)
        #expect(hub.present == ["w"])
        // A hello that waited is not of a clock that is wrong; one that did not is, and so is one from the future.
        func refusals(_ clock: Instant, at now: Instant) -> [String] {
            let hello = ControlMessage.hello(worker: "w", incarnation: Incarnation(1), versions: 1...2, clock: clock)
            return self.refusals(hub.control(hello.encoded(), from: "w", route: [1], at: now))
        }
        #expect(refusals(self.now + .seconds(2), at: awake + .milliseconds(10)).isEmpty)
        #expect(refusals(self.now - .seconds(10), at: awake + .milliseconds(10)).count == 1)
        #expect(refusals(awake + .seconds(3), at: awake).count == 1)
        for second in 1...5 { #expect(hub.tick(at: awake + .seconds(second)).isEmpty) }
        #expect(refusals(self.now + .seconds(2), at: awake + .seconds(5)).count == 1)
        #expect(hub.tick(at: awake + .seconds(6)) == [.event(.workerLost("w"))], "who says nothing now is silent")
    }

    @Test func whatDoesNotReachAWorkerOrAHubIsSaidAgainAfterAHello() {
        var hub = HubMachine(epoch: Epoch(1))
        _ = self.greet(&hub, at: self.now)
        hub.unreachable("w")
        #expect(hub.tick(at: self.now + .seconds(1)).isEmpty, "not lost at once")
        #expect(self.refusals(self.beat(&hub, at: self.now)) == ["say hello first"])
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        let welcome = ControlMessage.welcome(epoch: Epoch(1), version: 2, clock: self.now).encoded()
        _ = link.control(welcome, at: self.now)
        link.unsent()
        #expect(!link.isConnected)
        let said = link.tick(at: self.now + .seconds(2))
        #expect(said.contains { if case .send(.hello) = $0 { true } else { false } })
    }

    @Test func aClockThatRunsAwayIsFoundByTheHeartbeat() {
        var hub = HubMachine(epoch: Epoch(1))
        _ = self.greet(&hub, at: self.now)
        #expect(self.beat(&hub, clock: self.now - .seconds(2), at: self.now).count == 1, "the bound itself is inside")
        let actions = self.beat(&hub, clock: self.now + .milliseconds(2_001), at: self.now)
        #expect(self.refusals(actions) == ["the worker's clock is off by 2001 ms: synchronise it"])
        #expect(actions.contains(.event(.workerLost("w"))) && hub.present.isEmpty && hub.counts.clockErrors == 1)
    }

    @Test func anAcknowledgementThatFindsNobodyIsRememberedForTheHello() {
        var hub = HubMachine(epoch: Epoch(1))
        #expect(hub.journalled(readings: 7, of: "w").isEmpty)
        #expect(self.greet(&hub, at: self.now).contains(.send("w", .readingsAcknowledged(upTo: 7))))
        let next = hub.control(ControlMessage.readings(from: 8, [meter(8)]).encoded(), from: "w", at: self.now)
        #expect(next == [.event(.readings("w", [meter(8)]))])
    }

    @Test func readingsThatWereJournalledWhileTheWorkerWasExpelledAreNotAHole() {
        var hub = HubMachine(epoch: Epoch(1))
        _ = self.greet(&hub, at: self.now)
        _ = hub.control(ControlMessage.readings(from: 1, [meter(1), meter(2)]).encoded(), from: "w", at: self.now)
        _ = hub.expelAll()
        #expect(hub.journalled(readings: 2, of: "w").isEmpty)
        #expect(self.greet(&hub, at: self.now).contains(.send("w", .readingsAcknowledged(upTo: 2))))
        let next = hub.control(ControlMessage.readings(from: 3, [meter(3)]).encoded(), from: "w", at: self.now)
        #expect(next == [.event(.readings("w", [meter(3)]))])
    }

    /// Half a snapshot must not count as a whole one.
    @Test func aSnapshotThatTelemetryOvertookHalfWayIsAskedForAgain() {
        var hub = HubMachine(epoch: Epoch(1))
        _ = self.greet(&hub, at: self.now)
        var frame = telemetry
        frame.sequence = 5
        let part = ControlMessage.snapshot(frame: frame.encoded()).encoded()
        #expect(hub.control(part, from: "w", at: self.now).count == 1)
        frame.sequence = 6
        #expect(hub.telemetry(frame.encoded(), from: "w", at: self.now).count == 1)
        #expect(hub.control(part, from: "w", at: self.now).isEmpty)
        #expect(hub.tick(at: self.now + .seconds(1)) == [.send("w", .snapshotRequest)])
    }

    @Test func aLateReleaseDoesNotUndoTheStopAfterIt() {
        var hub = HubMachine(epoch: Epoch(1))
        let first = StopOrder(id: 1, scope: .zone("z"), at: self.now, by: "op")
        let second = StopOrder(id: 2, scope: .zone("z"), at: self.now, by: "op")
        _ = self.greet(&hub, at: self.now)
        _ = hub.stop(first)
        _ = hub.release(first)
        #expect(hub.stop(second) == [.send("w", .stop(second))])
        #expect(hub.tick(at: self.now + .seconds(1)) == [.send("w", .stop(second))])
    }

    @Test func aReleaseOutlivesAnExpulsionAndARestartOfTheHub() {
        let order = StopOrder(id: 1, scope: .zone("z"), at: self.now, by: "op")
        var hub = HubMachine(epoch: Epoch(1))
        _ = self.greet(&hub, at: self.now)
        _ = hub.stop(order)
        _ = hub.release(order)
        _ = hub.expelAll()
        _ = self.greet(&hub, at: self.now)
        #expect(hub.tick(at: self.now + .seconds(1)) == [.send("w", .release(order))])
        var again = HubMachine(epoch: Epoch(2))
        again.restore(stops: [order])
        _ = again.release(order)
        #expect(self.greet(&again, at: self.now).contains(.send("w", .stops([]))), "it slept through the release")
        _ = again.stop(order)
        #expect(self.greet(&again, life: 2, at: self.now).contains(.send("w", .stops([order]))))
    }

    @Test func nothingButAStopIsObeyedBeforeTheWelcome() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        let order = StopOrder(id: 1, scope: .zone("z"), at: self.now, by: "op")
        for message in [
            .release(order), .stops([]), .prepare(plan, hash: plan.hash), .snapshotRequest,
            .readingsAcknowledged(upTo: 9),
        ] as [ControlMessage] {
            #expect(link.control(message.encoded(), at: self.now).isEmpty)
        }
        #expect(link.control(ControlMessage.stop(order).encoded(), at: self.now).contains(.stop(order)))
        #expect(link.control([1, 2], at: self.now).isEmpty && link.malformed == 1)
    }

    @Test func leavingEndsWhoeverAnswersWhat() {
        let welcome = ControlMessage.welcome(epoch: Epoch(1), version: 2, clock: self.now).encoded()
        var unknown = LinkMachine(worker: "w", incarnation: Incarnation(1))
        #expect(unknown.leave() == [.left], "nobody to say it to")
        #expect(unknown.control(welcome, at: self.now).isEmpty && !unknown.isConnected, "a welcome that comes too late")
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        _ = link.control(welcome, at: self.now)
        #expect(link.leave() == [.send(.fin)])
        #expect(link.control(ControlMessage.refused(reason: "say hello first").encoded(), at: self.now).contains(.left))
        #expect(link.tick(at: self.now + .seconds(9)).isEmpty)
    }

    /// While the journal is read anew, new readings come in ahead of those that were left there.
    @Test func readingsThatComeAheadOfTheReloadWaitForTheirTurn() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        let most = UInt64(LinkMachine.mostBacklog)
        _ = link.enqueue((1...most + 2).map(meter), at: self.now)
        _ = link.control(ControlMessage.welcome(epoch: Epoch(1), version: 1, clock: self.now).encoded(), at: self.now)
        let asked = link.control(ControlMessage.readingsAcknowledged(upTo: most).encoded(), at: self.now)
        #expect(asked.contains(.reload(from: most + 1)))
        #expect(link.enqueue([meter(most + 3)], at: self.now).isEmpty && link.unacknowledged == 0)
        #expect(link.tick(at: self.now + .seconds(4)).allSatisfy { if case .reload = $0 { false } else { true } })
        let later = self.now + .seconds(6)
        _ = link.control(ControlMessage.heartbeat(clock: later).encoded(), at: later)
        #expect(link.tick(at: later).contains(.reload(from: most + 1)), "asked again where nothing came")
        let sent = link.enqueue((most + 1...most + 3).map(meter), at: later)
        #expect(sent == [.send(.readings(from: most + 1, (most + 1...most + 3).map(meter)))])
        #expect(link.enqueue([meter(most + 2)], at: later).isEmpty, "handed over twice, sent once")
        #expect(link.unacknowledged == 3)
    }

    private func note(_ sequence: UInt64) -> OverrideNote {
        var note = overrideNote
        note.sequence = sequence
        return note
    }

    /// Decisions of others: said at once, again after three seconds and after each welcome, until they are taken.
    @Test func decisionsOfOthersAreSaidUntilTheyAreTaken() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        #expect(link.note([self.note(1)], at: self.now).isEmpty, "nobody is there yet")
        let welcome = ControlMessage.welcome(epoch: Epoch(1), version: 3, clock: self.now).encoded()
        #expect(link.control(welcome, at: self.now).contains(.send(.overrides([self.note(1)]))))
        #expect(link.note([self.note(1), self.note(2)], at: self.now) == [.send(.overrides([self.note(2)]))])
        let all = LinkAction.send(.overrides([self.note(1), self.note(2)]))
        #expect(!link.tick(at: self.now + .seconds(2)).contains(all))
        #expect(link.tick(at: self.now + .seconds(4)).contains(all))
        #expect(link.control(welcome, at: self.now).contains(all), "over another connection")
        let taken = ControlMessage.overridesAcknowledged(upTo: 1).encoded()
        #expect(link.control(taken, at: self.now + .seconds(4)) == [.dropOverrides(upTo: 1)])
        #expect(link.control(welcome, at: self.now).contains(.send(.overrides([self.note(2)]))))
        var hub = HubMachine(epoch: Epoch(1))
        let said = ControlMessage.overrides([self.note(1)]).encoded()
        #expect(self.refusals(hub.control(said, from: "w", at: self.now)) == ["say hello first"])
        _ = self.greet(&hub, at: self.now)
        #expect(hub.control(said, from: "w", at: self.now) == [.event(.overridden("w", [self.note(1)]))])
    }

    /// Thousands at once go in messages that fit, and no more are under way than the window.
    @Test func manyDecisionsAreSaidInParts() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        _ = link.control(ControlMessage.welcome(epoch: Epoch(1), version: 3, clock: self.now).encoded(), at: self.now)
        let all = (1...UInt64(OverrideNote.most) + 10).map(self.note)
        let sizes = link.note(all, at: self.now).map { action -> Int in
            guard case .send(.overrides(let notes)) = action else { return 0 }
            return notes.count
        }
        #expect(sizes == [500, 500, 500, 500])
        let next = link.control(ControlMessage.overridesAcknowledged(upTo: 510).encoded(), at: self.now)
        #expect(next.count == 2, "the first ten were too many, and went")
    }

    /// A worker whose disk was replaced counts from one again: its readings would be taken for old ones.
    @Test func anotherJournalThanTheOneTheAggregatorKnowsIsNotSent() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1), journalEnd: 0)
        _ = link.enqueue([meter(1)], at: self.now)
        _ = link.control(ControlMessage.welcome(epoch: Epoch(1), version: 1, clock: self.now).encoded(), at: self.now)
        let actions = link.control(ControlMessage.readingsAcknowledged(upTo: 500).encoded(), at: self.now)
        #expect(actions.contains { if case .refused(let why) = $0 { why.contains("data folder") } else { false } })
        #expect(actions.allSatisfy { if case .drop = $0 { false } else { true } } && link.unacknowledged == 1)
        #expect(link.enqueue([meter(2)], at: self.now).isEmpty)
    }

    @Test func streamsAreBoundedAndANewLeaderCountsFromTheStart() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        func hear(_ product: Int, epoch: UInt32, sequence: UInt64) -> Int {
            let signal = DispatchSignal(
                plan: PlanID(epoch: Epoch(epoch), resource: "R", version: 1), planHash: 1,
                product: ProductID("P\(product)"),
                sequence: sequence, sentAt: self.now, validFrom: self.now, expiry: self.now + .seconds(5), slow: 0,
                fast: 0,
                trace: .none)
            return link.signal(SignalFrame.dispatch(signal).encoded(), at: self.now).count
        }
        for epoch in 1...3 as ClosedRange<UInt32> {
            for product in 0..<LinkMachine.mostStreams { #expect(hear(product, epoch: epoch, sequence: 7) == 1) }
            #expect(hear(0, epoch: epoch, sequence: 7) == 0)
        }
        #expect(hear(0, epoch: 2, sequence: 99) == 0, "an older leader")
        #expect(hear(LinkMachine.mostStreams, epoch: 3, sequence: 1) == 0, "one too many is not heard")
    }

    /// CURVE lets a wrong key knock for ever without a word: the worker has to say what may be wrong.
    @Test func whoIsNotAnsweredSaysWhatMayBeWrong() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        func complaints(_ seconds: ClosedRange<Int>) -> [Int] {
            seconds.filter { second in
                link.tick(at: self.now + .seconds(second)).contains {
                    if case .refused(let reason) = $0 { reason.contains("allow-list") } else { false }
                }
            }
        }
        #expect(complaints(0...140) == [10, 70, 130])
        let later = self.now + .seconds(140)
        _ = link.control(ControlMessage.refused(reason: "another reason").encoded(), at: later)
        #expect(complaints(141...150).isEmpty, "somebody answers")
    }

    @Test func aHubHasRoomForSoManyWorkers() {
        var hub = HubMachine(epoch: Epoch(1))
        func greet(_ name: String) -> [HubAction] {
            let hello = ControlMessage.hello(
                worker: WorkerID(name), incarnation: Incarnation(1), versions: 1...1, clock: self.now)
            return hub.control(hello.encoded(), from: WorkerID(name), at: self.now)
        }
        for number in 0..<HubMachine.mostPeers { _ = greet("w\(number)") }
        #expect(self.refusals(greet("late")).first?.contains("start another aggregator") == true)
        #expect(self.refusals(greet("w1")).isEmpty, "who is known has its place")
    }

    /// All of a worker's and a hub's frames once more: no event, no acknowledgement beyond what was, nothing sent.
    @Test func replayedFramesChangeNothing() {
        var hub = HubMachine(epoch: Epoch(1))
        _ = self.greet(&hub, at: self.now)
        let readings = ControlMessage.readings(from: 1, [meter(1), meter(2)]).encoded()
        #expect(hub.telemetry(telemetry.encoded(), from: "w", at: self.now).count == 1)
        #expect(hub.control(readings, from: "w", at: self.now).count == 1)
        _ = hub.journalled(readings: 2, of: "w")
        #expect(hub.telemetry(telemetry.encoded(), from: "w", at: self.now).isEmpty && hub.counts.replayed == 1)
        #expect(hub.control(readings, from: "w", at: self.now) == [.send("w", .readingsAcknowledged(upTo: 2))])
        _ = self.greet(&hub, life: 2, at: self.now)
        #expect(hub.telemetry(telemetry.encoded(), from: "w", at: self.now).isEmpty, "of an earlier life")
        #expect(hub.control(readings, from: "w", at: self.now) == [.send("w", .readingsAcknowledged(upTo: 2))])
        let old = ControlMessage.register(incarnation: Incarnation(1), []).encoded()
        #expect(hub.control(old, from: "w", at: self.now).isEmpty)
    }
}
