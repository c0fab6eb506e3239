package import Domain

extension Store {
    /// Keeps postings, each once, as one transaction; in PostgreSQL by COPY, for days of a million entries.
    package func postInBulk(_ transactions: [LedgerTransaction], zone: ZoneID) async throws {
        try await self.database.transaction(as: .service) { session in
            guard session.dialect == .postgreSQL else {
                for transaction in transactions { try session.insert(transaction, zone: zone.rawValue) }
                return
            }
            let heads = ["tenant", "zone", "region", "id", "at", "memo", "reverses"]
            let parts = ["tenant", "zone", "region", "txn", "place", "account", "unit", "amount", "vehicle"]
            var head = CopyText()
            for transaction in transactions { head.add(transaction, zone) }
            try session.copyOnce("transactions", heads, head)
            var rows = CopyText()
            var count = 0
            for transaction in transactions {
                for (place, entry) in transaction.entries.enumerated() {
                    rows.add(entry, place, of: transaction, zone)
                    count += 1
                    guard count == RowBatch.mostCopied else { continue }
                    try session.copyOnce("entries", parts, rows)
                    (rows, count) = (CopyText(), 0)
                }
            }
            try session.copyOnce("entries", parts, rows)
        }
    }
}

extension CopyText {
    fileprivate mutating func add(_ transaction: LedgerTransaction, _ zone: ZoneID) {
        self.place(transaction, zone)
        self.field(transaction.id)
        self.field(transaction.at.microseconds)
        self.field(transaction.memo)
        if let reverses = transaction.reverses { self.field(reverses) } else { self.null() }
        self.endRow()
    }

    fileprivate mutating func add(
        _ entry: LedgerEntry, _ place: Int, of transaction: LedgerTransaction, _ zone: ZoneID
    ) {
        self.place(transaction, zone)
        self.field(transaction.id)
        self.field(place)
        self.field(entry.account)
        self.field(entry.unit.text)
        self.field(entry.amount)
        if let vehicle = entry.vehicle { self.field(vehicle.rawValue) } else { self.null() }
        self.endRow()
    }

    private mutating func place(_ transaction: LedgerTransaction, _ zone: ZoneID) {
        self.field(transaction.tenant.rawValue)
        self.field(zone.rawValue)
        self.field(transaction.region.rawValue)
    }
}
