import Domain
import GridCodes
import Testing

@testable import Engine

@Suite struct MarketTests {
    private func ready(cars: Int = 40) -> Plant {
        var plant = Plant(cars: cars)
        for _ in 0..<10 { plant.second() }
        return plant
    }

    private func award(
        _ bid: Bid, id: AwardID = "a", watts: Int? = nil, block: MarketInterval? = nil
    ) -> Award {
        Award(
            id: id, bid: bid.id, resource: bid.call.resource, product: bid.call.product,
            block: block ?? bid.call.block,
            direction: bid.direction, quantity: Power(watts: watts ?? bid.quantity.watts),
            pricePerMegawattHour: bid.pricePerMegawattHour, energyPricePerMegawattHour: .zero(.eur))
    }

    @Test func whatIsNoLongerFirmIsReplacedBeforeTheGate() throws {
        var plant = self.ready()
        plant.second(extra: [.bidCalled(plant.call())])
        let first = try #require(plant.bids.last)
        plant.second(extra: [.bidAnswered(first.id, .received, reason: ""), .workerLost("w1")])
        for _ in 0..<10 { plant.second() }
        let states = plant.engine.snapshot().bids.map(\.state)
        #expect(states == [.withdrawn, .submitted])
        let second = try #require(plant.bids.last)
        #expect(
            second.quantity.watts > 0 && second.quantity < first.quantity && second.id != first.id)
        #expect(second.explanation.contains("in place of \(first.id)"))
        // The award that crossed the withdrawal is answered with the withdrawal; nothing is sold by it.
        let count = plant.bids.count
        plant.second(extra: [.awarded(self.award(first))])
        #expect(
            plant.bids.count == count + 1 && plant.bids.last?.id == first.id
                && plant.bids.last?.state == .withdrawn)
        #expect(plant.engine.snapshot().awards.isEmpty)
    }

    @Test func aDraftIsSubmittedWhenCarsHaveCome() throws {
        var plant = Plant(cars: 40)
        for worker in 0..<2 { for slot in 0..<20 { plant.cars[worker][slot].isPlugged = false } }
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call())])
        #expect(plant.bids.isEmpty && plant.engine.snapshot().bids.map(\.state) == [.draft])
        #expect(plant.engine.snapshot().bids[0].explanation.contains("under the product's minimum"))
        for worker in 0..<2 { for slot in 0..<20 { plant.cars[worker][slot].isPlugged = true } }
        for _ in 0..<15 { plant.second() }
        #expect(plant.engine.snapshot().bids.map(\.state) == [.submitted] && plant.bids.count == 1)
    }

    @Test func anAwardThatDoesNotFitChangesNothing() throws {
        var plant = self.ready()
        plant.second(extra: [.bidCalled(plant.call())])
        let bid = try #require(plant.bids.last)
        let block = MarketInterval(
            start: bid.call.block.start + .seconds(60), end: bid.call.block.end)
        var wrong = self.award(bid)
        wrong.direction = .down
        plant.second(extra: [
            .awarded(self.award(bid, block: block)), .awarded(wrong),
            .awarded(self.award(bid, watts: 0)),
        ])
        #expect(
            plant.engine.snapshot().awards.isEmpty
                && plant.engine.snapshot().bids[0].state == .submitted)
        plant.second(extra: [
            .awarded(self.award(bid)), .awarded(self.award(bid)), .awarded(self.award(bid, id: "b")),
        ])
        #expect(plant.engine.snapshot().awards.map(\.quantity) == [bid.quantity], "once")
        #expect(plant.engine.snapshot().refusedAwards.last?.reason.contains("was awarded by a already") == true)
    }

    /// Each award that is wrong, with the words that its refusal holds; the bid stays open, and the words go upstream.
    @Test(
        arguments: [
            (.more, "is more than the"), (.past, "is for a block that is over"), (.minusInfinity, "lies outside of"),
            (.absurd, "lies outside of"), (.absurdEnergy, "lies outside of"), (.unknown, "names no bid of ours"),
            (.nothing, "is for no power"),
        ] as [(Wrong, String)])
    func aWrongAwardIsRefusedWholly(_ wrong: Wrong, words: String) throws {
        var plant = self.ready()
        plant.second(extra: [.bidCalled(plant.call())])
        let bid = try #require(plant.bids.last)
        var award = self.award(bid)
        switch wrong {
        case .more: award.quantity = bid.quantity + Power(watts: 10_000)
        case .past: plant.run(until: bid.call.block.end)
        case .minusInfinity: award.pricePerMegawattHour.microUnits = .min
        case .absurd: award.pricePerMegawattHour.microUnits = 2_000_000_000_000
        case .absurdEnergy: award.energyPricePerMegawattHour.microUnits = .max
        case .unknown: award.bid = "nobody's"
        case .nothing: award.quantity = .zero
        }
        let sent = plant.bids.count
        plant.second(extra: [.awarded(award)])
        let after = plant.engine.snapshot()
        #expect(after.awards.isEmpty && after.bids.first?.state == .submitted && after.ledgerBalanced)
        #expect(after.refusedAwards.map(\.award) == ["a"] && after.refusedAwards[0].reason.contains(words))
        let isOurs = wrong != .unknown
        #expect(plant.bids.count == sent + (isOurs ? 1 : 0) && (plant.bids.last?.refusal != nil) == isOurs)
        // The same again is no news, in this life or the next.
        plant.second(extra: [.awarded(award)])
        #expect(plant.engine.snapshot().refusedAwards.count == 1 && plant.bids.count == sent + (isOurs ? 1 : 0))
    }

    enum Wrong: Sendable {
        case more
        case past
        case minusInfinity
        case absurd
        case absurdEnergy
        case unknown
        case nothing
    }

    /// Below zero is normal: who is paid to take is still paid.
    @Test func anAwardAtANegativePriceIsTaken() throws {
        var plant = self.ready()
        plant.second(extra: [.bidCalled(plant.call())])
        var award = self.award(try #require(plant.bids.last))
        award.pricePerMegawattHour.microUnits = -5_000_000
        award.energyPricePerMegawattHour.microUnits = -500_000_000
        plant.second(extra: [.awarded(award)])
        #expect(plant.engine.snapshot().awards.map(\.pricePerMegawattHour.microUnits) == [-5_000_000])
    }

    /// Two products for the same time share the headroom; a later block has it all again.
    @Test func headroomIsSoldOnce() throws {
        var region = testRegion
        var other = region.products[0]
        other.id = "FR2"
        region.products.append(other)
        var configuration = Plant.configuration()
        configuration.region = region
        configuration.resources = [.init(id: "R", products: ["FR", "FR2"])]
        var plant = Plant(cars: 40, configuration: configuration)
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call())])
        let first = try #require(plant.bids.last)
        plant.second(extra: [.bidCalled(plant.call(product: "FR2"))])
        #expect(plant.bids.count == 1, "nothing is left for the second product")
        #expect(plant.engine.snapshot().bids.last?.explanation.contains("promised already") == true)
        plant.second(extra: [
            .awarded(self.award(first, watts: first.quantity.watts / 20_000 * 10_000))
        ])
        plant.run(until: first.call.block.start + .seconds(20))
        plant.second(extra: [.bidCalled(plant.call()), .bidCalled(plant.call(product: "FR2"))])
        let later = plant.engine.snapshot().bids.filter {
            $0.call.block.start > first.call.block.start
        }
        #expect(
            later.first?.quantity == first.quantity,
            "what is held in this block is free in the next")
    }

    @Test func headroomThatIsLostBeforeTheBlockIsRedeclaredBeforeIt() throws {
        var plant = self.ready()
        let block = plant.sell()
        plant.run(until: block.start - .seconds(40))
        plant.second(extra: [.workerLost("w1")])
        for _ in 0..<8 { plant.second() }
        let said = try #require(plant.bids.last)
        #expect(plant.now < block.start && said.state == .redeclared && said.quantity.watts > 0)
        plant.second(extra: [.workerLost("w0")])
        for _ in 0..<8 { plant.second() }
        #expect(
            plant.bids.last?.state == .redeclared && plant.bids.last?.quantity == .zero,
            "and again when more is lost")
    }

    @Test func theMarketsMemoryIsBounded() {
        var book = MarketBook()
        let template = Plant(cars: 2).call()
        for number in 0..<900 {
            let block = MarketInterval(
                start: Instant(seconds: number * 300), end: Instant(seconds: number * 300 + 300))
            let bid = Bid(
                id: BidID("b\(number)"), tenant: "t",
                call: BidCall(
                    resource: "R", product: "FR", block: block, gateClosure: block.start,
                    reference: ""),
                direction: .up, quantity: template.block.duration > .zero ? Power(watts: 1) : .zero,
                pricePerMegawattHour: .zero(.eur), confidence: 9_900, firmHeadroom: .zero,
                state: .awarded, explanation: "")
            book.bids[bid.id] = bid
            book.order.append(bid.id)
            book.baselines["R", default: []].append(
                DeclaredBaseline(
                    resource: "R", interval: block, submittedAt: block.start, points: []))
            let award = self.award(bid, id: AwardID("a\(number)"))
            book.awardIDs.insert(award.id)
            book.activations.append(Activation(award: award))
            // One block is not settled: it and its bid stay.
            guard number != 3 else { continue }
            book.activations[book.activations.count - 1].settled = true
            book.keep(
                BlockResult(
                    award: award, tenant: "t", region: "r", settledAt: block.end, requested: .zero,
                    delivered: .zero,
                    overDelivered: .zero, performance: 0, availabilityPayment: .zero(.eur),
                    energyPayment: .zero(.eur), shares: []))
        }
        book.forgetSettled()
        book.forget(before: Instant(seconds: 900 * 300 - 3_600))
        #expect(
            book.results.count == MarketBook.mostKept && book.order.count == MarketBook.mostKept)
        #expect(book.bids["b3"] != nil && book.activations.contains { $0.award.id == "a3" })
        #expect(
            book.activations.count == MarketBook.mostKept + 1
                && (book.baselines["R"]?.count ?? 0) <= 13)
        #expect(book.awardIDs.count == 900, "an award that comes again is known for good")
    }
}
