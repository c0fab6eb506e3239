import Domain

/// Reads an outbox's journal on and on: what was read and is not in the database yet is kept, so that neither the next
/// batch nor another try begins a segment anew.
struct OutboxFeed: ~Copyable, Sendable {
    private var reader: JournalReader?
    private var next: UInt64 = 0
    private var ahead: [JournalEntry] = []

    /// The entries behind `index`, at most `limit` of them and some 4 MB; none where the journal has no more.
    mutating func entries(after index: UInt64, limit: Int, of journal: Journal) throws(StorageError) -> [JournalEntry] {
        self.ahead.removeFirst(self.ahead.prefix { $0.index <= index }.count)
        if (self.ahead.first?.index ?? self.next) != index + 1 {
            self.ahead = []
            self.next = index + 1
            self.reader = journal.reader(from: self.next)
        }
        if self.ahead.isEmpty {
            self.ahead = try self.reader?.next(count: limit) ?? []
            self.next = (self.ahead.last?.index ?? index) + 1
        }
        return Array(self.ahead.prefix(limit))
    }
}
