package import Domain
import GridCodes

/// A settled block computed again from the rows that it came from: award, metered seconds, postings.
package struct BlockCheck: Sendable {
    /// A figure that is not what its rows say.
    package struct Difference: Codable, Hashable, Sendable, CustomStringConvertible {
        package var award: AwardID
        package var what: String
        package var stored: String
        package var computed: String

        package init(_ award: AwardID, _ what: String, stored: String, computed: String) {
            self.award = award
            self.what = what
            self.stored = stored
            self.computed = computed
        }

        package var description: String {
            "block \(self.award): \(self.what) is \(self.stored), by its rows \(self.computed)"
        }
    }
    private var block: BlockResult
    private var score = DeliveryScore()
    /// Seconds that were taken into account.
    package private(set) var seconds = 0

    package init(_ block: BlockResult) {
        self.block = block
    }

    /// Takes the next metered seconds; those of other resources, products and times do not count.
    package mutating func take(_ samples: some Collection<DeliverySample>) {
        let award = self.block.award
        for sample in samples
        where sample.resource == award.resource && sample.product == award.product && award.block.contains(sample.at) {
            let asked =
                award.direction == .up ? max(0, sample.requested.watts) : min(0, sample.requested.watts)
            self.score.add(requested: Power(watts: asked), delivered: sample.delivered, span: .seconds(1))
            self.seconds += 1
        }
    }

    /// What does not agree. What each vehicle held and moved is recorded with the block only, and is taken from there.
    /// - Parameters:
    ///   - award: as it was accepted; nil when its row is missing.
    ///   - posted: the postings by id.
    package func differences(award: Award?, posted: (String) -> LedgerTransaction?) -> [Difference] {
        let id = self.block.award.id
        var found: [Difference] = []
        func compare(_ what: String, _ stored: some CustomStringConvertible, _ computed: some CustomStringConvertible) {
            let (stored, computed) = (stored.description, computed.description)
            if stored != computed { found.append(.init(id, what, stored: stored, computed: computed)) }
        }
        func money(_ what: String, _ stored: Money, _ computed: Money) {
            compare(what, "\(stored.decimal) \(stored.currency)", "\(computed.decimal) \(computed.currency)")
        }
        if award != self.block.award {
            compare("the award", "one thing in the block", award == nil ? "missing" : "another in its own row")
        }
        compare("requested energy (Ws)", self.block.requested.wattSeconds, self.score.requested.wattSeconds)
        compare("delivered energy (Ws)", self.block.delivered.wattSeconds, self.score.delivered.wattSeconds)
        compare("over-delivery (Ws)", self.block.overDelivered.wattSeconds, self.score.over.wattSeconds)
        compare("performance (1/10,000)", self.block.performance, self.score.share)

        var settlement = Settlement(self.block)
        settlement.award = award ?? self.block.award
        settlement.requested = self.score.requested
        settlement.delivered = self.score.delivered
        settlement.overDelivered = self.score.over
        settlement.performance = self.score.share
        let result = settlement.result()
        money("availability payment", self.block.availabilityPayment, result.availabilityPayment)
        money("energy payment", self.block.energyPayment, result.energyPayment)
        for (share, computed) in zip(self.block.shares, result.shares) where share != computed {
            money("earned by \(share.vehicle)", share.earned, computed.earned)
            money("fee of \(share.vehicle)", share.fee, computed.fee)
            money("wear of \(share.vehicle)", share.wear, computed.wear)
        }
        for transaction in Settlement.transactions(of: result) {
            guard let stored = posted(transaction.id) else {
                compare("posting \(transaction.id)", "missing", "\(transaction.entries.count) entries")
                continue
            }
            if stored != transaction { compare("posting \(transaction.id)", Self.text(stored), Self.text(transaction)) }
        }
        return found
    }

    /// The sums of a posting by account, for people.
    private static func text(_ transaction: LedgerTransaction) -> String {
        let sums = Dictionary(transaction.entries.map { ($0.account, $0.amount) }, uniquingKeysWith: +)
        let all = sums.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return all.prefix(6).joined(separator: ", ") + (all.count > 6 ? " and \(all.count - 6) more" : "")
    }
}
