import Control
import Domain
import GridCodes
import Testing

@testable import Engine

/// A worker's link is cut while its stations deliver: what its journal brings later counts as if it had come in time.
@Suite struct OutageTests {
    private static func configuration() -> EngineConfiguration {
        var region = testRegion
        region.products[0].id = "AGC"
        region.products[0].activation = .signal
        region.products[0].curve = []
        region.products[0].gainPerMille = 1_000
        var configuration = Plant.configuration()
        configuration.region = region
        configuration.resources = [.init(id: "R", products: ["AGC"])]
        return configuration
    }

    /// Two workers whose stations export four fifths of what was sold, for a minute now.
    static func exporting(lasts: TimeSpan = .minutes(10)) -> (plant: Plant, block: MarketInterval, watts: Int) {
        var plant = Plant(cars: 40, configuration: Self.configuration())
        plant.run(until: plant.now + .seconds(10))
        let call = plant.call(product: "AGC")
        plant.second(extra: [.bidCalled(call)])
        let bid = plant.bids[0]
        let award = Award(
            id: "a", bid: bid.id, resource: "R", product: "AGC", block: call.block, direction: .up,
            quantity: bid.quantity, pricePerMegawattHour: Money(microUnits: 45_000_000, currency: .eur),
            energyPricePerMegawattHour: .zero(.eur))
        plant.second(extra: [.awarded(award)])
        plant.run(until: call.block.start + .seconds(10))
        let watts = bid.quantity.watts * 4 / 5
        plant.second(extra: [self.request(watts, plant, sequence: 1, lasts: lasts)])
        plant.run(until: plant.now + .seconds(40))
        return (plant, call.block, watts)
    }

    static func request(_ watts: Int, _ plant: Plant, sequence: UInt64, lasts: TimeSpan) -> Event {
        .signal(
            GridSignal(
                resource: "R", product: "AGC", sequence: sequence, sentAt: plant.now, validFrom: plant.now,
                expiry: plant.now + lasts, value: .request(watts: watts), trace: .none))
    }

    private func power(_ plant: Plant) -> Int { plant.cars.joined().reduce(0) { $0 + $1.power } }

    /// Delivered energy of each second, as the engine accounts it, and as it flowed.
    private func accounted(cutFor seconds: Int) -> (plant: Plant, engine: Int, flowed: Int) {
        var (plant, block, _) = Self.exporting()
        var flowed: [Int: Int] = [:]
        let from = plant.now
        plant.cut(1, seconds: seconds) { flowed[$0.now.seconds] = self.power($0) }
        while plant.now < block.end + .seconds(30) {
            plant.second()
            flowed[plant.now.seconds] = self.power(plant)
        }
        let samples = plant.records.compactMap { record -> DeliverySample? in
            guard case .sample(let sample, _, _) = record, sample.at >= from else { return nil }
            return sample
        }
        // A reading is the power of the second that it ends.
        let real = samples.reduce(0) { $0 + $1.baseline.watts - (flowed[$1.at.seconds + 1] ?? 0) }
        return (plant, samples.reduce(0) { $0 + $1.delivered.watts }, real)
    }

    /// As long as an outage that the hub just sees, as the time that an export lives on, and longer.
    @Test(arguments: [8, 30, 60, 90]) func whatCameLateIsSettledAsItFlowed(_ seconds: Int) {
        let (plant, engine, flowed) = self.accounted(cutFor: seconds)
        #expect((engine - flowed).magnitude < flowed.magnitude / 200, "\(engine) Ws accounted, \(flowed) Ws flowed")
        #expect(plant.engine.energyConserved)
        #expect(plant.engine.snapshot().results.count == 1)
    }

    /// Nobody is held to what he could not hear, nor taken for deaf for what his meter had not said yet.
    @Test func whoWasCutOffIsBelievedAgain() {
        var (plant, block, watts) = Self.exporting()
        plant.cut(1, seconds: 45) { _ in }
        plant.run(until: block.end - .seconds(60))
        let suspects = plant.engine.points.joined().count(where: \.isSuspect)
        #expect(suspects == 0, "\(suspects) of 40 stations are not trusted any more")
        let delivered = plant.engine.snapshot().resources[0].delivered.watts
        #expect((delivered - watts).magnitude < watts / 50, "\(delivered) W of \(watts) W")
    }

    /// A worker that never comes back holds nothing up for longer than its patience.
    @Test func aWorkerThatStaysAwayDoesNotHoldUpTheBooks() {
        var (plant, block, _) = Self.exporting()
        plant.run(until: block.end - .seconds(10))
        plant.cut(1, seconds: 160) { _ in }
        #expect(plant.engine.snapshot().results.count == 1 && plant.engine.snapshot().ledgerBalanced)
    }

    /// While it is away the correction from the meter stands still: it would correct what nobody sees.
    @Test func theCorrectionDoesNotWindUp() {
        var (plant, _, _) = Self.exporting()
        let before = plant.engine.resources[0].correction.watts
        plant.cut(1, seconds: 40) { now in
            // A second or two pass before it is given up.
            let drift = now.engine.resources[0].correction.watts - before
            #expect(drift.magnitude < 20_000, "\(drift) W")
        }
    }
}

/// A worker is killed and started again at once, while its stations hold what they were told.
@Suite struct RestartTests {
    /// Its stations come back one after the other, and their states of charge two seconds later: nobody is moved, and
    /// nobody else is asked to do their part a second time.
    @Test func aRestartedWorkerMovesNobody() {
        var plant = OutageTests.exporting().plant
        let before = plant.cars.joined().reduce(0) { $0 + $1.power }
        plant.restart(1)
        var worst = (above: 0, below: 0)
        for second in 0..<40 {
            if second < 5 { plant.registerSome(1, upTo: 4 * (second + 1)) }
            for slot in plant.cars[1].indices { plant.cars[1][slot].socError = second < 7 ? 10_000 : 0 }
            plant.second()
            let now = plant.cars.joined().reduce(0) { $0 + $1.power }
            worst = (max(worst.above, now - before), max(worst.below, before - now))
        }
        // A twentieth of the award is what stations' steps and the trim make.
        #expect(worst.above < 30_000 && worst.below < 30_000, "\(worst) of \(before) W")
        #expect(plant.engine.snapshot().resources[0].delivered.watts > 0)
    }
}

/// What stations of restarted workers were told decides what others are asked for: it is part of the state.
@Suite struct FormerLifeTests {
    @Test func whatStationsWereToldIsInTheFingerprint() throws {
        var plant = OutageTests.exporting().plant
        plant.restart(1)
        plant.second()
        let key = try #require(plant.engine.formerLives.keys.sorted().first)
        var other = plant.engine
        other.formerLives[key]?.told = .init(watts: 4_711, at: plant.now)
        #expect(other.fingerprint != plant.engine.fingerprint)
        other.formerLives[key] = nil
        #expect(other.fingerprint != plant.engine.fingerprint)
    }
}

/// Between a hello and the plan that follows it, what is asked stays what it was.
@Suite struct HelloTests {
    /// The steepest rise and fall within a second while so many pass.
    private func steepest(_ plant: inout Plant, seconds: Int) -> (rise: Int, fall: Int) {
        var powers = [plant.cars.joined().reduce(0) { $0 + $1.power }]
        for _ in 0..<seconds {
            plant.second()
            powers.append(plant.cars.joined().reduce(0) { $0 + $1.power })
        }
        let steps = zip(powers, powers.dropFirst()).map { $1 - $0 }
        return (steps.max() ?? 0, -(steps.min() ?? 0))
    }

    /// The aggregator was frozen: it lost both workers, and both say hello again while they go on with the plan that is
    /// named.
    @Test(arguments: [1, 4]) func everybodySaysHelloAgain(answerSeconds: Int) {
        var plant = OutageTests.exporting().plant
        plant.answerSeconds = answerSeconds
        let workers = plant.cars.indices.map { WorkerID("w\($0)") }
        plant.second(extra: workers.map(Event.workerLost) + workers.indices.flatMap(plant.hello))
        let steps = self.steepest(&plant, seconds: 12)
        #expect(steps.rise < 30_000 && steps.fall < 30_000, "\(steps)")
    }

    /// The same, one after the other: what they said meanwhile is heard last.
    @Test func whoThawsHearsOneAfterTheOther() {
        var plant = OutageTests.exporting().plant
        plant.answerSeconds = 0
        plant.freeze(seconds: 5)
        for worker in plant.cars.indices { plant.step([.workerLost(WorkerID("w\(worker)"))]) }
        for worker in plant.cars.indices { plant.step(plant.hello(worker)) }
        let steps = self.steepest(&plant, seconds: 12)
        #expect(steps.rise < 30_000 && steps.fall < 30_000, "\(steps)")
    }

    /// A worker was killed: its stations hold what they were told, and the other one goes on as it did, whenever the plan
    /// without them is named.
    @Test(arguments: [1, 4]) func oneSaysHelloInAnotherLife(answerSeconds: Int) {
        var plant = OutageTests.exporting().plant
        plant.answerSeconds = answerSeconds
        plant.restart(1)
        let steps = self.steepest(&plant, seconds: 12)
        #expect(steps.rise < 30_000 && steps.fall < 30_000, "\(steps)")
    }

    /// Its stations are back before their meters said anything, or even whether a car is there: what they do is what was
    /// heard of them last.
    @Test(arguments: [true, false]) func whoIsBackWithoutAMeterDoesWhatItDid(isSeen: Bool) {
        var plant = OutageTests.exporting().plant
        plant.restart(1)
        plant.registerSome(1, upTo: 20)
        for slot in plant.cars[1].indices {
            plant.cars[1][slot].isSeen = isSeen
            plant.cars[1][slot].isMetered = false
            plant.cars[1][slot].socError = 10_000
        }
        let steps = self.steepest(&plant, seconds: 5)
        #expect(steps.rise < 30_000 && steps.fall < 30_000, "\(steps)")
    }
}

extension HelloTests {
    /// A worker was killed after it had told its stations something new, and before their meters had told that: they hold
    /// what they were told.
    @Test func whatWasToldCountsBeforeTheMeterSaysIt() {
        var (plant, _, watts) = OutageTests.exporting()
        plant.lateJournals = [1]
        plant.second(extra: [OutageTests.request(watts / 2, plant, sequence: 2, lasts: .minutes(10))])
        plant.run(until: plant.now + .seconds(3))
        plant.restart(1)
        let steps = self.steepest(&plant, seconds: 8)
        #expect(steps.rise < 30_000 && steps.fall < 30_000, "\(steps)")
    }
}

extension HelloTests {
    /// The power was away for a moment, or twice within some seconds: aggregator and workers begin anew, the stations hold
    /// what they were told, and what they can do is read from them anew.
    @Test(arguments: [1, 2]) func everythingIsRestarted(times: Int) {
        var plant = OutageTests.exporting().plant
        plant.answerSeconds = 0
        var powers = [plant.cars.joined().reduce(0) { $0 + $1.power }]
        for time in 1...times {
            var configuration = plant.engine.configuration
            configuration.epoch = Epoch(UInt32(1 + time))
            plant.engine.resume(configuration, at: plant.now)
            for worker in plant.cars.indices { plant.restart(worker) }
            for second in 0..<(time < times ? 7 : 30) {
                for worker in plant.cars.indices { self.read(worker, of: &plant, second: second) }
                plant.second()
                powers.append(plant.cars.joined().reduce(0) { $0 + $1.power })
            }
        }
        let steps = zip(powers, powers.dropFirst()).map { $1 - $0 }
        #expect((steps.max() ?? 0) < 30_000 && (steps.min() ?? 0) > -30_000, "\(powers)")
    }

    /// The aggregator was frozen a moment after a worker had begun anew: it lost both, and hears of some of the stations
    /// only when it is back.
    @Test(arguments: [0, 1, 4, 99], [[0, 1], [1, 0]])
    func whoIsFrozenWhileStationsComeBack(heard: Int, order: [Int]) {
        var plant = OutageTests.exporting().plant
        plant.answerSeconds = 1
        plant.restart(1)
        var powers = [plant.cars.joined().reduce(0) { $0 + $1.power }]
        for second in 0..<40 {
            self.read(1, of: &plant, second: second)
            if second == heard {
                plant.freeze(seconds: 5)
                for worker in plant.cars.indices { plant.step([.workerLost(WorkerID("w\(worker)"))]) }
                for worker in order {
                    plant.step([Event.workerJoined(WorkerID("w\(worker)"), Incarnation(plant.incarnations[worker]))])
                }
            }
            plant.second()
            powers.append(plant.cars.joined().reduce(0) { $0 + $1.power })
        }
        let steps = zip(powers, powers.dropFirst()).map { $1 - $0 }
        #expect((steps.max() ?? 0) < 30_000 && (steps.min() ?? 0) > -30_000, "\(powers)")
    }

    /// Four stations are back each second; a second later it is known that they have cars, then what their meters show,
    /// two seconds later their states of charge, and after seven all.
    private func read(_ worker: Int, of plant: inout Plant, second: Int) {
        for slot in plant.cars[worker].indices {
            plant.cars[worker][slot].isSeen = second >= slot / 4 + 1
            plant.cars[worker][slot].isMetered = second >= slot / 4 + 2
            plant.cars[worker][slot].socError = second < slot / 4 + 2 ? 10_000 : 0
            let isRead = second >= slot / 4 + 7
            plant.cars[worker][slot].capability = isRead ? .setpoint : .curtail
            plant.cars[worker][slot].mostDischarge = isRead ? 22_000 : 0
        }
        plant.registerSome(worker, upTo: 4 * (second + 1))
        if second > 4 { plant.step(Array(plant.hello(worker).dropFirst())) }
    }
}

/// The grid's own signal stops.
@Suite struct SilentOperatorTests {
    /// It is held for the product's time, then ends on a ramp: never in a step.
    @Test func anOperatorThatFallsSilentIsNoStep() {
        var plant = OutageTests.exporting(lasts: .seconds(60)).plant
        var powers: [Int] = []
        for _ in 0..<90 {
            plant.second()
            powers.append(plant.cars.joined().reduce(0) { $0 + $1.power })
        }
        let ramp = 40 * plant.engine.configuration.region.rampWattsPerSecond
        let steepest = zip(powers, powers.dropFirst()).map { $1 - $0 }.max() ?? 0
        // A signal each second, and the correction that ends with it: no more than twice the ramp.
        #expect(steepest <= 2 * ramp, "\(steepest) W within a second, the ramp is \(ramp) W/s")
        #expect(powers[15] <= powers[0] * 9 / 10 && powers[89] > 0, "held, then over: \(powers[15]), \(powers[89])")
    }

    /// An aggregator that was frozen while the signal ended goes on where its workers are: with what they heard last, or,
    /// after longer, as far down as they went by themselves. It neither jumps to the ramp's end nor back to its begin.
    @Test(arguments: [14, 20, 45]) func whoWasFrozenIsNoStep(seconds: Int) {
        var plant = OutageTests.exporting(lasts: .seconds(41)).plant
        plant.freeze(seconds: seconds)
        var powers = [plant.cars.joined().reduce(0) { $0 + $1.power }]
        for _ in 0..<60 {
            plant.second()
            powers.append(plant.cars.joined().reduce(0) { $0 + $1.power })
        }
        let ramp = 40 * plant.engine.configuration.region.rampWattsPerSecond
        let steps = zip(powers, powers.dropFirst()).map { $1 - $0 }
        #expect((steps.max() ?? 0) <= 2 * ramp && (steps.min() ?? 0) >= -2 * ramp, "\(powers)")
        #expect(powers[60] > 0, "and it is over in the end")
    }
}
