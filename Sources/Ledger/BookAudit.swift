public import Domain

/// The books computed again, a transaction and a block at a time, so that those of a large fleet need no more memory than
/// their longest: each transaction balances, each block's money follows from its own figures, and what is posted for it is
/// exactly that; of one that was computed again the computation before it is reversed. First all transactions, then every
/// computation of every block, then ``close()``.
public struct BookAudit: Sendable {
    /// Each is one line; none means that the books are sound.
    public private(set) var findings: [String] = []
    /// Transactions that were looked at.
    public var count: Int { self.known.count }
    private var known: Set<String> = []
    private var reversed: Set<String> = []
    /// Postings of blocks and days that no block and no day has asked for yet.
    private var unexplained: Set<String> = []

    public init() {}

    /// - Parameter original: what it takes back; nil where that is not there.
    public mutating func take(_ transaction: LedgerTransaction, reversing original: LedgerTransaction?) {
        guard self.known.insert(transaction.id).inserted else {
            self.findings.append("\(transaction.id) stands twice")
            return
        }
        if transaction.id.hasPrefix("block:") || transaction.id.hasPrefix("day:") {
            self.unexplained.insert(transaction.id)
        }
        do throws(LedgerError) {
            try verifyBalance(transaction)
            guard let name = transaction.reverses else { return }
            // What came later was not there to be taken back.
            let before = original.flatMap { $0.at <= transaction.at ? $0 : nil }
            try verifyOpposite(transaction, of: before, isFirst: !self.reversed.contains(name))
            self.reversed.insert(name)
        } catch {
            self.findings.append(error.message)
        }
    }

    /// - Parameter posted: the postings of ``Settlement/postings(of:)`` by their ids.
    public mutating func take(_ block: BlockResult, posted: (String) -> LedgerTransaction?) {
        if Settlement(block).result() != block {
            self.findings.append("block \(block.award.id) does not follow from its own figures")
        }
        if let revision = block.revision, block.isNetted != true {
            let before = "block:\(block.award.id)" + (revision > 1 ? ":r\(revision - 1)" : "")
            if !self.known.contains(before) || !self.known.contains("reverse:\(before)") {
                self.findings.append("\(before) was computed again and is not reversed")
            }
        }
        for transaction in Settlement.postings(of: block) {
            self.unexplained.remove(transaction.id)
            switch posted(transaction.id) {
            case nil: self.findings.append("\(transaction.id) is missing")
            case transaction?: break
            default: self.findings.append("\(transaction.id) is not what its block says")
            }
        }
    }

    /// - Parameters:
    ///   - booked: the day's postings of this name, later ones included.
    ///   - wrong: what would have to be posted so that the books say what the day's blocks do.
    public mutating func take(day id: String, booked: some Collection<String>, wrong: [LedgerTransaction]) {
        self.unexplained.subtract(booked)
        if !wrong.isEmpty {
            self.findings.append("\(id) is not what the blocks of its day say: headroom settle --post books them")
        }
    }

    /// All was taken: what is left is said.
    public mutating func close() {
        self.findings += self.unexplained.sorted().map { "\($0) has no settled block" }
        self.unexplained = []
    }
}

extension AccountBook {
    /// Recomputes books that are small enough to have at once, transactions in the order of time; see ``BookAudit``.
    public static func findings(
        in transactions: some Collection<LedgerTransaction>, blocks: some Collection<BlockResult>
    ) -> [String] {
        var audit = BookAudit()
        var posted: [String: LedgerTransaction] = [:]
        for transaction in transactions {
            audit.take(transaction, reversing: transaction.reverses.flatMap { posted[$0] })
            if posted[transaction.id] == nil { posted[transaction.id] = transaction }
        }
        for block in blocks { audit.take(block) { posted[$0] } }
        audit.close()
        return audit.findings
    }
}

extension Settlement {
    /// The settlement that a result came from, by the figures that the result itself holds.
    init(_ result: BlockResult) {
        self.init(
            award: result.award, tenant: result.tenant, region: result.region, settledAt: result.settledAt,
            requested: result.requested, delivered: result.delivered, overDelivered: result.overDelivered,
            performance: result.performance, proof: result.proof,
            vehicles: result.shares.map { share in
                VehicleDelivery(
                    vehicle: share.vehicle,
                    contract: ContractTerms(
                        id: share.contract, owner: share.owner, tenant: result.tenant,
                        currency: share.earned.currency, ownerShare: share.ownerShare,
                        wearPerKilowattHour: share.wearPerKilowattHour, conditions: share.conditioned?.conditions),
                    headroomHeld: share.headroomHeld, delivered: share.delivered, discharged: share.discharged,
                    efficiency: share.conditioned?.efficiency ?? 10_000, seconds: share.conditioned?.seconds ?? 0)
            },
            imbalance: result.imbalance, revision: result.revision)
        self.isNetted = result.isNetted
        // One that the rule gives is computed again with the rest; one that the operator named stands.
        if self.damages != result.penalty { self.penalty = result.penalty }
    }
}
