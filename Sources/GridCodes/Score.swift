public import Domain

/// What a block's delivery was worth, from metered seconds.
public struct DeliveryScore: Hashable, Sendable, Codable {
    /// Σ requested, Σ min(delivered, requested) per direction, Σ over-delivery, all ≥ 0.
    public private(set) var requested = Energy.zero
    public private(set) var delivered = Energy.zero
    public private(set) var over = Energy.zero

    public init() {}

    /// Adds `span` seconds of requested and delivered power (deviations, + = up).
    /// Delivery against the request counts as none; over-delivery never makes up for a miss.
    public mutating func add(requested: Power, delivered: Power, span: TimeSpan) {
        let sign = requested.watts < 0 ? -1 : 1
        let asked = requested.watts * sign
        let came = max(0, delivered.watts * sign)
        self.requested += Power(watts: asked).over(span)
        self.delivered += Power(watts: min(asked, came)).over(span)
        self.over += Power(watts: max(0, came - asked)).over(span)
    }

    /// Σ min ÷ Σ requested in 1/10,000; 10,000 when nothing was requested.
    public var share: Int {
        guard self.requested.wattSeconds > 0 else { return 10_000 }
        let product = self.delivered.wattSeconds.multipliedFullWidth(by: 10_000)
        return self.requested.wattSeconds.dividingFullWidth(product).quotient
    }
}
