import Domain
import Engine
import Fleet
import Ledger
import Testing

@Suite struct EngineTests {
    /// Sells a block, plays a frequency event in it, settles it.
    private func played(cars: Int = 60, share: Int = 100) -> (plant: Plant, block: MarketInterval) {
        var plant = Plant(cars: cars)
        for _ in 0..<10 { plant.second() }
        let block = plant.sell(share: share)
        plant.run(until: block.start + .seconds(100))
        for milliHertz in [49_900, 49_600, 49_300, 48_900, 48_790] {
            plant.milliHertz = milliHertz
            for _ in 0..<10 { plant.second() }
        }
        plant.milliHertz = 49_700
        for _ in 0..<20 { plant.second() }
        plant.milliHertz = 50_000
        plant.run(until: block.end + .seconds(30))
        return (plant, block)
    }

    @Test func aBlockIsSoldDeliveredMeteredAndSettled() throws {
        let (plant, _) = self.played()
        let snapshot = plant.engine.snapshot()
        let result = try #require(snapshot.results.first)
        #expect(result.requested.wattHours > 1_000)
        #expect(result.performance >= 9_500, "performance \(result.performance)")
        #expect(snapshot.bids.first?.state == .awarded)
        let paid = result.availabilityPayment + result.energyPayment
        #expect(snapshot.earned + snapshot.fee == paid && snapshot.plugged == 60)
        #expect(snapshot.ready == 60 && snapshot.atRisk == 0)
        #expect(snapshot.ledgerBalanced && snapshot.energyConserved && snapshot.promisesBroken == 0)
        #expect(result.availabilityPayment.microUnits > 0 && !result.shares.isEmpty)
        let earned = result.shares.reduce(0) { $0 + $1.earned.microUnits + $1.fee.microUnits }
        #expect(earned == result.availabilityPayment.microUnits + result.energyPayment.microUnits)
        #expect(AccountBook.findings(in: plant.engine.books.transactions).isEmpty)
        #expect(plant.samples.contains { $0.requested.watts > 0 && $0.delivered.watts > 0 })
    }

    @Test func aPartAwardIsHeldToItsPart() throws {
        let (plant, _) = self.played(share: 50)
        let bid = try #require(plant.engine.snapshot().bids.first)
        let award = try #require(plant.engine.snapshot().awards.first)
        #expect(
            bid.state == .partlyAwarded && award.quantity.watts * 2 <= bid.quantity.watts + 20_000)
        let result = try #require(plant.engine.snapshot().results.first)
        #expect(result.performance >= 9_500)
        #expect(result.overDelivered.wattSeconds < result.delivered.wattSeconds / 5)
    }

    @Test func aReplayOfTheJournalGivesTheSameStateBitForBit() {
        let (plant, _) = self.played(cars: 20)
        var again = AggregatorEngine(configuration: Plant.configuration())
        for (at, events) in plant.journal { _ = again.step(events, at: at) }
        #expect(again.fingerprint == plant.engine.fingerprint)
        var other = AggregatorEngine(configuration: Plant.configuration())
        for (at, events) in plant.journal.dropLast(40) { _ = other.step(events, at: at) }
        #expect(other.fingerprint != plant.engine.fingerprint, "the fingerprint tells states apart")
    }

    @Test func eventsThatComeTwiceHaveTheEffectOfOnce() {
        let (plant, _) = self.played(cars: 20)
        var doubled = AggregatorEngine(configuration: Plant.configuration())
        for (at, events) in plant.journal { _ = doubled.step(events + events, at: at) }
        let once = plant.engine.snapshot()
        let twice = doubled.snapshot()
        #expect(twice.results == once.results)
        #expect(doubled.books.transactions == plant.engine.books.transactions)
        #expect(twice.bids == once.bids && twice.awards == once.awards)
    }

    @Test func strangersAndStaleThingsChangeNothing() {
        var plant = Plant(cars: 10)
        for _ in 0..<10 { plant.second() }
        var engine = plant.engine
        let unknown = BidCall(
            resource: "X", product: "FR",
            block: MarketInterval(start: .distantPast, end: Instant(seconds: 1)),
            gateClosure: .distantFuture, reference: "")
        let effects = engine.step(
            [
                .bidCalled(unknown), .registered("stranger", Incarnation(1), []),
                .workerLost("stranger"),
                .registered("w0", Incarnation(99), []),
                .awarded(
                    Award(
                        id: "x", bid: "no such bid", resource: "R", product: "FR",
                        block: unknown.block, direction: .up,
                        quantity: Power(watts: 1), pricePerMegawattHour: .zero(.eur),
                        energyPricePerMegawattHour: .zero(.eur))),
                .signal(
                    GridSignal(
                        resource: "R", product: "FR", sequence: 1, sentAt: .distantPast,
                        validFrom: .distantPast,
                        expiry: .distantPast, value: .request(watts: 1), trace: .none)),
            ], at: plant.now)
        #expect(engine.snapshot().bids.isEmpty && engine.snapshot().awards.isEmpty)
        #expect(!effects.contains { if case .bid = $0.action { true } else { false } })
        #expect(
            engine.fleet.workers.map(\.id) == ["w0", "w1"] && engine.books.transactions.isEmpty)
    }

    @Test func aStopHoldsUntilAPersonReleasesIt() {
        var plant = Plant(cars: 20)
        for _ in 0..<10 { plant.second() }
        let room = plant.engine.snapshot().resources[0].headroomUp
        let order = StopOrder(id: 1, scope: .zone("z"), at: plant.now, by: "op")
        plant.second(extra: [.stopped(order)])
        for _ in 0..<6 { plant.second() }
        let stopped = plant.engine.snapshot().resources[0].headroomUp
        #expect(stopped < room && plant.engine.snapshot().stops == [order])
        plant.second(extra: [.released(order)])
        for _ in 0..<6 { plant.second() }
        #expect(plant.engine.snapshot().resources[0].headroomUp > stopped)
    }

    @Test func aLostWorkersHeadroomIsRedeclared() {
        var plant = Plant(cars: 40)
        for _ in 0..<10 { plant.second() }
        let block = plant.sell()
        plant.run(until: block.start + .seconds(30))
        plant.second(extra: [.workerLost("w1")])
        for _ in 0..<20 { plant.second() }
        #expect(plant.engine.snapshot().bids.first?.state == .redeclared)
        #expect(
            plant.bids.last?.state == .redeclared
                && plant.bids.last?.explanation.contains("sold") == true)
    }
}
