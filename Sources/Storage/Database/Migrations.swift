import Foundation

/// One step of the schema. Steps are only ever appended; a published one never changes.
struct Migration: Sendable {
    var id: Int
    /// Common to both databases; `BLOB` becomes `BYTEA` in PostgreSQL.
    var statements: [String]
    var sqlite: [String] = []
    var postgreSQL: [String] = []
}

/// Brings a database to the newest schema.
package enum Migrations {
    static let all: [Migration] = [.first, .trust, .overrides, .feeders, .purse, .again, .siteMeters]

    /// The number of the newest step.
    package static var newest: Int { self.all.last?.id ?? 0 }

    /// Applies the steps that are missing, each in a transaction of its own. Safe to run from many processes.
    package static func run(on database: any Database) async throws {
        for migration in self.all {
            try await database.transaction(as: .service) { session in
                if session.dialect == .postgreSQL {
                    _ = try session.query("SELECT pg_advisory_xact_lock(7283461)", [])
                }
                try session.execute(
                    "CREATE TABLE IF NOT EXISTS schema_steps (id BIGINT PRIMARY KEY)", [])
                let done = try session.query(
                    "SELECT id FROM schema_steps WHERE id = ?", [.integer(migration.id)])
                guard done.isEmpty else { return }
                for statement in migration.statements {
                    let isPostgres = session.dialect == .postgreSQL
                    try session.execute(
                        isPostgres
                            ? statement.replacingOccurrences(of: " BLOB", with: " BYTEA") : statement, [])
                }
                let own = session.dialect == .postgreSQL ? migration.postgreSQL : migration.sqlite
                for statement in own { try session.execute(statement, []) }
                try session.execute(
                    "INSERT INTO schema_steps (id) VALUES (?)", [.integer(migration.id)])
            }
        }
    }
}
