/// What an account counts in: a currency's micro-units, or watt-seconds of energy.
public enum LedgerUnit: Hashable, Sendable, Codable {
    case money(Currency)
    case energy
}

/// One line of a transaction: `amount` is added to `account` (+ = debit, − = credit).
public struct LedgerEntry: Hashable, Sendable, Codable {
    /// Colon-separated path such as `owner:acme:earnings` or `market:demo-utility`.
    public var account: String
    public var unit: LedgerUnit
    public var amount: Int
    /// The vehicle that the line is about, where it is about one.
    public var vehicle: VehicleID?

    public init(account: String, unit: LedgerUnit, amount: Int, vehicle: VehicleID?) {
        self.account = account
        self.unit = unit
        self.amount = amount
        self.vehicle = vehicle
    }
}

/// Entries that balance to zero per unit; never changed, only reversed by another.
public struct LedgerTransaction: Hashable, Sendable, Codable {
    /// Unique and derived from what it settles, so that posting it twice has the effect of once.
    public var id: String
    public var tenant: TenantID
    public var region: RegionID
    public var at: Instant
    public var memo: String
    public var entries: [LedgerEntry]
    /// The transaction that this one takes back.
    public var reverses: String?

    public init(
        id: String, tenant: TenantID, region: RegionID, at: Instant, memo: String,
        entries: [LedgerEntry], reverses: String?
    ) {
        self.id = id
        self.tenant = tenant
        self.region = region
        self.at = at
        self.memo = memo
        self.entries = entries
        self.reverses = reverses
    }
}

/// What a settled block was: the figures that an owner needs to recompute a statement.
public struct BlockResult: Hashable, Sendable, Codable {
    /// One vehicle's part of the block.
    public struct Share: Hashable, Sendable, Codable {
        public var vehicle: VehicleID
        public var owner: OwnerID
        public var contract: ContractID
        /// Headroom held, in watt-seconds over the block.
        public var headroomHeld: Energy
        /// Energy delivered in the direction of the award, ≥ 0, and energy discharged, ≥ 0.
        public var delivered: Energy
        public var discharged: Energy
        public var availability: Money
        public var energy: Money
        public var wear: Money
        public var fee: Money
        /// availability + energy − fee, wear included in it: what the owner gets.
        public var earned: Money
        /// The contract's terms as they were applied: the owner's share in 1/10,000, and the compensation for wear in
        /// micro-units per kWh discharged.
        public var ownerShare: Int
        public var wearPerKilowattHour: Int

        public init(
            vehicle: VehicleID, owner: OwnerID, contract: ContractID, headroomHeld: Energy,
            delivered: Energy, discharged: Energy, availability: Money, energy: Money,
            wear: Money, fee: Money, earned: Money, ownerShare: Int, wearPerKilowattHour: Int
        ) {
            self.vehicle = vehicle
            self.owner = owner
            self.contract = contract
            self.headroomHeld = headroomHeld
            self.delivered = delivered
            self.discharged = discharged
            self.availability = availability
            self.energy = energy
            self.wear = wear
            self.fee = fee
            self.earned = earned
            self.ownerShare = ownerShare
            self.wearPerKilowattHour = wearPerKilowattHour
        }
    }
    public var award: Award
    public var tenant: TenantID
    public var region: RegionID
    public var settledAt: Instant
    /// Σ requested, Σ min(delivered, requested) and Σ over-delivery over the block.
    public var requested: Energy
    public var delivered: Energy
    public var overDelivered: Energy
    /// What the product's own score makes of it: the factor of the capacity payment, 1/10,000. Of products without terms
    /// Σ min(delivered, requested) ÷ Σ requested; 10,000 when nothing was requested.
    public var performance: Int
    /// Capacity and mileage, scaled by performance.
    public var availabilityPayment: Money
    public var energyPayment: Money
    /// Headroom held and energy delivered by all vehicles of the block: what the payments are shared by, also where
    /// ``shares`` holds one owner's only.
    public var totalHeld: Energy
    public var totalDelivered: Energy
    public var shares: [Share]
    /// How performance was found; nil in blocks from before there was such a record.
    public var proof: DeliveryProof?

    public init(
        award: Award, tenant: TenantID, region: RegionID, settledAt: Instant, requested: Energy,
        delivered: Energy, overDelivered: Energy, performance: Int, availabilityPayment: Money,
        energyPayment: Money, shares: [Share], proof: DeliveryProof? = nil
    ) {
        self.proof = proof
        self.totalHeld = shares.reduce(.zero) { $0 + max(.zero, $1.headroomHeld) }
        self.totalDelivered = shares.reduce(.zero) { $0 + max(.zero, $1.delivered) }
        self.award = award
        self.tenant = tenant
        self.region = region
        self.settledAt = settledAt
        self.requested = requested
        self.delivered = delivered
        self.overDelivered = overDelivered
        self.performance = performance
        self.availabilityPayment = availabilityPayment
        self.energyPayment = energyPayment
        self.shares = shares
    }
}
