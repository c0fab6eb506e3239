import Domain
import Foundation

/// `pg_dump` and `pg_restore`, on one exported snapshot, so that the counts of rows are those of the dump.
struct PostgresCopier: DatabaseCopier {
    static let file = "database.pgdump"
    var url: String

    func copy(to folder: String) async throws -> DatabaseCopy {
        let dump = try PostgresTool("pg_dump", url: self.url)
        let target = "\(folder)/\(Self.file)"
        let (schema, rows) = try await self.transaction { session in
            let tables = try Self.tables(session)
            guard tables.contains("schema_steps") else {
                throw StorageError(.invalid, "the database holds no tables of headroom: check HEADROOM_DATABASE")
            }
            // One statement, one snapshot: exported, and counted.
            let counts = tables.map { "(SELECT COUNT(*) FROM \($0)) AS \($0)" }.joined(separator: ", ")
            let found = try session.query(
                "SELECT pg_export_snapshot() AS snapshot, (SELECT MAX(id) FROM schema_steps) AS schema, " + counts, [])
            guard let row = found.first else { throw StorageError(.corrupt, "no counts: check the database") }
            try dump.run([
                "--format=custom", "--enable-row-security", "--no-owner", "--no-privileges", "--no-publications",
                "--no-subscriptions", "--snapshot=\(try row.text("snapshot"))", "--file=\(target)",
            ])
            var rows: [String: Int] = [:]
            for table in tables { rows[table] = try row.integer(table) }
            return (try row.integer("schema"), rows)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: target)
        try BackupFiles.sync(target)
        // A dump that saw less than the counts, for whatever right was missing, is no backup.
        let held = try PostgresTool("pg_restore", url: nil).rows(of: target)
        for (table, count) in rows where held[table] ?? 0 != count {
            throw StorageError(
                .corrupt, "pg_dump wrote \(held[table] ?? 0) of \(count) rows of \(table): check the role's rights")
        }
        return DatabaseCopy(name: Self.file, schema: schema, rows: rows)
    }

    func restore(from folder: String, expecting manifest: BackupManifest) async throws {
        let tool = try PostgresTool("pg_restore", url: self.url)
        let there = try await self.transaction { try Self.tables($0) }
        guard there.isEmpty else {
            throw StorageError(.constraint, "the database has tables already: restore into an empty one (createdb)")
        }
        try tool.run([
            "--single-transaction", "--exit-on-error", "--enable-row-security", "--no-owner", "--no-privileges",
            "\(folder)/\(manifest.databaseFile)",
        ])
        let rows = try await self.transaction { session in
            var rows: [String: Int] = [:]
            for table in try Self.tables(session) {
                rows[table] = try session.query("SELECT COUNT(*) AS n FROM \(table)", []).first?.integer("n")
            }
            return rows
        }
        try manifest.compare(rows)
    }

    private func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        // Counting a large table takes its time.
        let database = try PostgresDatabase(url: self.url, deadline: .seconds(600))
        do {
            let value = try await database.transaction(as: .service, body)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    /// Our tables: those of schema `public`.
    private static func tables(_ session: any SQLSession) throws -> [String] {
        try session.query(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename", []
        ).map { try $0.text("tablename") }
    }
}
