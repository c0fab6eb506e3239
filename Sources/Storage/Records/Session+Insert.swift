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

    /// Inserts a record by its natural key; one that is there already changes nothing.
    func insert(_ record: Record, zone: ZoneID) throws {
        let zone = zone.rawValue
        switch record {
        case .reading(let reading, let tenant, let region, let vehicle):
            try self.insertOnce(
                "readings", tenant: tenant, zone: zone, region: region.rawValue,
                reading.columns(vehicle: vehicle))
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
        case .transaction(let transaction): try self.insert(transaction, zone: zone)
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

    private func insert(_ block: BlockResult, zone: String) throws {
        let award = SQLValue.text(block.award.id.rawValue)
        let starts = SQLValue.integer(block.award.block.start.microseconds)
        let isNew = try self.insertOnce(
            "blocks", tenant: block.tenant, zone: zone, region: block.region.rawValue,
            [
                ("award", award), ("resource", .text(block.award.resource.rawValue)),
                ("starts", starts), ("settled_at", .integer(block.settledAt.microseconds)),
                ("body", try json(block)),
            ])
        guard isNew else { return }
        for (place, share) in block.shares.enumerated() {
            try self.insertOnce(
                "shares", tenant: block.tenant, zone: zone, region: block.region.rawValue,
                [
                    ("award", award), ("place", .integer(place)),
                    ("vehicle", .text(share.vehicle.rawValue)), ("owner", .text(share.owner.rawValue)),
                    ("starts", starts), ("currency", .text(share.earned.currency.rawValue)),
                    ("earned", .integer(share.earned.microUnits)), ("body", try json(share)),
                ])
        }
    }

    /// A transaction with its entries, once.
    func insert(_ transaction: LedgerTransaction, zone: String) throws {
        let id = SQLValue.text(transaction.id)
        let isNew = try self.insertOnce(
            "transactions", tenant: transaction.tenant, zone: zone,
            region: transaction.region.rawValue,
            [
                ("id", id), ("at", .integer(transaction.at.microseconds)),
                ("memo", .text(transaction.memo)), ("reverses", SQLValue(transaction.reverses)),
            ])
        guard isNew else { return }
        for (place, entry) in transaction.entries.enumerated() {
            try self.insertOnce(
                "entries", tenant: transaction.tenant, zone: zone,
                region: transaction.region.rawValue,
                [
                    ("txn", id), ("place", .integer(place)), ("account", .text(entry.account)),
                    ("unit", .text(entry.unit.text)), ("amount", .integer(entry.amount)),
                    ("vehicle", SQLValue(entry.vehicle?.rawValue)),
                ])
        }
    }
}

extension MeterReading {
    fileprivate func columns(vehicle: VehicleID?) -> [(String, SQLValue)] {
        [
            ("worker", .text(self.worker.rawValue)),
            ("sequence", .integer(Int(truncatingIfNeeded: self.sequence))),
            ("station", .text(self.station.rawValue)), ("evse", .integer(self.evse)),
            ("token", SQLValue(self.token?.rawValue)), ("vehicle", SQLValue(vehicle?.rawValue)),
            ("at", .integer(self.at.microseconds)),
            ("received_at", .integer(self.receivedAt.microseconds)),
            ("power", .integer(self.power.watts)),
            ("import_register", .integer(self.importRegister.wattSeconds)),
            ("export_register", .integer(self.exportRegister.wattSeconds)),
            ("soc", SQLValue(self.stateOfCharge?.basisPoints)),
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
