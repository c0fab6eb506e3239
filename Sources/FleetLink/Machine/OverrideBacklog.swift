import Domain

/// Notes on their way to the aggregator: oldest first, kept until they are acknowledged.
struct OverrideBacklog: Sendable {
    /// Most notes under way, and most that wait: of more the oldest go, as they do on the worker's disk.
    static let window = 2_000
    static let most = OverrideNote.most
    private static let patience = TimeSpan.seconds(3)

    private(set) var notes: [OverrideNote] = []
    private var highest: UInt64 = 0
    private var sent = 0
    private var sentAt = Instant.distantPast

    mutating func take(_ more: [OverrideNote]) {
        for note in more where note.sequence > self.highest {
            self.notes.append(note)
            self.highest = note.sequence
        }
        let over = self.notes.count - Self.most
        guard over > 0 else { return }
        self.notes.removeFirst(over)
        self.sent = max(0, self.sent - over)
    }

    /// What is to be sent now, in messages of a bounded size.
    mutating func next(at now: Instant) -> [[OverrideNote]] {
        var messages: [[OverrideNote]] = []
        let end = min(self.notes.count, Self.window)
        while self.sent < end {
            let next = min(self.sent + ControlMessage.mostOverrides, end)
            messages.append(Array(self.notes[self.sent..<next]))
            self.sent = next
        }
        if !messages.isEmpty { self.sentAt = now }
        return messages
    }

    mutating func acknowledged(_ sequence: UInt64) {
        let done = self.notes.firstIndex { $0.sequence > sequence } ?? self.notes.count
        self.notes.removeFirst(done)
        self.sent = max(0, self.sent - done)
    }

    /// Nobody acknowledged what was sent a while ago.
    func isDue(at now: Instant) -> Bool { self.sent > 0 && now - self.sentAt > Self.patience }

    /// Everything is said again.
    mutating func restart() { self.sent = 0 }
}
