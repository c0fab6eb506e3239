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
