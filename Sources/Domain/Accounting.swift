/// What an account counts in: a currency's micro-units, or watt-seconds of energy.
package enum LedgerUnit: Hashable, Sendable, Codable {
    case money(Currency)
    case energy
}

/// One line of a transaction: `amount` is added to `account` (+ = debit, − = credit).
package struct LedgerEntry: Hashable, Sendable, Codable {
    /// Colon-separated path such as `owner:acme:earnings` or `market:demo-utility`.
    package var account: String
    package var unit: LedgerUnit
    package var amount: Int
    /// The vehicle that the line is about, where it is about one.
    package var vehicle: VehicleID?

    package init(account: String, unit: LedgerUnit, amount: Int, vehicle: VehicleID?) {
        self.account = account
        self.unit = unit
        self.amount = amount
        self.vehicle = vehicle
    }
}

/// Entries that balance to zero per unit; never changed, only reversed by another.
package struct LedgerTransaction: Hashable, Sendable, Codable {
    /// Unique and derived from what it settles, so that posting it twice has the effect of once.
    package var id: String
    package var tenant: TenantID
    package var region: RegionID
    package var at: Instant
    package var memo: String
    package var entries: [LedgerEntry]
    /// The transaction that this one takes back.
    package var reverses: String?

    package init(
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
package struct BlockResult: Hashable, Sendable, Codable {
    /// One vehicle's part of the block.
    package struct Share: Hashable, Sendable, Codable {
        package var vehicle: VehicleID
        package var owner: OwnerID
        package var contract: ContractID
        /// Headroom held, in watt-seconds over the block.
        package var headroomHeld: Energy
        /// Energy delivered in the direction of the award, ≥ 0, and energy discharged, ≥ 0.
        package var delivered: Energy
        package var discharged: Energy
        package var availability: Money
        package var energy: Money
        package var wear: Money
        package var fee: Money
        /// availability + energy − fee, wear included in it: what the owner gets.
        package var earned: Money
        /// The contract's terms as they were applied: the owner's share in 1/10,000, and the compensation for wear in
        /// micro-units per kWh discharged.
        package var ownerShare: Int
        package var wearPerKilowattHour: Int

        package init(
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
    package var award: Award
    package var tenant: TenantID
    package var region: RegionID
    package var settledAt: Instant
    /// Σ requested, Σ min(delivered, requested) and Σ over-delivery over the block.
    package var requested: Energy
    package var delivered: Energy
    package var overDelivered: Energy
    /// Σ min(delivered, requested) ÷ Σ requested in 1/10,000; 10,000 when nothing was requested.
    package var performance: Int
    package var availabilityPayment: Money
    package var energyPayment: Money
    /// Headroom held and energy delivered by all vehicles of the block: what the payments are shared by, also where
    /// ``shares`` holds one owner's only.
    package var totalHeld: Energy
    package var totalDelivered: Energy
    package var shares: [Share]

    package init(
        award: Award, tenant: TenantID, region: RegionID, settledAt: Instant, requested: Energy,
        delivered: Energy, overDelivered: Energy, performance: Int, availabilityPayment: Money,
        energyPayment: Money, shares: [Share]
    ) {
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
