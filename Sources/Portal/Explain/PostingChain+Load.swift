package import Domain
package import Ledger
package import Storage

extension PostingChain {
    /// Cars whose registers are looked up for one posting.
    private static let mostCars = 200

    /// Follows a posting back through the database.
    /// - Parameters:
    ///   - id: of the posting, such as `block:AWARD`.
    ///   - owner: only this owner's cars are looked up.
    /// - Returns: nil where there is no such posting; else the chain, and what of it does not agree.
    package static func load(
        _ store: Store, tenant: TenantID, id: String, vehicle: VehicleID? = nil, owner: OwnerID? = nil
    ) async throws -> (chain: PostingChain, differences: [BlockCheck.Difference])? {
        guard let transaction = try await store.transaction(tenant: tenant, id: id) else { return nil }
        let block = try await Self.block(of: transaction.reverses ?? id, store, tenant: tenant)
        var chain = PostingChain(transaction, block: block)
        guard let block else { return (chain, []) }
        let award = block.award
        chain.take(
            bid: try await store.bid(tenant: tenant, id: award.bid),
            baseline: try await store.baseline(tenant: tenant, resource: award.resource, block: award.block))
        if let span = try await store.signalSpan(
            tenant: tenant, resource: award.resource, product: award.product, in: award.block)
        {
            chain.take(signals: span.count, from: span.first, to: span.last)
        }
        // An hour at a time, so that a day's block needs no more memory than an hour's.
        var from = award.block.start
        while from < chain.end {
            let to = min(from + .hours(1), chain.end)
            chain.take(
                try await store.samples(
                    tenant: tenant, resource: award.resource, in: MarketInterval(start: from, end: to)))
            from = to
        }
        let cars = block.shares.filter { (vehicle ?? $0.vehicle) == $0.vehicle && (owner ?? $0.owner) == $0.owner }
        for car in cars.prefix(Self.mostCars).map(\.vehicle) {
            guard let span = try await store.readingSpan(tenant: tenant, vehicle: car, in: award.block) else {
                continue
            }
            chain.take(
                Readings(
                    count: span.count, first: span.first.at, last: span.last.at,
                    imported: span.last.imported - span.first.imported,
                    exported: span.last.exported - span.first.exported), of: car)
        }
        var posted: [LedgerTransaction] = []
        for wanted in Settlement.transactions(of: block) {
            if let found = try await store.transaction(tenant: tenant, id: wanted.id) { posted.append(found) }
        }
        return (
            chain,
            chain.differences(award: try await store.award(tenant: tenant, id: award.id)) { id in
                posted.first { $0.id == id }
            }
        )
    }

    /// The computation of a block that a posting settles.
    private static func block(of posting: String, _ store: Store, tenant: TenantID) async throws -> BlockResult? {
        guard let (award, revision) = Self.source(of: posting) else { return nil }
        if revision > 0,
            let again = try await store.settledBlock(tenant: tenant, award: award, revision: revision)
        {
            return again
        }
        return try await store.settledBlock(
            tenant: tenant, award: revision > 0 ? AwardID("\(award):r\(revision)") : award)
    }
}
