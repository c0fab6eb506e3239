/// What is best to bid of a resource for all its products together, as a solver answered: a fact, taken as it was by every
/// replay. Bids of blocks inside of its time are no greater than it says; what is firm bounds them all the same.
public struct BidPlan: Hashable, Sendable, Codable {
    public struct Entry: Hashable, Sendable, Codable {
        public var product: ProductID
        public var direction: Direction
        public var block: MarketInterval
        public var quantity: Power
        /// What it risks, as the plan reckoned; nil where who planned does not say.
        public var risk: BidRisk?
        /// Why it is preferred to what is next best, in words.
        public var reason: String?
        /// Longest reason that is taken.
        public static let longestReason = 500

        public init(
            product: ProductID, direction: Direction, block: MarketInterval, quantity: Power, risk: BidRisk? = nil,
            reason: String? = nil
        ) {
            self.product = product
            self.direction = direction
            self.block = block
            self.quantity = quantity
            self.risk = risk
            self.reason = reason
        }
    }
    public var resource: ResourceID
    /// Blocks that lie wholly inside are planned; one without an entry is not bid.
    public var interval: MarketInterval
    public var madeAt: Instant
    public var solver: String
    /// What the plan earns, and what none exceeds.
    public var gain: Money
    public var bound: Money
    public var entries: [Entry]
    /// More entries than this are no plan.
    public static let mostEntries = 5_000

    public init(
        resource: ResourceID, interval: MarketInterval, madeAt: Instant, solver: String, gain: Money, bound: Money,
        entries: [Entry]
    ) {
        self.resource = resource
        self.interval = interval
        self.madeAt = madeAt
        self.solver = solver
        self.gain = gain
        self.bound = bound
        self.entries = entries
    }

    /// Power planned for a block; nil where the block is none of the plan's.
    public func quantity(_ product: ProductID, _ direction: Direction, _ block: MarketInterval) -> Power? {
        guard self.interval.start <= block.start, block.end <= self.interval.end else { return nil }
        return self.entry(product, direction, block)?.quantity ?? .zero
    }

    public func entry(_ product: ProductID, _ direction: Direction, _ block: MarketInterval) -> Entry? {
        self.entries.first { $0.product == product && $0.direction == direction && $0.block == block }
    }

    /// What is wrong with it, in a line that names what to do; nil where it is sound.
    public func finding(at now: Instant) -> String? {
        if self.entries.count > Self.mostEntries {
            return "\(self.entries.count) entries: a plan has at most \(Self.mostEntries)"
        }
        if self.madeAt > now + .minutes(1) {
            return "madeAt \(self.madeAt.seconds) s lies in the future: set the clock of who plans"
        }
        if let entry = self.entries.first(where: { $0.quantity < .zero || $0.quantity.watts > 1_000_000_000_000 }) {
            return "\(entry.product): a quantity of \(entry.quantity.watts) W: give a magnitude of at least 0"
        }
        if let entry = self.entries.first(where: {
            $0.block.start < self.interval.start || self.interval.end < $0.block.end
        }) {
            return "\(entry.product): a block outside of the plan's interval: widen the interval"
        }
        if let entry = self.entries.first(where: { $0.reason?.utf8.count ?? 0 > Entry.longestReason }) {
            return "\(entry.product): a reason of more than \(Entry.longestReason) bytes: shorten it"
        }
        return nil
    }

    /// Who planned, for when and what it earns, in one sentence.
    /// - Parameter time: how an instant is written.
    public func sentence(_ time: (Instant) -> String) -> String {
        "\(self.resource) is planned from \(time(self.interval.start)) to \(time(self.interval.end)) by \(self.solver) "
            + "at \(time(self.madeAt)): \(self.entries.count) bids, gain \(self.gain.decimal) "
            + "\(self.gain.currency.rawValue), and no plan gains more than \(self.bound.decimal)"
    }

    public func fingerprint(into mark: inout Fingerprint) {
        mark.add(self.resource.rawValue)
        mark.add(self.solver)
        for instant in [self.madeAt, self.interval.start, self.interval.end] { mark.add(instant.microseconds) }
        for entry in self.entries {
            mark.add(entry.product.rawValue)
            mark.add(entry.direction.rawValue)
            mark.add(entry.block.start.microseconds)
            mark.add(entry.quantity.watts)
            entry.risk?.fingerprint(into: &mark)
            if let reason = entry.reason { mark.add(reason) }
        }
    }
}
