import Domain
import GridCodes
import Ledger
import Testing

private let began = 1_000_000
private let now = Instant(seconds: began + 8 * 86_400)
private let rule = SettlementTerms.Damages(
    scoreBelow: 7_000, shortPerMille: 1_000, availabilityBelow: 9_900, missedPerMille: 2_000)

private func terms(_ damages: SettlementTerms.Damages? = rule, paysMileage: Bool? = nil) -> SettlementTerms {
    SettlementTerms(
        method: .deliveredShare, full: 10_000, zero: 0, windowSeconds: 3_600, damages: damages, paysMileage: paysMileage
    )
}

/// 1 MW for five minutes at 45 EUR, of which `held` Wh were held, with a score.
private func block(score: Int, held: Int, damages: SettlementTerms.Damages? = rule) -> Settlement {
    var block = settlement([delivery("A", "o1", held: held, delivered: 10_000, discharged: 0)], performance: score)
    block.proof = DeliveryProof(terms: terms(damages), score: score, path: 0)
    return block
}

/// 40 kW are asked for 300 seconds and `delivered` W come; `swing` W less are asked in every second second.
private func samples(_ delivered: Int, swing: Int = 0) -> [DeliverySample] {
    (0..<300).map { second in
        DeliverySample(
            resource: "R", product: "P", at: Instant(seconds: began + second),
            requested: Power(watts: 40_000 - (second % 2) * swing), delivered: Power(watts: delivered), baseline: .zero,
            metered: Power(watts: -delivered))
    }
}

/// A block of these seconds as it is settled at first.
private func settled(_ samples: [DeliverySample], _ terms: SettlementTerms = terms(nil)) -> BlockResult {
    var account = BlockAccount(award(watts: 40_000), terms: terms)
    for sample in samples { account.add(requested: sample.requested, delivered: sample.delivered, at: sample.at) }
    return Settlement(
        award: award(watts: 40_000), tenant: "t", region: "demo", settledAt: Instant(seconds: began + 320),
        requested: account.score.requested, delivered: account.score.delivered, overDelivered: account.score.over,
        performance: account.verdict.factor,
        proof: DeliveryProof(terms: terms, score: account.verdict.score, path: account.path),
        vehicles: [delivery("A", "o1", held: 4_000, delivered: 1_000, discharged: 0)]
    ).result()
}

private func curve(_ values: [Int], seconds: Int = 100, from first: Int = began) throws -> PriceCurve {
    let steps = values.enumerated().map {
        PriceCurve.Step(at: Instant(seconds: first + $0.offset * seconds), value: $0.element)
    }
    return try #require(
        PriceCurve(kind: .price, steps: steps, end: Instant(seconds: first + values.count * seconds)))
}

/// Everything posted for a block and its later computations.
private func book(_ old: BlockResult, _ later: BlockResult...) throws -> AccountBook {
    var (book, last) = (AccountBook(), old)
    for transaction in Settlement.transactions(of: old) { try book.post(transaction) }
    for new in later {
        for transaction in Rerun.postings(from: last, to: new) { try book.post(transaction) }
        last = new
    }
    #expect(AccountBook.findings(in: book.transactions, blocks: [old] + later).isEmpty)
    #expect(book.total(.money(.eur)) == 0 && book.total(.energy) == 0)
    #expect(book.balances[.init(account: "market:R", unit: .money(.eur))] == last.payment.microUnits)
    return book
}

/// Penalties by the product's own rule, imbalance and mileage by the market's prices: each in accounts of its own.
@Suite struct PenaltyTests {
    /// By hand: the capacity price is 45 EUR × 1 MW ÷ 12 = 3.75 EUR. A score of 0.6 lacks 0.4 of it once; nine tenths
    /// held lack a tenth twice: 0.6 × 3.75 = 2.25 EUR. Owners get what they would have got.
    @Test func aPenaltyComputedByHand() throws {
        let result = block(score: 6_000, held: 75_000).result()
        #expect(result.penalty?.microUnits == 2_250_000)
        let without = block(score: 6_000, held: 75_000, damages: nil).result()
        #expect(without.penalty == nil && result.shares == without.shares)
        #expect(result.payment.microUnits == without.payment.microUnits - 2_250_000)
        let book = try book(result)
        #expect(book.balances[.init(account: "aggregator:penalty", unit: .money(.eur))] == 2_250_000)
        let statement = Statement(owner: "o1", ownerName: "O", period: "p", blocks: [result])
        #expect(statement.csv.contains("block_penalty") && statement.csv.contains("2.25"))
        #expect(statement.html.contains("<td>2.250000</td>"), "\(statement.html)")
    }

    @Test func whatIsDeliveredCostsNothing() {
        #expect(block(score: 7_000, held: 83_000).result().penalty == nil, "both are at their thresholds or above")
        #expect(
            block(score: 7_000, held: 0).result().penalty?.microUnits == 7_500_000, "missed wholly: twice its price")
        var cheap = block(score: 0, held: 0)
        cheap.award.pricePerMegawattHour.microUnits = -45_000_000
        #expect(cheap.result().penalty == nil, "who pays to be called owes nothing beside it")
        var named = block(score: 0, held: 0)
        named.penalty = Money(microUnits: 1, currency: .eur)
        #expect(named.result().penalty?.microUnits == 1, "the operator's own word stands")
    }

    /// Late readings lift the score: the penalty is taken back with the rest; one that was named stands.
    @Test func aLaterComputationTakesThePenaltyWithIt() throws {
        let old = settled(samples(20_000), terms())
        #expect(old.performance == 5_000 && old.penalty?.microUnits == 75_000, "half of 0.15 EUR, held in full")
        let new = try #require(Rerun(old).outcome(samples(40_000), at: now).block)
        #expect(new.penalty == nil && new.performance == 10_000)
        let books = try book(old, new)
        #expect(books.balances[.init(account: "aggregator:penalty", unit: .money(.eur))] ?? 0 == 0)
        var named = old
        named.penalty = Money(microUnits: 9, currency: .eur)
        #expect(Rerun(named).outcome(samples(40_000), at: now).block?.penalty?.microUnits == 9)
    }

    @Test func aCheckComputesThePenaltyAgain() {
        let old = settled(samples(20_000), terms())
        let posted = Settlement.transactions(of: old)
        func differences(_ samples: [DeliverySample]) -> [String] {
            var check = BlockCheck(old)
            check.take(samples)
            return check.differences(award: old.award) { id in posted.first { $0.id == id } }.map(\.what)
        }
        #expect(differences(samples(20_000)) == [])
        #expect(differences(samples(40_000)).contains("penalty"))
    }

    /// 20 kW are missing: 100 s at 100 EUR and 200 s at 200 EUR a MWh are 0.277778 EUR. The same again is no news; late
    /// readings bring the energy, and the imbalance is taken back.
    @Test func imbalanceIsPricedByTheSecondAndOnce() throws {
        let old = settled(samples(20_000))
        let prices = MarketPrices(imbalance: try curve([100_000_000, 200_000_000, 200_000_000]))
        let first = try #require(Rerun(old).outcome(samples(20_000), at: now, prices: prices).block)
        #expect(first.imbalance?.microUnits == -277_778 && first.shares == old.shares && first.revision == 1)
        #expect(first.proof?.imbalance?.shortage.wattSeconds == 6_000_000)
        #expect(first.proof?.imbalance?.surplus == .zero)
        #expect(Rerun(first).outcome(samples(20_000), at: now, prices: prices).block == nil)
        #expect(Rerun(first).outcome(samples(20_000), at: now).block == nil, "without prices it stays")
        let books = try book(old, first)
        #expect(books.balances[.init(account: "aggregator:imbalance", unit: .money(.eur))] == 277_778)
        let second = try #require(Rerun(first).outcome(samples(45_000), at: now, prices: prices).block)
        #expect(second.imbalance?.microUnits == 69_444, "5 kW more than asked are paid")
        _ = try book(old, first, second)
        let statement = Statement(owner: "o1", ownerName: "O", period: "p", blocks: [second])
        #expect(statement.csv.contains("block_imbalance") && statement.csv.contains("0.069444"))
    }

    /// A price below zero turns the sign; a second without a price leaves the block as it was.
    @Test func noPriceIsMadeUp() throws {
        let old = settled(samples(20_000))
        func imbalance(_ curve: PriceCurve) -> BlockResult? {
            Rerun(old).outcome(samples(20_000), at: now, prices: MarketPrices(imbalance: curve)).block
        }
        #expect(imbalance(try curve([-100_000_000], seconds: 300))?.imbalance?.microUnits == 166_667)
        #expect(imbalance(try curve([100_000_000, 100_000_000])) == nil, "the last hundred seconds lack one")
        #expect(imbalance(try curve([100_000_000], seconds: 300, from: began + 1)) == nil, "the first lacks one")
        #expect(!MarketPrices(imbalance: try curve([1], seconds: 299)).covers(old.award.block))
        #expect(MarketPrices(mileage: try curve([1], seconds: 300)).covers(old.award.block))
    }

    /// Of two awards of one product each second is one's only.
    @Test func twoDirectionsShareTheSeconds() throws {
        var down = settled(samples(20_000))
        down.award.direction = .down
        let prices = MarketPrices(imbalance: try curve([100_000_000], seconds: 300))
        let up = Rerun(settled(samples(20_000))).outcome(samples(20_000), at: now, prices: prices, isShared: true)
        #expect(up.block?.imbalance?.microUnits == -166_667)
        let other = Rerun(down).outcome(samples(20_000), at: now, prices: prices, isShared: true)
        #expect(other.block?.imbalance == nil)
    }

    /// 299 swings of 20 kW are 5.98 MW of path, at 0.5 EUR a MW 2.99 EUR, by performance; who is not paid for it is not.
    @Test func thePathIsPaidByTheMarketsPrice() throws {
        let prices = MarketPrices(mileage: try curve([400_000, 600_000], seconds: 150))
        let swinging = samples(40_000, swing: 20_000)
        let old = settled(swinging, terms(nil, paysMileage: true))
        let new = try #require(Rerun(old).outcome(swinging, at: now, prices: prices).block)
        #expect(new.availabilityPayment.microUnits == old.availabilityPayment.microUnits + 2_990_000)
        #expect(new.proof?.terms.mileagePrice == 500_000)
        #expect(new.shares[0].earned.microUnits > old.shares[0].earned.microUnits, "owners have their share of it")
        _ = try book(old, new)
        #expect(Rerun(new).outcome(swinging, at: now, prices: prices).block == nil)
        #expect(Rerun(settled(swinging)).outcome(swinging, at: now, prices: prices).block == nil)
    }
}
