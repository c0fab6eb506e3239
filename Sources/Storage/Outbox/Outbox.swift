import Dispatch
package import Domain
import Foundation
package import Logging
import Runtime
import ServiceLifecycle
import Synchronization

/// Carries records to the database: kept in a local journal first, applied in order, each once.
/// While the database is away it waits and tries again; whoever puts records never waits for it.
package final class Outbox: Service {
    let journal: Journal
    private let store: Store
    private let zone: ZoneID
    private let source: String
    private let epoch: Epoch?
    let logger: Logger
    /// Where records wait that were handed over, in their order.
    let queue = DispatchQueue(label: "headroom.outbox")
    private let health: @Sendable (String?) -> Void
    private let figures = OutboxFigures()
    let progress = Mutex(Progress())
    private let feed = Mutex(OutboxFeed())
    /// How long it rests when there is nothing to do, and how long after a failure.
    private let pause: Duration
    private let retry: Duration

    /// What is known of the way to the database.
    struct Progress {
        /// Up to where the database has the records; nil before it was heard.
        var applied: UInt64?
        /// The oldest record that waits, and when it was put.
        var oldest: (index: UInt64, at: Instant)?
        /// Since when the database is away.
        var awaySince: Instant?
        var latest = Instant.distantPast
        var isMissing = false
        /// Rows that were handed over and are not in the journal yet.
        var queued = 0
    }

    /// - Parameters:
    ///   - source: names this outbox in the database's watermarks; the same after every restart.
    ///   - health: is told in one line what is the matter when the database goes away, and nil when it is back.
    package init(
        journal: Journal, store: Store, zone: ZoneID, source: String, epoch: Epoch?, logger: Logger,
        pause: Duration = .milliseconds(50), retry: Duration = .seconds(1),
        health: @escaping @Sendable (String?) -> Void = { _ in }
    ) {
        self.journal = journal
        self.store = store
        self.zone = zone
        self.source = source
        self.epoch = epoch
        self.logger = logger
        self.pause = pause
        self.retry = retry
        self.health = health
    }

    /// Takes a record; it is safe once ``Journal/durable(_:)`` of the returned index returns. One that it does not
    /// take is missing until a replay restores it: from when on is noted beside the journal.
    @discardableResult
    package func put(_ record: Record, at now: Instant) throws -> UInt64 {
        do {
            return try self.append(record, at: now)
        } catch {
            self.noteMissing(at: now)
            throw error
        }
    }

    /// Times of entries never fall, so that the latest says up to where all is here.
    func append(_ record: Record, at now: Instant) throws -> UInt64 {
        let at = self.progress.withLock { progress in
            progress.latest = max(progress.latest, now)
            return progress.latest
        }
        var last: UInt64 = 0
        for part in record.parts() {
            let entry = try OutboxEntry.encode(part)
            last = try self.journal.append(kind: entry.kind, at: at, payload: entry.payload)
        }
        return last
    }

    /// Returns once the record is on the local disk.
    package func durable(_ index: UInt64) async throws {
        try await self.journal.durable(index)
    }

    package func run() async throws {
        defer { self.flush() }
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    while try await self.deliver() > 0 {}
                    try? await Task.sleep(for: self.pause)
                } catch let error as StorageError where error.code == .fenced || error.code == .corrupt {
                    throw error
                } catch {
                    try? await Task.sleep(for: self.retry)
                }
            }
        }
    }

    /// Entries that the database does not have yet: records, readings of one message together; and rows that were
    /// handed over and are no entry yet.
    package var depth: Int {
        let (applied, queued) = self.progress.withLock { ($0.applied ?? 0, $0.queued) }
        return queued + Int(self.journal.nextIndex - max(applied + 1, self.journal.firstIndex))
    }

    /// Since when the record that waits longest waits; nil when none does.
    package var oldest: Instant? { self.depth > 0 ? self.progress.withLock { $0.oldest?.at } : nil }

    /// Entries of one batch.
    package static let mostAtOnce = 1_000

    /// Applies one batch; returns how many records it had.
    package func deliver(limit: Int = mostAtOnce) async throws -> Int {
        do {
            let count = try await self.pass(limit: limit)
            self.heard(nil)
            return count
        } catch {
            // Whoever stops is not told that the database were away.
            if !Task.isCancelled { self.heard("\(error)") }
            throw error
        }
    }

    /// Notes that the database answered, or why it did not; says so once.
    private func heard(_ failure: String?) {
        let now = WallClock.now()
        self.noteOldest()
        let (since, wasAway) = self.progress.withLock { progress in
            let wasAway = progress.awaySince
            progress.awaySince = failure == nil ? nil : wasAway ?? now
            return (progress.awaySince, wasAway)
        }
        let waits = self.oldest.map { max(.zero, now - $0) } ?? .zero
        self.figures.note(depth: self.depth, oldest: waits, isUp: failure == nil)
        switch (wasAway, since) {
        case (nil, let since?):
            self.logger.warning(
                "the database is away: rows wait in the outbox", metadata: ["error": "\(failure ?? "")"])
            self.health("database away since \(stamp(since)): rows wait in the outbox")
        case (let began?, nil):
            self.logger.notice(
                "the database is back",
                metadata: ["away.seconds": "\((now - began).seconds)", "outbox.depth": "\(self.depth)"])
            self.health(nil)
        default: break
        }
    }

    /// Looks up when the first record that waits was put.
    private func noteOldest() {
        let first = max((self.progress.withLock { $0.applied } ?? 0) + 1, self.journal.firstIndex)
        let entry = (try? self.entries(after: first - 1, limit: Self.mostAtOnce))?.first
        self.progress.withLock { $0.oldest = entry.map { ($0.index, $0.at) } }
    }

    private func entries(after index: UInt64, limit: Int) throws -> [JournalEntry] {
        try self.feed.withLock { feed in try feed.entries(after: index, limit: limit, of: self.journal) }
    }

    private func pass(limit: Int) async throws -> Int {
        let applied = try await self.store.watermark(of: self.source)
        self.progress.withLock { $0.applied = applied }
        if applied >= self.journal.nextIndex {
            throw StorageError(
                .corrupt,
                "the database has \(applied) records of \(self.source), its journal fewer: restore the journal")
        }
        let entries = try self.entries(after: applied, limit: limit)
        guard let last = entries.last else { return 0 }
        let records = try entries.flatMap { entry in
            guard let records = OutboxEntry.decode(entry) else {
                throw StorageError(
                    .corrupt, "outbox entry \(entry.index) is no record: run the version that wrote it")
            }
            return records
        }
        let began = ContinuousClock.now
        try await self.store.apply(
            records, zone: self.zone, epoch: self.epoch, source: self.source, upTo: last.index)
        self.figures.wrote(records.count, in: ContinuousClock.now - began)
        self.progress.withLock { $0.applied = last.index }
        try self.journal.truncate(before: last.index + 1)
        return entries.count
    }
}
