import CTelemetry
import Control
import Domain
import Fleet
import Foundation
import GridCodes
import TestSupport
import Testing

@testable import Engine

/// A kilowatt is sold once: whatever is called, bid, awarded, repeated, lost, restored, or plugged in twice.
@Suite struct SellTwiceTests {
    private static let products: [ProductID] = ["FR", "FR2", "AGC"]

    private static func configuration() -> EngineConfiguration {
        var configuration = Plant.configuration()
        var second = configuration.region.products[0]
        second.id = "FR2"
        second.blockSeconds = 900
        var signal = second
        signal.id = "AGC"
        signal.activation = .signal
        signal.symmetry = .symmetric
        signal.curve = []
        configuration.region.products += [second, signal]
        configuration.resources = [
            .init(id: "R", products: Self.products), .init(id: "R2", products: Self.products),
        ]
        return configuration
    }

    /// A worker with one more point, of another resource, that says it has the first worker's first car.
    private static func twin(_ plant: Plant, isPlugged: Bool, generation: UInt32) -> [Event] {
        var record = headroom_record()
        record.flags = UInt32(HEADROOM_ONLINE)
        if isPlugged { record.flags |= UInt32(HEADROOM_PLUGGED | HEADROOM_CONSENT | HEADROOM_AVAILABLE) }
        record.power = isPlugged ? 7_000 : 0
        record.max_charge = 22_000
        record.max_discharge = 22_000
        record.capacity = 60_000
        record.soc = 6_000
        var bytes: [UInt8] = []
        unsafe withUnsafeBytes(of: record) { unsafe bytes.append(contentsOf: $0) }
        return [
            .telemetry(
                TelemetryBatch(
                    worker: "w9", incarnation: Incarnation(1), sequence: 1, sentAt: plant.now, stride: 40, count: 1,
                    bytes: bytes))
        ]
    }

    private static func arrival(_ plant: Plant) -> [Event] {
        var site = plant.site
        site.id = "s2"
        site.resource = "R2"
        var registration = plant.registration(0, 0)
        registration.station = "st-9-0"
        return [
            .enrolled(.site(site)), .enrolled(.station(StationTerms(id: "st-9-0", site: "s2"))),
            .workerJoined("w9", Incarnation(1)), .registered("w9", Incarnation(1), [registration]),
        ]
    }

    /// What no step may break; each finding is a line.
    private static func findings(_ engine: AggregatorEngine) -> [String] {
        var findings = engine.reservationFindings
        let sold = engine.market.activations.map(\.award)
        if Set(sold.map(\.id)).count < sold.count { findings.append("an award counts twice") }
        if Set(sold.map(\.bid)).count < sold.count { findings.append("a bid is sold twice") }
        for award in sold {
            guard let bid = engine.market.bids[award.bid] else { continue }
            if award.block != bid.call.block || award.direction != bid.direction {
                findings.append("\(award.id) is not what was bid")
            }
        }
        // By vehicle, over all points and products: what its plans hold lies inside what its promise leaves.
        var holding: [UInt32: Int] = [:]
        for (resource, places) in engine.places.enumerated() where engine.resources[resource].plannedAt == engine.now {
            var held: [Int: (up: Int, down: Int)] = [:]
            for plan in engine.resources[resource].plans {
                guard let worker = engine.fleet.index(of: plan.worker) else { continue }
                for segment in plan.segments {
                    let line = engine.fleet.range(worker).lowerBound + Int(segment.slot)
                    var sum = held[line] ?? (0, 0)
                    sum.up += segment.direction == .up ? Int(segment.height) : 0
                    sum.down += segment.direction == .down ? Int(segment.height) : 0
                    held[line] = sum
                }
            }
            for place in places {
                guard let held = held[place.line], held.up + held.down > 0 else { continue }
                holding[engine.fleet.lines[place.line].vehicle, default: 0] += 1
                let bounds = engine.points[place.worker][place.slot].bounds
                if held.up > bounds.base - bounds.low || held.down > bounds.high - bounds.base {
                    findings.append("a point holds \(held) of \(bounds)")
                }
            }
        }
        findings += holding.filter { $0.value > 1 }.map { "vehicle \($0.key) holds at \($0.value) points" }
        return findings
    }

    /// What is spoken for in a block, against what the resource's cars have altogether.
    private static func isCovered(_ engine: AggregatorEngine, _ call: BidCall, since known: Set<BidID>) -> Bool {
        guard let resource = engine.resourceIndex[call.resource] else { return false }
        let new = engine.market.bids.values.filter {
            $0.state == .submitted && !known.contains($0.id) && $0.call == call
        }
        return new.map(\.direction).allSatisfy { direction in
            let spoken = engine.market.reservations.taken(call.resource, direction, call.block).power.watts
            let there = engine.places[resource].filter {
                engine.isSeat($0.line) && engine.points[$0.worker][$0.slot].base != nil
            }.reduce(0) {
                let bounds = engine.points[$1.worker][$1.slot].bounds
                return $0 + (direction == .up ? bounds.base - bounds.low : bounds.high - bounds.base)
            }
            return spoken <= there
        }
    }

    @Test(arguments: 0..<12) func nothingIsSoldTwice(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var plant = Plant(cars: 40, configuration: Self.configuration())
        plant.step(Self.arrival(plant))
        for _ in 0..<10 { plant.second() }
        var calls: [BidCall] = []
        var awards: [Award] = []
        var isTwinPlugged = false
        var sold = 0
        for turn in 0..<160 {
            var events: [Event] = []
            var called: BidCall?
            switch random.next(below: 12) {
            case 0, 1, 2:
                let product = Self.products[random.next(below: 3)]
                let length = [300, 900, 1_800][random.next(below: 3)]
                let start = Instant(seconds: (plant.now.seconds / 300 + 1 + random.next(below: 4)) * 300)
                let call = BidCall(
                    resource: random.next(below: 5) == 0 ? "R2" : "R", product: product,
                    block: MarketInterval(start: start, end: start + .seconds(length)),
                    gateClosure: start - .seconds(5), reference: "e")
                calls.append(call)
                called = call
                events = [.bidCalled(call)]
            case 3: if let call = calls.last { events = [.bidCalled(call), .bidCalled(call)] }
            case 4, 5, 6:
                // Awarded whole, in part, for more than was bid, in another direction or block, under an id that was seen.
                guard !plant.bids.isEmpty else { break }
                let bid = plant.bids[random.next(below: plant.bids.count)]
                var award = Award(
                    id: AwardID("a\(random.next(below: 40))"), bid: bid.id, resource: bid.call.resource,
                    product: bid.call.product, block: bid.call.block, direction: bid.direction,
                    quantity: bid.quantity, pricePerMegawattHour: Money(microUnits: 1_000_000, currency: .eur),
                    energyPricePerMegawattHour: .zero(.eur))
                switch random.next(below: 6) {
                case 0: award.quantity = Power(watts: bid.quantity.watts * 3)
                case 1: award.quantity = Power(watts: bid.quantity.watts / 20_000 * 10_000)
                case 2: award.direction = bid.direction == .up ? .down : .up
                case 3: award.resource = award.resource == "R" ? "R2" : "R"
                default: break
                }
                awards.append(award)
                events = [.awarded(award), .awarded(award)]
            case 7: if !awards.isEmpty { events = [.awarded(awards[random.next(below: awards.count)])] }
            case 8:
                guard let bid = plant.bids.last else { break }
                events = [.bidAnswered(bid.id, turn % 2 == 0 ? .received : .refused, reason: "")]
            case 9: plant.cars[random.next(below: 2)][random.next(below: 20)].isPlugged.toggle()
            case 10: isTwinPlugged.toggle()
            default:
                // A restart from a checkpoint, and another leader.
                let data = try JSONEncoder().encode(EngineCheckpoint(plant.engine))
                let restored = try #require(try JSONDecoder().decode(EngineCheckpoint.self, from: data).restored)
                #expect(restored.market.reservations == plant.engine.market.reservations)
                plant.engine = restored
                if turn % 3 == 0 {
                    var next = Self.configuration()
                    next.epoch = Epoch(UInt32(turn + 2))
                    plant.engine.resume(next, at: plant.now)
                    for worker in 0..<2 { plant.step(plant.hello(worker)) }
                    plant.step(Array(Self.arrival(plant).suffix(2)))
                }
            }
            let known = Set(plant.engine.market.bids.keys)
            plant.second(extra: Self.twin(plant, isPlugged: isTwinPlugged, generation: 1) + events)
            #expect(Self.findings(plant.engine) == [], "seed \(seed), turn \(turn)")
            if let called {
                #expect(Self.isCovered(plant.engine, called, since: known), "seed \(seed), turn \(turn): \(called)")
            }
            sold = max(sold, plant.engine.market.activations.count)
        }
        #expect(sold > 0, "seed \(seed) sold nothing: it tested nothing")
    }

    /// A car that is claimed at two points of two resources has its headroom at one of them: where it was plugged in.
    @Test func aCarAtTwoPointsCountsOnce() throws {
        var plant = Plant(cars: 40, configuration: Self.configuration())
        plant.step(Self.arrival(plant))
        func headroom(_ isPlugged: Bool) -> [Int] {
            for _ in 0..<12 { plant.second(extra: Self.twin(plant, isPlugged: isPlugged, generation: 1)) }
            return plant.engine.snapshot().resources.map(\.headroomUp.watts)
        }
        let alone = headroom(false)
        #expect(alone[1] == 0 && alone[0] > 0)
        let both = headroom(true)
        #expect(both[1] == 0 && abs(both[0] - alone[0]) < alone[0] / 100, "the first that has it keeps it")
        plant.cars[0][0].isPlugged = false
        let moved = headroom(true)
        #expect(moved[1] > 20_000 && moved[0] < alone[0], "\(moved), \(alone)")
        #expect(plant.engine.snapshot().vehicles.count { $0.id == "v-0-0" } == 1)
    }

    @Test func whatHoldsAtTheSameTimeAddsUpAndNothingElse() {
        var book = ReservationBook()
        func row(_ bid: BidID, _ from: Int, _ to: Int, _ watts: Int, _ direction: Direction = .up) {
            book.put(
                .init(
                    bid: bid, resource: "R", product: "P", direction: direction,
                    block: MarketInterval(start: Instant(seconds: from), end: Instant(seconds: to)),
                    power: Power(watts: watts), energy: Power(watts: watts).over(.seconds(900)), isSold: true))
        }
        row("a", 0, 100, 10)
        row("b", 100, 200, 20)
        row("c", 50, 150, 5)
        row("d", 0, 200, 100, .down)
        func taken(_ from: Int, _ to: Int, except bid: BidID? = nil) -> Int {
            let block = MarketInterval(start: Instant(seconds: from), end: Instant(seconds: to))
            return book.taken("R", .up, block, except: bid).power.watts
        }
        #expect(taken(0, 200) == 25 && taken(0, 50) == 10 && taken(0, 51) == 15 && taken(150, 200) == 20)
        #expect(taken(0, 200, except: "b") == 15 && taken(200, 300) == 0)
        row("b", 100, 200, 0)
        #expect(taken(0, 200) == 15, "nothing is no row")
        book.forget(before: Instant(seconds: 100))
        #expect(book.rows.map(\.bid) == ["d", "c"] && book.taken("R2", .up, book.rows[0].block).power == .zero)
    }
}

extension SeededGenerator {
    fileprivate mutating func next(below count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
}
