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

    /// Takes out the slots that were to be reminded of up to now, rising.
    mutating func due(at now: Instant) -> [UInt32] {
        guard let first = self.next, first <= Self.eighth(now) else { return [] }
        var found: [UInt32] = []
        for place in first...min(Self.eighth(now), first + self.ring.count - 1) {
            found += self.ring[place % self.ring.count]
            self.ring[place % self.ring.count].removeAll(keepingCapacity: true)
        }
        self.next = Self.eighth(now) + 1
        return Self.inOrder(found)
    }

    /// Rising, each of them once: slots are dense, so that a bit for each is far less work than a sort.
    private static func inOrder(_ slots: [UInt32]) -> [UInt32] {
        guard slots.count > 1, let most = slots.max() else { return slots }
        var bits = Array(repeating: UInt64(0), count: Int(most) / 64 + 1)
        for slot in slots { bits[Int(slot) / 64] |= 1 << UInt64(slot % 64) }
        var rising: [UInt32] = []
        rising.reserveCapacity(slots.count)
        for (word, set) in bits.enumerated() {
            var rest = set
            while rest != 0 {
                rising.append(UInt32(word * 64 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return rising
    }

    private static func eighth(_ instant: Instant) -> Int { instant.microseconds / 125_000 }
}
