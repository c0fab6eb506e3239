public import Domain
public import GridCodes

/// Everything that decides a run. The same input gives the same output, to the byte.
public struct TwinInput: Sendable {
    public var config: TwinConfig
    public var region: RegionPack
    public var product: Product
    /// Per direction of the product.
    public var award: Power
    public var sessions: [Session]
    public var signal: SignalSeries?
    public var prices: PriceSeries
    public var loads: SiteLoads
    public var step: TimeSpan
    /// Whether `setpoints.csv` is written: a line for each change of each car, so gigabytes for a million of them.
    public var keepsSetpoints = true

    public init(
        config: TwinConfig, region: RegionPack, product: ProductID, award: Power,
        sessions: [Session], signal: SignalSeries? = nil, prices: PriceSeries = .none,
        loads: SiteLoads = .none, step: TimeSpan = .seconds(4)
    ) throws(TwinError) {
        guard let known = region.product(product) else {
            let names = region.products.map(\.id.rawValue).joined(separator: ", ")
            throw TwinError(
                .unknownProduct, "--product \(product): region \(region.region) has \(names)")
        }
        if let finding = config.findings.first { throw TwinError(.invalidOption, finding) }
        guard !sessions.isEmpty else {
            throw TwinError(.invalidOption, "--sessions: no stays in it")
        }
        guard step >= .milliseconds(10), step <= .minutes(15), step.microseconds % 1_000 == 0 else {
            throw TwinError(.invalidOption, "--step: 0.01 to 900 seconds, whole milliseconds")
        }
        guard award.watts >= 0 else { throw TwinError(.invalidOption, "--award: 0 kW or more") }
        if let signal, (signal.kind == .regulation) != (known.activation == .signal) {
            let kind = known.activation == .signal ? "regulation" : "frequency"
            throw TwinError(.invalidOption, "--signal-kind: \(product) is called by \(kind)")
        }
        let sites = Set(config.sites.map(\.id))
        for session in sessions where !sites.contains(session.site.rawValue) {
            throw TwinError(
                .invalidOption,
                "site \(session.site) of vehicle \(session.vehicle) is missing under sites:")
        }
        self.config = config
        self.region = region
        self.product = known
        self.award = award
        self.sessions = sessions.sorted { ($0.arrival, $0.vehicle) < ($1.arrival, $1.vehicle) }
        self.signal = signal
        self.prices = prices
        self.loads = loads
        self.step = step
    }

    /// From the first arrival to the last departure.
    public var span: MarketInterval {
        let start = self.sessions.map(\.arrival).min() ?? .distantPast
        let end = self.sessions.map(\.departure).max() ?? start
        return MarketInterval(start: start, end: max(start, end))
    }

    /// Cars are seen for this long before the first block: they are planned, called for and declared.
    var lead: TimeSpan { max(.seconds(60), self.step * 4) }

    /// The time that is awarded: that of the signal where there is one, after the lead.
    public var awarded: MarketInterval {
        let span = self.span
        let first = max(span.start + self.lead, self.signal?.times.first ?? span.start)
        let last = self.signal?.times.last.map { $0 + max(self.step, .seconds(4)) } ?? span.end
        return MarketInterval(
            start: min(first, span.end), end: max(min(first, span.end), min(last, span.end)))
    }
}
