import Domain
import Foundation
import Logging
import TestSupport
import Testing

@testable import Storage

/// What a restart has to put into the outbox again, and what not.
@Suite struct OutboxRestoreTests {
    private func withOutbox(
        _ body: (String, (Int) throws -> (Journal, Outbox), Store) async throws -> Void
    ) async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = Store(database: try await DatabaseURL("sqlite:\(folder.path)/o.db").open())
        func open(_ maximumBytes: Int) throws -> (Journal, Outbox) {
            var configuration = JournalConfiguration.lossless
            configuration.maximumBytes = maximumBytes
            let journal = try Journal(folder: folder.path + "/outbox", configuration: configuration)
            return (
                journal,
                Outbox(
                    journal: journal, store: store, zone: "z", source: "o", epoch: nil, logger: Logger(label: "test"))
            )
        }
        try await body(folder.path, open, store)
        await store.database.close()
    }

    @Test func onlyTheLastMomentsAreRestored() async throws {
        try await self.withOutbox { _, open, store in
            let (journal, outbox) = try open(1 << 20)
            #expect(outbox.certain == .distantPast, "a fresh outbox has nothing")
            for second in 1_000...1_200 {
                try outbox.put(Conformance.reading(UInt64(second)), at: Instant(seconds: second))
            }
            // A clock that steps back does not hide what came before.
            try outbox.put(Conformance.reading(1_201), at: Instant(seconds: 5))
            try await outbox.durable(202)
            while try await outbox.deliver() > 0 {}
            journal.close()
            let (again, restarted) = try open(1 << 20)
            #expect(restarted.certain == Instant(seconds: 1_140))
            for second in 1_141...1_203 {
                try restarted.restore(Conformance.reading(UInt64(second)), at: Instant(seconds: second))
            }
            try await restarted.restored()
            while try await restarted.deliver() > 0 {}
            #expect(try await store.readingCount(tenant: acme) == 204, "each once")
            #expect(restarted.depth == 0 && restarted.oldest == nil)
            again.close()
        }
    }

    /// Rows that are handed over come in their order; what there is no room for is noted.
    @Test func whatIsHandedOverIsTakenInItsOrder() async throws {
        try await self.withOutbox { folder, open, store in
            let (journal, outbox) = try open(1 << 20)
            for second in stride(from: 1_000, to: 1_300, by: 3) {
                outbox.enqueue(
                    (second..<second + 3).map { Conformance.reading(UInt64($0)) }, at: Instant(seconds: second))
            }
            outbox.flush()
            try await outbox.durable(300)
            #expect(outbox.depth == 300 && journal.latest == Instant(seconds: 1_297))
            var reader = journal.reader(from: 1)
            let entries = try reader.next(count: 400)
            #expect(entries.flatMap { OutboxEntry.decode($0) ?? [] } == (1_000..<1_300).map { Conformance.reading($0) })
            while try await outbox.deliver() > 0 {}
            #expect(try await store.readingCount(tenant: acme) == 300 && outbox.depth == 0)
            journal.close()
            outbox.enqueue([Conformance.reading(2_000)], at: Instant(seconds: 2_000))
            outbox.flush()
            #expect(FileManager.default.fileExists(atPath: folder + "/outbox/missing"))
            let (again, restarted) = try open(1 << 20)
            #expect(restarted.certain < Instant(seconds: 2_000), "it is restored")
            again.close()
        }
    }

    /// An outbox at its limit takes no row; from then on the next start restores all, also after later rows came in.
    @Test func whatTheOutboxDidNotTakeIsRestored() async throws {
        try await self.withOutbox { folder, open, store in
            let (journal, outbox) = try open(16_000)
            var refused: Instant?
            for second in 1_000...1_500 where refused == nil {
                do {
                    try outbox.put(Conformance.reading(UInt64(second)), at: Instant(seconds: second))
                } catch {
                    #expect((error as? StorageError)?.code == .full)
                    refused = Instant(seconds: second)
                }
            }
            let since = try #require(refused)
            journal.close()
            let (again, restarted) = try open(1 << 20)
            try restarted.put(Conformance.reading(9_999), at: since + .seconds(400))
            try await restarted.durable(UInt64(since.seconds - 999))
            #expect(restarted.certain == since - .minutes(1), "the first one that is missing counts")
            try await restarted.restored()
            #expect(!FileManager.default.fileExists(atPath: folder + "/outbox/missing"))
            while try await restarted.deliver() > 0 {}
            #expect(try await store.readingCount(tenant: acme) == since.seconds - 999)
            again.close()
        }
    }
}
