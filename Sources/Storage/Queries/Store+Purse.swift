package import Domain

/// A statement as it was issued, for good.
package struct IssuedStatement: Hashable, Sendable {
    package var number: Int
    package var owner: OwnerID
    package var period: String
    package var currency: Currency
    package var issuedAt: Instant
    /// The one that it takes the place of.
    package var replaces: Int?
    /// The documents by their endings: csv, html, json.
    package var documents: [String: String]
}

// Blocks that were computed again, postings beside the engine's, and statements.
extension Store {
    /// Every later computation of blocks that start in a period (of all without one), by award and computation; with
    /// `owner` each with its shares only, without `shares` with none, for a look at which there are.
    package func revisions(
        tenant: TenantID, in period: MarketInterval? = nil, owner: OwnerID? = nil, shares: Bool = true
    ) async throws -> [BlockResult] {
        let limits = period.map { [$0.start.microseconds, $0.end.microseconds] } ?? [Int.min, Int.max]
        return try await self.settled(
            tenant,
            "SELECT body FROM revisions WHERE tenant = ? AND starts >= ? AND starts < ? ORDER BY award, revision",
            limits.map { .integer($0) }, shares: shares, of: owner)
    }

    /// Which later computations there are, by award and computation.
    package func revisionNumbers(tenant: TenantID) async throws -> [(award: AwardID, revision: Int)] {
        try await self.rows(
            tenant, "SELECT award, revision FROM revisions WHERE tenant = ? ORDER BY award, revision", []
        ) { (AwardID(try $0.text("award")), try $0.integer("revision")) }
    }

    /// Sums of what an owner earned, blocks that were computed again by their last computation.
    func corrected(
        _ sums: [Money], tenant: TenantID, owner: OwnerID, in period: MarketInterval
    ) async throws -> [Money] {
        let again = try await self.revisions(tenant: tenant, in: period, owner: owner)
        guard !again.isEmpty else { return sums }
        var amounts = Dictionary(sums.map { ($0.currency, $0.microUnits) }, uniquingKeysWith: +)
        let last = Dictionary(again.map { ($0.award.id, $0) }, uniquingKeysWith: { $1 })
        for (award, block) in last {
            let old = try await self.rows(
                tenant, "SELECT currency, earned FROM shares WHERE tenant = ? AND award = ? AND owner = ?",
                [.text(award.rawValue), .text(owner.rawValue)]
            ) { (Currency(rawValue: try $0.text("currency")), try $0.integer("earned")) }
            for (currency, earned) in old { amounts[currency, default: 0] -= earned }
            for share in block.shares where share.owner == owner {
                amounts[share.earned.currency, default: 0] += share.earned.microUnits
            }
        }
        return amounts.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { Money(microUnits: $0.value, currency: $0.key) }
    }

    /// Keeps postings, and the block that was computed again, if one was: all of it or nothing, each once. Its shares
    /// have rows of their own, as those of its first computation have.
    package func post(_ transactions: [LedgerTransaction], again block: BlockResult? = nil, zone: ZoneID) async throws {
        try await self.database.transaction(as: .service) { session in
            if let block { try session.insertAgain(block, zone: zone.rawValue) }
            for transaction in transactions { try session.insert(transaction, zone: zone.rawValue) }
        }
    }

    /// The last of the postings that are called `id`, `id:r1`, `id:r2`, …; nil where there is none.
    package func latestPosting(tenant: TenantID, id: String) async throws -> LedgerTransaction? {
        var latest: LedgerTransaction?
        var name = id
        for number in 1...10_000 {
            // The id is the key: the page after the id just before it begins with it, if it is there.
            guard let found = try await self.transaction(tenant: tenant, id: name) else { break }
            latest = found
            name = "\(id):r\(number)"
        }
        return latest
    }

    /// One transaction by its id.
    package func transaction(tenant: TenantID, id: String) async throws -> LedgerTransaction? {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            let rows = try session.query(
                "SELECT * FROM transactions WHERE tenant = ? AND id = ?", [.text(tenant.rawValue), .text(id)])
            guard let row = rows.first else { return nil }
            return try session.transaction(row, tenant: tenant)
        }
    }

    /// Points with readings inside a block that were learned of after an instant, or more than `grace` after they were
    /// measured where there is one.
    package func latePoints(
        tenant: TenantID, in block: MarketInterval, after instant: Instant, grace: TimeSpan? = nil
    ) async throws -> [(station: StationID, evse: Int)] {
        try await self.rows(
            tenant,
            "SELECT DISTINCT station, evse FROM readings WHERE tenant = ? AND at >= ? AND at < ? AND (received_at > ?"
                + " OR received_at - at > ?)"
                + " ORDER BY station, evse",
            [
                .integer(block.start.microseconds), .integer(block.end.microseconds), .integer(instant.microseconds),
                .integer(grace?.microseconds ?? Int.max),
            ]
        ) { (StationID(try $0.text("station")), try $0.integer("evse")) }
    }

    /// A point's readings in a time, by time, with the cars that they were of.
    package func readings(
        tenant: TenantID, station: StationID, evse: Int, in period: MarketInterval
    ) async throws -> [(reading: MeterReading, vehicle: VehicleID?)] {
        try await self.rows(
            tenant,
            "SELECT * FROM readings WHERE tenant = ? AND at >= ? AND at < ? AND station = ? AND evse = ? ORDER BY at",
            [
                .integer(period.start.microseconds), .integer(period.end.microseconds), .text(station.rawValue),
                .integer(evse),
            ]
        ) { row in
            (
                MeterReading(
                    worker: WorkerID(try row.text("worker")), sequence: UInt64(try row.integer("sequence")),
                    station: station, evse: evse, token: row.optionalText("token").map { TokenID($0) },
                    at: Instant(microseconds: try row.integer("at")),
                    receivedAt: Instant(microseconds: try row.integer("received_at")),
                    power: Power(watts: try row.integer("power")),
                    importRegister: Energy(wattSeconds: try row.integer("import_register")),
                    exportRegister: Energy(wattSeconds: try row.integer("export_register")),
                    stateOfCharge: row.optionalInteger("soc").map { StateOfCharge(basisPoints: $0) }),
                row.optionalText("vehicle").map { VehicleID($0) }
            )
        }
    }

    /// Departures in a time that missed their promise though the car stayed for it.
    package func misses(tenant: TenantID, in period: MarketInterval) async throws -> [(vehicle: VehicleID, at: Instant)]
    {
        try await self.rows(
            tenant,
            "SELECT vehicle, at FROM departure_outcomes WHERE tenant = ? AND at >= ? AND at < ? AND met = 0"
                + " AND reason <> 'left before the promised time' ORDER BY vehicle, at",
            [.integer(period.start.microseconds), .integer(period.end.microseconds)]
        ) { (VehicleID(try $0.text("vehicle")), Instant(microseconds: try $0.integer("at"))) }
    }

    /// Every version of a tenant's contracts, and until when which car was under which other contract than since.
    package func contractHistory(
        tenant: TenantID
    ) async throws -> (
        versions: [ContractTerms], handovers: [(vehicle: VehicleID, until: Instant, contract: ContractID)]
    ) {
        let kept = try await self.rows(
            tenant, "SELECT body FROM contract_terms WHERE tenant = ? ORDER BY id, valid_from", []
        ) { try decoded($0, ContractTerms.self) }
        let known = Set(kept.map(\.id))
        let plain = try await self.rows(tenant, "SELECT * FROM contracts WHERE tenant = ? ORDER BY id", []) {
            try ContractTerms(row: $0)
        }
        let handovers = try await self.rows(
            tenant, "SELECT * FROM handovers WHERE tenant = ? ORDER BY vehicle, until", []
        ) {
            (
                vehicle: VehicleID(try $0.text("vehicle")), until: Instant(microseconds: try $0.integer("until")),
                contract: ContractID(try $0.text("contract"))
            )
        }
        return (plain.filter { !known.contains($0.id) } + kept, handovers)
    }
}

extension SQLSession {
    fileprivate func insertAgain(_ block: BlockResult, zone: String) throws {
        let revision = block.revision ?? 0
        var bare = block
        bare.shares = []
        let isNew = try self.insertOnce(
            "revisions", tenant: block.tenant, zone: zone, region: block.region.rawValue,
            [
                ("award", .text(block.award.id.rawValue)), ("revision", .integer(revision)),
                ("starts", .integer(block.award.block.start.microseconds)),
                ("settled_at", .integer(block.settledAt.microseconds)), ("body", try json(bare)),
            ])
        guard isNew else { return }
        try self.insert(
            block.shares, from: 0, of: block.award, revision: revision, tenant: block.tenant, region: block.region,
            zone: zone)
    }
}
