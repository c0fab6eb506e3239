import Domain
import Fleet
import Ledger
import Testing

@testable import Engine

/// What goes on when messages are late, workers restart, leaders change and cars come and go.
@Suite struct ContinuityTests {
    private func event(_ plant: inout Plant) {
        for milliHertz in [49_900, 49_600, 49_300, 48_900, 48_790, 49_500] {
            plant.milliHertz = milliHertz
            for _ in 0..<10 { plant.second() }
        }
        plant.milliHertz = 50_000
    }

    /// Readings come up to six seconds late, out of order and twice: the money is the same to the micro-unit.
    @Test(arguments: [1, 2] as [UInt64])
    func lateDoubledAndReorderedReadingsSettleTheSame(seed: UInt64) {
        var plant = Plant(cars: 20)
        for _ in 0..<10 { plant.second() }
        let block = plant.sell()
        plant.run(until: block.start + .seconds(60))
        self.event(&plant)
        plant.run(until: block.end + .seconds(30))
        var generator = SeededGenerator(seed: seed)
        var late: [[Event]] = Array(repeating: [], count: plant.journal.count + 7)
        for (index, (_, events)) in plant.journal.enumerated() {
            for event in events {
                guard case .readings = event else {
                    late[index].append(event)
                    continue
                }
                for _ in 0..<2 {
                    late[index + Int.random(in: 0...6, using: &generator)].append(event)
                }
            }
        }
        var other = AggregatorEngine(configuration: Plant.configuration())
        for (index, (at, _)) in plant.journal.enumerated() { _ = other.step(late[index], at: at) }
        #expect(plant.engine.snapshot().results.count == 1)
        #expect(other.snapshot().results == plant.engine.snapshot().results)
        #expect(other.books.transactions == plant.engine.books.transactions)
    }

    @Test func aWorkerThatRestartsKeepsMetersAndPromises() throws {
        var plant = Plant(cars: 40)
        for _ in 0..<10 { plant.second() }
        let block = plant.sell()
        let promised = plant.engine.snapshot().vehicles.map(\.departure)
        plant.run(until: block.start + .seconds(60))
        plant.incarnations[1] = 2
        plant.second(extra: plant.hello(1))
        for _ in 0..<10 { plant.second() }
        self.event(&plant)
        plant.run(until: block.end + .seconds(30))
        #expect(plant.engine.snapshot().vehicles.map(\.departure) == promised)
        let result = try #require(plant.engine.snapshot().results.first)
        #expect(
            result.performance >= 9_500 && result.requested.wattHours > 500,
            "performance \(result.performance)")
        #expect(plant.engine.snapshot().energyConserved && plant.engine.promisesBroken == 0)
    }

    @Test func aNewLeaderGoesOnWithWhatWasSold() throws {
        var plant = Plant(cars: 40)
        for _ in 0..<10 { plant.second() }
        let block = plant.sell()
        plant.run(until: block.start + .seconds(60))
        var configuration = Plant.configuration()
        configuration.epoch = Epoch(2)
        plant.engine.resume(configuration, at: plant.now)
        #expect(
            plant.engine.snapshot().workersConnected == 0
                && plant.engine.snapshot().epoch == Epoch(2))
        plant.second(extra: plant.hello(0) + plant.hello(1))
        for _ in 0..<10 { plant.second() }
        self.event(&plant)
        plant.run(until: block.end + .seconds(30))
        let result = try #require(plant.engine.snapshot().results.first)
        #expect(result.performance >= 9_500 && plant.engine.snapshot().workersConnected == 2)
        #expect(plant.engine.readingsTaken["w0"] ?? 0 > 1_000)
    }

    /// The load of a sold block was declared without them: cars that come inside it wait, as far as they may.
    @Test func carsThatComeInsideASoldBlockDoNotMoveTheBaseline() throws {
        var plant = Plant(cars: 40)
        for slot in 0..<5 { plant.cars[0][slot].isPlugged = false }
        for _ in 0..<10 { plant.second() }
        let block = plant.sell()
        plant.run(until: block.start + .seconds(60))
        for slot in 0..<5 { plant.cars[0][slot].isPlugged = true }
        for _ in 0..<30 { plant.second() }
        let resource = plant.engine.snapshot().resources[0]
        #expect(resource.delivered.watts.magnitude < 500, "off by \(resource.delivered.watts) W")
        #expect(plant.cars[0][0].setpoint == 0)
        plant.run(until: block.end + .seconds(20))
        #expect(plant.cars[0][0].setpoint ?? 0 > 0, "and charge when it is over")
    }

    @Test func aBlocksPlanIsThereWhenItBegins() {
        var plant = Plant(cars: 40)
        for _ in 0..<10 { plant.second() }
        let block = plant.sell()
        plant.run(until: block.start + .seconds(1))
        #expect(
            plant.engine.snapshot().resources[0].heldUp
                >= plant.engine.snapshot().awards[0].quantity)
        plant.run(until: block.end + .seconds(3))
        #expect(plant.engine.snapshot().resources[0].heldUp == .zero)
    }

    /// The same journal and two drops of noise: what is not decided by order or by time is decided by nothing else.
    @Test(arguments: [11, 12, 13] as [UInt64])
    func randomEventsReplayBitForBit(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var plant = Plant(cars: 20)
        for _ in 0..<10 { plant.second() }
        _ = plant.sell(share: 60)
        for number in 0..<400 {
            plant.milliHertz = 50_000 + Int.random(in: -900...200, using: &generator)
            let worker = Int.random(in: 0..<2, using: &generator)
            let slot = Int.random(in: 0..<10, using: &generator)
            switch Int.random(in: 0..<25, using: &generator) {
            case 0: plant.second(extra: [.workerLost(WorkerID("w\(worker)"))])
            case 1, 2: plant.second(extra: plant.hello(worker))
            case 3: plant.cars[worker][slot].isPlugged.toggle()
            case 4:
                let order = StopOrder(
                    id: UInt64(number), scope: .station(StationID("st-\(worker)-\(slot)")),
                    at: plant.now, by: "x")
                plant.second(extra: [.stopped(order)])
            case 5: plant.second(extra: [.bidCalled(plant.call())])
            default: plant.second()
            }
        }
        var again = AggregatorEngine(configuration: Plant.configuration())
        for (at, events) in plant.journal { _ = again.step(events, at: at) }
        #expect(again.fingerprint == plant.engine.fingerprint)
        #expect(again.snapshot() == plant.engine.snapshot())
        #expect(AccountBook.findings(in: plant.engine.books.transactions).isEmpty)
        #expect(plant.engine.fleet.verify())
    }
}
