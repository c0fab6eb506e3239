import Foundation
import GRDB

/// `VACUUM INTO`: one read transaction of SQLite's own, beside which writers go on.
struct SQLiteCopier: DatabaseCopier {
    static let file = "database.sqlite"
    var path: String

    func copy(to folder: String) async throws -> DatabaseCopy {
        guard FileManager.default.fileExists(atPath: self.path) else {
            throw StorageError(.invalid, "no database at \(self.path): check HEADROOM_DATABASE")
        }
        let target = "\(folder)/\(Self.file)"
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            let live = try DatabaseQueue(path: self.path, configuration: configuration)
            try await live.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [target]) }
            try live.close()
        } catch let error as DatabaseError {
            throw StorageError(
                .unavailable,
                "cannot copy \(self.path): \(error.message ?? "no reason given"): check it and the space on the disk")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: target)
        try BackupFiles.sync(target)
        let (schema, rows) = try await self.inspect(target)
        return DatabaseCopy(name: Self.file, schema: schema, rows: rows)
    }

    func restore(from folder: String, expecting manifest: BackupManifest) async throws {
        guard !FileManager.default.fileExists(atPath: self.path) else {
            throw StorageError(.constraint, "\(self.path) is there already: restore into a new database")
        }
        let unfinished = self.path + ".restoring"
        defer { try? FileManager.default.removeItem(atPath: unfinished) }
        try BackupFiles.copy("\(folder)/\(manifest.databaseFile)", to: unfinished, mode: 0o600)
        try manifest.compare(try await self.inspect(unfinished).rows)
        guard unsafe rename(unfinished, self.path) == 0 else {
            throw StorageError(.system, "cannot write \(self.path): check its folder")
        }
        try BackupFiles.sync((self.path as NSString).deletingLastPathComponent)
    }

    /// Looks at a copy that nobody writes: whole, its schema, its rows.
    private func inspect(_ path: String) async throws -> (schema: Int, rows: [String: Int]) {
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let copy = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? copy.close() }
            return try await copy.read { database in
                guard try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok" else {
                    throw StorageError(.corrupt, "\(path) is damaged: check the disk, or use another backup")
                }
                var rows: [String: Int] = [:]
                for table in try String.fetchAll(
                    database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
                {
                    rows[table] = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \"\(table)\"")
                }
                guard let schema = try Int.fetchOne(database, sql: "SELECT MAX(id) FROM schema_steps") else {
                    throw StorageError(.invalid, "\(path) holds no tables of headroom: check HEADROOM_DATABASE")
                }
                return (schema, rows)
            }
        } catch let error as DatabaseError {
            throw StorageError(
                .corrupt, "\(path) is no database of headroom: \(error.message ?? "no reason given"): check the file")
        }
    }
}
