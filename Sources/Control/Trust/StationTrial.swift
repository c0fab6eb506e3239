import Domain

/// A set-point that was moved, until its meter has settled.
struct StationTrial: Hashable, Sendable, Codable {
    var from: Int32
    var to: Int32
    var meteredFrom: Int32
    /// The last reading, W.
    var metered: Int32
    var isTimed: Bool
    var since: Instant
    /// When the set-point was moved on last.
    var updated: Instant
    /// The last reading, and the last one that had not moved yet.
    var readAt: Instant
    var stillAt: Instant
    var movedAt: Instant?
    /// The last reading that was clearly further on, what it showed, W, and when the one before it was taken.
    var arrived: Int32
    var arrivedAfter: Instant
    var arrivedAt: Instant
    var ramp: Int32 = 0

    init(from: Int, to: Int, metered: Int, isTimed: Bool, at now: Instant) {
        self.from = Int32(clamping: from)
        self.to = Int32(clamping: to)
        self.meteredFrom = Int32(clamping: metered)
        self.metered = self.meteredFrom
        self.arrived = self.meteredFrom
        self.isTimed = isTimed
        (self.since, self.updated, self.readAt, self.stillAt) = (now, now, now, now)
        (self.arrivedAfter, self.arrivedAt) = (now, now)
    }

    /// What counts as a move of the meter: more than its noise, W.
    private var threshold: Int { max(300, abs(Int(self.to) - Int(self.from)) / 10) }

    /// Takes a reading; one from before the command tells only where it began.
    mutating func measure(_ watts: Int, at: Instant) {
        guard at > self.since else {
            guard self.movedAt == nil else { return }
            self.meteredFrom = Int32(clamping: watts)
            (self.metered, self.arrived) = (self.meteredFrom, self.meteredFrom)
            return
        }
        guard at > self.readAt else { return }
        if self.movedAt == nil {
            if (watts - Int(self.meteredFrom)).magnitude >= UInt(self.threshold) {
                self.movedAt = at
            } else {
                self.stillAt = at
            }
        }
        let onward = Int((watts - Int(self.arrived)).magnitude)
        if onward >= max(300, self.threshold / 2) {
            let milliseconds = max(1, (at - self.arrivedAt).milliseconds)
            self.ramp = max(self.ramp, Int32(clamping: onward * 1_000 / milliseconds))
            (self.arrivedAfter, self.arrivedAt, self.arrived) = (self.readAt, at, Int32(clamping: watts))
        }
        self.metered = Int32(clamping: watts)
        self.readAt = at
    }

    /// What was shown, once nothing moves any more.
    var proof: StationProof {
        func since(_ instant: Instant, _ start: Instant) -> Int32 {
            Int32(clamping: max(0, (instant - start).milliseconds))
        }
        let moved = self.isTimed ? self.movedAt : nil
        return StationProof(
            at: self.since, from: self.from, to: self.to, meteredFrom: self.meteredFrom, metered: self.metered,
            earliest: moved == nil ? 0 : since(self.stillAt, self.since),
            latest: moved.map { since($0, self.since) } ?? -1,
            fullEarliest: moved == nil ? 0 : since(self.arrivedAfter, self.updated),
            fullLatest: moved == nil ? -1 : since(self.arrivedAt, self.updated), ramp: self.ramp)
    }
}
