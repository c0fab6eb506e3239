import Domain

/// What the database has of one owner.
struct OwnerBooks: Hashable, Sendable {
    /// One owner's part of what was settled.
    var owner: OwnerID
    /// Of one currency, newest first.
    var blocks: [BlockResult]
    /// What was earned since the first of the month, one amount a currency.
    var month: [Money]
    /// Every car that is enrolled for the owner in the user's tenant.
    var vehicles: [VehicleTerms]

    var shares: [BlockResult.Share] {
        self.blocks.flatMap { block in block.shares.filter { $0.owner == self.owner } }
    }

    func sum(_ path: KeyPath<BlockResult.Share, Money>) -> Money {
        let shares = self.shares
        return shares.reduce(Money.zero(shares.first?.earned.currency ?? .eur)) { $0 + $1[keyPath: path] }
    }
}
