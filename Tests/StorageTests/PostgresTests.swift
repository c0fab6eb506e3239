import Domain
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Storage

/// What PostgreSQL does to a client: lies about durability, freezes, is migrated by two at once.
@Suite(.serialized, .ownThreads) struct PostgresTests {
    private func withCluster(_ body: (PostgresCluster) async throws -> Void) async throws {
        guard PostgresCluster.isInstalled else {
            print("skipped: PostgreSQL 15 is not installed")
            return
        }
        let cluster = try PostgresCluster()
        defer { cluster.remove() }
        try await body(cluster)
    }

    private func setting(_ name: String, _ database: any Database) async throws -> String? {
        try await database.transaction(as: .service) { session in
            try session.query("SELECT current_setting(?) AS value", [.text(name)]).first?.optionalText("value")
        }
    }

    @Test func whatIsCommittedIsOnDisk() async throws {
        try await self.withCluster { cluster in
            try cluster.execute("ALTER ROLE headroom SET synchronous_commit TO off")
            let database = try await DatabaseURL(cluster.url).open()
            let commits = try await self.setting("synchronous_commit", database)
            let syncs = try await self.setting("fsync", database)
            #expect(commits == "on" && syncs == "on")
            await database.close()
            try cluster.execute("ALTER ROLE headroom SET synchronous_commit TO remote_apply")
            let stricter = try await DatabaseURL(cluster.url).open()
            let kept = try await self.setting("synchronous_commit", stricter)
            #expect(kept == "remote_apply", "a stricter setting stands")
            await stricter.close()
            try cluster.stop()
            try cluster.start(options: "-c fsync=off")
            let error = await #expect(throws: StorageError.self) { _ = try await DatabaseURL(cluster.url).open() }
            #expect(error?.code == .refused && error?.message.contains("set fsync=on") == true)
        }
    }

    /// A server that is frozen answers nothing and closes nothing: only the client's own deadline ends the wait.
    @Test func aFrozenServerIsLetGoAtTheDeadline() async throws {
        try await self.withCluster { cluster in
            let database = try await DatabaseURL(cluster.url).open(deadline: .seconds(1))
            let store = Store(database: database)
            let process = try await database.transaction(as: .service) { session in
                try session.query("SELECT pg_backend_pid() AS pid", []).first?.integer("pid") ?? 0
            }
            try #require(process > 1)
            _ = kill(pid_t(process), SIGSTOP)
            let began = ContinuousClock.now
            let error = await #expect(throws: StorageError.self) { _ = try await store.watermark(of: "x") }
            #expect(error?.code == .unavailable && ContinuousClock.now - began < .seconds(8))
            let next = try await store.watermark(of: "x")
            #expect(next == 0, "a new connection serves")
            _ = kill(pid_t(process), SIGCONT)
            await database.close()
        }
    }

    @Test func twoProcessesMayMigrateAtOnce() async throws {
        try await self.withCluster { cluster in
            let url = try DatabaseURL(cluster.url)
            async let one = url.open()
            async let two = url.open()
            async let three = url.open()
            for database in try await [one, two, three] {
                let steps = try await database.transaction(as: .service) { session in
                    try session.query("SELECT id FROM schema_steps ORDER BY id", []).map { try $0.integer("id") }
                }
                #expect(steps == Array(1...Migrations.newest))
                await database.close()
            }
        }
    }
}
