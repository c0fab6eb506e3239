public import Domain

/// One grid product: values from `Config/regions/<region>/region.yaml` and small pure functions over them.
public struct Product: Hashable, Sendable, Codable {
    /// Which directions one unit of the product covers.
    public enum Symmetry: String, Hashable, Sendable, Codable {
        case up
        case down
        case symmetric
    }
    /// How performance is scored for payment.
    public enum Score: String, Hashable, Sendable, Codable {
        /// Σ min(delivered, requested) ÷ Σ requested (dispatch.md section 1).
        case deliveredShare
        /// Mean of correlation, delay and precision (PJM classic).
        case classicThreePart
    }

    public var id: ProductID
    public var name: String
    public var activation: ActivationKind
    public var symmetry: Symmetry
    /// Local-curve products: mHz → 1/1000 of the award, rising frequency, + = up, saturating at its ends.
    public var curve: [CurvePoint]
    /// Seconds from the deviation to full delivery that a station's proven response must meet, in ms.
    public var fullDeliveryMilliseconds: Int
    /// True where only a curve that is resident in the station may be sold.
    public var needsResidentCurve: Bool
    /// How long full delivery must be held, in seconds.
    public var enduranceSeconds: Int
    public var minimumBidWatts: Int
    public var bidStepWatts: Int
    public var blockSeconds: Int
    /// Where blocks start: seconds since 1970 UTC of any block's start.
    public var blockAnchor: Int
    /// Bids close this long before the block, in seconds.
    public var gateClosureSeconds: Int
    /// Quantile at which a bid must be covered, in 1/10,000 (dispatch.md section 4).
    public var confidence: Int
    /// Spare held above the award in 1/1000 of it; covers leavers and stations that do less.
    public var sparePerMille: Int
    /// Over-arming of a local curve at the start, in 1/1000 of the award.
    public var gainPerMille: Int
    /// Greatest change of the request per second in 1/1000 of the award; 0 = unlimited.
    public var slewPerMille: Int
    /// How long the last signal holds once it expired, in seconds.
    public var holdSeconds: Int
    /// Share of `fullDeliveryMilliseconds`, in 1/1000, within which a change of the request reaches all stations, so that
    /// they do not all get a frame at once; left out = all at once. Of signal products only.
    public var spreadPerMille: Int?
    public var score: Score
    /// Offered availability price in micro-units per MW and hour, and price of energy per MWh.
    public var availabilityPrice: Int
    public var energyPrice: Int
    /// The rest of its rule book; nil where a pack gives none.
    public var terms: ProductTerms?
    /// Local time of its market, put in by the pack that holds it (``RegionPack/zoned``).
    public var zone: LocalZone?

    public init(
        id: ProductID, name: String, activation: ActivationKind, symmetry: Symmetry,
        curve: [CurvePoint], fullDeliveryMilliseconds: Int, needsResidentCurve: Bool,
        enduranceSeconds: Int, minimumBidWatts: Int, bidStepWatts: Int, blockSeconds: Int,
        blockAnchor: Int, gateClosureSeconds: Int, confidence: Int, sparePerMille: Int,
        gainPerMille: Int, slewPerMille: Int, holdSeconds: Int, score: Score,
        availabilityPrice: Int, energyPrice: Int, terms: ProductTerms? = nil, zone: LocalZone? = nil
    ) {
        self.id = id
        self.name = name
        self.activation = activation
        self.symmetry = symmetry
        self.curve = curve
        self.fullDeliveryMilliseconds = fullDeliveryMilliseconds
        self.needsResidentCurve = needsResidentCurve
        self.enduranceSeconds = enduranceSeconds
        self.minimumBidWatts = minimumBidWatts
        self.bidStepWatts = bidStepWatts
        self.blockSeconds = blockSeconds
        self.blockAnchor = blockAnchor
        self.gateClosureSeconds = gateClosureSeconds
        self.confidence = confidence
        self.sparePerMille = sparePerMille
        self.gainPerMille = gainPerMille
        self.slewPerMille = slewPerMille
        self.holdSeconds = holdSeconds
        self.score = score
        self.availabilityPrice = availabilityPrice
        self.energyPrice = energyPrice
        self.terms = terms
        self.zone = zone
    }

    public var fullDelivery: TimeSpan { .milliseconds(self.fullDeliveryMilliseconds) }
    public var endurance: TimeSpan { .seconds(self.enduranceSeconds) }
    public var gateClosure: TimeSpan { .seconds(self.gateClosureSeconds) }
    /// Within which time a change of the request reaches all stations; zero = all at once.
    public var spread: TimeSpan {
        guard self.activation == .signal else { return .zero }
        return .milliseconds(self.fullDeliveryMilliseconds * (self.spreadPerMille ?? 0) / 1_000)
    }
    public var hold: TimeSpan { .seconds(self.holdSeconds) }
    public var directions: [Direction] {
        switch self.symmetry {
        case .up: [.up]
        case .down: [.down]
        case .symmetric: [.up, .down]
        }
    }
}

extension Product {
    /// The response to a frequency in 1/1000 of the award, + = up.
    public func response(milliHertz: Int) -> Int {
        curveResponse(self.curve, milliHertz: milliHertz)
    }

    /// Requested power at a frequency for awards in both directions (magnitudes), + = up.
    public func request(milliHertz: Int, awardUp: Power, awardDown: Power) -> Power {
        let response = self.response(milliHertz: milliHertz)
        let award = response >= 0 ? awardUp : awardDown
        return Power(watts: roundedDivision(award.watts * response, 1000))
    }

    /// The block that holds `instant`: by the calendar of its terms, or counted from the anchor where it has none.
    /// A calendar with gaps gives the next block for an instant that no block holds.
    public func block(containing instant: Instant) -> MarketInterval {
        if let terms = self.terms, let zone = self.zone, let block = terms.calendar.block(at: instant, in: zone) {
            return block
        }
        let length = self.blockSeconds
        let offset = instant.seconds - self.blockAnchor
        let index = offset >= 0 ? offset / length : -((-offset + length - 1) / length)
        let start = Instant(seconds: self.blockAnchor + index * length)
        return MarketInterval(start: start, end: start + .seconds(length))
    }

    /// `watts` rounded down to what may be bid; zero under the minimum.
    public func biddable(_ watts: Int) -> Power {
        let stepped = max(0, watts) / self.bidStepWatts * self.bidStepWatts
        return Power(watts: stepped >= self.minimumBidWatts ? stepped : 0)
    }

    /// Why a charging point may not serve this product, or nil where it may.
    public func refusal(capability: Capability, responseTime: TimeSpan) -> String? {
        if capability == .none { return "cannot be commanded" }
        if let reason = self.notDispatched { return reason }
        if self.needsResidentCurve && capability != .residentCurve {
            return "\(self.id) needs a frequency curve resident in the station"
        }
        if responseTime > self.fullDelivery {
            return
                "answers in \(responseTime.milliseconds) ms, \(self.id) needs \(self.fullDeliveryMilliseconds) ms"
        }
        return nil
    }
}

/// Piecewise linear interpolation, saturating at both ends; 0 for an empty curve.
/// - Parameter scale: 1 gives 1/1000; 1000 gives millionths, for those who would lose watts by rounding.
public func curveResponse(_ curve: [CurvePoint], milliHertz: Int, scale: Int = 1) -> Int {
    guard let first = curve.first, let last = curve.last else { return 0 }
    if milliHertz <= first.milliHertz { return first.perMille * scale }
    if milliHertz >= last.milliHertz { return last.perMille * scale }
    for index in 1..<curve.count where milliHertz <= curve[index].milliHertz {
        let (low, high) = (curve[index - 1], curve[index])
        let width = high.milliHertz - low.milliHertz
        guard width > 0 else { return high.perMille * scale }
        let rise = (high.perMille - low.perMille) * (milliHertz - low.milliHertz) * scale
        return low.perMille * scale + roundedDivision(rise, width)
    }
    return last.perMille * scale
}
