import Domain
import Ledger
import Testing

func contract(_ owner: OwnerID, share: Int = 8_000, wear: Int = 40_000) -> ContractTerms {
    ContractTerms(
        id: ContractID("c-\(owner)"), owner: owner, tenant: "t", currency: .eur, ownerShare: share,
        wearPerKilowattHour: wear)
}

func award(watts: Int = 1_000_000) -> Award {
    Award(
        id: "a1", bid: "b1", resource: "R", product: "P",
        block: MarketInterval(start: Instant(seconds: 1_000_000), end: Instant(seconds: 1_000_300)),
        direction: .up,
        quantity: Power(watts: watts),
        pricePerMegawattHour: Money(microUnits: 45_000_000, currency: .eur),
        energyPricePerMegawattHour: Money(microUnits: 120_000_000, currency: .eur))
}

func settlement(_ vehicles: [VehicleDelivery], performance: Int = 9_800, delivered: Int = 20_000)
    -> Settlement
{
    Settlement(
        award: award(), tenant: "t", region: "demo", settledAt: Instant(seconds: 1_000_320),
        requested: Energy(wattHours: 20_408), delivered: Energy(wattHours: delivered),
        overDelivered: .zero,
        performance: performance, vehicles: vehicles)
}

func delivery(_ vehicle: VehicleID, _ owner: OwnerID, held: Int, delivered: Int, discharged: Int)
    -> VehicleDelivery
{
    VehicleDelivery(
        vehicle: vehicle, contract: contract(owner), headroomHeld: Energy(wattHours: held),
        delivered: Energy(wattHours: delivered), discharged: Energy(wattHours: discharged))
}

@Suite struct SettlementTests {
    /// What is let go of stays in the balances, and what is left is known by its id.
    @Test func booksLetGoOfOldTransactionsAndKeepTheBalances() throws {
        var book = AccountBook()
        let vehicles = [delivery("v1", "o1", held: 30_000, delivered: 12_000, discharged: 8_000)]
        var last: LedgerTransaction?
        for number in 0..<200 {
            for transaction in Settlement.transactions(of: settlement(vehicles).result()) {
                var transaction = transaction
                transaction.id += "-\(number)"
                try book.post(transaction)
                last = transaction
            }
        }
        let (balances, count) = (book.balances, book.transactions.count)
        book.forget(beyond: count)
        #expect(book.transactions.count == count, "not yet")
        book.forget(beyond: 10)
        #expect(book.transactions.count == 10 && book.balances == balances)
        let again = try book.post(try #require(last))
        #expect(!again, "the latest are known")
        let entries = book.transactions.suffix(3).reduce(0) { $0 + $1.entries.count }
        book.forget(beyond: 10, entries: entries)
        #expect(book.transactions.count == 3 && book.balances == balances, "long ones are let go of at once")
        book.forget(beyond: 10, entries: 1)
        #expect(book.transactions == [try #require(last)], "the last one is kept in any case")
        book.forget(beyond: 10, entries: 1)
        #expect(book.transactions.count == 1)
    }

    /// By hand: 45 EUR × 1 MW × 1/12 h × 0.98 = 3.675 EUR; 120 EUR × 0.02 MWh = 2.4 EUR. Two cars hold 3 : 1 and
    /// deliver 1 : 1: A gets 2.75625 + 1.2 = 3.95625, wear 10 kWh × 0.04 = 0.4, fee (3.95625 − 0.4) × 0.2 = 0.71125.
    @Test func aBlockComputedByHand() {
        let result = settlement([
            delivery("A", "o1", held: 60_000, delivered: 10_000, discharged: 10_000),
            delivery("B", "o2", held: 20_000, delivered: 10_000, discharged: 0),
        ]).result()
        #expect(result.availabilityPayment.microUnits == 3_675_000)
        #expect(result.energyPayment.microUnits == 2_400_000)
        let a = result.shares[0]
        #expect(a.availability.microUnits == 2_756_250 && a.energy.microUnits == 1_200_000)
        #expect(
            a.wear.microUnits == 400_000 && a.fee.microUnits == 711_250
                && a.earned.microUnits == 3_245_000)
        let b = result.shares[1]
        #expect(b.earned.microUnits == 918_750 + 1_200_000 - 423_750)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func ownersAndFeeAreTheMarketsPaymentToTheMicroUnit(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let vehicles = (0..<Int.random(in: 0...30, using: &generator)).map { index in
                delivery(
                    VehicleID("v\(index)"), OwnerID("o\(index % 4)"),
                    held: Int.random(in: 0...9_999, using: &generator),
                    delivered: Int.random(in: 0...999, using: &generator),
                    discharged: Int.random(in: 0...9_999, using: &generator))
            }
            let result = settlement(
                vehicles, performance: Int.random(in: 0...10_000, using: &generator),
                delivered: Int.random(in: 0...99_999, using: &generator)
            ).result()
            let paid = result.availabilityPayment.microUnits + result.energyPayment.microUnits
            var book = AccountBook()
            for transaction in Settlement.transactions(of: result) { try book.post(transaction) }
            #expect(book.total(.money(.eur)) == 0 && book.total(.energy) == 0)
            let earned = result.shares.reduce(0) { $0 + $1.earned.microUnits }
            let fee = result.shares.reduce(0) { $0 + $1.fee.microUnits }
            if !vehicles.isEmpty { #expect(earned + fee == paid) }
            #expect(book.balances[.init(account: "market:R", unit: .money(.eur))] == paid)
            #expect(result.shares.allSatisfy { $0.fee.microUnits >= 0 })
        }
    }

    @Test func theBooksTakeNothingThatDoesNotBalance() throws {
        var book = AccountBook()
        let good = Settlement.transactions(of: settlement([]).result())[0]
        #expect(try book.post(good))
        #expect(try !book.post(good), "the same again has the effect of once")
        var other = good
        other.memo = "different"
        #expect(throws: LedgerError.self) { try book.post(other) }
        var crooked = good
        crooked.id = "x"
        crooked.entries[0].amount += 1
        #expect(throws: LedgerError.self) { try book.post(crooked) }
        #expect(book.transactions.count == 1)
        try book.post(AccountBook.reversal(of: good, at: Instant(seconds: 2), why: "wrong meter"))
        #expect(book.balances.values.allSatisfy { $0 == 0 })
        var again = AccountBook.reversal(of: good, at: Instant(seconds: 3), why: "once more")
        again.id = "reverse:again"
        #expect(throws: LedgerError.self, "a transaction is taken back once") {
            try book.post(again)
        }
        var half = good
        half.id = "half"
        try book.post(half)
        half = AccountBook.reversal(of: half, at: Instant(seconds: 3), why: "in part")
        half.entries = half.entries.map { entry in
            var entry = entry
            entry.amount /= 5
            return entry
        }
        #expect(throws: LedgerError.self, "and whole") { try book.post(half) }
        #expect(AccountBook.findings(in: book.transactions).isEmpty)
        #expect(AccountBook.findings(in: [crooked, good, good]).count == 2)
    }

    @Test func aStatementHoldsWhatIsNeededToRecomputeIt() {
        let result = settlement([
            delivery("A,\"1\"", "o1", held: 60_000, delivered: 10_000, discharged: 10_000),
            delivery("=B", "o1", held: 20_000, delivered: 10_000, discharged: 0),
            delivery("C", "o2", held: 1, delivered: 1, discharged: 1),
        ]).result()
        let statement = Statement(
            owner: "o1", ownerName: "Depot <1>", period: "2026-11", blocks: [result])
        let lines = statement.csv.split(separator: "\n")
        #expect(
            lines.count == 3 && statement.csv.contains("\"A,\"\"1\"\"\"")
                && statement.csv.contains("'=B"))
        #expect(lines[1].hasPrefix("1970-01-12T13:46:40Z,1970-01-12T13:51:40Z,P,"))
        let earned = result.shares.filter { $0.owner == "o1" }.reduce(0) {
            $0 + $1.earned.microUnits
        }
        #expect(statement.total(\.earned).microUnits == earned)
        #expect(
            statement.html.contains("Depot &lt;1&gt;")
                && statement.html.contains(statement.total(\.earned).decimal))
        #expect(statement.json.contains("\"vehicle_id\":\"A,\\\"1\\\"\""))
    }
}
