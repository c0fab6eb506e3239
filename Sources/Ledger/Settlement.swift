public import Domain
import GridCodes

/// What one vehicle did in a block, from its meter.
public struct VehicleDelivery: Hashable, Sendable {
    public var vehicle: VehicleID
    public var contract: ContractTerms
    /// Headroom held over the block in the direction of the award.
    public var headroomHeld: Energy
    /// Energy by which it moved in the direction of the request, ≥ 0.
    public var delivered: Energy
    public var discharged: Energy
    /// One-way, 1/10,000; and the seconds of the block under this contract. Conditions ask for them.
    public var efficiency: Int
    public var seconds: Int

    public init(
        vehicle: VehicleID, contract: ContractTerms, headroomHeld: Energy, delivered: Energy,
        discharged: Energy, efficiency: Int = 10_000, seconds: Int = 0
    ) {
        self.vehicle = vehicle
        self.contract = contract
        self.headroomHeld = headroomHeld
        self.delivered = delivered
        self.discharged = discharged
        self.efficiency = efficiency
        self.seconds = seconds
    }
}

/// Turns a metered block into money, exactly: what the market pays is what owners and aggregator get.
public struct Settlement: Sendable {
    public var award: Award
    public var tenant: TenantID
    public var region: RegionID
    public var settledAt: Instant
    public var requested: Energy
    public var delivered: Energy
    public var overDelivered: Energy
    /// Factor of the capacity payment in 1/10,000, by the product's own score.
    public var performance: Int
    /// How the score was found and what the product pays for; nil = all that the award's prices say.
    public var proof: DeliveryProof?
    public var vehicles: [VehicleDelivery]
    /// What the operator takes back for what was not delivered (≥ 0; nil: as the product's own rule says), and what it pays
    /// for imbalance (negative: it is owed): the aggregator's, never an owner's.
    public var penalty: Money?
    public var imbalance: Money?
    /// Nil the first computation, then 1, 2, …
    public var revision: Int?
    /// Whether it is booked with its day (``DaySettlement``).
    public var isNetted: Bool?

    public init(
        award: Award, tenant: TenantID, region: RegionID, settledAt: Instant, requested: Energy,
        delivered: Energy, overDelivered: Energy, performance: Int, proof: DeliveryProof? = nil,
        vehicles: [VehicleDelivery], penalty: Money? = nil, imbalance: Money? = nil, revision: Int? = nil
    ) {
        self.proof = proof
        self.award = award
        self.tenant = tenant
        self.region = region
        self.settledAt = settledAt
        self.requested = requested
        self.delivered = delivered
        self.overDelivered = overDelivered
        self.performance = performance
        self.vehicles = vehicles
        self.penalty = penalty
        self.imbalance = imbalance
        self.revision = revision
    }

    /// (Availability price × awarded MW × hours + mileage price × MW of path) × performance, rounded to the nearest
    /// micro-unit.
    public var availabilityPayment: Money {
        let terms = self.proof?.terms ?? .plain
        let price = Int128(self.award.pricePerMegawattHour.microUnits) * Int128(terms.capacityPerMille)
        let capacity = price * Int128(self.award.quantity.watts) * Int128(self.award.block.duration.seconds)
        let mileage = Int128(terms.mileagePrice) * Int128(self.proof?.path ?? 0) * 3_600_000
        return Money(
            microUnits: Self.rounded((capacity + mileage) * Int128(self.performance), 1_000_000 * 3_600_000 * 10_000),
            currency: self.award.pricePerMegawattHour.currency)
    }

    /// Energy price × delivered energy, rounded to the nearest micro-unit.
    public var energyPayment: Money {
        let paid = Int128(self.proof?.terms.energyPerMille ?? 1_000)
        let price = Int128(self.award.energyPricePerMegawattHour.microUnits) * paid
        return Money(
            microUnits: Self.rounded(price * Int128(self.delivered.wattSeconds), 3_600_000_000_000),
            currency: self.award.energyPricePerMegawattHour.currency)
    }

    /// Part of the awarded power that cars held, in the mean over the block, 1/10,000; what is above the award counts not.
    public var availability: Int {
        let held = self.vehicles.reduce(Int128(0)) { $0 + Int128(max(0, $1.headroomHeld.wattSeconds)) }
        let awarded = Int128(self.award.quantity.watts) * Int128(self.award.block.duration.seconds)
        return awarded > 0 ? Int(min(10_000, held * 10_000 / awarded)) : 10_000
    }

    /// What the product's own rule takes back for what was missed or not delivered; nil where nothing is.
    var damages: Money? {
        guard let proof = self.proof, let rule = proof.terms.damages else { return nil }
        let short = proof.score < rule.scoreBelow ? (10_000 - proof.score) * rule.shortPerMille : 0
        let available = self.availability
        let missed = available < rule.availabilityBelow ? (10_000 - available) * rule.missedPerMille : 0
        let price = Int128(max(0, self.award.pricePerMegawattHour.microUnits)) * Int128(proof.terms.capacityPerMille)
        let block = price * Int128(self.award.quantity.watts) * Int128(self.award.block.duration.seconds)
        let owed = Self.rounded(block / 1_000 * Int128(short + missed), 1_000_000 * 3_600 * 10_000_000)
        return owed == 0 ? nil : Money(microUnits: owed, currency: self.award.pricePerMegawattHour.currency)
    }

    /// The block's result with each vehicle's share.
    public func result() -> BlockResult {
        let availability = self.availabilityPayment
        let energy = self.energyPayment
        let held = availability.split(by: self.vehicles.map { max(0, $0.headroomHeld.wattSeconds) })
        let moved = energy.split(by: self.vehicles.map { max(0, $0.delivered.wattSeconds) })
        let shares = self.vehicles.indices.map { index in
            self.share(self.vehicles[index], availability: held[index], energy: moved[index])
        }
        var result = BlockResult(
            award: self.award, tenant: self.tenant, region: self.region, settledAt: self.settledAt,
            requested: self.requested, delivered: self.delivered, overDelivered: self.overDelivered,
            performance: self.performance, availabilityPayment: availability, energyPayment: energy,
            shares: shares, proof: self.proof)
        result.penalty = self.penalty ?? self.damages
        result.imbalance = self.imbalance
        result.revision = self.revision
        result.isNetted = self.isNetted
        return result
    }

    /// Wear comes first; of what is left the contract's share goes to the owner and the rest is the fee.
    private func share(_ vehicle: VehicleDelivery, availability: Money, energy: Money)
        -> BlockResult.Share
    {
        let contract = vehicle.contract
        let gross = availability + energy
        let wear = Money(
            microUnits: Self.rounded(
                Int128(contract.wearPerKilowattHour) * Int128(vehicle.discharged.wattSeconds),
                3_600_000),
            currency: gross.currency)
        if let conditions = contract.conditions {
            return self.share(vehicle, conditions, availability: availability, energy: energy, wear: wear)
        }
        let left = max(0, gross.microUnits - wear.microUnits)
        let fee = Money(
            microUnits: Self.rounded(Int128(left) * Int128(10_000 - contract.ownerShare), 10_000),
            currency: gross.currency)
        return BlockResult.Share(
            vehicle: vehicle.vehicle, owner: contract.owner, contract: contract.id,
            headroomHeld: vehicle.headroomHeld, delivered: vehicle.delivered,
            discharged: vehicle.discharged, availability: availability, energy: energy, wear: wear,
            fee: fee, earned: gross - fee, ownerShare: contract.ownerShare,
            wearPerKilowattHour: contract.wearPerKilowattHour)
    }

    /// The ids of ``transactions(of:)``; there is no posting of energy where none was moved.
    public static func postingIDs(of result: BlockResult) -> [String] {
        let id = "block:\(result.award.id)" + (result.revision.map { ":r\($0)" } ?? "")
        return [id, "\(id):energy"]
    }

    /// What is posted for a result: nothing of its own where it is booked with its day.
    public static func postings(of result: BlockResult) -> [LedgerTransaction] {
        result.isNetted == true ? [] : self.transactions(of: result)
    }

    /// The postings of a result: the market owes, owners and aggregator are owed; energy beside it.
    public static func transactions(of result: BlockResult) -> [LedgerTransaction] {
        let payment = result.payment
        let unit = LedgerUnit.money(payment.currency)
        var entries = [
            LedgerEntry(
                account: "market:\(result.award.resource)", unit: unit, amount: payment.microUnits,
                vehicle: nil)
        ]
        var given = 0
        var earnings = OwnerAccounts(kind: "earnings")
        entries.reserveCapacity(result.shares.count + 8)
        for share in result.shares {
            entries.append(
                LedgerEntry(
                    account: earnings[share.owner], unit: unit, amount: -share.earned.microUnits,
                    vehicle: share.vehicle))
            given += share.earned.microUnits
            guard let own = share.conditioned else { continue }
            for (party, owed) in zip(own.conditions.thirdParties, own.thirdParties) where owed.microUnits != 0 {
                entries.append(
                    LedgerEntry(
                        account: "\(party.kind.rawValue):\(party.name)", unit: unit, amount: -owed.microUnits,
                        vehicle: share.vehicle))
                given += owed.microUnits
            }
        }
        given += self.marketsOwn(result, into: &entries)
        entries.append(
            LedgerEntry(
                account: "aggregator:fee", unit: unit, amount: -(payment.microUnits - given),
                vehicle: nil))
        let ids = self.postingIDs(of: result)
        let money = LedgerTransaction(
            id: ids[0], tenant: result.tenant, region: result.region, at: result.settledAt,
            memo: "settlement of \(result.award.id)", entries: entries, reverses: nil)
        let moved = result.shares.filter { $0.delivered.wattSeconds != 0 }
        guard !moved.isEmpty else { return [money] }
        let total = moved.reduce(0) { $0 + $1.delivered.wattSeconds }
        var energies = OwnerAccounts(kind: "energy")
        let energy = LedgerTransaction(
            id: ids[1], tenant: result.tenant, region: result.region, at: result.settledAt,
            memo: "energy delivered for \(result.award.id)",
            entries: [
                LedgerEntry(
                    account: "grid:\(result.award.resource)", unit: .energy, amount: total,
                    vehicle: nil)
            ]
                + moved.map {
                    LedgerEntry(
                        account: energies[$0.owner], unit: .energy, amount: -$0.delivered.wattSeconds,
                        vehicle: $0.vehicle)
                }, reverses: nil)
        return [money, energy]
    }
}

/// Names of owners' accounts, each made once: a fleet has few owners and many cars.
private struct OwnerAccounts {
    let kind: String
    private var names: [OwnerID: String] = [:]

    init(kind: String) { self.kind = kind }

    subscript(owner: OwnerID) -> String {
        mutating get {
            if let known = self.names[owner] { return known }
            let name = "owner:\(owner):\(self.kind)"
            self.names[owner] = name
            return name
        }
    }
}

extension Settlement {
    /// Penalty and imbalance stand in accounts of their own.
    /// - Returns: their sum, + = for the aggregator.
    private static func marketsOwn(_ result: BlockResult, into entries: inout [LedgerEntry]) -> Int {
        let unit = LedgerUnit.money(result.availabilityPayment.currency)
        let own = [
            ("aggregator:penalty", -(result.penalty?.microUnits ?? 0)),
            ("aggregator:imbalance", result.imbalance?.microUnits ?? 0),
        ]
        for (account, amount) in own where amount != 0 {
            entries.append(LedgerEntry(account: account, unit: unit, amount: -amount, vehicle: nil))
        }
        return own.reduce(0) { $0 + $1.1 }
    }

    /// Division rounded to nearest, half away from zero.
    static func rounded(_ value: Int128, _ divisor: Int128) -> Int {
        let half = divisor / 2
        return Int(value >= 0 ? (value + half) / divisor : -((-value + half) / divisor))
    }
}
