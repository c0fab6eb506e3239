package import Domain
package import Engine
import Foundation
import Runtime
package import Storage
import Synchronization

/// The engine's records in the local append-only journal, and the checkpoints that lie beside it.
package struct EngineJournal: Sendable {
    /// How much a restart may have to read: some seconds' worth, and a multiple of what is written for it.
    private final class CheckpointPace: Sendable {
        private static let least = 512 << 20
        private static let times = 4
        private let state = Mutex((isWriting: false, last: 0))

        func begin() { self.state.withLock { $0.isWriting = true } }
        func end(_ bytes: Int?) { self.state.withLock { $0 = (false, bytes ?? $0.last) } }
        var most: Int { self.state.withLock { $0.isWriting ? .max : max(Self.least, Self.times * $0.last) } }
    }

    /// The one kind of entry that the engine writes.
    package static let kind: UInt8 = 1
    package let journal: Journal
    private let pace = CheckpointPace()

    /// Nothing is let go of that a restart would need.
    package init(_ journal: Journal) throws {
        self.journal = journal
        try journal.protectCheckpoints()
    }

    /// Returns once the records are on disk: one synchronisation for all that wait.
    package func append(_ records: [[UInt8]]) async throws {
        var last: UInt64?
        for record in records {
            last = try self.journal.append(kind: Self.kind, at: WallClock.now(), payload: record)
        }
        if let last { try await self.journal.durable(last) }
    }

    /// Keeps the engine as it is after the entry `index`. Takes a while with many vehicles, and never on the
    /// engine's own time.
    package func keep(_ engine: AggregatorEngine, after index: UInt64) throws {
        self.pace.begin()
        var bytes: Int?
        defer { self.pace.end(bytes) }
        try self.journal.keepCheckpoint(after: index, at: engine.now) { writer in
            try CheckpointFile.write(engine) { try writer.write($0) }
            bytes = writer.count
        }
    }

    /// So many bytes of records may follow the last checkpoint before another one is worth it; none while one is written.
    package var mostWithoutCheckpoint: Int { self.pace.most }

    /// Rebuilds the engine: from the newest checkpoint that is not younger than `certain`, else from the first entry,
    /// and where that is gone from the oldest checkpoint there is. `heard` gets what the engine wanted done at each
    /// step behind it, and the time of the step: rows among it are written again where the outbox may not have them.
    package func replay(
        upTo certain: Instant = .distantPast, _ heard: ([Effect], Instant) throws -> Void = { _, _ in }
    ) throws -> EngineReplay {
        var (replay, next) = try self.beginning(certain)
        var reader = self.journal.reader(from: next)
        while let entry = try reader.next() {
            let effects = try replay.apply(entry.payload)
            if !effects.isEmpty, let at = replay.engine?.now { try heard(effects, at) }
        }
        return replay
    }

    /// Rebuilds the engine as it was at an instant, as far as the journal is still kept.
    package func replay(through instant: Instant) throws -> EngineReplay {
        var (replay, next) = try self.beginning(instant)
        var reader = self.journal.reader(from: next)
        while let entry = try reader.next() {
            guard try StepRecord(decoding: entry.payload).at <= instant else { break }
            try replay.apply(entry.payload)
        }
        return replay
    }

    private func beginning(_ certain: Instant) throws -> (replay: EngineReplay, next: UInt64) {
        let first = self.journal.firstIndex
        let known = try self.journal.checkpoints().filter { $0.index + 1 >= first }
        let wanted = known.filter { $0.at <= certain }
        // The newest that will do; where the journal's beginning is gone, any will, the oldest first.
        for checkpoint in wanted + (first > 1 ? known.filter { $0.at > certain }.reversed() : []) {
            guard let reader = try self.journal.read(checkpoint),
                let engine = try CheckpointFile.read(reader.count, { try reader.read($0, at: $1) })
            else { continue }
            return (EngineReplay(engine), checkpoint.index + 1)
        }
        return (EngineReplay(), first)
    }
}
