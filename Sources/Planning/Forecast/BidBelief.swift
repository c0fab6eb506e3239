public import Domain

/// What is believed of a block when a bid for it is made: who is plugged in now, with assumed risks, and what was
/// measured of such blocks.
///
/// Until fourteen days are judged the assumed risks decide alone. Then a block that begins soon is bid with the lesser
/// of both, since who is away now hardly comes back for it; one that lies further off is bid as measured, since the
/// cars that will serve it are not here yet.
public struct BidBelief: Hashable, Sendable {
    /// A block that begins within this time is served by who is plugged in.
    public static let near = TimeSpan.hours(2)

    /// Without what is promised.
    public var plugged: FirmHeadroom
    public var measured: BlockForecast?
    public var isNear: Bool
    public var confidence: Int
    /// W that other bids promise in the same time.
    public var promised: Int
    /// Days that were judged.
    public var days: Int

    /// - Parameter now: when it is believed.
    public init(
        plugged: FirmHeadroom, measured: BlockForecast?, block: MarketInterval, confidence: Int, promised: Int,
        days: Int = 0, at now: Instant
    ) {
        self.plugged = plugged
        self.measured = measured
        self.isNear = block.start - now <= Self.near
        self.confidence = confidence
        self.promised = promised
        self.days = days
    }

    public var source: BidRisk.Source { self.measured == nil ? .coldStart : .measured }

    private var counts: (plugged: Bool, measured: BlockForecast?) {
        (self.measured == nil || self.isNear, self.measured)
    }

    /// Power that is there with the confidence beside what is promised, W.
    public var firm: Int {
        var firm = Int.max
        if self.counts.plugged { firm = self.plugged.firm }
        if let measured = self.measured { firm = min(firm, measured.firm(self.confidence)) }
        return max(0, firm - self.promised)
    }

    /// In the mean, W.
    public var mean: Int {
        max(0, (self.counts.plugged ? self.plugged.mean : self.measured?.mean ?? 0) - self.promised)
    }

    /// Probability that less than `watts` are there beside what is promised, in 1/10,000.
    public func shortfall(under watts: Int) -> Int {
        guard watts > 0 else { return 0 }
        let needed = watts + self.promised
        return max(
            self.counts.plugged ? self.plugged.shortfall(under: needed) : 0,
            self.measured?.shortfall(under: needed, confidence: self.confidence) ?? 0)
    }

    /// W by which less is there in the mean over all cases.
    public func expectedShortfall(under watts: Int) -> Int {
        guard watts > 0 else { return 0 }
        let needed = watts + self.promised
        return max(
            self.counts.plugged ? self.plugged.expectedShortfall(under: needed) : 0,
            self.measured?.expectedShortfall(under: needed) ?? 0)
    }

    /// Sentences for the bid.
    public var explanation: String {
        let held = "held with \(percent(self.confidence)): \(self.firm / 1_000) kW"
        let taken = self.promised > 0 ? "\(self.promised / 1_000) kW are promised already; " : ""
        guard let measured = self.measured else { return self.pluggedWords + "; " + taken + held }
        let usual =
            "such blocks are expected to hold \(measured.mean / 1_000) kW, and of \(self.days) days judged they held "
            + "\(measured.firm(self.confidence) / 1_000) kW with \(percent(self.confidence))"
        return (self.isNear ? usual + "; " + self.pluggedWords : usual) + "; " + taken + held
    }

    private var pluggedWords: String {
        "\(self.plugged.counted) cars plugged in hold \(self.plugged.mean / 1_000) kW on average; "
            + "\(self.plugged.leaving) leave too early and are left out"
    }
}
