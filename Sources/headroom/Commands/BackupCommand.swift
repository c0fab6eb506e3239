import Aggregator
import ArgumentParser
import Domain
import Foundation
import Portal
import Runtime
import Storage

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the database, and on request configuration and keys, while everything runs.",
        discussion: """
            Example: headroom backup backups/2026-11-26 --config aggregator.yaml

            Of PostgreSQL by pg_dump. What an aggregator has not yet handed to the database (headroom_outbox_depth) is \
            in its own journal, not in the backup. A configuration holds the secrets of OpenADR clients.
            """)

    @OptionGroup var database: DatabaseOption
    @Argument(help: "A new or empty folder; only its owner will be able to read it.") var folder: String
    @Option(help: "The aggregator's configuration: it is copied, too, and says where the database is.")
    var config: String?
    @Flag(help: "With --config: the keys that it names are copied, too.") var withKeys = false
    @Flag(help: "The manifest as one JSON object.") var json = false

    func validate() throws {
        if self.withKeys, self.config == nil { throw ValidationError("--with-keys: add --config, which names them") }
    }

    func run() async throws {
        let configuration = try self.config.map { try StrictYAML.load(AggregatorConfiguration.self, from: $0) }
        let url = try self.database.url(usual: configuration?.databaseURL)
        var extras: [Backup.Extra] = []
        if let configuration, let file = self.config {
            extras = configuration.backupExtras(file: file, withKeys: self.withKeys)
        }
        let manifest = try await Backup.take(of: url, extras: extras, into: self.folder, at: WallClock.now())
        if self.json { return try printJSON(manifest) }
        let keys = extras.contains { $0.isSecret } ? "keys included" : "no keys"
        print("\(manifest.total) rows and \(manifest.files.count) files in \(self.folder), \(keys)")
    }
}

extension AggregatorConfiguration {
    /// What a machine needs beside the database to lead the zone again.
    func backupExtras(file: String, withKeys: Bool) -> [Backup.Extra] {
        var paths = [(file, false), (self.regionFile, false), (self.fleetLink.allowFile, false)]
        if let batteries = self.batteryFile { paths.append((batteries, false)) }
        if let state = self.hostedVTN?.stateFile { paths.append((state, false)) }
        if withKeys {
            let pages = [self.portal?.certificate, self.portal?.privateKey].compactMap { $0 }
            paths += ([self.fleetLink.keyFile] + pages).map { ($0, true) }
        }
        var names = Set<String>()
        return paths.filter { FileManager.default.fileExists(atPath: $0.0) || $0.1 }.map { path, isSecret in
            var name = URL(filePath: path).lastPathComponent
            while !names.insert(name).inserted { name = "other-" + name }
            return Backup.Extra(path: path, name: (isSecret ? "keys/" : "configuration/") + name, isSecret: isSecret)
        }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Fill an empty database from a backup, and check its manifest and its books.",
        discussion: """
            Example: headroom restore backups/2026-11-26 --database sqlite:headroom.db

            Stop the aggregator first. Every zone's epoch goes up by 1,000, so that the next leader outranks whoever led \
            after the backup. Exits 1 when the books do not hold; what was restored stays, to be looked at.
            """)

    @OptionGroup var database: DatabaseOption
    @Argument(help: "The backup's folder.") var folder: String
    @Option(help: "A new or empty folder for the configuration and keys of the backup; left out, they stay there.")
    var files: String?
    @Flag(help: "One JSON object.") var json = false

    private struct Findings: Encodable {
        var rows: Int
        var madeAt: String
        /// What `ledger verify` found, by tenant.
        var findings: [String: [String]]
    }

    func run() async throws {
        let url = try self.database.url()
        let manifest = try await Backup.restore(self.folder, to: url, files: self.files)
        let store = Store(database: try await url.open())
        var result = Findings(rows: manifest.total, madeAt: manifest.madeAt, findings: [:])
        for tenant in try await store.tenants() {
            let audit = try await LedgerAudit.run(store, tenant)
            result.findings[tenant.rawValue] = audit.findings
            guard !self.json else { continue }
            for finding in audit.findings { print("\(tenant): \(finding)") }
            print("\(tenant): \(audit.summary)")
        }
        await store.database.close()
        if self.json {
            try printJSON(result)
        } else {
            print("\(manifest.total) rows restored, as they were at \(manifest.madeAt)")
            print("before the aggregator starts, move the folder `outbox` of its data folder away:")
            print("what its journal has of the time since is then written again, each row once")
        }
        if !result.findings.values.allSatisfy(\.isEmpty) { throw ExitCode(1) }
    }
}
