import Domain
import Ledger
import Testing

private let began = 1_000_000
private let settled = Instant(seconds: began + 320)

/// 300 seconds of 40 kW asked of two cars; the station of B was silent, so that only A's 20 kW counted.
private func samples(delivered: Int = 20_000) -> [DeliverySample] {
    (0..<300).map { second in
        DeliverySample(
            resource: "R", product: "P", at: Instant(seconds: began + second), requested: Power(watts: 40_000),
            delivered: Power(watts: delivered), baseline: .zero, metered: Power(watts: -delivered))
    }
}

private func block() -> BlockResult {
    let energy = Power(watts: 20_000).over(.seconds(300))
    func car(_ vehicle: VehicleID, _ owner: OwnerID, _ moved: Energy) -> VehicleDelivery {
        VehicleDelivery(
            vehicle: vehicle, contract: contract(owner), headroomHeld: energy, delivered: moved, discharged: moved)
    }
    return Settlement(
        award: award(watts: 40_000), tenant: "t", region: "demo", settledAt: settled,
        requested: Power(watts: 40_000).over(.seconds(300)), delivered: energy, overDelivered: .zero,
        performance: 5_000, vehicles: [car("A", "o1", energy), car("B", "o2", .zero)]
    ).result()
}

/// A reading each minute.
private func readings(
    _ vehicle: VehicleID, watts: Int = -20_000, learned delay: Int = 1, from sequence: UInt64 = 0,
    in minutes: Range<Int> = -1..<7
) -> [PointReading] {
    minutes.map { minute in
        let at = Instant(seconds: began + minute * 60)
        return PointReading(
            MeterReading(
                worker: "w", sequence: sequence + UInt64(minute + 10), station: StationID("st-\(vehicle)"), evse: 1,
                token: nil, at: at, receivedAt: at + .seconds(delay), power: Power(watts: watts),
                importRegister: .zero, exportRegister: .zero, stateOfCharge: nil), vehicle: vehicle)
    }
}

@Suite struct RerunTests {
    private static let now = Instant(seconds: began + 8 * 86_400)
    private static let week = 7 * 86_400

    @Test func aWeekLateIsPostedAsADifferenceAndOnce() throws {
        let old = block()
        var run = Rerun(old)
        run.take(readings("A"))
        run.take(readings("B", learned: Self.week))
        let outcome = run.outcome(samples(), at: Self.now)
        let new = try #require(outcome.block)
        #expect(outcome.late == 5 && outcome.missing == 0)
        #expect(
            new.revision == 1 && new.performance == 10_000
                && new.shares.map(\.delivered.wattSeconds) == [6_000_000, 6_000_000])
        #expect(new.shares[1].discharged.wattSeconds == 6_000_000 && new.shares[1].wear.microUnits > 0)
        var book = AccountBook()
        for transaction in Settlement.transactions(of: old) { try book.post(transaction) }
        let first = book.transactions
        for transaction in Rerun.postings(from: old, to: new) { try book.post(transaction) }
        #expect(Array(book.transactions.prefix(first.count)) == first, "nothing is written over")
        for transaction in Rerun.postings(from: old, to: new) {
            let isNew = try book.post(transaction)
            #expect(!isNew, "twice has the effect of once")
        }
        #expect(book.balances[.init(account: "market:R", unit: .money(.eur))] == new.payment.microUnits)
        #expect(
            book.balances[.init(account: "owner:o2:earnings", unit: .money(.eur))] == -new.shares[1].earned.microUnits)
        #expect(book.total(.money(.eur)) == 0 && book.total(.energy) == 0)
        #expect(AccountBook.findings(in: book.transactions, blocks: [old, new]).isEmpty)
        #expect(!AccountBook.findings(in: Array(book.transactions.prefix(3)), blocks: [old, new]).isEmpty)
        let kept = book.transactions.filter { $0.id != "reverse:block:a1" }
        #expect(
            AccountBook.findings(in: kept, blocks: [old, new]) == ["block:a1 was computed again and is not reversed"],
            "paid twice")
        var again = Rerun(new)
        again.take(readings("A"))
        again.take(readings("B", learned: Self.week))
        #expect(again.outcome(samples(delivered: 40_000), at: Self.now + .hours(1)).block == nil, "it knows them now")
    }

    @Test func doubledReadingsCountOnce() throws {
        var run = Rerun(block())
        run.take(readings("A") + readings("A", watts: -99_000, learned: Self.week, from: 1_000))
        run.take(readings("B", learned: Self.week) + readings("B", learned: Self.week + 1, from: 1_000))
        let outcome = run.outcome(samples(), at: Self.now)
        #expect(outcome.doubled == 16)
        let new = try #require(outcome.block)
        #expect(new.shares[0].delivered == block().shares[0].delivered, "what was known first counts")
        #expect(new.performance == 10_000)
    }

    @Test func whatIsMissingIsNotInvented() throws {
        var run = Rerun(block())
        run.take(readings("A"))
        // Of B two readings, far apart, and none in between: ten seconds of the first.
        var far = readings("B", learned: Self.week, in: 1..<2)
        far += readings("B", learned: Self.week, in: 60..<61)
        run.take(far)
        let outcome = run.outcome(samples(), at: Self.now)
        #expect(outcome.missing == 290)
        #expect(try #require(outcome.block).shares[1].delivered.wattSeconds == 200_000)
        var none = Rerun(block())
        none.take([])
        #expect(none.outcome(samples(), at: Self.now).block == nil, "nothing late: nothing new")
    }

    /// A car that changed its owner within the block: what came late is each owner's by what was held under him.
    @Test func lateReadingsOfACarThatWasSoldAreSplit() throws {
        let held = Power(watts: 20_000).over(.seconds(300)).wattSeconds
        func part(_ owner: OwnerID, _ share: Int) -> VehicleDelivery {
            VehicleDelivery(
                vehicle: "B", contract: contract(owner), headroomHeld: Energy(wattSeconds: share), delivered: .zero,
                discharged: .zero)
        }
        let old = Settlement(
            award: award(watts: 20_000), tenant: "t", region: "demo", settledAt: settled,
            requested: Power(watts: 20_000).over(.seconds(300)), delivered: .zero, overDelivered: .zero, performance: 0,
            vehicles: [part("o2", held / 3), part("o3", held - held / 3)]
        ).result()
        var run = Rerun(old)
        run.take(readings("B", learned: Self.week))
        let new = try #require(run.outcome(samples(delivered: 0), at: Self.now).block)
        #expect(new.shares.map(\.delivered.wattSeconds) == [held / 3, held - held / 3])
        var book = AccountBook()
        for transaction in Settlement.transactions(of: old) + Rerun.postings(from: old, to: new) {
            try book.post(transaction)
        }
        #expect(AccountBook.findings(in: book.transactions, blocks: [old, new]).isEmpty)
        #expect(new.shares.allSatisfy { $0.earned.microUnits > 0 } && book.total(.money(.eur)) == 0)
    }

    @Test func aScoreAndAPenaltyOfOthersArePosted() throws {
        let run = Rerun(block())
        let new = try #require(
            run.outcome(samples(), at: Self.now, performance: 4_000, penalty: Money(microUnits: 90_000, currency: .eur))
                .block)
        #expect(
            new.performance == 4_000
                && new.payment == new.availabilityPayment + new.energyPayment
                    - Money(microUnits: 90_000, currency: .eur)
        )
        #expect(
            AccountBook.findings(
                in: Settlement.transactions(of: block()) + Rerun.postings(from: block(), to: new),
                blocks: [block(), new]
            ).isEmpty)
    }
}

@Suite struct MonthTests {
    private static let month = MarketInterval(start: Instant(seconds: 0), end: Instant(seconds: 30 * 86_400 - 3_600))
    private static let settlement = MonthSettlement(period: "2026-03", month: month, tenant: "t", region: "demo")

    private func stay(_ seconds: Int, earned: Int, misses: Int = 0, _ currency: Currency = .eur) -> MonthSettlement.Stay
    {
        var terms = contract("o1")
        terms.currency = currency
        terms.conditions = ContractConditions(
            fixedPerMonth: 5_000_000, floorPerMonth: 9_000_000, damagesPerMiss: 25_000_000)
        return .init(
            vehicle: "A", terms: terms, seconds: seconds, earned: Money(microUnits: earned, currency: currency),
            misses: misses)
    }

    /// A month that an hour is missing of: two halves are the whole, to the micro-unit.
    @Test func fixedPayFloorAndDamages() throws {
        let all = Self.month.duration.seconds
        let whole = try #require(Self.settlement.lines([self.stay(all, earned: 3_000_000)]).first)
        #expect(whole.fixed.microUnits == 5_000_000 && whole.floor.microUnits == 1_000_000)
        let parts = Self.settlement.lines([
            self.stay(all / 3, earned: 3_000_000), self.stay(all - all / 3, earned: 0, misses: 2),
        ])
        #expect(parts.reduce(0) { $0 + $1.fixed.microUnits } == 5_000_000)
        #expect(parts[0].floor.microUnits == 0 && parts[1].damages.microUnits == 50_000_000)
        let plain = MonthSettlement.Stay(
            vehicle: "A", terms: contract("o1"), seconds: all, earned: .zero(.eur), misses: 3)
        #expect(Self.settlement.lines([plain]).isEmpty)
    }

    @Test func aSecondComputationPostsTheDifference() throws {
        let now = Instant(seconds: 31 * 86_400)
        func wanted(_ earned: Int) -> [LedgerTransaction] {
            let all = Self.month.duration.seconds
            return Self.settlement.transactions(
                Self.settlement.lines([self.stay(all, earned: earned), self.stay(all, earned: 0, .gbp)]), owner: "o1",
                at: now)
        }
        var book = AccountBook()
        func post(_ earned: Int) throws -> Int {
            var count = 0
            for transaction in wanted(earned) {
                let posted = Dictionary(uniqueKeysWithValues: book.transactions.map { ($0.id, $0) })
                for posting in MonthSettlement.postings(transaction, posted: { posted[$0] }) {
                    if try book.post(posting) { count += 1 }
                }
            }
            return count
        }
        #expect(try post(3_000_000) == 2, "one a currency")
        #expect(try post(3_000_000) == 0)
        #expect(try post(2_000_000) == 2 && post(2_000_000) == 0)
        #expect(try post(3_000_000) == 2, "and back again")
        #expect(book.balances[.init(account: "owner:o1:floor", unit: .money(.eur))] == -1_000_000)
        #expect(book.balances[.init(account: "owner:o1:floor", unit: .money(.gbp))] == -4_000_000)
        #expect(book.total(.money(.eur)) == 0 && book.total(.money(.gbp)) == 0)
        #expect(AccountBook.findings(in: book.transactions).isEmpty)
    }
}

@Suite struct ConservationTests {
    /// A hundred thousand cars of a thousand owners, random contracts and amounts, a negative price: to the micro-unit.
    @Test(arguments: [21, 22] as [UInt64])
    func nothingIsLostAmongAHundredThousand(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let kinds = (0..<50).map { number -> ContractTerms in
            var terms = contract(OwnerID("o\(number % 20)"), share: number * 199, wear: number * 900)
            terms.id = ContractID("k\(number)")
            guard number % 3 > 0 else { return terms }
            terms.conditions = ContractConditions(
                perKilowattHour: number * 400, energyPrice: 250_000 - number * 9_000, standby: Power(watts: number),
                thirdParties: [.init(kind: .tax, name: "state", perKilowattHour: number * 90, ofPayment: number * 20)])
            return terms
        }
        let vehicles = (0..<100_000).map { index in
            VehicleDelivery(
                vehicle: VehicleID("v\(index)"), contract: kinds[Int.random(in: 0..<50, using: &generator)],
                headroomHeld: Energy(wattSeconds: Int.random(in: 0...66_000_000, using: &generator)),
                delivered: Energy(wattSeconds: Int.random(in: 0...33_000_000, using: &generator)),
                discharged: Energy(wattSeconds: Int.random(in: 0...33_000_000, using: &generator)),
                efficiency: Int.random(in: 8_000...10_000, using: &generator), seconds: 3_000)
        }
        var large = settlement(vehicles, performance: 9_731, delivered: 777_777_777)
        large.award.quantity = Power(watts: 999_999_999)
        if seed == 22 { large.award.energyPricePerMegawattHour.microUnits = -43_210_987 }
        large.penalty = Money(microUnits: 123_456_789, currency: .eur)
        let result = large.result()
        let given = result.shares.reduce(0) { sum, share in
            sum + share.earned.microUnits + share.fee.microUnits
                + (share.conditioned?.thirdParties.reduce(0) { $0 + $1.microUnits } ?? 0)
        }
        #expect(given == result.availabilityPayment.microUnits + result.energyPayment.microUnits)
        var book = AccountBook()
        for transaction in Settlement.transactions(of: result) { try book.post(transaction) }
        #expect(book.total(.money(.eur)) == 0 && book.total(.energy) == 0)
        #expect(book.balances[.init(account: "market:R", unit: .money(.eur))] == result.payment.microUnits)
    }

    /// Many parts, all alike, or hardly anything to give: each part is its exact share, cut or raised to a whole unit.
    @Test(arguments: [31, 32, 33] as [UInt64])
    func largestRemaindersAreExactForMany(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for count in [1, 2, 999, 5_000] {
            let isEqual = Bool.random(using: &generator)
            let weights = (0..<count).map { _ in isEqual ? 7 : Int.random(in: 0...1_000_000, using: &generator) }
            for total in [0, 1, -1, count / 2, 123_456_789, -987_654_321_012] {
                let parts = allocate(total, by: weights)
                #expect(parts.reduce(0, +) == total)
                let sum = weights.reduce(0, +)
                guard sum > 0 else { continue }
                let bounds = zip(parts, weights).allSatisfy { part, weight in
                    let exact = Int128(total.magnitude) * Int128(weight)
                    let whole = Int128(part.magnitude) * Int128(sum)
                    return whole > exact - Int128(sum) && whole < exact + Int128(sum)
                }
                #expect(bounds)
                // Who got one more has no smaller remainder than who did not; of equal ones the first.
                let left = weights.indices.map { Int128(total.magnitude) * Int128(weights[$0]) % Int128(sum) }
                let more = weights.indices.filter {
                    Int128(parts[$0].magnitude) > Int128(total.magnitude) * Int128(weights[$0]) / Int128(sum)
                }
                let fewest = more.map { left[$0] }.min() ?? 0
                let rest = Set(weights.indices).subtracting(more)
                #expect(rest.allSatisfy { left[$0] <= fewest })
            }
        }
    }
}
