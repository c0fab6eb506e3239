/// How much may wait in ZeroMQ for a peer that reads slowly, in messages, at each end of a connection.
public enum LinkQueue {
    /// 2.6 MB of frames of 256 records: a second of 65,000 points. What is beyond waits as one record a point.
    public static let telemetry: Int32 = 256
    /// A worker's registrations, snapshot and readings fit in several times.
    public static let control: Int32 = 1_000
    /// A worker that is behind by more misses the newest, which are said again within a second.
    public static let signal: Int32 = 1_000
}

/// Slots whose state is still to be told, each once, in the order in which they began to wait: so nobody waits for ever
/// however many others change, and there are never more than slots.
struct OwedSlots: Sendable {
    private var order: [UInt32] = []
    private var first = 0
    private var members: Set<UInt32> = []

    var isEmpty: Bool { self.members.isEmpty }

    mutating func add(_ slot: UInt32) {
        if self.members.insert(slot).inserted { self.order.append(slot) }
    }

    /// Takes out those that have waited longest.
    mutating func take(_ most: Int) -> [UInt32] {
        let end = min(self.first + most, self.order.count)
        let taken = Array(self.order[self.first..<end])
        for slot in taken { self.members.remove(slot) }
        self.first = end
        if self.first >= self.order.count / 2 {
            self.order.removeFirst(self.first)
            self.first = 0
        }
        return taken
    }
}
