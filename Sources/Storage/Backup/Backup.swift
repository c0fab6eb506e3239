package import Domain
import Foundation

/// A copy of the database, taken while everything runs, and of files that are named beside it.
package enum Backup {
    /// A file that goes into the backup beside the database.
    package struct Extra: Hashable, Sendable {
        package var path: String
        /// Inside the backup: `configuration/…` or `keys/…`.
        package var name: String
        package var isSecret: Bool

        package init(path: String, name: String, isSecret: Bool) {
            self.path = path
            self.name = name
            self.isSecret = isSecret
        }
    }

    /// Takes one. The database is of one instant; writers go on meanwhile.
    /// - Parameter folder: new or empty; without its manifest, which is written last, it is no backup.
    package static func take(
        of url: DatabaseURL, extras: [Extra] = [], into folder: String, at now: Instant
    ) async throws -> BackupManifest {
        try BackupFiles.makeEmpty(folder)
        let copy = try await self.copier(url).copy(to: folder)
        var manifest = BackupManifest(
            schema: copy.schema, database: url.dialect, madeAt: self.text(now), rows: copy.rows, files: [])
        manifest.files.append(try self.file(copy.name, from: url.shown, isSecret: false, in: folder))
        for extra in extras {
            let target = "\(folder)/\(extra.name)"
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try BackupFiles.copy(extra.path, to: target, mode: 0o600)
            manifest.files.append(try self.file(extra.name, from: extra.path, isSecret: extra.isSecret, in: folder))
        }
        try manifest.write(folder)
        try BackupFiles.sync(folder)
        return manifest
    }

    private static func file(_ name: String, from: String, isSecret: Bool, in folder: String) throws
        -> BackupManifest.File
    {
        let sum = try BackupFiles.sum("\(folder)/\(name)")
        return .init(name: name, from: from, bytes: sum.bytes, checksum: sum.checksum, isSecret: isSecret)
    }

    /// Reads a backup's manifest and checks every file against it.
    package static func verify(_ folder: String) throws -> BackupManifest {
        let manifest = try BackupManifest.read(folder)
        for file in manifest.files {
            guard !file.name.hasPrefix("/"), !file.name.split(separator: "/").contains("..") else {
                throw StorageError(.corrupt, "the manifest names a file outside of the backup: use another backup")
            }
            let sum = try BackupFiles.sum("\(folder)/\(file.name)")
            guard sum.bytes == file.bytes, sum.checksum == file.checksum else {
                throw StorageError(.corrupt, "\(folder)/\(file.name) is not what was backed up: use another backup")
            }
        }
        return manifest
    }

    /// Puts a backup into a database that is empty, and its other files into a folder that is.
    ///
    /// Every zone's epoch is raised by ``epochStep``: whoever led after the backup was taken, and the workers that heard
    /// of it, must not outrank the leader that starts from here. Watermarks go: an outbox begins anew, and what comes
    /// twice counts once.
    /// - Parameter files: where configuration and keys go; nil leaves them in the backup.
    /// - Returns: the manifest, which the database was compared with row by row of counts.
    package static func restore(_ folder: String, to url: DatabaseURL, files: String?) async throws -> BackupManifest {
        let manifest = try self.verify(folder)
        guard manifest.database == url.dialect else {
            throw StorageError(
                .invalid, "the backup is of another kind of database: give one that begins like the original's URL")
        }
        if let files { try BackupFiles.makeEmpty(files) }
        try await self.copier(url).restore(from: folder, expecting: manifest)
        let database = try await url.open()
        do {
            _ = try await database.transaction(as: .service) { session in
                try session.execute("UPDATE epochs SET epoch = epoch + ?", [.integer(Self.epochStep)])
                return try session.execute("DELETE FROM watermarks", [])
            }
        } catch {
            await database.close()
            throw error
        }
        await database.close()
        guard let files else { return manifest }
        for file in manifest.files.dropFirst() {
            let target = "\(files)/\((file.name as NSString).lastPathComponent)"
            try BackupFiles.copy("\(folder)/\(file.name)", to: target, mode: 0o600)
        }
        return manifest
    }

    static let epochStep = 1_000

    private static func text(_ instant: Instant) -> String {
        ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(instant.seconds)))
    }

    private static func copier(_ url: DatabaseURL) -> any DatabaseCopier {
        switch url {
        case .sqlite(let path): SQLiteCopier(path: path)
        case .postgreSQL(let url): PostgresCopier(url: url)
        }
    }
}

/// What a driver does for a backup.
protocol DatabaseCopier: Sendable {
    /// Copies the database as it is at one instant into a file of `folder`.
    func copy(to folder: String) async throws -> DatabaseCopy
    /// Fills the database, which must be empty, and compares what is in it with the manifest.
    func restore(from folder: String, expecting manifest: BackupManifest) async throws
}

/// What was copied.
struct DatabaseCopy: Sendable {
    var name: String
    var schema: Int
    var rows: [String: Int]
}

extension BackupManifest {
    /// The database's file inside the backup.
    var databaseFile: String { self.files.first?.name ?? "" }

    func compare(_ rows: [String: Int]) throws(StorageError) {
        for (table, count) in self.rows.sorted(by: { $0.key < $1.key }) where rows[table] != count {
            throw StorageError(
                .corrupt,
                "\(table) has \(rows[table] ?? 0) rows where the manifest says \(count): use another backup")
        }
    }
}

extension DatabaseURL {
    /// Which of the two.
    package var dialect: SQLDialect {
        switch self {
        case .sqlite: .sqlite
        case .postgreSQL: .postgreSQL
        }
    }

    /// For people: without user, password and options.
    package var shown: String {
        switch self {
        case .sqlite(let path): return "sqlite:\(path)"
        case .postgreSQL(let url):
            let parts = URLComponents(string: url)
            return "postgresql://\(parts?.host ?? "")\(parts?.path ?? "")"
        }
    }
}
