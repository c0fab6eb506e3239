/// What the grid asks for: the payload of a fast signal (DESIGN section 5).
public enum SignalValue: Hashable, Sendable, Codable {
    /// Deviation from the declared baseline in W, + = up (towards export).
    case request(watts: Int)
    /// Grid frequency in mHz.
    case frequency(milliHertz: Int)
}

/// A signal from a utility or grid operator to us. Journalled in full, applied latest-wins, never once expired.
public struct GridSignal: Hashable, Sendable, Codable {
    public var resource: ResourceID
    public var product: ProductID
    public var sequence: UInt64
    public var sentAt: Instant
    public var validFrom: Instant
    public var expiry: Instant
    public var value: SignalValue
    public var trace: TraceID

    public init(
        resource: ResourceID, product: ProductID, sequence: UInt64, sentAt: Instant,
        validFrom: Instant, expiry: Instant, value: SignalValue, trace: TraceID
    ) {
        self.resource = resource
        self.product = product
        self.sequence = sequence
        self.sentAt = sentAt
        self.validFrom = validFrom
        self.expiry = expiry
        self.value = value
        self.trace = trace
    }
}

/// The one scalar per resource and product that every worker hears. It names the plan to apply it to.
public struct DispatchSignal: Hashable, Sendable, Codable {
    public var plan: PlanID
    /// Fingerprint of all workers' plans of that version, for the audit; a worker's own hash was checked at PREPARE.
    public var planHash: UInt64
    public var product: ProductID
    public var sequence: UInt64
    public var sentAt: Instant
    public var validFrom: Instant
    public var expiry: Instant
    /// Requested power on the product's axis, W, + = up: the low-passed part that slow stations follow,
    /// and the whole of it for the others.
    public var slow: Int
    public var fast: Int
    public var trace: TraceID

    public init(
        plan: PlanID, planHash: UInt64, product: ProductID, sequence: UInt64, sentAt: Instant,
        validFrom: Instant, expiry: Instant, slow: Int, fast: Int, trace: TraceID
    ) {
        self.plan = plan
        self.planHash = planHash
        self.product = product
        self.sequence = sequence
        self.sentAt = sentAt
        self.validFrom = validFrom
        self.expiry = expiry
        self.slow = slow
        self.fast = fast
        self.trace = trace
    }
}

/// No discharge here from now on, until a person releases it.
public struct StopOrder: Hashable, Sendable, Codable {
    public enum Scope: Hashable, Sendable, Codable {
        case station(StationID)
        case site(SiteID)
        case zone(ZoneID)
    }
    public var id: UInt64
    public var scope: Scope
    public var at: Instant
    /// Who ordered it, for the audit.
    public var by: String

    public init(id: UInt64, scope: Scope, at: Instant, by: String) {
        self.id = id
        self.scope = scope
        self.at = at
        self.by = by
    }
}
