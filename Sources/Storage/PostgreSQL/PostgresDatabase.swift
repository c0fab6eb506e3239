package import Domain
import Metrics

/// PostgreSQL through libpq: one connection on a thread of its own, made anew after it was lost.
package final class PostgresDatabase: Database {
    private let url: String
    private let deadline: Double
    private let thread = WorkThread(name: "postgresql", limit: 1_000)
    private let slot = ConnectionSlot()
    package var dialect: SQLDialect { .postgreSQL }

    /// Connects with the first call; `deadline` bounds each wait for the server.
    package init(url: String, deadline: TimeSpan) throws {
        self.url = url
        self.deadline = Double(deadline.microseconds) / 1e6
    }

    package func transaction<Value: Sendable>(
        as scope: TenantScope, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await self.thread.run { [url, deadline, slot] in
            let connection = try slot.connection(url: url, deadline: deadline)
            let tenant: String
            switch scope {
            case .tenant(let id): tenant = "=" + id.rawValue
            case .service: tenant = "*"
            }
            do {
                _ = try connection.run("BEGIN", [])
                _ = try connection.run(
                    "SELECT set_config('headroom.tenant', ?, true)", [.text(tenant)])
                let value = try body(Session(connection: connection))
                _ = try connection.run("COMMIT", [])
                return value
            } catch {
                if connection.isBroken {
                    slot.drop()
                } else if (try? connection.run("ROLLBACK", [])) == nil {
                    slot.drop()
                }
                throw error
            }
        }
    }

    package func close() async {
        try? await self.thread.run { [slot] in slot.drop() }
        self.thread.close()
    }

    private struct Session: SQLSession {
        let connection: PostgresConnection
        var dialect: SQLDialect { .postgreSQL }

        func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
            try self.connection.run(sql, values).0
        }

        func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
            try self.connection.run(sql, values).1
        }

        func copy(_ table: String, _ columns: [String], _ rows: CopyText) throws {
            try self.connection.copy(
                "COPY \(table) (\(columns.joined(separator: ", "))) FROM STDIN", rows.bytes)
        }
    }
}

/// Holds the connection for the one thread that uses it.
@safe private final class ConnectionSlot: @unchecked Sendable {
    private var held: PostgresConnection?
    private var hasConnected = false
    private let reconnects = Counter(label: "headroom.database.reconnects")

    func connection(url: String, deadline: Double) throws -> PostgresConnection {
        if let held, !held.isBroken { return held }
        let fresh = try PostgresConnection(url: url, deadline: deadline)
        try Self.makeDurable(fresh)
        if self.hasConnected { self.reconnects.increment() }
        self.hasConnected = true
        self.held = fresh
        return fresh
    }

    /// What is committed must be on the server's disk, whatever role or database are set to; and notices are not told.
    private static func makeDurable(_ connection: PostgresConnection) throws {
        func setting(_ name: String) throws -> String? {
            try connection.run("SELECT current_setting(?) AS value", [.text(name)]).0.first?.optionalText("value")
        }
        guard try setting("fsync") == "on" else {
            throw StorageError(.refused, "the database runs with fsync=off and would lose the books: set fsync=on")
        }
        // `local`, `remote_write` and `remote_apply` are on this disk, too; only `off` is not.
        if try setting("synchronous_commit") == "off" {
            _ = try connection.run("SET synchronous_commit TO on", [])
        }
        // That what is made once is there already is no news.
        _ = try connection.run("SET client_min_messages TO warning", [])
    }

    func drop() {
        self.held?.close()
        self.held = nil
    }
}
