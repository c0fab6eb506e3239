package import Domain

/// What portal, reports and `ledger verify` read. The tenant is an argument of every one.
extension Store {
    func rows<Value: Sendable>(
        _ tenant: TenantID, _ sql: String, _ values: [SQLValue],
        _ read: @escaping @Sendable (SQLRow) throws -> Value
    ) async throws -> [Value] {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            try session.query(sql, [.text(tenant.rawValue)] + values).map(read)
        }
    }

    /// Every tenant that the database knows, by id: for the machine's own administrator, never for a page.
    package func tenants() async throws -> [TenantID] {
        try await self.database.transaction(as: .service) { session in
            try session.query("SELECT id FROM tenants ORDER BY id", []).map { TenantID(try $0.text("id")) }
        }
    }

    /// Settled blocks that start in the period, by start; with `owner` only those it has shares in,
    /// and only its shares. Of one that was computed again the last computation. Without `shares` they
    /// come without any, for pages that show none: a large fleet has many.
    package func blocks(
        tenant: TenantID, owner: OwnerID?, in period: MarketInterval, limit: Int = 10_000, shares: Bool = true
    ) async throws -> [BlockResult] {
        let blocks = try await self.settled(
            tenant,
            "SELECT body FROM blocks WHERE tenant = ? AND starts >= ? AND starts < ?"
                + " ORDER BY starts, award LIMIT ?",
            period.values + [.integer(limit)], shares: shares, of: owner)
        let again = Dictionary(
            try await self.revisions(tenant: tenant, in: period, owner: owner, shares: shares)
                .map { ($0.award.id, $0) }, uniquingKeysWith: { $1 })
        let latest = again.isEmpty ? blocks : blocks.map { again[$0.award.id] ?? $0 }
        guard let owner else { return latest }
        return latest.compactMap { block in
            var own = block
            own.shares = block.shares.filter { $0.owner == owner }
            return own.shares.isEmpty ? nil : own
        }
    }

    /// Which awards of a tenant are settled, and when their blocks begin, for `settle` and `ledger verify`, which then look
    /// at one block at a time: a page of those of a large fleet would not fit in memory. Pages by the last award seen.
    package func settledAwards(
        tenant: TenantID, after award: AwardID?, limit: Int = 1_000
    ) async throws -> [(id: AwardID, start: Instant)] {
        try await self.rows(
            tenant, "SELECT award, starts FROM blocks WHERE tenant = ? AND award > ? ORDER BY award LIMIT ?",
            [.text(award?.rawValue ?? ""), .integer(limit)]
        ) { (AwardID(try $0.text("award")), Instant(microseconds: try $0.integer("starts"))) }
    }

    /// Ids of all transactions of a tenant; pages by the last one seen.
    package func transactionIDs(tenant: TenantID, after id: String, limit: Int = 1_000) async throws -> [String] {
        try await self.rows(
            tenant, "SELECT id FROM transactions WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
            [.text(id), .integer(limit)]
        ) { try $0.text("id") }
    }

    /// What an owner earned in the period, per currency, in micro-units.
    package func earned(
        tenant: TenantID, owner: OwnerID, in period: MarketInterval
    ) async throws -> [Money] {
        let sums = try await self.rows(
            tenant,
            "SELECT currency, SUM(earned) AS total FROM shares WHERE tenant = ? AND owner = ?"
                + " AND starts >= ? AND starts < ? GROUP BY currency ORDER BY currency",
            [.text(owner.rawValue)] + period.values
        ) {
            Money(
                microUnits: try $0.integer("total"), currency: Currency(rawValue: try $0.text("currency")))
        }
        return try await self.corrected(sums, tenant: tenant, owner: owner, in: period)
    }

    /// Every state that the resource's bids went through, oldest first.
    package func bids(
        tenant: TenantID, resource: ResourceID, in period: MarketInterval, limit: Int = 10_000
    ) async throws -> [Bid] {
        try await self.rows(
            tenant,
            "SELECT body FROM bids WHERE tenant = ? AND resource = ? AND starts >= ? AND starts < ?"
                + " ORDER BY starts, id, seq LIMIT ?",
            [.text(resource.rawValue)] + period.values + [.integer(limit)]
        ) { try decoded($0, Bid.self) }
    }

    package func awards(
        tenant: TenantID, resource: ResourceID, in period: MarketInterval, limit: Int = 10_000
    ) async throws -> [Award] {
        try await self.rows(
            tenant,
            "SELECT body FROM awards WHERE tenant = ? AND resource = ? AND starts >= ? AND starts < ?"
                + " ORDER BY starts, id LIMIT ?",
            [.text(resource.rawValue)] + period.values + [.integer(limit)]
        ) { try decoded($0, Award.self) }
    }

    package func samples(
        tenant: TenantID, resource: ResourceID, in period: MarketInterval, limit: Int = 100_000
    ) async throws -> [DeliverySample] {
        try await self.rows(
            tenant,
            "SELECT * FROM samples WHERE tenant = ? AND resource = ? AND at >= ? AND at < ?"
                + " ORDER BY at, product LIMIT ?",
            [.text(resource.rawValue)] + period.values + [.integer(limit)]
        ) { row in
            DeliverySample(
                resource: resource, product: ProductID(try row.text("product")),
                at: Instant(microseconds: try row.integer("at")),
                requested: Power(watts: try row.integer("requested")),
                delivered: Power(watts: try row.integer("delivered")),
                baseline: Power(watts: try row.integer("baseline")),
                metered: Power(watts: try row.integer("metered")))
        }
    }

    /// All awards of a tenant, for `settle`; pages by the last id seen.
    package func awards(tenant: TenantID, after id: AwardID?, limit: Int = 1_000) async throws -> [Award] {
        try await self.rows(
            tenant, "SELECT body FROM awards WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
            [.text(id?.rawValue ?? ""), .integer(limit)]
        ) { try decoded($0, Award.self) }
    }

    /// Transactions of a tenant by id; pages by the last id seen.
    package func transactions(
        tenant: TenantID, after id: String = "", limit: Int = 1_000
    ) async throws -> [LedgerTransaction] {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            let rows = try session.query(
                "SELECT * FROM transactions WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
                [.text(tenant.rawValue), .text(id), .integer(limit)])
            return try rows.map { row in
                try session.transaction(row, tenant: tenant)
            }
        }
    }

    /// How many readings a tenant has, for checks after an outage.
    package func readingCount(tenant: TenantID) async throws -> Int {
        try await self.rowCounts(tenant: tenant)["readings"] ?? 0
    }

    /// How many rows of each kind of ``Record`` a tenant has, by the names of `Record.kinds`.
    package func rowCounts(tenant: TenantID) async throws -> [String: Int] {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            var counts: [String: Int] = [:]
            for kind in Record.kinds {
                let table = kind == "departures" ? "departure_outcomes" : kind
                let rows = try session.query(
                    "SELECT COUNT(*) AS n FROM \(table) WHERE tenant = ?", [.text(tenant.rawValue)])
                counts[kind] = try rows.first?.integer("n")
            }
            return counts
        }
    }
}

extension SQLSession {
    /// A row of `transactions` with its entries.
    func transaction(_ row: SQLRow, tenant: TenantID) throws -> LedgerTransaction {
        let id = try row.text("id")
        let entries = try self.query(
            "SELECT * FROM entries WHERE tenant = ? AND txn = ? ORDER BY place", [.text(tenant.rawValue), .text(id)])
        return LedgerTransaction(
            id: id, tenant: tenant, region: RegionID(try row.text("region")),
            at: Instant(microseconds: try row.integer("at")), memo: try row.text("memo"),
            entries: try entries.map { entry in
                LedgerEntry(
                    account: try entry.text("account"), unit: LedgerUnit(text: try entry.text("unit")),
                    amount: try entry.integer("amount"),
                    vehicle: entry.optionalText("vehicle").map { VehicleID($0) })
            }, reverses: row.optionalText("reverses"))
    }
}

extension Record {
    /// What ``kind`` may be.
    static let kinds = [
        "readings", "bids", "awards", "baselines", "signals", "samples", "blocks", "transactions", "departures",
        "trust", "overrides",
    ]

    /// What the record is, in the plural.
    package var kind: String {
        switch self {
        case .reading, .readings: "readings"
        case .bid: "bids"
        case .award: "awards"
        case .baseline: "baselines"
        case .signal: "signals"
        case .sample: "samples"
        case .block, .shares: "blocks"
        case .transaction, .entries: "transactions"
        case .departure: "departures"
        case .trust: "trust"
        case .override: "overrides"
        }
    }
}

extension MarketInterval {
    var values: [SQLValue] { [.integer(self.start.microseconds), .integer(self.end.microseconds)] }
}
