public import Domain

extension AccountBook {
    /// Recomputes the books from the settled blocks: each transaction balances, each block's money follows from its
    /// own figures, and what is posted for it is exactly that; of one that was computed again the computation before it
    /// is reversed. `blocks` has every computation. None means the books are sound.
    public static func findings(
        in transactions: some Collection<LedgerTransaction>, blocks: some Collection<BlockResult>
    ) -> [String] {
        var findings = self.findings(in: transactions)
        let posted = Dictionary(transactions.map { ($0.id, $0) }) { first, _ in first }
        var expected = Set<String>()
        for block in blocks {
            if Settlement(block).result() != block {
                findings.append("block \(block.award.id) does not follow from its own figures")
            }
            if let revision = block.revision {
                let before = "block:\(block.award.id)" + (revision > 1 ? ":r\(revision - 1)" : "")
                if posted[before] == nil || posted["reverse:\(before)"] == nil {
                    findings.append("\(before) was computed again and is not reversed")
                }
            }
            for transaction in Settlement.transactions(of: block) {
                expected.insert(transaction.id)
                switch posted[transaction.id] {
                case nil: findings.append("\(transaction.id) is missing")
                case transaction?: break
                default: findings.append("\(transaction.id) is not what its block says")
                }
            }
        }
        for transaction in transactions
        where transaction.id.hasPrefix("block:") && !expected.contains(transaction.id) {
            findings.append("\(transaction.id) has no settled block")
        }
        return findings
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
        // One that the rule gives is computed again with the rest; one that the operator named stands.
        if self.damages != result.penalty { self.penalty = result.penalty }
    }
}
