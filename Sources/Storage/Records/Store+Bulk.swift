package import Domain

extension Store {
    /// Most rows that go into one COPY.
    private static let most = 100_000

    /// Keeps postings, each once, as one transaction; in PostgreSQL by COPY, for days of a million entries. A table with
    /// row-level security takes no COPY, so that the rows go through a temporary one.
    package func postInBulk(_ transactions: [LedgerTransaction], zone: ZoneID) async throws {
        try await self.database.transaction(as: .service) { session in
            guard session.dialect == .postgreSQL else {
                for transaction in transactions { try session.insert(transaction, zone: zone.rawValue) }
                return
            }
            let heads = ["tenant", "zone", "region", "id", "at", "memo", "reverses"]
            let parts = ["tenant", "zone", "region", "txn", "place", "account", "unit", "amount", "vehicle"]
            for table in ["transactions", "entries"] {
                try session.execute("CREATE TEMP TABLE copy_\(table) (LIKE \(table)) ON COMMIT DROP", [])
            }
            var head = CopyText()
            for transaction in transactions { head.add(transaction, zone) }
            try session.copy("copy_transactions", heads, head)
            try session.take("transactions", heads)
            var rows = CopyText()
            var count = 0
            for transaction in transactions {
                for (place, entry) in transaction.entries.enumerated() {
                    rows.add(entry, place, of: transaction, zone)
                    count += 1
                    guard count == Self.most else { continue }
                    try session.copy("copy_entries", parts, rows)
                    try session.take("entries", parts)
                    (rows, count) = (CopyText(), 0)
                }
            }
            try session.copy("copy_entries", parts, rows)
            try session.take("entries", parts)
        }
    }
}

extension SQLSession {
    /// Moves what was copied into the table itself; what is there already stays.
    fileprivate func take(_ table: String, _ columns: [String]) throws {
        let names = columns.joined(separator: ", ")
        try self.execute(
            "INSERT INTO \(table) (\(names)) SELECT \(names) FROM copy_\(table) ON CONFLICT DO NOTHING", [])
        try self.execute("TRUNCATE copy_\(table)", [])
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
