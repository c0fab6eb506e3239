package import Domain
import Engine
import Runtime
package import Storage

/// The engine's records in the local append-only journal.
package struct EngineJournal: Sendable {
    /// The one kind of entry that the engine writes.
    package static let kind: UInt8 = 1
    package let journal: Journal

    package init(_ journal: Journal) {
        self.journal = journal
    }

    /// Returns once the records are on disk: one synchronisation for all that wait.
    package func append(_ records: [[UInt8]]) async throws {
        var last: UInt64?
        for record in records {
            last = try self.journal.append(kind: Self.kind, at: WallClock.now(), payload: record)
        }
        if let last { try await self.journal.durable(last) }
    }

    /// Rebuilds the engine from everything that is retained. `heard` gets what the engine wanted done at each
    /// step, and the time of the step: rows among it are written again where the outbox may not have them.
    package func replay(_ heard: ([Effect], Instant) throws -> Void = { _, _ in }) throws -> EngineReplay {
        var replay = EngineReplay()
        var reader = self.journal.reader(from: self.journal.firstIndex)
        while let entry = try reader.next() {
            let effects = try replay.apply(entry.payload)
            if !effects.isEmpty, let at = replay.engine?.now { try heard(effects, at) }
        }
        return replay
    }
}
