import Domain
import Foundation
import Logging
import TestSupport
import Testing

@testable import Storage

/// A backup is taken while somebody writes, and is restored only as what it was, into what is empty.
@Suite(.ownThreads) struct BackupTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }

    /// Runs `body` with a PostgreSQL of its own, the URL of its database and that of an empty one beside it.
    private func withCluster(_ body: (_ url: String, _ empty: String, _ folder: String) async throws -> Void)
        async throws
    {
        let cluster = try PostgresCluster()
        defer { cluster.remove() }
        try cluster.execute("CREATE DATABASE empty OWNER headroom")
        try await self.withFolder { folder in
            try await body(cluster.url, cluster.url.replacing("/headroom?", with: "/empty?"), folder)
        }
    }

    /// Readings of a tenant, and an epoch.
    private func fill(_ url: DatabaseURL, _ sequences: ClosedRange<UInt64>) async throws {
        let store = Store(database: try await url.open())
        try await store.apply(
            sequences.map { Conformance.reading($0) }, zone: "z", epoch: nil, source: "test", upTo: sequences.upperBound
        )
        if try await store.epoch(of: "z") == Epoch(0) { _ = try await store.mintEpoch(of: "z", expecting: Epoch(0)) }
        await store.database.close()
    }

    private func readings(_ url: DatabaseURL) async throws -> Int {
        let store = Store(database: try await url.open())
        let count = try await store.database.transaction(as: .service) { session in
            try session.query("SELECT COUNT(*) AS n FROM readings", []).first?.integer("n") ?? 0
        }
        await store.database.close()
        return count
    }

    /// Takes a backup while a writer goes on, restores it, and finds exactly what the manifest says.
    private func roundTrip(_ url: DatabaseURL, _ target: DatabaseURL, _ folder: String) async throws {
        try await self.fill(url, 1...2_000)
        async let writer: Void = self.fill(url, 2_001...2_500)
        let manifest = try await Backup.take(of: url, into: folder + "/b", at: Instant(seconds: 1_000_000))
        try await writer
        let count = try #require(manifest.rows["readings"])
        #expect(count == 2_000 || count == 2_500, "a transaction is in it whole or not at all")
        #expect(manifest.schema == Migrations.newest && manifest.rows["epochs"] == 1)
        #expect(manifest.files.map(\.from) == [url.shown] && !url.shown.contains("?"))
        #expect(try Backup.verify(folder + "/b") == manifest)

        #expect(try await Backup.restore(folder + "/b", to: target, files: nil) == manifest)
        #expect(try await self.readings(target) == count)
        let store = Store(database: try await target.open())
        #expect(try await store.epoch(of: "z") == Epoch(UInt32(1 + Backup.epochStep)), "the next leader outranks all")
        try await self.anOutboxBeginsAnew(store, folder)
        let append = await #expect(throws: StorageError.self) {
            try await store.database.transaction(as: .service) { session in
                _ = try session.execute("DELETE FROM readings", [])
            }
        }
        #expect(append?.code == .constraint, "append-only as before: \(String(describing: append))")
        await store.database.close()
        let again = await #expect(throws: StorageError.self) {
            _ = try await Backup.restore(folder + "/b", to: target, files: nil)
        }
        #expect(again?.code == .constraint, "only into what is empty")
    }

    /// Rows that come again count once; new ones are not taken for known ones.
    private func anOutboxBeginsAnew(_ store: Store, _ folder: String) async throws {
        let before = try await store.readingCount(tenant: acme)
        let journal = try Journal(folder: folder + "/outbox", configuration: .lossless)
        let outbox = Outbox(
            journal: journal, store: store, zone: "z", source: "test", epoch: nil, logger: Logger(label: "test"))
        for sequence in [1, 2, 9_001] as [UInt64] {
            try outbox.put(Conformance.reading(sequence), at: Instant(seconds: 1))
        }
        try await outbox.durable(3)
        #expect(try await outbox.deliver() == 3)
        #expect(try await store.readingCount(tenant: acme) == before + 1)
        journal.close()
    }

    @Test func sqliteWhileItIsWritten() async throws {
        try await self.withFolder { folder in
            try await self.roundTrip(
                .sqlite(path: folder + "/h.db"), .sqlite(path: folder + "/restored.db"), folder)
        }
    }

    @Test(.wantsPostgreSQL) func postgreSQLWhileItIsWritten() async throws {
        try await self.withCluster { url, empty, folder in
            try await self.roundTrip(.postgreSQL(url: url), .postgreSQL(url: empty), folder)
            let tenants = Store(database: try await DatabaseURL(empty).open())
            let others = try await tenants.database.transaction(as: .tenant("nobody")) { session in
                try session.query("SELECT id FROM owners", []).count
                    + (try session.query("SELECT worker FROM readings", []).count)
            }
            #expect(others == 0, "row-level security was restored, too")
            await tenants.database.close()
        }
    }

    @Test func aChangedFileIsNotRestored() async throws {
        try await self.withFolder { folder in
            let url = DatabaseURL.sqlite(path: folder + "/h.db")
            try await self.fill(url, 1...10)
            try Data("a: 1\n".utf8).write(to: URL(filePath: folder + "/a.yaml"))
            try Data("secret\n".utf8).write(to: URL(filePath: folder + "/a.key"))
            let extras = [
                Backup.Extra(path: folder + "/a.yaml", name: "configuration/a.yaml", isSecret: false),
                Backup.Extra(path: folder + "/a.key", name: "keys/a.key", isSecret: true),
            ]
            _ = try await Backup.take(of: url, extras: extras, into: folder + "/b", at: Instant(seconds: 1))
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/b/keys/a.key")[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o600)
            let target = DatabaseURL.sqlite(path: folder + "/new.db")
            for name in ["database.sqlite", "keys/a.key"] {
                let path = "\(folder)/b/\(name)"
                let sound = try Data(contentsOf: URL(filePath: path))
                var changed = sound
                changed[changed.count / 2] ^= 1
                try changed.write(to: URL(filePath: path))
                let error = await #expect(throws: StorageError.self) {
                    _ = try await Backup.restore(folder + "/b", to: target, files: nil)
                }
                #expect(error?.code == .corrupt && error?.message.contains(name) == true)
                #expect(!FileManager.default.fileExists(atPath: folder + "/new.db"), "nothing was made")
                try sound.write(to: URL(filePath: path))
            }
            _ = try await Backup.restore(folder + "/b", to: target, files: folder + "/files")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/files").sorted()
            #expect(files == ["a.key", "a.yaml"])
        }
    }

    @Test func whatIsNoBackupIsSaid() async throws {
        try await self.withFolder { folder in
            let url = DatabaseURL.sqlite(path: folder + "/h.db")
            let none = await #expect(throws: StorageError.self) {
                _ = try await Backup.take(of: url, into: folder + "/b", at: Instant(seconds: 1))
            }
            #expect(none?.message.contains("no database at") == true)
            try await self.fill(url, 1...10)
            let full = await #expect(throws: StorageError.self) {
                _ = try await Backup.take(of: url, into: folder, at: Instant(seconds: 1))
            }
            #expect(full?.message.contains("is not empty") == true)
            let unfinished = await #expect(throws: StorageError.self) {
                _ = try await Backup.restore(folder, to: .sqlite(path: folder + "/new.db"), files: nil)
            }
            #expect(unfinished?.message.contains("no backup at") == true)
            var manifest = try await Backup.take(of: url, into: folder + "/c", at: Instant(seconds: 1))
            let kind = await #expect(throws: StorageError.self) {
                _ = try await Backup.restore(folder + "/c", to: .postgreSQL(url: "postgresql://h/d"), files: nil)
            }
            #expect(kind?.message.contains("another kind of database") == true)
            manifest.schema = Migrations.newest + 1
            try manifest.write(folder + "/c")
            let newer = #expect(throws: StorageError.self) { _ = try Backup.verify(folder + "/c") }
            #expect(newer?.message.contains("newer headroom") == true)
            manifest.schema = Migrations.newest
            manifest.rows["readings"] = 11
            try manifest.write(folder + "/c")
            let fewer = await #expect(throws: StorageError.self) {
                _ = try await Backup.restore(folder + "/c", to: .sqlite(path: folder + "/new.db"), files: nil)
            }
            #expect(fewer?.message.contains("readings has 10 rows where the manifest says 11") == true)
            #expect(!FileManager.default.fileExists(atPath: folder + "/new.db"))
        }
    }

    /// Rows of a dump are counted however the pieces fall; a row that looks like an end is none.
    @Test(arguments: [1, 3, 7, 1_000]) func rowsOfADumpAreCounted(piece: Int) {
        let long = String(repeating: "x", count: 500)
        let text = """
            SET x;
            COPY public.owners (tenant, id) FROM stdin;
            t\ta
            t\tCOPY public.sites
            \\.

            COPY public.empty (a) FROM stdin;
            \\.

            COPY public.readings (a) FROM stdin;
            \(long)
            \\\\.
            \\.

            """
        let bytes = Array(text.utf8)
        var count = CopyCount()
        for start in stride(from: 0, to: bytes.count, by: piece) {
            count.take(Data(bytes[start..<min(start + piece, bytes.count)]))
        }
        #expect(count.rows == ["owners": 2, "readings": 2])
    }

    /// What a database says of itself, on both kinds; looking makes no tables.
    @Test(.wantsPostgreSQL) func healthOfBothKinds() async throws {
        try await self.withCluster { url, empty, folder in
            for (url, other) in [
                (DatabaseURL.postgreSQL(url: url), DatabaseURL.postgreSQL(url: empty)),
                (.sqlite(path: folder + "/h.db"), .sqlite(path: folder + "/none.db")),
            ] {
                try await self.fill(url, 1...10)
                let health = try await url.health { Instant(microseconds: Int(Date().timeIntervalSince1970 * 1e6)) }
                #expect(health.schema == Migrations.newest && !health.isSuperuser && health.latestBlock == nil)
                #expect(health.clockAhead.milliseconds.magnitude < 1_000)
                for _ in 0..<2 {
                    let none = try await other.health { Instant(seconds: 0) }
                    #expect(none.schema == 0, "looking changes nothing")
                }
            }
            let root = url.replacing("headroom@", with: "postgres@")
            #expect(try await DatabaseURL(root).health { Instant(seconds: 0) }.isSuperuser)
        }
    }
}
