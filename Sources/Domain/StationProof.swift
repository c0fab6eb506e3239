/// What a station's meter showed of one set-point that was moved.
public struct StationProof: Hashable, Sendable, Codable {
    /// When the set-point was moved.
    public var at: Instant
    /// The set-points before and after, W.
    public var from: Int32
    public var to: Int32
    /// What the meter showed before, and once it had settled, W.
    public var meteredFrom: Int32
    public var metered: Int32
    /// Between these two the first change came, ms after the command: a meter tells it no finer than its cadence.
    /// `latest` is −1 where it was not timed, or nothing moved.
    public var earliest: Int32
    public var latest: Int32
    /// Between these two it had arrived.
    public var fullEarliest: Int32
    public var fullLatest: Int32
    /// W a second at least; a meter slower than the ramp shows less of it.
    public var ramp: Int32

    /// A move by less than this share of what was asked is none, in 1/1000.
    public static let followedPerMille = 250

    public init(
        at: Instant, from: Int32, to: Int32, meteredFrom: Int32, metered: Int32, earliest: Int32, latest: Int32,
        fullEarliest: Int32, fullLatest: Int32, ramp: Int32
    ) {
        self.at = at
        self.from = from
        self.to = to
        self.meteredFrom = meteredFrom
        self.metered = metered
        self.earliest = earliest
        self.latest = latest
        self.fullEarliest = fullEarliest
        self.fullLatest = fullLatest
        self.ramp = ramp
    }

    /// Moved ÷ asked to move, in 1/1000.
    public var gainPerMille: Int {
        let asked = Int(self.to) - Int(self.from)
        guard asked != 0 else { return 0 }
        return min(max((Int(self.metered) - Int(self.meteredFrom)) * 1_000 / asked, -2_000), 2_000)
    }

    /// Whether it did something like what it was told.
    public var isFollowed: Bool { self.gainPerMille >= Self.followedPerMille }
    public var isTimed: Bool { self.latest >= 0 }
}
