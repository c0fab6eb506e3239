import Domain
import GridCodes
import Testing

@testable import Ledger

/// Each euro is followed back to the signal and the meter, and a link that does not hold is named.
@Suite struct PostingChainTests {
    private static let start = Instant(seconds: 1_200_000_000)

    private let award = Award(
        id: "a:1", bid: "b1", resource: "R", product: "FR",
        block: MarketInterval(start: Self.start, end: Self.start + .seconds(60)), direction: .up,
        quantity: Power(watts: 100_000), pricePerMegawattHour: Money(microUnits: 45_000_000, currency: .eur),
        energyPricePerMegawattHour: Money(microUnits: 120_000_000, currency: .eur))

    private var samples: [DeliverySample] {
        (0..<60).map { second in
            DeliverySample(
                resource: "R", product: "FR", at: Self.start + .seconds(second),
                requested: Power(watts: second < 30 ? 0 : 80_000), delivered: Power(watts: second < 30 ? 0 : 76_000),
                baseline: Power(watts: 50_000), metered: .zero)
        }
    }

    private func result() -> BlockResult {
        Settlement(
            award: self.award, tenant: "t", region: "demo", settledAt: Self.start + .minutes(2),
            requested: Energy(wattSeconds: 2_400_000), delivered: Energy(wattSeconds: 2_280_000), overDelivered: .zero,
            performance: 9_500,
            vehicles: (["o1", "o2"] as [OwnerID]).map { owner in
                VehicleDelivery(
                    vehicle: VehicleID("car-\(owner)"),
                    contract: ContractTerms(
                        id: "c", owner: owner, tenant: "t", currency: .eur, ownerShare: 8_000,
                        wearPerKilowattHour: 40_000),
                    headroomHeld: Energy(wattSeconds: 3_000_000), delivered: Energy(wattSeconds: 1_140_000),
                    discharged: Energy(wattSeconds: 1_140_000))
            }
        ).result()
    }

    private func chain(_ samples: [DeliverySample]) -> (PostingChain, [LedgerTransaction]) {
        let block = self.result()
        let posted = Settlement.transactions(of: block)
        var chain = PostingChain(posted[0], block: block)
        for part in stride(from: 0, to: samples.count, by: 20) { chain.take(Array(samples[part..<part + 20])) }
        chain.take(signals: 60, from: Self.start, to: Self.start + .seconds(59))
        chain.take(
            .init(
                count: 60, first: Self.start, last: Self.start + .seconds(59), imported: .zero,
                exported: Energy(wattSeconds: 1_140_000)), of: "car-o1")
        return (chain, posted)
    }

    @Test func everyLinkIsSaid() {
        let (chain, posted) = self.chain(self.samples)
        let lines = chain.sentences(vehicle: "car-o1") { "\(($0 - Self.start).seconds) s" }
        #expect(lines.contains("bid b1: its row is missing"))
        #expect(lines.contains { $0.hasPrefix("award a:1: 100000 W of FR up by R from 0 s to 60 s") })
        #expect(lines.contains("signal: 60 rows from 0 s to 59 s"))
        #expect(lines.contains { $0.hasPrefix("meter: 60 seconds, in 30 of them") && $0.contains("performance 9500") })
        // 45 € × 0.1 MW × 1/60 h × 0.95, and 120 € × 2.28 MWs.
        #expect(lines.contains { $0.hasPrefix("availability:") && $0.hasSuffix("= 0.071250 EUR") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("energy:") && $0.hasSuffix("= 0.076000 EUR") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("car-o1: 60 readings") && $0.contains("1140000 Ws out") })
        #expect(!lines.contains { $0.contains("car-o2") }, "another car's part is not asked for")
        let earned = -(posted[0].entries.first { $0.vehicle == "car-o1" }?.amount ?? 0)
        let text = Money(microUnits: -earned, currency: .eur).decimal
        #expect(lines.last { $0.contains("owner:o1") } == "posting block:a:1: owner:o1:earnings \(text) EUR for car-o1")
        #expect(chain.differences(award: self.award) { id in posted.first { $0.id == id } }.isEmpty)
    }

    /// An owner sees no line of another's, nor his cars.
    @Test func anOwnerSeesHisOwn() {
        let lines = self.chain(self.samples).0.sentences(owner: "o2") { "\($0.seconds)" }
        #expect(lines.contains { $0.contains("car-o2") } && !lines.contains { $0.contains("o1") }, "\(lines)")
    }

    @Test func aMeterThatSaysOtherwiseIsADifference() {
        var wrong = self.samples
        wrong[40].delivered = Power(watts: 10)
        let (chain, posted) = self.chain(wrong)
        let found = chain.differences(award: self.award) { id in posted.first { $0.id == id } }
        #expect(found.contains { $0.what == "delivered energy (Ws)" })
    }

    /// A later computation knew readings that came late: its money follows from its own figures, and what does not is named.
    @Test func aLaterComputationIsFollowedToo() {
        var block = self.result()
        (block.revision, block.settledAt) = (2, Self.start + .hours(2))
        let posted = Settlement.transactions(of: block)
        var chain = PostingChain(posted[0], block: block)
        chain.take(
            self.samples.map { sample in
                var other = sample
                other.delivered = .zero
                return other
            })
        let lines = chain.sentences { "\(($0 - Self.start).seconds) s" }
        #expect(lines.contains { $0.hasPrefix("computation 2 of the block, at 7200 s") }, "\(lines)")
        #expect(chain.differences(award: self.award) { id in posted.first { $0.id == id } }.isEmpty)
        block.availabilityPayment = Money(microUnits: 1, currency: .eur)
        let wrong = PostingChain(posted[0], block: block)
        let found = wrong.differences(award: self.award) { id in posted.first { $0.id == id } }
        #expect(found.contains { $0.what == "availability payment" }, "\(found)")
    }

    @Test(arguments: [
        ("block:a", "a", 0), ("block:a:energy", "a", 0), ("block:a:1", "a:1", 0), ("block:a:1:energy", "a:1", 0),
        ("block:a:r1", "a", 1), ("block:a:1:r12:energy", "a:1", 12), ("block:r1", "r1", 0), ("block:a:r0", "a:r0", 0),
    ])
    func theAwardIsInThePostingsName(posting: String, award: String, revision: Int) {
        let source = PostingChain.source(of: posting)
        #expect(source?.award.rawValue == award && source?.revision == revision)
        #expect(PostingChain.source(of: "opening") == nil)
    }
}
