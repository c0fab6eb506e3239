import Domain
import FleetLink
import Testing

/// A plan that a worker has is changed, not sent again: in parts of bounded size, once, and only where both speak of it.
@Suite struct AmendTests {
    private let now = Instant(seconds: 1_900)

    /// Two ends that have met, speaking at most these versions.
    private func met(link: ClosedRange<UInt16> = ControlMessage.versions) -> (hub: HubMachine, link: LinkMachine) {
        var worker = LinkMachine(worker: "w", incarnation: Incarnation(1), versions: link)
        var hub = HubMachine(epoch: Epoch(3))
        for case .send(let hello) in worker.tick(at: self.now) {
            for case .send(_, let message) in hub.control(hello.encoded(), from: "w", at: self.now) {
                _ = worker.control(message.encoded(), at: self.now)
            }
        }
        return (hub, worker)
    }

    private func great(_ entries: Int) -> (plan: WorkerPlan, change: PlanPatch) {
        var great = plan
        great.validUntil = self.now + .seconds(60)
        great.entries = (0..<UInt32(entries)).map {
            PlanEntry(slot: $0, generation: 1, base: 0, low: 0, high: 1, resident: false)
        }
        great.segments = []
        var change = PlanPatch(
            id: great.id, base: 8, worker: great.worker, validUntil: great.validUntil, products: great.products)
        change.entries = Array(great.entries.dropFirst(20))
        change.segments = change.entries.flatMap { entry in
            (0..<5 as Range<UInt8>).map {
                PlanSegment(
                    slot: entry.slot, product: $0, direction: .up, kind: .shift, bucket: 0, height: Int32(entry.slot))
            }
        }
        change.gone = (0..<10).map { UInt32(100_000 + $0) }
        return (great, change)
    }

    private func said(_ actions: [HubAction]) -> [ControlMessage] {
        actions.compactMap { if case .send("w", let message) = $0 { message } else { nil } }
    }

    @Test func aGreatChangeComesInPartsAndIsHeardOnce() throws {
        let hub = self.met().hub
        var link = self.met().link
        let (great, change) = self.great(12_000)
        let messages = self.said(hub.prepare(great, hash: 5, change: change))
        #expect(messages.count == 3 && messages.allSatisfy { $0.version == 4 })
        var heard: [LinkAction] = []
        for message in messages {
            let bytes = message.encoded()
            #expect(bytes.count < ControlMessage.mostBytes / 4)
            heard += link.control(bytes, at: self.now)
        }
        #expect(heard == [.amend(change, hash: 5)])
    }

    /// A whole plan that no message can hold is said as a change of nothing; a worker that does not know such a thing is
    /// not sent it.
    @Test func aPlanTooGreatForAMessageComesInParts() throws {
        let hub = self.met().hub
        var link = self.met().link
        var great = self.great(120_000).plan
        great.segments = great.entries.map {
            PlanSegment(slot: $0.slot, product: 0, direction: .up, kind: .shift, bucket: 3, height: 1)
        }
        let messages = self.said(hub.prepare(great, hash: great.hash))
        #expect(messages.count == 24 && messages.allSatisfy { $0.version == 5 })
        var heard: [LinkAction] = []
        for message in messages { heard += link.control(message.encoded(), at: self.now) }
        guard case .amend(let patch, let hash) = heard.first, heard.count == 1 else {
            Issue.record("nothing whole came: \(heard.count)")
            return
        }
        #expect(patch.applied(to: patch.empty) == great && hash == great.hash)
        let refusals = self.met(link: 1...4).hub.prepare(great, hash: 5)
        guard case .event(.planRefused("w", great.id, let reason)) = refusals.first else {
            Issue.record("\(refusals.count) answers, none a refusal")
            return
        }
        #expect(refusals.count == 1 && reason.contains("50000 charging points"))
    }

    @Test func aPartThatDoesNotFollowAsksForThePlan() throws {
        var (hub, link) = self.met()
        let (great, change) = self.great(12_000)
        let bytes = self.said(hub.prepare(great, hash: 5, change: change)).map { $0.encoded() }
        let wanted: [LinkAction] = [.send(.planWanted(great.id))]
        #expect(link.control(bytes[1], at: self.now) == wanted, "without the first")
        #expect(link.control(bytes[0], at: self.now).isEmpty)
        #expect(link.control(bytes[2], at: self.now) == wanted, "one is missing")
        #expect(link.control(bytes[1], at: self.now) == wanted, "and nothing is left of the others")
        #expect(link.control(bytes[0], at: self.now).isEmpty)
        #expect(link.control(bytes[1], at: self.now).isEmpty)
        #expect(link.control(bytes[1], at: self.now) == wanted, "said twice")
        for part in bytes.prefix(2) { #expect(link.control(part, at: self.now).isEmpty) }
        #expect(link.control(bytes[2], at: self.now) == [.amend(change, hash: 5)])
        // A new connection begins with nothing.
        #expect(link.control(bytes[0], at: self.now).isEmpty)
        let welcome = ControlMessage.welcome(epoch: Epoch(3), version: 4, clock: self.now)
        _ = link.control(welcome.encoded(), at: self.now)
        #expect(link.control(bytes[1], at: self.now) == wanted)
        // What the worker wants comes to the engine as a plan that was not taken.
        let asked = hub.control(ControlMessage.planWanted(great.id).encoded(), from: "w", at: self.now)
        #expect(asked == [.event(.planRefused("w", great.id, reason: "the worker does not have it"))])
    }

    @Test func anOlderWorkerAndAGreaterChangeThanThePlanGetThePlanWhole() {
        let great = self.great(30).plan
        var change = self.great(30).change
        change.segments = []
        #expect(
            self.said(self.met(link: 1...3).hub.prepare(great, hash: 5, change: change)) == [.prepare(great, hash: 5)])
        let part = PlanPart(patch: change, hash: 5, part: 0, parts: 1)
        #expect(self.said(self.met().hub.prepare(great, hash: 5, change: change)) == [.amend(part)])
        change.gone += (0..<10).map { UInt32(200_000 + $0) }
        #expect(self.said(self.met().hub.prepare(great, hash: 5, change: change)) == [.prepare(great, hash: 5)])
        #expect(self.said(self.met().hub.prepare(great, hash: 5, change: nil)) == [.prepare(great, hash: 5)])
    }

    @Test func whoseItIsNotAndWhatIsOverChangesNothing() {
        var (_, link) = self.met()
        func heard(_ change: (inout PlanPart) -> Void) -> [LinkAction] {
            var part = planPart
            part.patch.validUntil = self.now + .seconds(60)
            change(&part)
            return link.control(ControlMessage.amend(part).encoded(), at: self.now)
        }
        #expect(heard { $0.patch.worker = "v" }.isEmpty)
        #expect(heard { $0.patch.id.epoch = Epoch(2) }.isEmpty)
        #expect(
            heard { $0.patch.validUntil = self.now + .seconds(301) }
                == [.send(.planRefused(plan.id, reason: "its lease is longer than 300 s"))])
        #expect(link.olderEpochs == 1 && link.clockErrors == 1)
        #expect(heard { _ in }.count == 1)
    }

    @Test(
        arguments: [
            { $0.parts = 0 }, { $0.part = 1 }, { $0.parts = 65 }, { ($0.part, $0.parts) = (1, 2) },
            { $0.patch.segments[0].product = 32 },
            { $0.patch.gone = Array(repeating: 1, count: PlanPart.mostGone + 1) },
            { $0.patch.entries = Array(repeating: $0.patch.entries[0], count: PlanPart.mostEntries + 1) },
            { $0.patch.segments = Array(repeating: $0.patch.segments[0], count: PlanPart.mostSegments + 1) },
        ] as [@Sendable (inout PlanPart) -> Void])
    func aPartThatMakesNoSenseIsRefused(_ change: @Sendable (inout PlanPart) -> Void) {
        var part = planPart
        change(&part)
        #expect(throws: FleetLinkError.self) { try ControlMessage(decoding: ControlMessage.amend(part).encoded()) }
        var (_, link) = self.met()
        #expect(link.control(ControlMessage.amend(part).encoded(), at: self.now).isEmpty && link.malformed == 1)
    }

    @Test func theGreatestPartFitsAMessage() throws {
        var part = planPart
        part.parts = 64
        part.patch.gone = Array(repeating: 1, count: PlanPart.mostGone)
        part.patch.entries = Array(repeating: part.patch.entries[0], count: PlanPart.mostEntries)
        part.patch.segments = Array(repeating: part.patch.segments[0], count: PlanPart.mostSegments)
        var product = part.patch.products[0]
        product.product = ProductID(String(repeating: "p", count: 128))
        product.curve = Array(repeating: CurvePoint(milliHertz: 1, perMille: 1), count: 64)
        (product.upTable, product.downTable) = (Array(repeating: 1, count: 256), Array(repeating: 1, count: 256))
        part.patch.products = Array(repeating: product, count: ControlMessage.mostProducts)
        let bytes = ControlMessage.amend(part).encoded()
        #expect(bytes.count < ControlMessage.mostBytes / 4)
        #expect(try ControlMessage(decoding: bytes) == .amend(part))
    }
}
