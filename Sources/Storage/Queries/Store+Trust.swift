package import Domain

// What charging points have proven.
extension Store {
    private static let newest =
        "at = (SELECT MAX(later.at) FROM trust later WHERE later.station = trust.station AND later.evse = trust.evse)"

    /// What is held of each charging point now: its last record, those that changed last first.
    package func trust(tenant: TenantID, limit: Int = 100_000) async throws -> [TrustRecord] {
        try await self.rows(
            tenant,
            "SELECT body FROM trust WHERE tenant = ? AND \(Self.newest) ORDER BY at DESC, station, evse LIMIT ?",
            [.integer(limit)]
        ) { try decoded($0, TrustRecord.self) }
    }

    /// How many charging points have which verdict now.
    package func trustCounts(tenant: TenantID) async throws -> [TrustRecord.Verdict: Int] {
        let counts = try await self.rows(
            tenant, "SELECT verdict, COUNT(*) AS n FROM trust WHERE tenant = ? AND \(Self.newest) GROUP BY verdict", []
        ) { (TrustRecord.Verdict(rawValue: try $0.text("verdict")) ?? .unproven, try $0.integer("n")) }
        return Dictionary(counts) { $0 + $1 }
    }

    /// How a station came to it: every record that was kept of it, oldest first.
    package func trustHistory(
        tenant: TenantID, station: StationID, limit: Int = 10_000
    ) async throws -> [TrustRecord] {
        try await self.rows(
            tenant, "SELECT body FROM trust WHERE tenant = ? AND station = ? ORDER BY evse, at LIMIT ?",
            [.text(station.rawValue), .integer(limit)]
        ) { try decoded($0, TrustRecord.self) }
    }

    /// Of every charging point of a zone the last record, for an engine that begins without a journal.
    package func trust(zone: ZoneID) async throws -> [TrustRecord] {
        try await self.database.transaction(as: .service) { session in
            try session.query(
                "SELECT body FROM trust WHERE zone = ? AND \(Self.newest) ORDER BY station, evse",
                [.text(zone.rawValue)]
            ).map { try decoded($0, TrustRecord.self) }
        }
    }
}
