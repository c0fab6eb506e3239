import Domain

/// Which slots are due to be told again, by the eighth of a second: a ring, so that the ones that are due are found without a look at
/// all others. What stands in it is a reminder; whether a point is really due, it knows itself.
struct Renewals: Sendable {
    private var ring: [[UInt32]] = Array(repeating: [], count: 1_024)
    /// The first eighth that was not looked at yet; nil before the first reminder.
    private var next: Int?

    /// Reminds of a slot at an instant, at most two minutes ahead.
    mutating func remind(_ slot: UInt32, at instant: Instant, now: Instant) {
        let first = self.next ?? Self.eighth(now)
        self.next = first
        let place = min(max(Self.eighth(instant), first), first + self.ring.count - 1)
        self.ring[place % self.ring.count].append(slot)
    }

    /// Takes out the slots that were to be reminded of up to now.
    mutating func due(at now: Instant) -> [UInt32] {
        guard let first = self.next, first <= Self.eighth(now) else { return [] }
        var found: [UInt32] = []
        for place in first...min(Self.eighth(now), first + self.ring.count - 1) {
            found += self.ring[place % self.ring.count]
            self.ring[place % self.ring.count].removeAll(keepingCapacity: true)
        }
        self.next = Self.eighth(now) + 1
        return found
    }

    private static func eighth(_ instant: Instant) -> Int { instant.microseconds / 125_000 }
}
