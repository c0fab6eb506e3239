import Domain
import Ledger
import Testing

private func conditions() -> ContractConditions {
    ContractConditions(
        perKilowattHour: 20_000, energyPrice: 250_000, standby: Power(watts: 120), fixedPerMonth: 5_000_000,
        floorPerMonth: 9_000_000, damagesPerMiss: 25_000_000,
        thirdParties: [
            .init(kind: .network, name: "grid-op", perKilowattHour: 70_000, ofPayment: 0),
            .init(kind: .tax, name: "state", perKilowattHour: 0, ofPayment: 500),
        ])
}

private func part(
    _ terms: ContractTerms, held: Int = 60_000, delivered: Int = 10_000, discharged: Int = 10_000, seconds: Int = 300
) -> VehicleDelivery {
    VehicleDelivery(
        vehicle: "A", contract: terms, headroomHeld: Energy(wattHours: held), delivered: Energy(wattHours: delivered),
        discharged: Energy(wattHours: discharged), efficiency: 9_000, seconds: seconds)
}

@Suite struct ContractTests {
    /// By hand. 3.675 + 1.2 EUR from the market. Wear 10 kWh × 0.04 = 0.4; refund 10 × 0.25 = 2.5; bought back are
    /// 10 ÷ 0.81 = 12.345679 kWh, so losses 0.586420; standby 120 W × 300 s × 0.25 = 0.0025; 10 kWh × 0.02 = 0.2.
    /// Network 12.345679 × 0.07 = 0.864198, tax 5 % of 4.875 = 0.24375: 4.796868 of 4.875, of the rest 80 %.
    @Test func aContractWithConditionsComputedByHand() throws {
        var terms = contract("o1")
        terms.conditions = conditions()
        let result = settlement([part(terms)], delivered: 10_000).result()
        let share = result.shares[0]
        let own = try #require(share.conditioned)
        #expect(share.wear.microUnits == 400_000 && own.refund.microUnits == 2_500_000)
        #expect(own.losses.microUnits == 586_420 && own.standby.microUnits == 2_500)
        #expect(own.perEnergy.microUnits == 200_000 && own.thirdParties.map(\.microUnits) == [864_198, 243_750])
        let left = 4_875_000 - 4_796_868
        #expect(share.earned.microUnits == 3_688_920 + 62_506, "\(left) of it four fifths")
        #expect(share.fee.microUnits == left - 62_506)
        #expect(share.overSmartCharging.microUnits == 200_000 + 62_506)
        let book = try Self.posted(result)
        #expect(book.balances[.init(account: "network:grid-op", unit: .money(.eur))] == -864_198)
        #expect(book.balances[.init(account: "tax:state", unit: .money(.eur))] == -243_750)
        #expect(AccountBook.findings(in: book.transactions, blocks: [result]).isEmpty)
    }

    @Test func aBlockThatPaysTooLittleCostsTheAggregator() throws {
        var terms = contract("o1")
        terms.conditions = conditions()
        var poor = settlement([part(terms)], performance: 0, delivered: 0)
        poor.award.energyPricePerMegawattHour = Money(microUnits: -80_000_000, currency: .eur)
        poor.penalty = Money(microUnits: 1_500_000, currency: .eur)
        poor.imbalance = Money(microUnits: -40_000, currency: .eur)
        let result = poor.result()
        #expect(result.shares[0].earned.microUnits == 3_688_920, "the owner is whole")
        #expect(result.shares[0].fee.microUnits < 0 && result.payment.microUnits == -1_540_000)
        let book = try Self.posted(result)
        #expect(book.balances[.init(account: "market:R", unit: .money(.eur))] == -1_540_000)
        #expect(book.balances[.init(account: "aggregator:penalty", unit: .money(.eur))] == 1_500_000)
        #expect(book.balances[.init(account: "aggregator:imbalance", unit: .money(.eur))] == 40_000)
        #expect(AccountBook.findings(in: book.transactions, blocks: [result]).isEmpty)
    }

    /// Random contracts, prices of either sign, penalties: nothing is lost, to the micro-unit.
    @Test(arguments: [11, 12, 13] as [UInt64])
    func whateverIsAgreedAddsUp(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        for _ in 0..<60 {
            let vehicles = (0..<draw(0...25)).map { index -> VehicleDelivery in
                var terms = contract(OwnerID("o\(index % 3)"), share: draw(0...10_000), wear: draw(0...99_999))
                if draw(0...3) > 0 {
                    terms.conditions = ContractConditions(
                        perKilowattHour: draw(-9...99_999), energyPrice: draw(-99_999...399_999),
                        standby: Power(watts: draw(0...200)),
                        thirdParties: (0..<draw(0...4)).map { number in
                            .init(
                                kind: ContractConditions.ThirdParty.Kind.allCases[number], name: "p\(number)",
                                perKilowattHour: draw(-9_999...99_999), ofPayment: draw(0...2_000))
                        })
                }
                return part(
                    terms, held: draw(0...9_999), delivered: draw(0...999), discharged: draw(0...9_999),
                    seconds: draw(0...300))
            }
            var block = settlement(vehicles, performance: draw(0...10_000), delivered: draw(0...99_999))
            block.award.pricePerMegawattHour.microUnits = draw(-99_999_999...99_999_999)
            block.award.energyPricePerMegawattHour.microUnits = draw(-500_000_000...900_000_000)
            block.penalty = draw(0...1) == 0 ? nil : Money(microUnits: draw(0...9_999_999), currency: .eur)
            let result = block.result()
            let book = try Self.posted(result)
            #expect(book.total(.money(.eur)) == 0 && book.total(.energy) == 0)
            let given = result.shares.reduce(0) { sum, share in
                sum + share.earned.microUnits + share.fee.microUnits
                    + (share.conditioned?.thirdParties.reduce(0) { $0 + $1.microUnits } ?? 0)
            }
            let paid = result.availabilityPayment + result.energyPayment
            if !vehicles.isEmpty { #expect(given == paid.microUnits) }
            #expect(AccountBook.findings(in: book.transactions, blocks: [result]).isEmpty)
        }
    }

    private static func posted(_ result: BlockResult) throws -> AccountBook {
        var book = AccountBook()
        for transaction in Settlement.transactions(of: result) { try book.post(transaction) }
        return book
    }
}
