package import Domain

/// A whole state that lies beside a journal: with it nothing before it has to be read.
package struct JournalCheckpoint: Hashable, Sendable {
    /// The last entry that is in the state.
    package var index: UInt64
    /// When it was taken.
    package var at: Instant
    let path: String
}

extension Journal {
    /// So many checkpoints are kept: one more than the newest, should that one be damaged.
    package static let keptCheckpoints = 2
    private static let prefix = "checkpoint-"
    private static let suffix = ".hrc"
    private static let unfinished = ".new"

    /// Keeps the state after an entry, whole or not at all, and lets go of older ones. Entries that follow the oldest
    /// checkpoint that is left are kept with it, whatever size and age say.
    /// - Parameter body: writes the state; where it throws nothing is kept.
    package func keepCheckpoint(
        after index: UInt64, at: Instant, _ body: (CheckpointWriter) throws -> Void
    ) throws {
        let digits = String(index)
        let padded = String(repeating: "0", count: max(0, 20 - digits.count)) + digits
        let path = "\(self.folder)/\(Self.prefix)\(padded)-\(at.microseconds)\(Self.suffix)"
        try self.write(path, body)
        for old in try self.checkpoints().dropFirst(Self.keptCheckpoints) { try DiskFolder.remove(old.path) }
        try self.protectCheckpoints()
    }

    /// Writes a checkpoint beside its place first. What a disk that is full or a process that was killed left of another
    /// goes: it is as long as a checkpoint, and would be the next one's room.
    private func write(_ path: String, _ body: (CheckpointWriter) throws -> Void) throws {
        for name in try DiskFolder.list(self.folder) where name.hasSuffix(Self.suffix + Self.unfinished) {
            try DiskFolder.remove("\(self.folder)/\(name)")
        }
        let temporary = path + Self.unfinished
        do {
            let writer = try CheckpointWriter(temporary)
            try body(writer)
            try writer.finish()
            try DiskFolder.replace(path, by: temporary)
        } catch {
            try DiskFolder.remove(temporary)
            throw error
        }
    }

    /// What is kept, the newest first.
    package func checkpoints() throws(StorageError) -> [JournalCheckpoint] {
        try DiskFolder.list(self.folder).compactMap { name in
            guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix) else { return nil }
            let parts = name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count).split(separator: "-")
            guard parts.count == 2, let index = UInt64(parts[0]), let at = Int(parts[1]) else { return nil }
            return JournalCheckpoint(
                index: index, at: Instant(microseconds: at), path: "\(self.folder)/\(name)")
        }.sorted { $0.index > $1.index }
    }

    /// The state of a checkpoint; nil where its bytes are not those that were kept.
    package func read(_ checkpoint: JournalCheckpoint) throws(StorageError) -> CheckpointReader? {
        try CheckpointReader(checkpoint.path)
    }

    /// Keeps what follows the oldest checkpoint; without one, everything from the first entry on.
    package func protectCheckpoints() throws(StorageError) {
        let oldest = try self.checkpoints().last
        self.protect(from: oldest.map { $0.index + 1 } ?? self.firstIndex)
    }
}
