public import Domain
import GridCodes

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

    /// - Parameter day: `2026-11-27`
    public init(day: String, tenant: TenantID, region: RegionID, currency: Currency) {
        self.day = day
        self.tenant = tenant
        self.region = region
        self.currency = currency
    }

    /// The day's settlement that a block belongs to, with nothing in it yet: that of the day in UTC on which it begins, of
    /// its region and its currency.
    public init(of block: BlockResult) {
        let days = block.award.block.start.seconds
        self.init(
            day: CivilDate(days: days >= 0 ? days / 86_400 : (days - 86_399) / 86_400).description,
            tenant: block.tenant, region: block.region, currency: block.award.pricePerMegawattHour.currency)
    }

    /// What its first postings are called, of money and of energy; later ones have `:r1`, `:r2`, … behind it.
    public var ids: [String] {
        let id = "day:\(self.day):\(self.region):\(self.currency.rawValue)"
        return [id, "\(id):energy"]
    }

    /// Adds a block, which must be in the day's currency.
    public mutating func add(_ block: Settlement) { self.add(block.result()) }

    /// Adds the last computation of a block, which must be in the day's currency.
    public mutating func add(_ result: BlockResult) {
        precondition(result.award.pricePerMegawattHour.currency == self.currency, "a day is of one currency")
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
        return zip(self.ids, [money, energy]).filter { !$0.1.isEmpty }.map { id, entries in
            LedgerTransaction(
                id: id, tenant: self.tenant, region: self.region, at: now,
                memo: "settlement of \(self.day)", entries: entries, reverses: nil)
        }
    }

    /// What is to be posted so that the books say what the day's blocks do: nothing where they do, else the latest is
    /// taken back and the new one posted.
    /// - Parameters:
    ///   - id: one of ``ids``.
    ///   - wanted: of ``transactions(at:)`` the one of this id; nil where there is none.
    ///   - posted: a posting by its id.
    public static func postings(
        _ id: String, wanted: LedgerTransaction?, at now: Instant, posted: (String) -> LedgerTransaction?
    ) -> [LedgerTransaction] {
        func name(_ revision: Int) -> String { id + (revision == 0 ? "" : ":r\(revision)") }
        var revision = 0
        var latest: LedgerTransaction?
        while let known = posted(name(revision)) {
            latest = known
            revision += 1
        }
        if let old = latest, posted("reverse:\(old.id)") != nil { latest = nil }
        guard latest?.entries != wanted?.entries else { return [] }
        var postings: [LedgerTransaction] = []
        if let latest {
            postings.append(AccountBook.reversal(of: latest, at: now, why: "computation \(revision) of \(id)"))
        }
        if var wanted {
            wanted.id = name(revision)
            postings.append(wanted)
        }
        return postings
    }
}
