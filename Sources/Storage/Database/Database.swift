package import Domain

/// A value of a column or parameter. All numbers are 64-bit integers.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int)
    case text(String)
    case blob([UInt8])

    package init(_ value: Int?) { self = value.map(SQLValue.integer) ?? .null }
    package init(_ value: String?) { self = value.map(SQLValue.text) ?? .null }
}

/// One row of a result, by column name.
package struct SQLRow: Sendable {
    private var values: [String: SQLValue]

    init(_ values: [String: SQLValue]) {
        self.values = values
    }

    package func optionalInteger(_ column: String) -> Int? {
        if case .integer(let value)? = self.values[column] { return value }
        return nil
    }

    package func optionalText(_ column: String) -> String? {
        if case .text(let value)? = self.values[column] { return value }
        return nil
    }

    package func integer(_ column: String) throws(StorageError) -> Int {
        guard let value = self.optionalInteger(column) else { throw self.missing(column) }
        return value
    }

    package func text(_ column: String) throws(StorageError) -> String {
        guard let value = self.optionalText(column) else { throw self.missing(column) }
        return value
    }

    package func blob(_ column: String) throws(StorageError) -> [UInt8] {
        guard case .blob(let value)? = self.values[column] else { throw self.missing(column) }
        return value
    }

    private func missing(_ column: String) -> StorageError {
        StorageError(.corrupt, "column \(column) holds no such value: run headroom migrate")
    }
}

/// Whose rows a transaction may touch. PostgreSQL enforces it with row-level security.
package enum TenantScope: Hashable, Sendable {
    case tenant(TenantID)
    /// The service itself: outbox, engine start, migration.
    case service
}

/// Statements inside one transaction. `?` stands for a parameter; values are never put into the text.
package protocol SQLSession {
    var dialect: SQLDialect { get }
    /// Runs a statement and returns its rows.
    func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow]
    /// Runs a statement and returns how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int
    /// Puts rows into a table by COPY, where the database has that.
    func copy(_ table: String, _ columns: [String], _ rows: CopyText) throws
}

/// Rows as COPY reads them: fields by tabs, a line each.
package struct CopyText: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var isFirst = true

    package init() {}

    package mutating func field(_ text: String) {
        self.separate()
        for byte in text.utf8 {
            switch byte {
            case 0x5c: self.bytes += [0x5c, 0x5c]
            case 0x09: self.bytes += [0x5c, 0x74]
            case 0x0a: self.bytes += [0x5c, 0x6e]
            case 0x0d: self.bytes += [0x5c, 0x72]
            default: self.bytes.append(byte)
            }
        }
    }

    package mutating func field(_ number: Int) { self.field(String(number)) }

    package mutating func null() {
        self.separate()
        self.bytes += [0x5c, 0x4e]
    }

    package mutating func endRow() {
        self.bytes.append(0x0a)
        self.isFirst = true
    }

    private mutating func separate() {
        if !self.isFirst { self.bytes.append(0x09) }
        self.isFirst = false
    }
}

/// Where the two databases differ.
package enum SQLDialect: String, Hashable, Sendable, Codable {
    case sqlite
    case postgreSQL
}

/// A database. Blocking work runs on a thread of the driver's, never on the cooperative pool.
package protocol Database: Sendable {
    var dialect: SQLDialect { get }
    /// Runs `body` as one transaction: all of it counts, or, when it throws, nothing.
    func transaction<Value: Sendable>(
        as scope: TenantScope, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value
    func close() async
}
