import Domain

extension SQLSession {
    /// Inserts a row unless one with its key is there.
    @discardableResult
    func insertOnce(
        _ table: String, tenant: TenantID, zone: String, region: String,
        _ columns: [(String, SQLValue)]
    ) throws -> Bool {
        let names = ["tenant", "zone", "region"] + columns.map(\.0)
        let values: [SQLValue] =
            [.text(tenant.rawValue), .text(zone), .text(region)] + columns.map(\.1)
        let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
        return try self.execute(
            "INSERT INTO \(table) (\(names.joined(separator: ", "))) VALUES (\(marks))"
                + " ON CONFLICT DO NOTHING", values) == 1
    }

    /// Inserts records by their natural keys; one that is there already changes nothing. Readings go in together, since
    /// they are most of all rows and no other row asks for them.
    func insert(_ records: [Record], zone: String) throws {
        var readings = RowBatch("readings", MeterReading.columns)
        for record in records {
            switch record {
            case .reading(let reading, let tenant, let region, let vehicle):
                readings.add(tenant: tenant, zone: zone, region: region, reading.values(vehicle: vehicle))
            case .readings(let several, let vehicles, let tenant, let region):
                for (place, reading) in several.enumerated() {
                    readings.add(
                        tenant: tenant, zone: zone, region: region, reading.values(vehicle: vehicles[place]))
                }
            default: try self.insert(record, zone: zone)
            }
        }
        try self.insertOnce(readings)
    }

    private func insert(_ record: Record, zone: String) throws {
        switch record {
        case .reading, .readings: break
        case .bid(let bid): try self.insert(bid, zone: zone)
        case .award(let award, let tenant, let region):
            try self.insertOnce(
                "awards", tenant: tenant, zone: zone, region: region.rawValue,
                [
                    ("id", .text(award.id.rawValue)), ("resource", .text(award.resource.rawValue)),
                    ("starts", .integer(award.block.start.microseconds)), ("body", try json(award)),
                ])
        case .baseline(let baseline, let tenant, let region):
            try self.insertOnce(
                "baselines", tenant: tenant, zone: zone, region: region.rawValue,
                [
                    ("resource", .text(baseline.resource.rawValue)),
                    ("starts", .integer(baseline.interval.start.microseconds)),
                    ("submitted_at", .integer(baseline.submittedAt.microseconds)),
                    ("body", try json(baseline)),
                ])
        case .signal(let signal, let tenant, let region):
            try self.insertOnce(
                "signals", tenant: tenant, zone: zone, region: region.rawValue,
                [
                    ("resource", .text(signal.resource.rawValue)),
                    ("product", .text(signal.product.rawValue)),
                    ("sequence", .integer(Int(truncatingIfNeeded: signal.sequence))),
                    ("sent_at", .integer(signal.sentAt.microseconds)), ("body", try json(signal)),
                ])
        case .sample(let sample, let tenant, let region):
            try self.insertOnce(
                "samples", tenant: tenant, zone: zone, region: region.rawValue, sample.columns)
        case .block(let block): try self.insert(block, zone: zone)
        case .shares(let shares, let first, let award, let tenant, let region):
            try self.insert(shares, from: first, of: award, tenant: tenant, region: region, zone: zone)
        case .transaction(let transaction): try self.insert(transaction, zone: zone)
        case .entries(let entries, let first, let id, let tenant, let region):
            try self.insert(entries, from: first, of: id, tenant: tenant, region: region, zone: zone)
        case .departure(let vehicle, let tenant, let at, let met, let reason):
            try self.insertOnce(
                "departure_outcomes", tenant: tenant, zone: zone, region: "",
                [
                    ("vehicle", .text(vehicle.rawValue)), ("at", .integer(at.microseconds)),
                    ("met", .integer(met ? 1 : 0)), ("reason", .text(reason)),
                ])
        case .override(let record, let tenant, let region):
            try self.insertOnce(
                "overrides", tenant: tenant, zone: zone, region: region.rawValue, try record.columns)
        case .trust(let record, let tenant, let region):
            try self.insertOnce(
                "trust", tenant: tenant, zone: zone, region: region.rawValue,
                [
                    ("station", .text(record.station.rawValue)), ("evse", .integer(record.evse)),
                    ("at", .integer(record.at.microseconds)), ("verdict", .text(record.verdict.rawValue)),
                    ("gain", .integer(record.gainPerMille)), ("body", try json(record)),
                ])
        }
    }

    /// Every word of a bid's life once; it may be re-declared several times, each time to less.
    private func insert(_ bid: Bid, zone: String) throws {
        let body = try json(bid)
        let known = try self.query(
            "SELECT body FROM bids WHERE id = ? ORDER BY seq", [.text(bid.id.rawValue)])
        guard try !known.contains(where: { .text(try $0.text("body")) == body }) else { return }
        try self.insertOnce(
            "bids", tenant: bid.tenant, zone: zone, region: "",
            [
                ("id", .text(bid.id.rawValue)), ("state", .text(bid.state.rawValue)),
                ("seq", .integer(known.count)), ("resource", .text(bid.call.resource.rawValue)),
                ("starts", .integer(bid.call.block.start.microseconds)), ("body", body),
            ])
    }

    /// A block's row has no shares: they have rows of their own (`Store+Blocks`).
    private func insert(_ block: BlockResult, zone: String) throws {
        var bare = block
        bare.shares = []
        let isNew = try self.insertOnce(
            "blocks", tenant: block.tenant, zone: zone, region: block.region.rawValue,
            [
                ("award", .text(block.award.id.rawValue)), ("resource", .text(block.award.resource.rawValue)),
                ("starts", .integer(block.award.block.start.microseconds)),
                ("settled_at", .integer(block.settledAt.microseconds)), ("body", try json(bare)),
            ])
        guard isNew else { return }
        try self.insert(
            block.shares, from: 0, of: block.award, tenant: block.tenant, region: block.region, zone: zone)
    }

    /// - Parameter revision: nil the shares of a first computation, else those of that later one.
    func insert(
        _ shares: [BlockResult.Share], from first: Int, of award: Award, revision: Int? = nil, tenant: TenantID,
        region: RegionID, zone: String
    ) throws {
        let own = revision == nil ? ["award"] : ["award", "revision"]
        let key = [.text(award.id.rawValue)] + (revision.map { [SQLValue.integer($0)] } ?? [])
        // The rows of a part at a time: those of a large fleet are not in memory at once.
        for start in stride(from: 0, to: shares.count, by: Record.mostInPart) {
            var rows = RowBatch(
                revision == nil ? "shares" : "revision_shares",
                own + ["place", "vehicle", "owner", "starts", "currency", "earned", "body"])
            for place in start..<min(start + Record.mostInPart, shares.count) {
                let share = shares[place]
                rows.add(
                    tenant: tenant, zone: zone, region: region,
                    key + [
                        .integer(first + place), .text(share.vehicle.rawValue), .text(share.owner.rawValue),
                        .integer(award.block.start.microseconds), .text(share.earned.currency.rawValue),
                        .integer(share.earned.microUnits), try json(share),
                    ])
            }
            try self.insertOnce(rows)
        }
    }

    /// A transaction with its entries, once.
    func insert(_ transaction: LedgerTransaction, zone: String) throws {
        let isNew = try self.insertOnce(
            "transactions", tenant: transaction.tenant, zone: zone,
            region: transaction.region.rawValue,
            [
                ("id", .text(transaction.id)), ("at", .integer(transaction.at.microseconds)),
                ("memo", .text(transaction.memo)), ("reverses", SQLValue(transaction.reverses)),
            ])
        guard isNew else { return }
        try self.insert(
            transaction.entries, from: 0, of: transaction.id, tenant: transaction.tenant, region: transaction.region,
            zone: zone)
    }

    private func insert(
        _ entries: [LedgerEntry], from first: Int, of id: String, tenant: TenantID, region: RegionID, zone: String
    ) throws {
        for start in stride(from: 0, to: entries.count, by: Record.mostInPart) {
            var rows = RowBatch("entries", ["txn", "place", "account", "unit", "amount", "vehicle"])
            for place in start..<min(start + Record.mostInPart, entries.count) {
                let entry = entries[place]
                rows.add(
                    tenant: tenant, zone: zone, region: region,
                    [
                        .text(id), .integer(first + place), .text(entry.account), .text(entry.unit.text),
                        .integer(entry.amount), SQLValue(entry.vehicle?.rawValue),
                    ])
            }
            try self.insertOnce(rows)
        }
    }
}

extension MeterReading {
    fileprivate static let columns = [
        "worker", "sequence", "station", "evse", "token", "vehicle", "at", "received_at", "power", "import_register",
        "export_register", "soc",
    ]

    fileprivate func values(vehicle: VehicleID?) -> [SQLValue] {
        [
            .text(self.worker.rawValue), .integer(Int(truncatingIfNeeded: self.sequence)),
            .text(self.station.rawValue), .integer(self.evse), SQLValue(self.token?.rawValue),
            SQLValue(vehicle?.rawValue), .integer(self.at.microseconds), .integer(self.receivedAt.microseconds),
            .integer(self.power.watts), .integer(self.importRegister.wattSeconds),
            .integer(self.exportRegister.wattSeconds), SQLValue(self.stateOfCharge?.basisPoints),
        ]
    }
}

extension OverrideRecord {
    fileprivate var columns: [(String, SQLValue)] {
        get throws {
            [
                ("at", .integer(self.at.microseconds)), ("kind", .text(self.kind.rawValue)),
                ("is_over", .integer(self.isOver ? 1 : 0)), ("source", .text(self.source)),
                ("vehicle", .text(self.vehicle?.rawValue ?? "")), ("owner", .text(self.owner?.rawValue ?? "")),
                ("station", .text(self.station?.rawValue ?? "")), ("evse", .integer(self.evse ?? 0)),
                ("body", try json(self)),
            ]
        }
    }
}

extension DeliverySample {
    fileprivate var columns: [(String, SQLValue)] {
        [
            ("resource", .text(self.resource.rawValue)), ("product", .text(self.product.rawValue)),
            ("at", .integer(self.at.microseconds)), ("requested", .integer(self.requested.watts)),
            ("delivered", .integer(self.delivered.watts)),
            ("baseline", .integer(self.baseline.watts)), ("metered", .integer(self.metered.watts)),
        ]
    }
}

extension LedgerUnit {
    /// `energy`, or the currency's code.
    var text: String {
        switch self {
        case .energy: "energy"
        case .money(let currency): currency.rawValue
        }
    }

    init(text: String) {
        self = text == "energy" ? .energy : .money(Currency(rawValue: text))
    }
}
