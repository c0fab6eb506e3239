package import Domain
import Foundation
package import Logging
import ServiceLifecycle

/// Carries records to the database: kept in a local journal first, applied in order, each once.
/// While the database is away it waits and tries again; whoever puts records never waits for it.
package final class Outbox: Service {
    private let journal: Journal
    private let store: Store
    private let zone: ZoneID
    private let source: String
    private let epoch: Epoch?
    private let logger: Logger
    /// How long it rests when there is nothing to do, and how long after a failure.
    private let pause: Duration
    private let retry: Duration

    /// - Parameter source: names this outbox in the database's watermarks; the same after every restart.
    package init(
        journal: Journal, store: Store, zone: ZoneID, source: String, epoch: Epoch?, logger: Logger,
        pause: Duration = .milliseconds(50), retry: Duration = .seconds(1)
    ) {
        self.journal = journal
        self.store = store
        self.zone = zone
        self.source = source
        self.epoch = epoch
        self.logger = logger
        self.pause = pause
        self.retry = retry
    }

    /// Takes a record; it is safe once ``Journal/durable(_:)`` of the returned index returns.
    @discardableResult
    package func put(_ record: Record, at now: Instant) throws -> UInt64 {
        try self.journal.append(kind: 1, at: now, payload: Array(try JSONEncoder().encode(record)))
    }

    /// Returns once the record is on the local disk.
    package func durable(_ index: UInt64) async throws {
        try await self.journal.durable(index)
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    while try await self.deliver() > 0 {}
                    try? await Task.sleep(for: self.pause)
                } catch let error as StorageError where error.code == .fenced || error.code == .corrupt {
                    throw error
                } catch {
                    self.logger.warning(
                        "the database is behind, will try again", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: self.retry)
                }
            }
        }
    }

    /// Applies one batch; returns how many records it had.
    package func deliver(limit: Int = 1_000) async throws -> Int {
        let applied = try await self.store.watermark(of: self.source)
        if applied >= self.journal.nextIndex {
            throw StorageError(
                .corrupt,
                "the database has \(applied) records of \(self.source), its journal fewer: restore the journal")
        }
        let entries = try self.entries(after: applied, limit: limit)
        guard let last = entries.last else { return 0 }
        let records = try entries.map { entry in
            do {
                return try JSONDecoder().decode(Record.self, from: Data(entry.payload))
            } catch {
                throw StorageError(
                    .corrupt, "outbox entry \(entry.index) is no record: run the version that wrote it")
            }
        }
        try await self.store.apply(
            records, zone: self.zone, epoch: self.epoch, source: self.source, upTo: last.index)
        try self.journal.truncate(before: last.index + 1)
        return entries.count
    }

    private func entries(after index: UInt64, limit: Int) throws -> [JournalEntry] {
        var reader = self.journal.reader(from: index + 1)
        return try reader.next(count: limit)
    }
}
