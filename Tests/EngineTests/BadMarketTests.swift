import Domain
import Ledger
import Testing

@testable import Engine

/// What is wrong in a market, a meter or a contract while a block runs: the block is settled once, as if the wrong had
/// not been said, and the ledger balances. `Sources/Ledger/README.md` lists all of bad input with its results.
@Suite struct BadMarketTests {
    private enum Wrong: CaseIterable {
        case overlappingAwards
        case largerThanBid
        case overAlready
        case minusInfinity
        case doubledReadings
        case weekLate
    }

    /// Sells a block, has it called, and settles it; `wrong` is said every twenty seconds.
    private func settled(_ wrong: Wrong?, each: (inout Plant) -> Void = { _ in }) throws -> (Plant, BlockResult) {
        var plant = Plant(cars: 8)
        for _ in 0..<10 { plant.second() }
        let block = plant.sell()
        let award = try #require(plant.engine.snapshot().awards.first)
        var past = award
        (past.id, past.block) = (
            "past", MarketInterval(start: block.start - .seconds(300), end: block.end - .seconds(300))
        )
        while plant.now < block.end + .seconds(40) {
            plant.milliHertz = block.contains(plant.now) ? 49_700 : 50_000
            let isDue = plant.now.seconds % 20 == 0
            plant.second(extra: isDue ? self.events(wrong, award, past, plant) : [])
            each(&plant)
        }
        let results = plant.engine.snapshot().results
        #expect(results.count == 1)
        return (plant, try #require(results.first))
    }

    private func events(_ wrong: Wrong?, _ award: Award, _ past: Award, _ plant: Plant) -> [Event] {
        var again = award
        switch wrong {
        case .overlappingAwards:
            again.id = "second"
        case .largerThanBid:
            again.id = "more"
            again.quantity = award.quantity + award.quantity
        case .overAlready: again = past
        case .minusInfinity:
            again.id = "price"
            again.pricePerMegawattHour.microUnits = .min
        case .doubledReadings:
            return plant.journal.last?.1.filter { if case .readings = $0 { true } else { false } } ?? []
        case .weekLate:
            let at = plant.now - .seconds(7 * 86_400)
            let late = MeterReading(
                worker: "w9", sequence: UInt64(plant.now.seconds), station: "st-0-0", evse: 1, token: nil, at: at,
                receivedAt: at, power: Power(watts: -22_000), importRegister: .zero, exportRegister: .zero,
                stateOfCharge: nil)
            return [.readings("w9", [late])]
        case nil: return []
        }
        return [.awarded(again)]
    }

    @Test func theBlockIsWhatItWouldHaveBeenWithoutIt() throws {
        let (_, sound) = try self.settled(nil)
        #expect(sound.delivered > .zero && sound.payment.microUnits > 0)
        for wrong in Wrong.allCases {
            let (plant, block) = try self.settled(wrong)
            #expect(block == sound, "\(wrong)")
            let after = plant.engine.snapshot()
            #expect(after.ledgerBalanced && after.awards.map(\.id).allSatisfy { $0 == "a" }, "\(wrong)")
            #expect(
                AccountBook.findings(in: plant.engine.books.transactions, blocks: [block]).isEmpty, "\(wrong)")
            #expect(
                plant.engine.books.balances[.init(account: "market:R", unit: .money(.eur))]
                    == sound.payment.microUnits, "\(wrong)")
        }
    }

    /// Of a station whose meter is silent nothing is made up: others bring what its car would have brought, and it is
    /// paid for nothing.
    @Test func missingIntervalsAreNotMadeUp() throws {
        let (_, sound) = try self.settled(nil)
        let (plant, block) = try self.settled(nil) { plant in plant.cars[0][2].isMetered = false }
        #expect(sound.shares.contains { $0.vehicle == "v-0-2" && $0.delivered > .zero })
        #expect(block.shares.first { $0.vehicle == "v-0-2" }?.delivered ?? .zero == .zero)
        #expect(block.delivered <= block.requested && plant.engine.snapshot().ledgerBalanced)
        #expect(AccountBook.findings(in: plant.engine.books.transactions, blocks: [block]).isEmpty)
    }

    /// Contract and owner change at once and more than once within a block: what is held is split by seconds, the books
    /// hold each owner's part, and nothing is lost.
    @Test func whoeverOwnsItTheBlockAddsUp() throws {
        let (_, sound) = try self.settled(nil)
        var second = 0
        let (plant, block) = try self.settled(nil) { plant in
            second += 1
            let contract = ContractTerms(
                id: "d", owner: "p", tenant: "t", currency: .eur, ownerShare: 2_000 + second % 7_000,
                wearPerKilowattHour: second * 100)
            var terms = plant.engine.enrolment.vehicles[1]
            (terms.owner, terms.contract) = second % 90 < 45 ? ("o", "c") : ("p", "d")
            guard second % 45 == 0 else { return }
            plant.second(extra: [
                .enrolled(.owner(OwnerTerms(id: "p", tenant: "t", name: "Other"))), .enrolled(.contract(contract)),
                .enrolled(.vehicle(terms)),
            ])
        }
        let parts = block.shares.filter { $0.vehicle == "v-0-1" }
        #expect(Set(parts.map(\.owner)) == ["o", "p"] && parts.count > 2)
        #expect(block.shares.reduce(0) { $0 + $1.earned.microUnits + $1.fee.microUnits } == block.payment.microUnits)
        #expect(block.requested == sound.requested && plant.engine.snapshot().ledgerBalanced)
        #expect(AccountBook.findings(in: plant.engine.books.transactions, blocks: [block]).isEmpty)
    }
}
