import Domain

/// Which slots are due to be told again, by second: a ring, so that the ones that are due are found without a look at
/// all others. What stands in it is a reminder; whether a point is really due, it knows itself.
struct Renewals: Sendable {
    private var ring: [[UInt32]] = Array(repeating: [], count: 128)
    /// The first second that was not looked at yet; nil before the first reminder.
    private var next: Int?

    /// Reminds of a slot at an instant, at most two minutes ahead.
    mutating func remind(_ slot: UInt32, at instant: Instant, now: Instant) {
        let first = self.next ?? now.seconds
        self.next = first
        let second = min(max(instant.seconds, first), first + self.ring.count - 1)
        self.ring[second % self.ring.count].append(slot)
    }

    /// Takes out the slots that were to be reminded of up to now.
    mutating func due(at now: Instant) -> [UInt32] {
        guard let first = self.next, first <= now.seconds else { return [] }
        var found: [UInt32] = []
        for second in first...min(now.seconds, first + self.ring.count - 1) {
            found += self.ring[second % self.ring.count]
            self.ring[second % self.ring.count].removeAll(keepingCapacity: true)
        }
        self.next = now.seconds + 1
        return found
    }
}
