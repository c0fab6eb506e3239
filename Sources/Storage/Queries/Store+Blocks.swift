import Domain

// A block and its shares lie in rows of their own: one of a large fleet is too long for one.
extension Store {
    /// The blocks of a query for `body`, each with its shares, with one owner's only, or with none.
    func settled(
        _ tenant: TenantID, _ sql: String, _ values: [SQLValue], shares: Bool = true, of owner: OwnerID? = nil
    ) async throws -> [BlockResult] {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            try session.query(sql, [.text(tenant.rawValue)] + values).map { row in
                var block = try decoded(row, BlockResult.self)
                // A row from before has them in its own.
                guard shares, block.shares.isEmpty else { return block }
                block.shares = try session.shares(of: block, tenant: tenant, owner: owner)
                return block
            }
        }
    }
}

extension SQLSession {
    /// The shares of a computation of a block: of the first one, or of the later one that it says it is.
    fileprivate func shares(of block: BlockResult, tenant: TenantID, owner: OwnerID?) throws -> [BlockResult.Share] {
        let award = block.award
        var values: [SQLValue] = [.text(tenant.rawValue), .text(award.id.rawValue)]
        var sql = "SELECT body FROM shares WHERE tenant = ? AND award = ?"
        if let revision = block.revision {
            sql = "SELECT body FROM revision_shares WHERE tenant = ? AND award = ? AND revision = ?"
            values.append(.integer(revision))
        }
        if let owner {
            // The index over owners has the block's start behind them.
            sql += " AND owner = ? AND starts = ?"
            values += [.text(owner.rawValue), .integer(award.block.start.microseconds)]
        }
        return try self.query(sql + " ORDER BY place", values).map { try decoded($0, BlockResult.Share.self) }
    }
}
