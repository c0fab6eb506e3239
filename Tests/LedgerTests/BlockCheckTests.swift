import Domain
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
}
