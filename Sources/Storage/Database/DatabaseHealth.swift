package import Domain
import Foundation

/// What a database says of itself; looking changes nothing.
package struct DatabaseHealth: Hashable, Sendable {
    /// The newest schema step in it, 0: none; and the one that this program knows.
    package var schema: Int
    package var newestSchema: Int
    /// PostgreSQL: row-level security does not bind a superuser.
    package var isSuperuser: Bool
    /// How far the server's clock is ahead of ours; zero for SQLite.
    package var clockAhead: TimeSpan
    /// When the newest block was settled; nil where none was.
    package var latestBlock: Instant?
}

extension DatabaseURL {
    /// Opens the database without bringing it up to date.
    /// - Throws: what is in the way: unreachable, not durable, no database.
    package func health(now: @Sendable () -> Instant) async throws -> DatabaseHealth {
        let database: any Database
        switch self {
        case .sqlite(let path): database = try await SQLiteDatabase(path: path)
        case .postgreSQL(let url): database = try PostgresDatabase(url: url, deadline: .seconds(5))
        }
        do {
            var (health, clock) = try await database.transaction(as: .service) { session in
                let isPostgres = session.dialect == .postgreSQL
                let server =
                    isPostgres
                    ? try session.query(
                        "SELECT rolsuper AS super, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS clock"
                            + " FROM pg_roles WHERE rolname = current_user", []
                    ).first : nil
                let tables =
                    isPostgres
                    ? "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
                    : "SELECT name FROM sqlite_master WHERE type = 'table'"
                let names = Set(try session.query(tables, []).map { try $0.text("name") })
                func figure(_ sql: String, of table: String) throws -> Int? {
                    guard names.contains(table) else { return nil }
                    return try session.query(sql, []).first?.optionalInteger("n")
                }
                let health = DatabaseHealth(
                    schema: try figure("SELECT MAX(id) AS n FROM schema_steps", of: "schema_steps") ?? 0,
                    newestSchema: Migrations.newest,
                    isSuperuser: server?.optionalInteger("super") == 1, clockAhead: .zero,
                    latestBlock: try figure("SELECT MAX(settled_at) AS n FROM blocks", of: "blocks").map {
                        Instant(microseconds: $0)
                    })
                return (health, server?.optionalInteger("clock"))
            }
            if let clock { health.clockAhead = Instant(microseconds: clock) - now() }
            await database.close()
            return health
        } catch {
            await database.close()
            throw error
        }
    }
}
