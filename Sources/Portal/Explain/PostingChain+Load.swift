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
        let source = Self.award(of: transaction.reverses ?? id)
        var block: BlockResult?
        if let source { block = try await store.settledBlock(tenant: tenant, award: source) }
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
        let money = try await store.transaction(tenant: tenant, id: "block:\(award.id)")
        let energy = try await store.transaction(tenant: tenant, id: "block:\(award.id):energy")
        let posted = [money, energy].compactMap { $0 }
        return (
            chain,
            chain.differences(award: try await store.award(tenant: tenant, id: award.id)) { id in
                posted.first { $0.id == id }
            }
        )
    }
}
