import Domain
import GridCodes
import Testing

@testable import Engine

/// What the market keeps of blocks that are over, and what it leaves out on its way through them.
@Suite struct MarketBookTests {
    private func award(_ number: Int, start: Int, direction: Direction = .up) -> Award {
        Award(
            id: AwardID("a\(number)"), bid: BidID("b\(number)"), resource: "R", product: "FR",
            block: MarketInterval(
                start: Instant(seconds: start), end: Instant(seconds: start + 300)),
            direction: direction, quantity: Power(watts: 1_000 + number),
            pricePerMegawattHour: .zero(.eur), energyPricePerMegawattHour: .zero(.eur))
    }

    /// A leader that was away for days has more blocks to settle than are kept: each is settled, once.
    @Test func moreBlocksThanAreKeptAreSettledInOneStep() {
        var plant = Plant(cars: 2)
        for _ in 0..<5 { plant.second() }
        let first = plant.now.seconds - 200_000
        for number in 0..<520 {
            plant.engine.market.activations.append(
                Activation(award: self.award(number, start: first + number * 300)))
        }
        let before = plant.records.count { if case .block = $0 { true } else { false } }
        plant.second()
        let settled = plant.records.count { if case .block = $0 { true } else { false } }
        #expect(settled - before == 520)
        let book = plant.engine.market
        #expect(book.activations.count == MarketBook.mostKept)
        #expect(book.activations.first?.award.id == "a20" && book.activations.last?.award.id == "a519")
        #expect(book.results.count == MarketBook.mostKept && book.current.isEmpty)
        plant.second()
        let again = plant.records.count { if case .block = $0 { true } else { false } }
        #expect(again == settled)
    }

    /// Of a large fleet one block is settled in a step, so that signals get in between; none is forgotten.
    @Test func blocksOfALargeFleetAreSettledOneByOne() {
        var plant = Plant(cars: 2)
        for _ in 0..<5 { plant.second() }
        let first = plant.now.seconds - 3_000
        for number in 0..<4 {
            var activation = Activation(award: self.award(number, start: first + number / 2 * 300))
            if number > 0 { activation.vehicles[60_000].held = .zero }
            plant.engine.market.activations.append(activation)
        }
        func settled() -> Int { plant.records.count { if case .block = $0 { true } else { false } } }
        let before = settled()
        var counts: [Int] = []
        for _ in 0..<5 {
            plant.second()
            counts.append(settled() - before)
        }
        // The first has no cars.
        #expect(counts == [2, 3, 4, 4, 4])
        #expect(plant.engine.market.results.suffix(4).map(\.award.id) == ["a0", "a1", "a2", "a3"])
    }

    /// Blocks of a large fleet are kept without their shares once newer ones have too many.
    @Test func sharesAreKeptAsFarAsThereIsRoom() {
        let share = BlockResult.Share(
            vehicle: "v", owner: "o", contract: "c", headroomHeld: .zero, delivered: .zero, discharged: .zero,
            availability: .zero(.eur), energy: .zero(.eur), wear: .zero(.eur), fee: .zero(.eur),
            earned: Money(microUnits: 2, currency: .eur), ownerShare: 0, wearPerKilowattHour: 0)
        var book = MarketBook()
        for (number, count) in [MarketBook.mostShares / 2, 10, MarketBook.mostShares / 2, 5].enumerated() {
            book.keep(
                BlockResult(
                    award: self.award(number, start: 0), tenant: "t", region: "r", settledAt: .distantPast,
                    requested: .zero, delivered: .zero, overDelivered: .zero, performance: 0,
                    availabilityPayment: .zero(.eur), energyPayment: .zero(.eur),
                    shares: Array(repeating: share, count: count)))
        }
        #expect(book.results.map(\.shares.count) == [0, 10, MarketBook.mostShares / 2, 5])
        #expect(book.earned == 2 * (MarketBook.mostShares + 15), "what was earned stays")
    }

    /// Leaving out what is over changes no answer about the time that is left.
    @Test func whatIsOverIsLeftOutAndNothingElse() {
        var book = MarketBook()
        for number in 0..<40 {
            let direction: Direction = number % 3 == 0 ? .down : .up
            book.activations.append(
                Activation(award: self.award(number, start: number / 2 * 300, direction: direction)))
            book.activations[number].settled = number < 20 && number != 7
        }
        let whole = book
        book.dropEndedActivations(before: Instant(seconds: 2_700))
        #expect(book.current == [7] + Array(16..<40), "unsettled or ended later")
        // Also what comes after is seen.
        var more = whole
        for number in 40..<42 {
            let activation = Activation(award: self.award(number, start: 3_000))
            book.activations.append(activation)
            more.activations.append(activation)
        }
        for second in stride(from: 2_700, through: 7_000, by: 50) {
            let at = Instant(seconds: second)
            for direction in [Direction.up, .down] {
                #expect(
                    book.awarded("R", "FR", direction, at: at)
                        == more.awarded("R", "FR", direction, at: at))
            }
            #expect(book.soldUntil("R", at: at) == more.soldUntil("R", at: at))
            let next = at + .seconds(50)
            #expect(
                book.hasEdge("R", after: at, through: next)
                    == more.hasEdge("R", after: at, through: next))
        }
        #expect(book.activation(of: "b3") == 3 && book.activation(of: "b41") == 41)
    }

    @Test func bidsAreWatchedUntilGateAndBlockAreOver() {
        var book = MarketBook()
        for number in 0..<10 {
            let award = self.award(number, start: number * 300)
            book.bids[award.bid] = Bid(
                id: award.bid, tenant: "t",
                call: BidCall(
                    resource: "R", product: "FR", block: award.block,
                    gateClosure: number == 1 ? Instant(seconds: 9_000) : award.block.start,
                    reference: ""),
                direction: .up, quantity: award.quantity, pricePerMegawattHour: .zero(.eur),
                confidence: 9_900, firmHeadroom: .zero, state: .awarded, explanation: "")
            if number < 9 { book.order.append(award.bid) }
        }
        book.dropEndedBids(at: Instant(seconds: 1_500))
        #expect(book.watched == ["b1", "b5", "b6", "b7", "b8"])
        book.order.append("b9")
        #expect(book.watched.last == "b9" && book.watched.count == 6)
    }
}
