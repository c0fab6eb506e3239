import Foundation

/// What a backup holds: `manifest.json` beside its files. A backup is what its manifest says, or it is not restored.
package struct BackupManifest: Codable, Hashable, Sendable {
    package struct File: Codable, Hashable, Sendable {
        /// Path inside the backup.
        package var name: String
        /// Where it lay, for people.
        package var from: String
        package var bytes: Int
        /// SHA-256 in hexadecimal.
        package var checksum: String
        /// Whether only the owner may read it: keys.
        package var isSecret: Bool
    }
    static let name = "manifest.json"
    static let newestFormat = 1

    package var format = Self.newestFormat
    /// The newest schema step in the database.
    package var schema: Int
    package var database: SQLDialect
    /// ISO 8601, UTC.
    package var madeAt: String
    /// Rows of each table.
    package var rows: [String: Int]
    package var files: [File]

    /// Rows of all tables.
    package var total: Int { self.rows.values.reduce(0, +) }

    static func read(_ folder: String) throws(StorageError) -> BackupManifest {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(self.name)") else {
            throw StorageError(.invalid, "no backup at \(folder): give the folder that holds \(self.name)")
        }
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: data) else {
            throw StorageError(.corrupt, "\(folder)/\(self.name) is damaged: use another backup")
        }
        guard manifest.format <= self.newestFormat, manifest.schema <= Migrations.newest else {
            throw StorageError(.invalid, "the backup was made by a newer headroom: restore it with that one")
        }
        return manifest
    }

    func write(_ folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try BackupFiles.write(try encoder.encode(self), to: "\(folder)/\(Self.name)", mode: 0o600)
    }
}
