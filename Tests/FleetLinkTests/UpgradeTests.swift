import Domain
import FleetLink
import Testing

/// Workers and aggregators of neighbouring versions meet in a rolling upgrade.
@Suite struct UpgradeTests {
    private let now = Instant(seconds: 50)

    /// What a link of some versions and a hub of others agree on: the welcome's version, or the refusal.
    private func meet(
        link: ClosedRange<UInt16>, hub: ClosedRange<UInt16>
    ) -> (version: UInt16?, refusal: String?, hub: HubMachine, link: LinkMachine, said: [ControlMessage]) {
        var worker = LinkMachine(worker: "w", incarnation: Incarnation(1), versions: link)
        var aggregator = HubMachine(epoch: Epoch(1), versions: hub)
        aggregator.restore(stops: [StopOrder(id: 1, scope: .zone("z"), at: self.now, by: "op")])
        var said: [ControlMessage] = []
        var version: UInt16?
        var refusal: String?
        for case .send(let hello) in worker.tick(at: self.now) {
            for action in aggregator.control(hello.encoded(), from: "w", at: self.now) {
                switch action {
                case .send(_, let message):
                    said.append(message)
                    if case .welcome(_, let chosen, _) = message { version = chosen }
                    _ = worker.control(message.encoded(), at: self.now)
                case .refuse(_, let reason):
                    refusal = reason
                    _ = worker.control(ControlMessage.refused(reason: reason).encoded(), at: self.now)
                case .event: break
                }
            }
        }
        return (version, refusal, aggregator, worker, said)
    }

    @Test func neighboursAgreeOnTheHighestVersionThatBothSpeak() {
        for (link, hub, agreed) in [(1...1, 1...2, 1), (1...2, 1...1, 1), (1...2, 1...2, 2), (2...3, 1...2, 2)]
            as [(ClosedRange<UInt16>, ClosedRange<UInt16>, UInt16)]
        {
            let met = self.meet(link: link, hub: hub)
            #expect(met.version == agreed && met.refusal == nil && met.link.isConnected, "\(link) meets \(hub)")
        }
    }

    @Test func thoseWithoutACommonVersionAreToldWhichSideToUpgrade() {
        let newer = self.meet(link: 2...2, hub: 1...1)
        #expect(newer.refusal == "the aggregator speaks FleetLink 1, the worker 2: upgrade the aggregator")
        let older = self.meet(link: 1...1, hub: 2...3)
        #expect(older.refusal == "the aggregator speaks FleetLink 2 to 3, the worker 1: upgrade the worker")
        for met in [newer, older] { #expect(!met.link.isConnected && met.hub.present.isEmpty && met.version == nil) }
    }

    /// A worker of version 1 never sees a message that it does not know, and stops all the same.
    @Test func whatVersionTwoBroughtGoesToNoOlderPeer() {
        var old = self.meet(link: 1...1, hub: 1...2)
        #expect(old.said.allSatisfy { $0.version == 1 })
        let stop = StopOrder(id: 1, scope: .zone("z"), at: self.now, by: "op")
        #expect(old.hub.tick(at: self.now + .seconds(1)) == [.send("w", .stop(stop))])
        var new = self.meet(link: 1...2, hub: 1...3)
        #expect(new.said.last == .stops([stop]))
        #expect(new.hub.tick(at: self.now + .seconds(1)).isEmpty, "the set needs no repeating")
    }

    /// Notes wait for an aggregator that knows them, and none is acknowledged by one that does not.
    @Test func whatVersionThreeBroughtWaitsForANewerPeer() {
        var old = self.meet(link: 1...3, hub: 1...2)
        #expect(old.link.note([overrideNote], at: self.now).isEmpty)
        #expect(old.hub.journalled(overrides: 9, of: "w").isEmpty)
        var new = self.meet(link: 1...3, hub: 1...3)
        #expect(new.link.note([overrideNote], at: self.now) == [.send(.overrides([overrideNote]))])
        #expect(new.hub.journalled(overrides: 9, of: "w") == [.send("w", .overridesAcknowledged(upTo: 9))])
        // The same worker meets the aggregator after its upgrade.
        let welcome = ControlMessage.welcome(epoch: Epoch(2), version: 3, clock: self.now)
        #expect(old.link.control(welcome.encoded(), at: self.now).contains(.send(.overrides([overrideNote]))))
    }

    /// A hello has to be readable for whoever is older: a frame bears the version that brought its kind.
    @Test func aFrameBearsTheVersionThatBroughtItsKind() throws {
        for (name, message) in messages {
            var bytes = message.encoded()
            let brought: UInt8 = name == "stops" ? 2 : name.hasPrefix("overrides") ? 3 : name == "amend" ? 4 : 1
            #expect(bytes[4] == brought && bytes[5] == 0, "\(name)")
            bytes[4] = brought == 1 ? 2 : 1
            #expect(throws: FleetLinkError.self, "\(name)") { try ControlMessage(decoding: bytes) }
            bytes[4] = 6
            #expect(throws: FleetLinkError(.unsupportedVersion, "control version 6")) {
                try ControlMessage(decoding: bytes)
            }
        }
    }

    @Test func aVersionThatWasNotOfferedIsNotTaken() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1), versions: 1...1)
        let actions = link.control(
            ControlMessage.welcome(epoch: Epoch(1), version: 2, clock: self.now).encoded(), at: self.now)
        #expect(actions == [.refused("the aggregator chose FleetLink 2, which this worker does not speak")])
        #expect(!link.isConnected)
    }
}
