public import Domain

/// A day's blocks netted to one entry for each car: for fleets whose single blocks would be too many rows. What each block
/// paid is shared as ``Settlement`` shares it, so that the day's entries are the sums of the blocks', to the micro-unit.
public struct DaySettlement: Sendable {
    /// Of one car: Σ earned, fee, third parties, in micro-units, and energy delivered in watt-seconds.
    private struct Sum: Sendable {
        var earned = 0
        var delivered = 0
    }
    private let tenant: TenantID
    private let region: RegionID
    /// `2026-11-27`
    private let day: String
    private let currency: Currency
    private var places: [Place] = []
    private var sums: [Sum] = []
    private var index: [Key: Int] = [:]
    private var fee = 0
    private var third: [String: Int] = [:]
    private var markets: [String: Int] = [:]
    private var grids: [String: Int] = [:]
    private var own: [String: Int] = [:]

    private struct Key: Hashable {
        var vehicle: VehicleID
        var owner: OwnerID
    }
    private struct Place: Sendable {
        var vehicle: VehicleID
        var owner: OwnerID
    }

    public init(day: String, tenant: TenantID, region: RegionID, currency: Currency) {
        self.day = day
        self.tenant = tenant
        self.region = region
        self.currency = currency
    }

    /// Adds a block, which must be in the day's currency.
    public mutating func add(_ block: Settlement) {
        precondition(block.award.pricePerMegawattHour.currency == self.currency, "a day is of one currency")
        let result = block.result()
        for (number, share) in result.shares.enumerated() {
            let place = self.place(of: share, hint: number)
            self.sums[place].earned += share.earned.microUnits
            self.sums[place].delivered += share.delivered.wattSeconds
            guard let own = share.conditioned else { continue }
            for (party, owed) in zip(own.conditions.thirdParties, own.thirdParties) {
                self.third["\(party.kind.rawValue):\(party.name)", default: 0] += owed.microUnits
            }
        }
        let resource = result.award.resource
        let earned = result.shares.reduce(0) { $0 + $1.earned.microUnits }
        let others = result.shares.reduce(0) { sum, share in
            sum + (share.conditioned?.thirdParties.reduce(0) { $0 + $1.microUnits } ?? 0)
        }
        self.markets["market:\(resource)", default: 0] += result.payment.microUnits
        self.grids["grid:\(resource)", default: 0] += result.shares.reduce(0) { $0 + $1.delivered.wattSeconds }
        self.fee += result.availabilityPayment.microUnits + result.energyPayment.microUnits - earned - others
        self.own["aggregator:penalty", default: 0] -= result.penalty?.microUnits ?? 0
        self.own["aggregator:imbalance", default: 0] += result.imbalance?.microUnits ?? 0
    }

    /// Blocks of a day mostly have the same cars in the same order: then no name is looked up.
    private mutating func place(of share: BlockResult.Share, hint: Int) -> Int {
        if hint < self.places.count, self.places[hint].vehicle == share.vehicle, self.places[hint].owner == share.owner
        {
            return hint
        }
        let key = Key(vehicle: share.vehicle, owner: share.owner)
        if let known = self.index[key] { return known }
        self.index[key] = self.places.count
        self.places.append(Place(vehicle: share.vehicle, owner: share.owner))
        self.sums.append(Sum())
        return self.places.count - 1
    }

    /// Two transactions, money and energy, with one entry a car in each.
    public func transactions(at now: Instant) -> [LedgerTransaction] {
        let unit = LedgerUnit.money(self.currency)
        func entry(_ account: String, _ unit: LedgerUnit, _ amount: Int, _ vehicle: VehicleID? = nil) -> LedgerEntry {
            LedgerEntry(account: account, unit: unit, amount: amount, vehicle: vehicle)
        }
        func sorted(_ sums: [String: Int]) -> [(key: String, value: Int)] {
            sums.filter { $0.value != 0 }.sorted { $0.key < $1.key }
        }
        var accounts: [OwnerID: String] = [:]
        var money = sorted(self.markets).map { entry($0.key, unit, $0.value) }
        money.reserveCapacity(self.places.count + 16)
        for (place, sum) in zip(self.places, self.sums) where sum.earned != 0 {
            let account = accounts[place.owner] ?? "owner:\(place.owner):earnings"
            accounts[place.owner] = account
            money.append(entry(account, unit, -sum.earned, place.vehicle))
        }
        money += sorted(self.third).map { entry($0.key, unit, -$0.value) }
        money += sorted(self.own).map { entry($0.key, unit, -$0.value) }
        money.append(entry("aggregator:fee", unit, -self.fee))
        accounts = [:]
        var energy = sorted(self.grids).map { entry($0.key, .energy, $0.value) }
        energy.reserveCapacity(self.places.count + 4)
        for (place, sum) in zip(self.places, self.sums) where sum.delivered != 0 {
            let account = accounts[place.owner] ?? "owner:\(place.owner):energy"
            accounts[place.owner] = account
            energy.append(entry(account, .energy, -sum.delivered, place.vehicle))
        }
        return [("", money), (":energy", energy)].filter { !$0.1.isEmpty }.map { ending, entries in
            LedgerTransaction(
                id: "day:\(self.day)\(ending)", tenant: self.tenant, region: self.region, at: now,
                memo: "settlement of \(self.day)", entries: entries, reverses: nil)
        }
    }
}
