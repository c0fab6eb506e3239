/// A span that lies between two bounds, as fine as a meter tells it.
public struct ResponseBounds: Hashable, Sendable, Codable {
    public var least: TimeSpan
    public var most: TimeSpan

    public init(least: TimeSpan, most: TimeSpan) {
        self.least = least
        self.most = most
    }

    /// The response to reckon with: what is proven where it is slower than what was said, or surely faster.
    public func reckoned(said: TimeSpan) -> TimeSpan { max(self.least, min(said, self.most)) }
}

/// What a charging point's meter has proven of its dispatches, as it is kept for good: one row each time that it
/// changed materially.
public struct TrustRecord: Hashable, Sendable, Codable {
    public enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
        /// Too few dispatches yet: it counts with what its data sheet says.
        case unproven
        case proven
        /// It usually delivers less than it is told, and is sold for as much.
        case derated
        /// It delivered less than half of what it was asked for: nothing of it is sold.
        case withheld
        /// It accepts and does nothing: nothing of it is sold.
        case ignoring
    }
    public var station: StationID
    /// EVSE number as the station counts, from 1.
    public var evse: Int
    /// When it was drawn up.
    public var at: Instant
    public var verdict: Verdict
    /// From the command to the first change of power, and to all of it; nil before enough was timed.
    public var delay: ResponseBounds?
    public var fullResponse: ResponseBounds?
    /// W a second at least; nil before it was seen to move.
    public var rampPerSecond: Power?
    /// metered = gain × set-point + offset, rounded to a step; the last two are nil before enough was seen.
    public var gainPerMille: Int
    public var offset: Power?
    public var step: Power?
    /// Dispatches that were looked at since the beginning, and those of them that were not followed.
    public var seen: Int
    public var missed: Int
    /// Since when it follows nothing, and when it is asked again.
    public var ignoresSince: Instant?
    public var retryAt: Instant?
    /// The last few answers, from which the rest follows.
    public var proofs: [StationProof]

    public init(
        station: StationID, evse: Int, at: Instant, verdict: Verdict, delay: ResponseBounds?,
        fullResponse: ResponseBounds?, rampPerSecond: Power?, gainPerMille: Int, offset: Power?, step: Power?,
        seen: Int, missed: Int, ignoresSince: Instant?, retryAt: Instant?, proofs: [StationProof]
    ) {
        self.station = station
        self.evse = evse
        self.at = at
        self.verdict = verdict
        self.delay = delay
        self.fullResponse = fullResponse
        self.rampPerSecond = rampPerSecond
        self.gainPerMille = gainPerMille
        self.offset = offset
        self.step = step
        self.seen = seen
        self.missed = missed
        self.ignoresSince = ignoresSince
        self.retryAt = retryAt
        self.proofs = proofs
    }
}
