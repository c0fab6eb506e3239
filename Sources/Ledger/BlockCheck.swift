package import Domain
package import GridCodes

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
    private var account: BlockAccount
    /// Seconds that were taken into account.
    package private(set) var seconds = 0

    package init(_ block: BlockResult) {
        self.block = block
        self.account = BlockAccount(block.award, terms: block.proof?.terms ?? .plain)
    }

    /// Until when its seconds are taken: a score may look a moment behind the block.
    package var end: Instant { self.block.award.block.end + .seconds(self.account.tailSeconds) }

    /// Takes the next metered seconds, in the order of time; those of other resources, products and times do not count.
    package mutating func take(_ samples: some Collection<DeliverySample>) {
        let award = self.block.award
        for sample in samples
        where sample.resource == award.resource && sample.product == award.product
            && award.block.start <= sample.at && sample.at < self.end
        {
            self.account.add(requested: sample.requested, delivered: sample.delivered, at: sample.at)
            if award.block.contains(sample.at) { self.seconds += 1 }
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
        var settlement = Settlement(self.block)
        settlement.award = award ?? self.block.award
        // A later computation knew readings that no metered second knows: its money follows from its own figures.
        if self.block.revision == nil { self.energies(&settlement, compare) }
        let result = settlement.result()
        money("availability payment", self.block.availabilityPayment, result.availabilityPayment)
        money("energy payment", self.block.energyPayment, result.energyPayment)
        let zero = Money.zero(self.block.payment.currency)
        money("penalty", self.block.penalty ?? zero, result.penalty ?? zero)
        for (share, computed) in zip(self.block.shares, result.shares) where share != computed {
            money("earned by \(share.vehicle)", share.earned, computed.earned)
            money("fee of \(share.vehicle)", share.fee, computed.fee)
            money("wear of \(share.vehicle)", share.wear, computed.wear)
            money("over smart charging of \(share.vehicle)", share.overSmartCharging, computed.overSmartCharging)
        }
        for transaction in Settlement.postings(of: result) {
            guard let stored = posted(transaction.id) else {
                compare("posting \(transaction.id)", "missing", "\(transaction.entries.count) entries")
                continue
            }
            if stored != transaction { compare("posting \(transaction.id)", Self.text(stored), Self.text(transaction)) }
        }
        return found
    }

    /// Energies and score by the metered seconds, compared and put into the settlement.
    private func energies(_ settlement: inout Settlement, _ compare: (String, Int, Int) -> Void) {
        let (score, verdict) = (self.account.score, self.account.verdict)
        compare("requested energy (Ws)", self.block.requested.wattSeconds, score.requested.wattSeconds)
        compare("delivered energy (Ws)", self.block.delivered.wattSeconds, score.delivered.wattSeconds)
        compare("over-delivery (Ws)", self.block.overDelivered.wattSeconds, score.over.wattSeconds)
        compare("performance (1/10,000)", self.block.performance, verdict.factor)
        if let proof = self.block.proof {
            compare("score by \(proof.terms.method.rawValue) (1/10,000)", proof.score, verdict.score)
            compare("path of the request (W)", proof.path, self.account.path)
        }
        settlement.requested = score.requested
        settlement.delivered = score.delivered
        settlement.overDelivered = score.over
        settlement.performance = verdict.factor
        settlement.proof?.score = verdict.score
        settlement.proof?.path = self.account.path
    }

    /// What differs between the terms that were applied and those of the pack that held on the block's day.
    package static func differences(_ block: BlockResult, terms shelf: PackShelf) -> [Difference] {
        let award = block.award
        let zone = shelf.packs.first { $0.region == block.region }?.zone
        let day = zone?.date(at: award.block.start) ?? CivilDate(days: award.block.start.seconds / 86_400)
        guard let pack = shelf.pack(block.region, on: day), let product = pack.product(award.product) else {
            return [.init(award.id, "the product's terms", stored: "applied", computed: "in no pack of \(day)")]
        }
        let applied = block.proof?.terms ?? .plain
        var own = product.settlement
        // The price of a path comes from the market where it came.
        if own.paysMileage == true { own.mileagePrice = applied.mileagePrice }
        guard applied != own else { return [] }
        return [.init(award.id, "the product's terms", stored: "\(applied)", computed: "\(own)")]
    }

    /// The sums of a posting by account, for people.
    private static func text(_ transaction: LedgerTransaction) -> String {
        let sums = Dictionary(transaction.entries.map { ($0.account, $0.amount) }, uniquingKeysWith: +)
        let all = sums.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return all.prefix(6).joined(separator: ", ") + (all.count > 6 ? " and \(all.count - 6) more" : "")
    }
}
