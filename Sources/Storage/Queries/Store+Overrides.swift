package import Domain

// Decisions of drivers, owners, sites and the network over what is moved.
extension Store {
    /// Those of a period, newest first; with `owner` only those over its cars.
    package func overrides(
        tenant: TenantID, owner: OwnerID?, in period: MarketInterval, limit: Int = 100_000
    ) async throws -> [OverrideRecord] {
        let own = owner == nil ? "" : " AND owner = ?"
        let values = period.values + (owner.map { [.text($0.rawValue)] } ?? []) + [.integer(limit)]
        return try await self.rows(
            tenant,
            "SELECT body FROM overrides WHERE tenant = ? AND at >= ? AND at < ?\(own)"
                + " ORDER BY at DESC, kind, vehicle, station, evse LIMIT ?", values
        ) { try decoded($0, OverrideRecord.self) }
    }
}
