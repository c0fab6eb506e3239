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
    /// What a contract's conditions added to a share: how the figures of ``Share`` came about.
    public struct Conditioned: Hashable, Sendable, Codable {
        public var conditions: ContractConditions
        /// One-way efficiency in 1/10,000, and the seconds of the block under this contract.
        public var efficiency: Int
        public var seconds: Int
        /// Parts of what the owner earned: energy bought back, what was lost on the way, standby, and pay per kWh.
        public var refund: Money
        public var losses: Money
        public var standby: Money
        public var perEnergy: Money
        /// What each of the conditions' third parties is owed, in their order.
        public var thirdParties: [Money]

        public init(
            conditions: ContractConditions, efficiency: Int, seconds: Int, refund: Money, losses: Money,
            standby: Money, perEnergy: Money, thirdParties: [Money]
        ) {
            self.conditions = conditions
            self.efficiency = efficiency
            self.seconds = seconds
            self.refund = refund
            self.losses = losses
            self.standby = standby
            self.perEnergy = perEnergy
            self.thirdParties = thirdParties
        }
    }

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
        /// Where the contract has conditions; `earned` holds their amounts.
        public var conditioned: Conditioned?

        /// What the car earned over smart charging: what it got less what being discharged cost it in wear, energy,
        /// losses and standby.
        public var overSmartCharging: Money {
            guard let own = self.conditioned else { return self.earned - self.wear }
            return self.earned - self.wear - own.refund - own.losses - own.standby
        }

        public init(
            vehicle: VehicleID, owner: OwnerID, contract: ContractID, headroomHeld: Energy,
            delivered: Energy, discharged: Energy, availability: Money, energy: Money,
            wear: Money, fee: Money, earned: Money, ownerShare: Int, wearPerKilowattHour: Int,
            conditioned: Conditioned? = nil
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
            self.conditioned = conditioned
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
    /// What the operator takes back for what was not delivered (≥ 0) and pays (or, negative, takes) for imbalance: the
    /// aggregator's, never an owner's. Nil: nothing.
    public var penalty: Money?
    public var imbalance: Money?
    /// Which computation this is: nil the first, then 1, 2, … for each re-run that found something else.
    public var revision: Int?
    /// Whether it is booked with its day, netted to one entry a car, and has no postings of its own; nil: it has them.
    public var isNetted: Bool?
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

    /// All that the market pays for the block, penalty and imbalance among it.
    public var payment: Money {
        let zero = Money.zero(self.availabilityPayment.currency)
        return self.availabilityPayment + self.energyPayment - (self.penalty ?? zero) + (self.imbalance ?? zero)
    }
}
