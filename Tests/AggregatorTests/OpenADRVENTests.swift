import Domain
import Logging
import OpenADR
import Synchronization
import Testing

@testable import Aggregator

@Suite("OpenADR VEN: the market's round")
struct OpenADRVENTests {
    @Test func registersOnce() async throws {
        let bench = try VENBench()
        _ = await bench.turn()
        _ = await bench.turn()
        let vens = bench.vtn.vtn.objects(.ven)
        #expect(vens.map { $0.body["venName"]?.string } == ["headroom"])
        #expect(
            bench.vtn.vtn.objects(.resource).map { $0.body["resourceName"]?.string } == [
                "demo-fleet"
            ])
        #expect(bench.ven.status.connected)
        // A VTN that lost its memory gets us again after the failure that this shows as.
        try await bench.vtn.vtn.delete(.ven, try #require(vens.first).id)
        bench.transport.fail("GET", .status(500))
        _ = await bench.turn()
        #expect(!bench.ven.status.connected)
        _ = await bench.turn()
        #expect(bench.vtn.vtn.objects(.ven).count == 1)
    }

    @Test func callBidAwardReport() async throws {
        let bench = try VENBench()
        let program = try await bench.program()
        let call = try await bench.call(program)
        let calls = await bench.turn()
        guard case .bidCalled(let heard) = calls.first, calls.count == 1 else {
            Issue.record("expected one call, heard \(calls)")
            return
        }
        #expect(heard.block == OpenADRSample.block)
        #expect(heard.gateClosure == OpenADRSample.block.start - .seconds(30))
        #expect(heard.reference == "\(call).0")
        #expect(await bench.turn().isEmpty, "a call is heard once")

        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        #expect(await bench.turn() == [.bidAnswered("bid-7", .received, reason: "")])
        #expect(bench.reports.count == 1)
        let offer = try #require(bench.offer)
        #expect(offer.quantity.watts == 1_200_000)

        var award = OpenADRSample.award
        let event = try await bench.vtn.vtn.create(
            AwardMessage.request(award, program: program, interval: 0, targets: []))
        award.id = AwardID("\(event.id).0.up")
        #expect(await bench.turn() == [.awarded(award)])
        _ = await bench.turn()
        #expect(await bench.turn().isEmpty, "an award is heard once")
        let names = bench.reports.compactMap(\.reportName)
        #expect(names == ["BID-bid-7", "AWARD-ACK"])

        for second in 0..<4 {
            bench.perform(
                .report(
                    OpenADRSample.sample(
                        at: OpenADRSample.block.start + .seconds(second), requested: 400_000,
                        metered: 400_000 + second * 10_000)))
        }
        bench.perform(
            .report(OpenADRSample.sample(at: OpenADRSample.origin, requested: 1, metered: 1)))
        _ = await bench.turn(605, telemetry: true)
        let telemetry = try #require(bench.reports.first { $0.reportName == "TELEMETRY" })
        let payloads = telemetry.resources[0].intervals[0].payloads
        #expect(payloads.first(.reading)?.power?.watts == 415_000)
        #expect(payloads.first(.regulationSetpoint)?.power?.watts == 412_500)
        #expect(telemetry.resources[0].intervals[0].intervalPeriod?.duration?.text == "PT4S")
        _ = await bench.turn(606, telemetry: true)
        #expect(bench.reports.filter { $0.reportName == "TELEMETRY" }.count == 1)

        var result = OpenADRSample.result
        result.award = award
        bench.perform(.performance(result))
        bench.perform(.performance(result))
        _ = await bench.turn(910)
        let performance = try #require(bench.reports.first { $0.reportName == "PERFORMANCE-bid-7" })
        let figures = performance.resources[0].intervals[0].payloads
        #expect(figures.first(.deltaUsage)?.energy == -result.delivered, "export is negative")
        #expect(figures.first(MarketNames.performance)?.number?.text == "0.9934")
    }

    /// Whatever gets lost on the way, the VTN has the bid exactly once and the engine hears one receipt.
    @Test(arguments: [("POST", false), ("POST", true), ("GET", false), ("GET", true)])
    func lossesDoNotDouble(method: String, answered: Bool) async throws {
        let bench = try VENBench()
        let call = try await bench.call(try await bench.program())
        _ = await bench.turn()
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        // Let the polling of this turn pass and hit the sending.
        if method == "GET" { for _ in 0..<2 { bench.transport.fail("GET", .none) } }
        bench.transport.fail(method, answered ? .lostAnswer : .lostRequest)
        #expect(await bench.turn(1).isEmpty)
        #expect(bench.ven.status.waiting == 1)
        let later = await bench.turn(60)
        #expect(later.contains(.bidAnswered("bid-7", .received, reason: "")))
        #expect(bench.reports.count == 1)
        #expect(bench.ven.status.waiting == 0)
    }

    @Test func aBidIsFoundAgainAfterARestart() async throws {
        let bench = try VENBench()
        let call = try await bench.call(try await bench.program())
        _ = await bench.turn()
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        _ = await bench.turn()
        let second = VENService(
            bench.ven.configuration, transport: bench.transport,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, sink: { _ in true })
        second.perform(
            Effect(
                id: .init(epoch: Epoch(2), counter: 1),
                action: .bid(bench.bid(call), OpenADRSample.baseline)))
        await second.turn(now: OpenADRSample.origin, telemetry: false)
        #expect(bench.reports.count == 1)
    }

    @Test func withdrawalAndRedeclaration() async throws {
        let bench = try VENBench()
        let call = try await bench.call(try await bench.program())
        _ = await bench.turn()
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        _ = await bench.turn()
        var less = bench.bid(call, state: .redeclared)
        less.quantity = Power(watts: 500_000)
        bench.perform(.bid(less, OpenADRSample.baseline))
        #expect(await bench.turn().isEmpty)
        let offer = try #require(bench.offer)
        #expect(offer.quantity.watts == 500_000)
        #expect(offer.isRedeclared)
        bench.perform(.bid(bench.bid(call, state: .withdrawn), OpenADRSample.baseline))
        _ = await bench.turn()
        #expect(bench.reports.isEmpty)
        bench.perform(.bid(bench.bid(call, state: .withdrawn), OpenADRSample.baseline))
        _ = await bench.turn()
        #expect(bench.ven.status.waiting == 0, "what is gone already counts as withdrawn")
    }

    @Test func refusalsReachTheEngine() async throws {
        let bench = try VENBench()
        let call = try await bench.call(try await bench.program())
        _ = await bench.turn()
        try await bench.vtn.vtn.delete(.event, call)
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        #expect(
            await bench.turn() == [
                .bidAnswered("bid-7", .refused, reason: "HTTP 409: eventID: no such event")
            ])
        var foreign = bench.bid(call)
        foreign.call.reference = "not ours"
        bench.perform(.bid(foreign, OpenADRSample.baseline))
        let answers = await bench.turn()
        guard case .bidAnswered(_, .refused, let reason) = answers.first else {
            Issue.record("expected a refusal, heard \(answers)")
            return
        }
        #expect(reason.contains("answers no call"))
    }

    @Test func aBidThatMissesItsGateIsRefused() async throws {
        let bench = try VENBench()
        let call = try await bench.call(try await bench.program())
        _ = await bench.turn()
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        bench.transport.fail("POST", .status(503))
        #expect(await bench.turn(560).isEmpty)
        #expect(
            await bench.turn(571) == [
                .bidAnswered(
                    "bid-7", .refused, reason: "HTTP 400: not delivered before the gate closed")
            ])
        #expect(bench.reports.isEmpty)
    }

    /// A baseline declared anew comes too late: the bid stands with the one that the VTN has.
    @Test func aReceivedBidWhoseNewerBaselineMissesTheGateStands() async throws {
        let bench = try VENBench()
        let call = try await bench.call(try await bench.program())
        _ = await bench.turn()
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        #expect(await bench.turn() == [.bidAnswered("bid-7", .received, reason: "")])
        bench.perform(.bid(bench.bid(call, state: .received), OpenADRSample.baseline))
        bench.transport.fail("PUT", .status(503))
        #expect(await bench.turn(560).isEmpty)
        #expect(await bench.turn(571).isEmpty, "what is known to be received is not refused")
        #expect(bench.ven.status.waiting == 0 && bench.reports.count == 1)
        #expect(bench.transport.log.withLock { $0.contains { $0.hasPrefix("PUT") } })
    }

    /// The VTN took the bid, its answer got lost, and the gate closed meanwhile: it stands all the same.
    @Test func aBidWhoseReceiptWasLostStands() async throws {
        let bench = try VENBench()
        let call = try await bench.call(try await bench.program())
        _ = await bench.turn()
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        bench.transport.fail("POST", .lostAnswer)
        #expect(await bench.turn(569).isEmpty)
        #expect(await bench.turn(571) == [.bidAnswered("bid-7", .received, reason: "")])
    }

    @Test func aBidThatTheVTNNeverAnsweredIsRefusedWhenItsBlockBegins() async throws {
        let bench = try VENBench()
        let call = try await bench.call(try await bench.program())
        _ = await bench.turn()
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        bench.transport.fail("POST", .lostRequest)
        let answers = await bench.turn(600)
        guard case .bidAnswered("bid-7", .refused, let reason) = answers.first else {
            Issue.record("expected a refusal, heard \(answers)")
            return
        }
        #expect(reason.contains("not delivered before the gate closed"))
    }

    @Test func gatesThatAreClosedAreNotCalled() async throws {
        let bench = try VENBench()
        _ = try await bench.call(try await bench.program())
        #expect(await bench.turn(571).isEmpty)
        let open = try VENBench()
        _ = try await open.call(try await open.program())
        #expect(await open.turn(569).count == 1)
    }

    @Test func anAwardOfNothingIsARefusal() async throws {
        let bench = try VENBench()
        let program = try await bench.program()
        var award = OpenADRSample.award
        award.quantity = .zero
        _ = try await bench.vtn.vtn.create(
            AwardMessage.request(award, program: program, interval: 0, targets: []))
        #expect(
            await bench.turn() == [
                .bidAnswered("bid-7", .refused, reason: "the operator awarded 0 kW")
            ])
    }

    @Test func anAwardWithoutANameFindsItsBid() async throws {
        let bench = try VENBench()
        let program = try await bench.program()
        let call = try await bench.call(program)
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        var request = AwardMessage.request(
            OpenADRSample.award, program: program, interval: 0, targets: [])
        request.eventName = nil
        let event = try await bench.vtn.vtn.create(request)
        let heard = await bench.turn()
        var award = OpenADRSample.award
        award.id = AwardID("\(event.id).0.up")
        #expect(heard.contains(.awarded(award)))
        request.intervalPeriod?.start = DateTime(OpenADRSample.block.start + .minutes(5))
        _ = try await bench.vtn.vtn.create(request)
        #expect(
            await bench.turn().isEmpty, "an award for a block that was never bid for is not ours")
    }

    /// An engine without room hears everything later: calls, receipts, awards, and each once.
    @Test func nothingIsLostWhenTheEngineHasNoRoom() async throws {
        let bench = try VENBench()
        let program = try await bench.program()
        let call = try await bench.call(program)
        func deafThen(_ first: Int, _ second: Int) async -> [Domain.Event] {
            bench.ears.isDeaf.withLock { $0 = true }
            #expect(await bench.turn(first).isEmpty)
            bench.ears.isDeaf.withLock { $0 = false }
            return await bench.turn(second)
        }
        #expect(await deafThen(0, 1).count == 1)
        bench.perform(.bid(bench.bid(call), OpenADRSample.baseline))
        #expect(await deafThen(2, 10) == [.bidAnswered("bid-7", .received, reason: "")])
        #expect(bench.reports.count == 1)
        _ = try await bench.vtn.vtn.create(
            AwardMessage.request(OpenADRSample.award, program: program, interval: 0, targets: []))
        // Everything that still stands is said again; the engine knows what it heard.
        let later = await deafThen(11, 12)
        #expect(later.contains { if case .awarded = $0 { true } else { false } })
        #expect(await bench.turn(13).isEmpty)
        #expect(bench.reports.contains { $0.reportName == "AWARD-ACK" })
    }

    @Test func theOutboxIsBounded() async throws {
        let bench = try VENBench { $0.outboxLimit = 2 }
        for index in 0..<3 {
            var bid = bench.bid(.unknown)
            bid.id = BidID("bid-\(index)")
            bench.perform(.bid(bid, OpenADRSample.baseline))
        }
        #expect(bench.ven.status.waiting == 2)
    }
}

@Suite("OpenADR VEN: instructions")
struct OpenADRDispatchTests {
    private func dispatch(
        _ bench: VENBench, _ program: ObjectID, watts: Int, from: Int, to: Int, priority: Int? = 1
    ) async throws -> ObjectID {
        var request = DispatchMessage.request(
            program: program, name: "D", watts: watts,
            interval: MarketInterval(
                start: OpenADRSample.origin + .seconds(from),
                end: OpenADRSample.origin + .seconds(to)),
            targets: [])
        request.priority = priority
        return try await bench.vtn.vtn.create(request).id
    }

    private func watts(_ events: [Domain.Event]) -> [Int] {
        events.compactMap { event in
            guard case .signal(let signal) = event, case .request(let watts) = signal.value else {
                return nil
            }
            return watts
        }
    }

    @Test func anInstructionStartsIsRefreshedAndEnds() async throws {
        let bench = try VENBench()
        let program = try await bench.program()
        _ = try await self.dispatch(bench, program, watts: 450_000, from: 10, to: 100)
        #expect(self.watts(await bench.turn(0)).isEmpty, "it has not begun")
        let first = await bench.turn(10)
        #expect(self.watts(first) == [450_000])
        guard case .signal(let signal) = first.first else { return }
        #expect(signal.resource == "demo-fleet")
        #expect(signal.expiry == OpenADRSample.origin + .seconds(70))
        #expect(self.watts(await bench.turn(20)).isEmpty)
        let second = await bench.turn(31)
        #expect(self.watts(second) == [450_000], "refreshed before it expires")
        guard case .signal(let refreshed) = second.first else { return }
        #expect(refreshed.sequence > signal.sequence)
        #expect(self.watts(await bench.turn(101)) == [0])
        #expect(self.watts(await bench.turn(102)).isEmpty)
    }

    @Test func changedAndCancelledInFlight() async throws {
        let bench = try VENBench()
        let program = try await bench.program()
        let id = try await self.dispatch(bench, program, watts: 450_000, from: 0, to: 600)
        #expect(self.watts(await bench.turn(1)) == [450_000])
        let changed = DispatchMessage.request(
            program: program, name: "D", watts: -200_000,
            interval: MarketInterval(
                start: OpenADRSample.origin, end: OpenADRSample.origin + .seconds(600)), targets: []
        )
        _ = try await bench.vtn.vtn.update(id, changed)
        #expect(self.watts(await bench.turn(2)) == [-200_000])
        try await bench.vtn.vtn.delete(.event, id)
        #expect(
            self.watts(await bench.turn(3)) == [0], "disappearance from the poll is a cancellation")
    }

    @Test func theHigherPriorityHolds() async throws {
        let bench = try VENBench()
        let program = try await bench.program()
        _ = try await self.dispatch(bench, program, watts: 100_000, from: 0, to: 600, priority: nil)
        _ = try await self.dispatch(bench, program, watts: 300_000, from: 20, to: 40, priority: 0)
        #expect(self.watts(await bench.turn(1)) == [100_000])
        #expect(self.watts(await bench.turn(20)) == [300_000])
        #expect(self.watts(await bench.turn(40)) == [100_000])
    }

    /// With the VTN away an instruction that we know runs its course.
    @Test func instructionsOutliveTheVTN() async throws {
        let bench = try VENBench()
        let program = try await bench.program()
        _ = try await self.dispatch(bench, program, watts: 100_000, from: 10, to: 20)
        _ = await bench.turn(0)
        for _ in 0..<2 { bench.transport.fail("GET", .lostRequest) }
        #expect(self.watts(await bench.turn(12)) == [100_000])
        #expect(self.watts(await bench.turn(21)) == [0])
    }

    @Test func fastProductsAreLeftToTheFastStream() async throws {
        let bench = try VENBench { $0.programs[0].dispatch = .fast }
        let program = try await bench.program()
        _ = try await self.dispatch(bench, program, watts: 100_000, from: 0, to: 60)
        #expect(self.watts(await bench.turn(1)).isEmpty)
    }
}
