import Domain

/// Rows of one table on their way into it, each once: their columns are named once for all.
struct RowBatch: Sendable {
    let table: String
    /// Behind tenant, zone and region, which every table begins with.
    let columns: [String]
    private(set) var rows: [[SQLValue]] = []
    /// Rows of one statement; what is left goes row by row, so that there are two texts to prepare and no more.
    static let each = 64
    /// Rows from which COPY is worth its table, and the most that go into one.
    static let leastCopied = 256
    static let mostCopied = 100_000

    init(_ table: String, _ columns: [String]) {
        self.table = table
        self.columns = ["tenant", "zone", "region"] + columns
    }

    /// The statement that inserts so many rows.
    fileprivate func insertion(of count: Int) -> String {
        let marks = "(" + Array(repeating: "?", count: self.columns.count).joined(separator: ", ") + ")"
        return "INSERT INTO \(self.table) (\(self.columns.joined(separator: ", "))) VALUES "
            + Array(repeating: marks, count: count).joined(separator: ", ") + " ON CONFLICT DO NOTHING"
    }

    mutating func add(tenant: TenantID, zone: String, region: RegionID, _ values: [SQLValue]) {
        self.rows.append([.text(tenant.rawValue), .text(zone), .text(region.rawValue)] + values)
    }
}

extension SQLSession {
    /// Inserts every row whose key is not there yet; in PostgreSQL many of them by COPY.
    func insertOnce(_ batch: RowBatch) throws {
        guard !batch.rows.isEmpty else { return }
        if self.dialect == .postgreSQL, batch.rows.count >= RowBatch.leastCopied { return try self.copyOnce(batch) }
        let (many, one) = (batch.insertion(of: RowBatch.each), batch.insertion(of: 1))
        var next = 0
        while next < batch.rows.count {
            let isMany = batch.rows.count - next >= RowBatch.each
            let end = next + (isMany ? RowBatch.each : 1)
            try self.execute(isMany ? many : one, batch.rows[next..<end].flatMap(\.self))
            next = end
        }
    }

    private func copyOnce(_ batch: RowBatch) throws {
        for first in stride(from: 0, to: batch.rows.count, by: RowBatch.mostCopied) {
            var text = CopyText()
            for row in batch.rows[first..<min(first + RowBatch.mostCopied, batch.rows.count)] {
                for value in row { text.field(value) }
                text.endRow()
            }
            try self.copyOnce(batch.table, batch.columns, text)
        }
    }

    /// Takes rows by COPY, each once. A table with row-level security takes none, so that they go through a temporary one,
    /// which the connection keeps and each transaction leaves empty.
    func copyOnce(_ table: String, _ columns: [String], _ rows: CopyText) throws {
        guard !rows.bytes.isEmpty else { return }
        try self.execute("CREATE TEMP TABLE IF NOT EXISTS copy_\(table) (LIKE \(table)) ON COMMIT DELETE ROWS", [])
        try self.copy("copy_\(table)", columns, rows)
        let names = columns.joined(separator: ", ")
        try self.execute(
            "INSERT INTO \(table) (\(names)) SELECT \(names) FROM copy_\(table) ON CONFLICT DO NOTHING", [])
        try self.execute("TRUNCATE copy_\(table)", [])
    }
}

extension CopyText {
    fileprivate mutating func field(_ value: SQLValue) {
        switch value {
        case .null: self.null()
        case .integer(let number): self.field(number)
        case .text(let text): self.field(text)
        case .blob(let bytes):
            self.field("\\x" + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
        }
    }
}
