public import Domain

/// What contracts pay by the month: fixed amounts, floors, damages for missed departures. One car under several
/// contracts gets of each what its seconds in the month are worth, whatever days of 23 or 25 hours there are in it.
public struct MonthSettlement: Sendable {
    /// One car under one contract in the month.
    public struct Line: Hashable, Sendable, Codable {
        public var vehicle: VehicleID
        public var contract: ContractID
        public var seconds: Int
        public var fixed: Money
        /// What blocks and fixed pay were short of the floor.
        public var floor: Money
        public var damages: Money
        public var misses: Int

        /// What the car gets beside its blocks.
        public var sum: Money { self.fixed + self.floor + self.damages }
    }
    /// A car under a contract for so many seconds of the month, what it earned from blocks meanwhile, and departures
    /// that missed their promise for our reasons.
    public struct Stay: Hashable, Sendable {
        public var vehicle: VehicleID
        public var terms: ContractTerms
        public var seconds: Int
        public var earned: Money
        public var misses: Int

        public init(vehicle: VehicleID, terms: ContractTerms, seconds: Int, earned: Money, misses: Int) {
            self.vehicle = vehicle
            self.terms = terms
            self.seconds = seconds
            self.earned = earned
            self.misses = misses
        }
    }

    /// `2026-11`, and its bounds.
    public var period: String
    public var month: MarketInterval
    public var tenant: TenantID
    public var region: RegionID

    public init(period: String, month: MarketInterval, tenant: TenantID, region: RegionID) {
        self.period = period
        self.month = month
        self.tenant = tenant
        self.region = region
    }

    /// The lines of stays whose contracts have something by the month.
    public func lines(_ stays: [Stay]) -> [Line] {
        let whole = self.month.duration.seconds
        return stays.compactMap { stay in
            guard let conditions = stay.terms.conditions, whole > 0 else { return nil }
            let currency = stay.terms.currency
            let seconds = min(whole, max(0, stay.seconds))
            func part(_ amount: Int) -> Int { allocate(amount, by: [seconds, whole - seconds])[0] }
            let fixed = part(conditions.fixedPerMonth)
            let earned = stay.earned.currency == currency ? stay.earned.microUnits : 0
            let floor = conditions.floorPerMonth == 0 ? 0 : max(0, part(conditions.floorPerMonth) - earned - fixed)
            let damages = conditions.damagesPerMiss * max(0, stay.misses)
            guard fixed != 0 || floor != 0 || damages != 0 else { return nil }
            func money(_ value: Int) -> Money { Money(microUnits: value, currency: currency) }
            return Line(
                vehicle: stay.vehicle, contract: stay.terms.id, seconds: seconds, fixed: money(fixed),
                floor: money(floor), damages: money(damages), misses: max(0, stay.misses))
        }
    }

    /// One transaction an owner and currency: each car's line, against the aggregator.
    public func transactions(
        _ lines: [Line], owner: OwnerID, at now: Instant, revision: Int = 0
    ) -> [LedgerTransaction] {
        let currencies = Set(lines.map(\.fixed.currency)).sorted { $0.rawValue < $1.rawValue }
        return currencies.compactMap { currency in
            let unit = LedgerUnit.money(currency)
            var entries: [LedgerEntry] = []
            for line in lines where line.fixed.currency == currency {
                let parts = [("fixed", line.fixed), ("floor", line.floor), ("damages", line.damages)]
                for (name, amount) in parts where amount.microUnits != 0 {
                    entries.append(
                        LedgerEntry(
                            account: "owner:\(owner):\(name)", unit: unit, amount: -amount.microUnits,
                            vehicle: line.vehicle))
                }
            }
            guard !entries.isEmpty else { return nil }
            let sum = entries.reduce(0) { $0 + $1.amount }
            entries.insert(
                LedgerEntry(account: "aggregator:contracts", unit: unit, amount: -sum, vehicle: nil), at: 0)
            return LedgerTransaction(
                id: Self.id(self.period, owner, currency, revision), tenant: self.tenant, region: self.region, at: now,
                memo: "contracts of \(owner) in \(self.period)", entries: entries, reverses: nil)
        }
    }

    /// The lines of a posting of an owner, as far as it has them: amounts by car.
    public static func lines(of posted: LedgerTransaction, owner: OwnerID) -> [Line] {
        var lines: [VehicleID: Line] = [:]
        for entry in posted.entries {
            guard case .money(let currency) = entry.unit, let vehicle = entry.vehicle else { continue }
            let zero = Money.zero(currency)
            var line =
                lines[vehicle]
                ?? Line(vehicle: vehicle, contract: "", seconds: 0, fixed: zero, floor: zero, damages: zero, misses: 0)
            switch entry.account {
            case "owner:\(owner):fixed": line.fixed.microUnits -= entry.amount
            case "owner:\(owner):floor": line.floor.microUnits -= entry.amount
            case "owner:\(owner):damages": line.damages.microUnits -= entry.amount
            default: continue
            }
            lines[vehicle] = line
        }
        return lines.values.sorted { $0.vehicle < $1.vehicle }
    }

    /// What the first posting of a month is called; later ones have `:r1`, `:r2`, … behind it.
    public static func id(_ period: String, _ owner: OwnerID, _ currency: Currency) -> String {
        self.id(period, owner, currency, 0)
    }

    private static func id(_ period: String, _ owner: OwnerID, _ currency: Currency, _ revision: Int) -> String {
        "month:\(period):\(owner):\(currency.rawValue)" + (revision == 0 ? "" : ":r\(revision)")
    }

    /// What is to be posted so that the books say `wanted`: nothing where they do, else the latest is taken back and
    /// the new one posted.
    /// - Parameter posted: a posting by its id.
    public static func postings(
        _ wanted: LedgerTransaction, posted: (String) -> LedgerTransaction?
    ) -> [LedgerTransaction] {
        var revision = 0
        func id(_ revision: Int) -> String { wanted.id + (revision == 0 ? "" : ":r\(revision)") }
        var latest: LedgerTransaction?
        while let known = posted(id(revision)) {
            latest = known
            revision += 1
        }
        guard let latest else { return [wanted] }
        guard latest.entries != wanted.entries else { return [] }
        var again = wanted
        again.id = id(revision)
        return [
            AccountBook.reversal(of: latest, at: wanted.at, why: "computation \(revision) of \(wanted.memo)"), again,
        ]
    }
}
