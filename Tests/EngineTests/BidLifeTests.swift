import Domain
import GridCodes
import Testing

@testable import Engine

/// Where a bid may go from where it stands, and that it goes nowhere else. Draft to submitted, withdrawal before the
/// gate and re-declaration are in `MarketTests`.
@Suite struct BidLifeTests {
    private func ready(cars: Int = 40) -> Plant {
        var plant = Plant(cars: cars)
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call())])
        return plant
    }

    private func award(_ bid: Bid, share: Int = 100, id: AwardID = "a") -> Event {
        .awarded(
            Award(
                id: id, bid: bid.id, resource: bid.call.resource, product: bid.call.product, block: bid.call.block,
                direction: bid.direction, quantity: Power(watts: bid.quantity.watts * share / 100),
                pricePerMegawattHour: bid.pricePerMegawattHour, energyPricePerMegawattHour: .zero(.eur)))
    }

    /// A plant whose one bid stands at `state`.
    private func plant(at state: BidState) throws -> (plant: Plant, bid: Bid) {
        var plant = self.ready()
        let bid = try #require(plant.bids.last)
        switch state {
        case .submitted: break
        case .received: plant.second(extra: [.bidAnswered(bid.id, .received, reason: "")])
        case .refused: plant.second(extra: [.bidAnswered(bid.id, .refused, reason: "too dear")])
        case .awarded: plant.second(extra: [self.award(bid)])
        case .partlyAwarded: plant.second(extra: [self.award(bid, share: 50)])
        case .withdrawn, .redeclared:
            if state == .redeclared { plant.second(extra: [self.award(bid)]) }
            plant.second(extra: [.workerLost("w1")])
            for _ in 0..<10 { plant.second() }
        case .draft:
            plant = Plant(cars: 40)
            for worker in 0..<2 { for slot in 0..<20 { plant.cars[worker][slot].isPlugged = false } }
            for _ in 0..<10 { plant.second() }
            plant.second(extra: [.bidCalled(plant.call())])
        }
        let first = try #require(plant.engine.snapshot().bids.first)
        #expect(first.state == state)
        return (plant, first)
    }

    private func state(_ plant: Plant, _ id: BidID) -> BidState? {
        plant.engine.snapshot().bids.first { $0.id == id }?.state
    }

    @Test(
        arguments: [
            (.submitted, .received, true), (.submitted, .refused, true), (.received, .refused, true),
            (.received, .received, true),
            (.submitted, .awarded, false), (.submitted, .withdrawn, false), (.submitted, .draft, false),
            (.submitted, .redeclared, false), (.received, .submitted, false), (.draft, .received, false),
            (.draft, .refused, false), (.refused, .received, false), (.awarded, .received, false),
            (.awarded, .refused, false), (.partlyAwarded, .refused, false), (.withdrawn, .received, false),
            (.withdrawn, .refused, false), (.redeclared, .refused, false),
        ] as [(BidState, BidState, Bool)])
    func anAnswerMovesABidForwardOnly(from: BidState, word: BidState, isTaken: Bool) throws {
        var (plant, bid) = try self.plant(at: from)
        let before = plant.records.count { if case .bid = $0 { true } else { false } }
        plant.step([.bidAnswered(bid.id, word, reason: "")])
        #expect(self.state(plant, bid.id) == (isTaken ? word : from))
        let after = plant.records.count { if case .bid = $0 { true } else { false } }
        #expect(isTaken ? after > before : after == before, "a word that is not taken is no row")
    }

    @Test(
        arguments: [
            (.submitted, 100, .awarded), (.submitted, 50, .partlyAwarded), (.received, 100, .awarded),
            (.received, 50, .partlyAwarded), (.received, 300, .received), (.draft, 100, .draft),
            (.refused, 100, .refused),
            (.withdrawn, 100, .withdrawn), (.awarded, 50, .awarded), (.partlyAwarded, 100, .partlyAwarded),
            (.redeclared, 100, .redeclared),
        ] as [(BidState, Int, BidState)])
    func anAwardIsTakenOfAnOpenBidOnly(from: BidState, share: Int, becomes: BidState) throws {
        var (plant, bid) = try self.plant(at: from)
        let sold = plant.engine.snapshot().awards.map(\.id)
        plant.step([self.award(bid, share: share, id: "late")])
        #expect(self.state(plant, bid.id) == becomes)
        let isTaken = (from == .submitted || from == .received) && share <= 100
        #expect(plant.engine.snapshot().awards.map(\.id) == sold + (isTaken ? ["late"] : []))
        if isTaken {
            let quantity = plant.engine.snapshot().awards.last?.quantity
            #expect(quantity == Power(watts: bid.quantity.watts * share / 100))
        }
    }

    /// After the gate nothing is taken back: what is lost then shows once it is sold.
    @Test func nothingIsWithdrawnAfterTheGate() throws {
        var plant = self.ready(cars: 10)
        let bid = try #require(plant.bids.last)
        plant.second(extra: [.bidAnswered(bid.id, .received, reason: "")])
        plant.run(until: bid.call.gateClosure + .seconds(1))
        plant.second(extra: [.workerLost("w1")])
        plant.run(until: bid.call.block.start - .seconds(1))
        #expect(self.state(plant, bid.id) == .received && plant.engine.snapshot().bids.count == 1)
        plant.second(extra: [self.award(bid)])
        plant.run(until: bid.call.block.start + .seconds(25))
        #expect(self.state(plant, bid.id) == .redeclared)
    }

    /// A call whose gate has closed, one for a product that the resource does not offer, and the same call again.
    @Test func aCallThatCannotBeAnsweredMakesNoBid() throws {
        var plant = self.ready()
        var late = plant.call()
        late.gateClosure = plant.now
        late.reference = "late"
        late.block = testRegion.products[0].block(containing: plant.now + .seconds(900))
        let foreign = plant.call(product: "NO-SUCH")
        plant.second(extra: [.bidCalled(late), .bidCalled(foreign), .bidCalled(plant.call())])
        #expect(plant.engine.snapshot().bids.count == 1 && plant.bids.count == 1)
    }

    /// Who comes while the gate is open is in the load that is declared; who comes after it is not.
    @Test func aBaselineFollowsUntilTheGate() throws {
        var plant = Plant(cars: 40)
        for slot in 10..<20 { plant.cars[1][slot].isPlugged = false }
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call())])
        let bid = try #require(plant.bids.last)
        plant.second(extra: [.bidAnswered(bid.id, .received, reason: "")])
        let first = try #require(plant.baselines.last)
        for slot in 10..<20 { plant.cars[1][slot].isPlugged = true }
        while plant.now + .seconds(12) < bid.call.gateClosure { plant.second() }
        let last = try #require(plant.baselines.last)
        let rise = last.power(at: bid.call.block.start).watts - first.power(at: bid.call.block.start).watts
        #expect(rise > 10_000 && last.submittedAt > first.submittedAt && last.interval == first.interval)
        #expect(plant.bids.last?.id == bid.id && plant.bids.last?.state == .received, "upstream under the same name")
        let rows = plant.records.count { if case .baseline = $0 { true } else { false } }
        #expect(rows >= 2, "each declaration is a row")

        let sent = plant.baselines.count
        for slot in 0..<10 { plant.cars[0][slot].isPlugged = false }
        while plant.now < bid.call.block.start { plant.second() }
        #expect(
            plant.baselines.dropFirst(sent).allSatisfy {
                $0.power(at: bid.call.block.start) == last.power(at: bid.call.block.start)
            }, "nothing is declared anew behind the gate")
    }

    /// What is awarded already is not declared anew, gate or no gate.
    @Test func anAwardFixesTheBaseline() throws {
        var plant = Plant(cars: 40)
        for slot in 10..<20 { plant.cars[1][slot].isPlugged = false }
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call())])
        let bid = try #require(plant.bids.last)
        plant.second(extra: [self.award(bid)])
        for slot in 10..<20 { plant.cars[1][slot].isPlugged = true }
        while plant.now < bid.call.block.start { plant.second() }
        #expect(Set(plant.baselines.map(\.submittedAt)).count == 1)
    }
}
