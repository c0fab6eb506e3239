package import Domain

/// The rows behind one posting. The tenant is an argument of every one.
extension Store {
    /// - Parameter shares: whether it comes with its shares.
    package func settledBlock(
        tenant: TenantID, award: AwardID, shares: Bool = true
    ) async throws -> BlockResult? {
        try await self.settled(
            tenant, "SELECT body FROM blocks WHERE tenant = ? AND award = ?", [.text(award.rawValue)], shares: shares
        ).first
    }

    /// A later computation of a block; nil where there is none of that number.
    package func settledBlock(tenant: TenantID, award: AwardID, revision: Int) async throws -> BlockResult? {
        try await self.settled(
            tenant, "SELECT body FROM revisions WHERE tenant = ? AND award = ? AND revision = ?",
            [.text(award.rawValue), .integer(revision)]
        ).first
    }

    package func award(tenant: TenantID, id: AwardID) async throws -> Award? {
        try await self.rows(tenant, "SELECT body FROM awards WHERE tenant = ? AND id = ?", [.text(id.rawValue)]) {
            try decoded($0, Award.self)
        }.first
    }

    /// The last that is kept of a bid.
    package func bid(tenant: TenantID, id: BidID) async throws -> Bid? {
        try await self.rows(
            tenant, "SELECT body FROM bids WHERE tenant = ? AND id = ? ORDER BY seq DESC LIMIT 1", [.text(id.rawValue)]
        ) { try decoded($0, Bid.self) }.first
    }

    /// The baseline of a block as it was declared last.
    package func baseline(
        tenant: TenantID, resource: ResourceID, block: MarketInterval
    ) async throws -> DeclaredBaseline? {
        try await self.rows(
            tenant,
            "SELECT body FROM baselines WHERE tenant = ? AND resource = ? AND starts = ?"
                + " ORDER BY submitted_at DESC LIMIT 1",
            [.text(resource.rawValue), .integer(block.start.microseconds)]
        ) { try decoded($0, DeclaredBaseline.self) }.first
    }

    /// How many signals of a product were sent in a time, and the first and the last of them.
    package func signalSpan(
        tenant: TenantID, resource: ResourceID, product: ProductID, in period: MarketInterval
    ) async throws -> (count: Int, first: Instant, last: Instant)? {
        let rows = try await self.rows(
            tenant,
            "SELECT COUNT(*) AS n, MIN(sent_at) AS first_at, MAX(sent_at) AS last_at FROM signals"
                + " WHERE tenant = ? AND resource = ? AND product = ? AND sent_at >= ? AND sent_at < ?",
            [.text(resource.rawValue), .text(product.rawValue)] + period.values
        ) { row -> (Int, Instant, Instant)? in
            let count = try row.integer("n")
            guard count > 0 else { return nil }
            return (
                count, Instant(microseconds: try row.integer("first_at")),
                Instant(microseconds: try row.integer("last_at"))
            )
        }
        return rows.first.flatMap { $0 }.map { (count: $0.0, first: $0.1, last: $0.2) }
    }

    /// The readings of a vehicle in a time: how many, the first and the last by event time.
    package func readingSpan(
        tenant: TenantID, vehicle: VehicleID, in period: MarketInterval
    ) async throws -> (count: Int, first: RegisterRow, last: RegisterRow)? {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            let wanted = "FROM readings WHERE tenant = ? AND vehicle = ? AND at >= ? AND at < ?"
            let values: [SQLValue] = [.text(tenant.rawValue), .text(vehicle.rawValue)] + period.values
            let count = try session.query("SELECT COUNT(*) AS n \(wanted)", values).first?.integer("n") ?? 0
            func row(_ order: String) throws -> RegisterRow? {
                try session.query(
                    "SELECT at, import_register, export_register \(wanted) ORDER BY at \(order) LIMIT 1", values
                )
                .first.map {
                    RegisterRow(
                        at: Instant(microseconds: try $0.integer("at")),
                        imported: Energy(wattSeconds: try $0.integer("import_register")),
                        exported: Energy(wattSeconds: try $0.integer("export_register")))
                }
            }
            guard count > 0, let first = try row("ASC"), let last = try row("DESC") else { return nil }
            return (count, first, last)
        }
    }

    /// What a meter's registers said at a time.
    package struct RegisterRow: Hashable, Sendable {
        package var at: Instant
        package var imported: Energy
        package var exported: Energy
    }
}
