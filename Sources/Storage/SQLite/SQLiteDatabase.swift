import Domain
import Foundation
import GRDB

/// SQLite through GRDB: WAL, and every commit on disk before it counts.
package struct SQLiteDatabase: Database {
    private let pool: DatabasePool
    package var dialect: SQLDialect { .sqlite }

    package init(path: String) async throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        do {
            self.pool = try DatabasePool(path: path, configuration: configuration)
            // The pool sets NORMAL while it opens, and NORMAL loses acknowledged rows in a power cut.
            try await self.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous=FULL") }
        } catch {
            throw StorageError(
                .unavailable, "cannot open the database \(path): \(error): check HEADROOM_DATABASE")
        }
        guard try await self.synchronousLevel() == 2 else {
            throw StorageError(.refused, "the database \(path) does not take synchronous=FULL: use another SQLite")
        }
    }

    package func transaction<Value: Sendable>(
        as scope: TenantScope, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        do {
            return try await self.pool.write { try body(Session(database: $0)) }
        } catch let error as DatabaseError {
            throw Self.storageError(error)
        }
    }

    package func close() async {
        try? self.pool.close()
    }

    /// 2 = FULL, as SQLite reads it back.
    func synchronousLevel() async throws -> Int? {
        try await self.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }

    private static func storageError(_ error: DatabaseError) -> StorageError {
        let message = error.message ?? "unknown error"
        switch error.resultCode {
        case .SQLITE_CONSTRAINT: return StorageError(.constraint, message)
        case .SQLITE_FULL: return StorageError(.full, "the database's disk is full: free some space")
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_IOERR, .SQLITE_CANTOPEN:
            return StorageError(.unavailable, "the database does not answer: \(message)")
        default: return StorageError(.refused, "the database refused a statement: \(message)")
        }
    }

    private struct Session: SQLSession {
        let database: GRDB.Database
        var dialect: SQLDialect { .sqlite }

        func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
            let statement = try self.database.cachedStatement(sql: sql)
            let rows = try Row.fetchAll(statement, arguments: self.arguments(values))
            return rows.map { row in
                SQLRow(
                    Dictionary(
                        row.map { ($0.0, Self.value($0.1)) }, uniquingKeysWith: { first, _ in first }))
            }
        }

        func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
            let statement = try self.database.cachedStatement(sql: sql)
            try statement.execute(arguments: self.arguments(values))
            return self.database.changesCount
        }

        func copy(_ table: String, _ columns: [String], _ rows: CopyText) throws {
            throw StorageError(.refused, "SQLite has no COPY: insert into \(table) row by row")
        }

        private func arguments(_ values: [SQLValue]) -> StatementArguments {
            StatementArguments(
                values.map { value -> (any DatabaseValueConvertible)? in
                    switch value {
                    case .null: nil
                    case .integer(let number): number
                    case .text(let text): text
                    case .blob(let bytes): Data(bytes)
                    }
                })
        }

        private static func value(_ value: DatabaseValue) -> SQLValue {
            switch value.storage {
            case .null: .null
            case .int64(let number): .integer(Int(number))
            case .double(let number): .integer(Int(number))
            case .string(let text): .text(text)
            case .blob(let data): .blob(Array(data))
            }
        }
    }
}
