import Domain
import GridCodes
import Ledger
import Testing

/// A block against the rows that it came from: what agrees is silent, each thing that does not is named.
@Suite struct BlockCheckTests {
    /// 300 seconds of 1 MW asked; the first 30 bring nothing, the last 30 bring a fifth more.
    private static let samples = (0..<300).map { second in
        DeliverySample(
            resource: "R", product: "P", at: Instant(seconds: 1_000_000 + second), requested: Power(watts: 1_000_000),
            delivered: Power(watts: second < 30 ? 0 : second < 270 ? 1_000_000 : 1_200_000), baseline: .zero,
            metered: .zero)
    }
    private static let block: BlockResult = {
        var settlement = settlement(
            [
                delivery("A", "o1", held: 60_000, delivered: 10_000, discharged: 10_000),
                delivery("B", "o2", held: 20_000, delivered: 10_000, discharged: 0),
            ], performance: 9_000)
        settlement.requested = Power(watts: 1_000_000).over(.seconds(300))
        settlement.delivered = Power(watts: 1_000_000).over(.seconds(270))
        settlement.overDelivered = Power(watts: 200_000).over(.seconds(30))
        return settlement.result()
    }()

    private func differences(
        _ block: BlockResult = Self.block, _ samples: [DeliverySample] = Self.samples, award: Award? = award(),
        posted: [LedgerTransaction]? = nil
    ) -> [String] {
        var check = BlockCheck(block)
        for half in [samples.prefix(100), samples.dropFirst(100)] { check.take(half) }
        let posted = posted ?? Settlement.transactions(of: block)
        return check.differences(award: award) { id in posted.first { $0.id == id } }.map(\.what)
    }

    @Test func aSoundBlockIsSilent() {
        #expect(self.differences().isEmpty)
    }

    @Test func secondsOfOthersDoNotCount() {
        var others = Self.samples
        for index in others.indices { others[index].product = "Q" }
        var late = Self.samples
        for index in late.indices { late[index].at = late[index].at + .seconds(300) }
        #expect(self.differences(Self.block, Self.samples + others + late).isEmpty)
    }

    @Test func aSecondThatChangedIsMoney() {
        var samples = Self.samples
        samples[100].delivered = Power(watts: 999_999)
        let found = self.differences(Self.block, samples)
        #expect(found.contains("delivered energy (Ws)") && !found.contains("requested energy (Ws)"))
        samples[100].delivered = Power(watts: -50_000_000)
        let more = self.differences(Self.block, samples)
        #expect(more.contains("performance (1/10,000)") && more.contains("availability payment"))
        #expect(more.contains("earned by A") && more.contains("posting block:a1"))
    }

    @Test func aMissingSecondIsFound() {
        #expect(self.differences(Self.block, Self.samples.dropLast()).first == "requested energy (Ws)")
        #expect(self.differences(Self.block, []).contains("requested energy (Ws)"))
    }

    @Test func anAwardThatIsAnotherOrMissing() {
        #expect(self.differences(award: nil) == ["the award"])
        let found = self.differences(award: award(watts: 900_000))
        #expect(found.contains("the award") && found.contains("availability payment"))
        #expect(!found.contains("delivered energy (Ws)"))
    }

    @Test func postingsThatAreMissingOrChanged() {
        var posted = Settlement.transactions(of: Self.block)
        #expect(self.differences(posted: [posted[1]]) == ["posting block:a1"])
        posted[0].entries[0].amount += 1
        #expect(self.differences(posted: posted) == ["posting block:a1"])
    }

    /// Down is asked with negative requests: what is asked upwards in the block of a symmetric product is not its.
    @Test func theOtherDirectionDoesNotCount() {
        var down = award()
        down.direction = .down
        var settled = settlement([], performance: 10_000)
        settled.award = down
        settled.requested = Power(watts: 500_000).over(.seconds(10))
        settled.delivered = settled.requested
        var samples = Self.samples
        for second in 0..<10 {
            samples[second].requested = Power(watts: -500_000)
            samples[second].delivered = Power(watts: -500_000)
        }
        for second in 10..<300 { samples[second].delivered = .zero }
        #expect(self.differences(settled.result(), samples, award: down).isEmpty)
    }

    /// What was applied against the pack that held on the block's day.
    @Test func theTermsAreThoseOfThePackOfTheDay() {
        func pack(from: String, to: String?, _ products: [Product]) -> RegionPack {
            var pack = RegionPack(
                region: Self.block.region, validFrom: from, currency: .eur, nominalMilliHertz: 50_000,
                holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200,
                plausibleMilliHertz: [45_000, 55_000], frequencyStaleMilliseconds: 500, fallbackSpreadSeconds: 30,
                rampWattsPerSecond: 100, products: products, sources: [])
            pack.validTo = to
            return pack
        }
        let product = Product(
            id: Self.block.award.product, name: "P", activation: .signal, symmetry: .up, curve: [],
            fullDeliveryMilliseconds: 1_000, needsResidentCurve: false, enduranceSeconds: 900, minimumBidWatts: 1,
            bidStepWatts: 1, blockSeconds: 300, blockAnchor: 0, gateClosureSeconds: 5, confidence: 9_900,
            sparePerMille: 0, gainPerMille: 1_000, slewPerMille: 0, holdSeconds: 1, score: .deliveredShare,
            availabilityPrice: 0, energyPrice: 0)
        func found(_ block: BlockResult, _ packs: [RegionPack]) -> [String] {
            BlockCheck.differences(block, terms: PackShelf(packs)).map(\.computed)
        }
        let old = pack(from: "1970-01-01", to: "1970-01-31", [product])
        let new = pack(from: "1970-02-01", to: nil, [])
        #expect(found(Self.block, [new, old]) == [], "the day is 12 January 1970")
        #expect(found(Self.block, [new]) == ["in no pack of 1970-01-12"])
        var other = Self.block
        other.proof = DeliveryProof(
            terms: SettlementTerms(method: .accuracy, full: 9_000, zero: 0, windowSeconds: 60), score: 1, path: 0)
        #expect(found(other, [old]).count == 1)
    }
}
