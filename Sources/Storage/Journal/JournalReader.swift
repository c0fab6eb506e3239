import Domain
import Synchronization

/// Reads a journal in order, durable entries only; goes on where it stopped when more have come.
package struct JournalReader: ~Copyable {
    private let journal: Journal
    private var file: DiskFile?
    private var segment: Segment?
    private var offset = 0
    private var buffer: [UInt8] = []
    private var bufferStart = 0
    /// The entry that comes next.
    package private(set) var nextIndex: UInt64

    fileprivate init(journal: Journal, from index: UInt64) {
        self.journal = journal
        self.nextIndex = index
    }

    /// The next durable entry; nil when there is none yet.
    /// - Throws: `corrupt` with file and byte; `invalid` when the entry was given up already.
    package mutating func next() throws(StorageError) -> JournalEntry? {
        guard self.nextIndex <= self.journal.durableIndex else { return nil }
        while true {
            try self.enterSegment()
            let entry = try self.read()
            if entry.index == self.nextIndex {
                self.nextIndex += 1
                return entry
            }
        }
    }

    /// Up to `count` entries and about `bytes` bytes of payload, whichever comes first.
    package mutating func next(
        count: Int, bytes: Int = 4 << 20
    ) throws(StorageError) -> [JournalEntry] {
        var entries: [JournalEntry] = []
        var size = 0
        while entries.count < count, size < bytes, let entry = try self.next() {
            size += entry.payload.count
            entries.append(entry)
        }
        return entries
    }

    /// Opens the segment that holds `nextIndex`, unless it is open.
    private mutating func enterSegment() throws(StorageError) {
        let wanted = self.nextIndex
        let held = self.journal.state.withLock { state in
            state.segments.last { $0.first <= wanted }
        }
        guard let held else {
            throw StorageError(
                .invalid,
                "entry \(wanted) is no longer kept: the journal starts at \(self.journal.firstIndex)")
        }
        if self.segment?.first != held.first {
            self.file = try DiskFile(held.path, .read)
            self.offset = EntryFormat.headerBytes
            self.buffer = []
            self.bufferStart = self.offset
        }
        self.segment = held
    }

    private mutating func read() throws(StorageError) -> JournalEntry {
        let limit = self.journal.configuration.maximumPayload
        var local = self.offset - self.bufferStart
        var extent = EntryFormat.extent(self.buffer, at: local, limit: limit)
        if extent.map({ local + $0 > self.buffer.count }) ?? true {
            try self.fill(atLeast: extent ?? EntryFormat.entryBytes)
            local = 0
            extent = EntryFormat.extent(self.buffer, at: local, limit: limit)
            if let extent, extent > self.buffer.count { try self.fill(atLeast: extent) }
        }
        guard let decoded = EntryFormat.decode(self.buffer, at: local, limit: limit) else {
            throw StorageError(
                .corrupt,
                "\(self.segment?.path ?? "") is damaged at byte \(self.offset): restore it from a backup")
        }
        self.offset = self.bufferStart + decoded.end
        return decoded.entry
    }

    private mutating func fill(atLeast count: Int) throws(StorageError) {
        self.buffer = try self.file?.read(max(count, 256 << 10), at: self.offset) ?? []
        self.bufferStart = self.offset
    }
}

extension Journal {
    /// A reader that starts at `index` (``firstIndex`` for everything).
    package func reader(from index: UInt64) -> JournalReader {
        JournalReader(journal: self, from: max(index, 1))
    }
}
