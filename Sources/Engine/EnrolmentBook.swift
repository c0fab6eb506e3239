public import Domain
public import Ledger

/// Who is enrolled, with dense indices for what the hot path touches.
public struct EnrolmentBook: Sendable, Codable {
    public private(set) var sites: [SiteTerms] = []
    @InParts public private(set) var vehicles: [VehicleTerms] = []
    /// By the index of ``vehicles``.
    @InParts private(set) var limits: [VehicleLimits] = []
    @InParts private(set) var names: [VehicleID] = []
    public private(set) var owners: [OwnerID: OwnerTerms] = [:]
    public private(set) var contracts: [ContractID: ContractTerms] = [:]
    /// Who was paid under which terms when.
    private var tenures = TenureBook()
    /// Scheduled departures in order of time, by the index of ``vehicles``; and of those that are not enrolled yet.
    @InParts private var schedules: [[DepartureTerms]] = []
    @PairsInParts private var early: [VehicleID: [DepartureTerms]] = [:]
    private var siteIndex: [SiteID: Int] = [:]
    @PairsInParts private var vehicleIndex: [VehicleID: Int] = [:]
    @PairsInParts private var tokenIndex: [TokenID: Int] = [:]
    @PairsInParts private var stationSite: [StationID: Int] = [:]
    /// By site: what its stations share below its connection point, and which of that a station is on.
    private var siteFeeders: [Int: [StationTerms.Feeder]] = [:]
    @PairsInParts private var stationFeeder: [StationID: Int] = [:]

    public init() {}

    /// Takes a change; true where a station may stand at another site than before, a site in another resource, or a
    /// token for another vehicle.
    /// - Parameter now: from when on a new owner or contract counts where the change names no time.
    @discardableResult
    public mutating func apply(_ change: EnrolmentChange, at now: Instant = .distantPast) -> Bool {
        switch change {
        case .owner(let terms): self.owners[terms.id] = terms
        case .contract(let terms):
            self.tenures.note(terms, at: now)
            self.contracts[terms.id] = terms
        case .site(let terms): return self.set(terms)
        case .station(let terms):
            let site = self.siteIndex[terms.site]
            self.stationFeeder[terms.id] = site.flatMap { site in
                terms.feeder.map { self.feeder($0, of: site) }
            }
            guard self.stationSite[terms.id] != site else { return false }
            self.stationSite[terms.id] = site
            return true
        case .vehicle(let terms):
            if let index = self.vehicleIndex[terms.id] {
                self.tenures.note(index, from: self.vehicles[index], to: terms, at: now)
            }
            return self.set(terms)
        // The engine's wear book keeps it.
        case .battery: break
        case .departure(let terms): self.schedule(terms)
        case .cancelled(let vehicle, let departure):
            self.change(vehicle) { $0.removeAll { $0.departure == departure } }
        case .consent(let vehicle, let at):
            if let index = self.vehicleIndex[vehicle] {
                self.vehicles[index].dischargeConsentAt = at
                self.limits[index] = VehicleLimits(self.vehicles[index])
            }
        }
        return false
    }

    /// The index of a feeder among its site's; what is said last of its limit counts.
    private mutating func feeder(_ terms: StationTerms.Feeder, of site: Int) -> Int {
        var known = self.siteFeeders[site] ?? []
        defer { self.siteFeeders[site] = known }
        guard let index = known.firstIndex(where: { $0.name == terms.name }) else {
            known.append(terms)
            return known.count - 1
        }
        known[index] = terms
        return index
    }

    /// What a site's stations share below its connection point; empty for most.
    func feeders(of site: Int) -> [StationTerms.Feeder] { self.siteFeeders[site] ?? [] }
    /// Which of its site's feeders a station is on.
    func feeder(station: StationID) -> Int? { self.stationFeeder[station] }

    private mutating func set(_ terms: SiteTerms) -> Bool {
        guard let index = self.siteIndex[terms.id] else {
            self.siteIndex[terms.id] = self.sites.count
            self.sites.append(terms)
            return true
        }
        let isElsewhere = self.sites[index].resource != terms.resource
        self.sites[index] = terms
        return isElsewhere
    }

    private mutating func set(_ terms: VehicleTerms) -> Bool {
        let index: Int
        if let known = self.vehicleIndex[terms.id] {
            let isSame =
                self.vehicles[known].tokens == terms.tokens
                && terms.tokens.allSatisfy { self.tokenIndex[$0.folded] == known }
            if !isSame { for token in self.vehicles[known].tokens { self.tokenIndex[token.folded] = nil } }
            self.vehicles[known] = terms
            self.limits[known] = VehicleLimits(terms)
            if isSame { return false }
            index = known
        } else {
            index = self.vehicles.count
            self.vehicleIndex[terms.id] = index
            self.vehicles.append(terms)
            self.limits.append(VehicleLimits(terms))
            self.names.append(terms.id)
            self.schedules.append(self.early.removeValue(forKey: terms.id) ?? [])
        }
        for token in terms.tokens {
            // Where folding changes nothing, one copy of its bytes is enough.
            let folded = token.folded
            self.tokenIndex[folded == token ? token : folded] = index
        }
        return true
    }

    /// Most departures that are kept of a vehicle; of more the earliest go.
    static let mostDepartures = 400

    private mutating func schedule(_ terms: DepartureTerms) {
        self.change(terms.vehicle) { known in
            known.removeAll { $0.departure == terms.departure }
            known.insert(terms, at: known.firstIndex { $0.departure > terms.departure } ?? known.count)
            if known.count > Self.mostDepartures { known.removeFirst(known.count - Self.mostDepartures) }
        }
    }

    private mutating func change(_ vehicle: VehicleID, _ body: (inout [DepartureTerms]) -> Void) {
        if let index = self.vehicleIndex[vehicle] {
            body(&self.schedules[index])
        } else {
            var known = self.early.removeValue(forKey: vehicle) ?? []
            body(&known)
            if !known.isEmpty { self.early[vehicle] = known }
        }
    }

    private var byVehicle: [(id: VehicleID, departures: [DepartureTerms])] {
        let enrolled = self.schedules.indices.filter { !self.schedules[$0].isEmpty }
            .map { (id: self.names[$0], departures: self.schedules[$0]) }
        return (enrolled + self.early.map { (id: $0.key, departures: $0.value) }).sorted { $0.id < $1.id }
    }

    /// Every departure that is known, by vehicle and time.
    public var scheduled: [DepartureTerms] {
        self.byVehicle.flatMap(\.departures)
    }

    /// Under which terms a vehicle was during a block, in order, with the seconds of each; what has no contract is left
    /// out.
    public func tenures(of vehicle: Int, in block: MarketInterval) -> [TenureBook.Part] {
        self.tenures.parts(of: vehicle, self.vehicles[vehicle].contract, in: block)
    }

    /// The only terms of a vehicle that never was under others.
    func soleTenure(of vehicle: Int) -> ContractTerms? {
        self.tenures.sole(of: vehicle, self.vehicles[vehicle].contract)
    }

    /// The first departure after `instant` that the owner scheduled.
    public func departure(of vehicle: VehicleID, after instant: Instant) -> DepartureTerms? {
        self.vehicleIndex[vehicle].flatMap { self.departure(of: $0, after: instant) }
            ?? self.early[vehicle]?.first { $0.departure > instant }
    }

    /// The same by the index of ``vehicles``.
    func departure(of vehicle: Int, after instant: Instant) -> DepartureTerms? {
        for terms in self.schedules[vehicle] where terms.departure > instant { return terms }
        return nil
    }

    /// The same names as this book has them, so that nobody keeps the bytes of them a second time.
    func kept(_ station: StationID) -> StationID {
        self.stationSite.index(forKey: station).map { self.stationSite[$0].key } ?? station
    }

    func kept(_ token: TokenID?) -> TokenID? {
        guard let vehicle = self.vehicle(token: token) else { return token }
        return self.vehicles[vehicle].tokens.first { $0 == token } ?? token
    }

    public func vehicle(token: TokenID?) -> Int? { token.flatMap { self.tokenIndex[$0.folded] } }
    public func vehicle(_ id: VehicleID) -> Int? { self.vehicleIndex[id] }
    public func site(station: StationID) -> Int? { self.stationSite[station] }
    public func site(_ id: SiteID) -> Int? { self.siteIndex[id] }

    public func fingerprint(into mark: inout Fingerprint) {
        self.tenures.fingerprint(into: &mark)
        for site in self.sites {
            mark.add(site.id.rawValue); mark.add(site.importLimit.watts);
            mark.add(site.exportLimit.watts)
        }
        for (site, feeders) in self.siteFeeders.sorted(by: { $0.key < $1.key }) {
            mark.add(site)
            for feeder in feeders {
                mark.add(feeder.name)
                mark.add(feeder.limit.watts)
            }
        }
        for (station, feeder) in self.stationFeeder.sorted(by: { $0.key < $1.key }) {
            mark.add(station.rawValue)
            mark.add(feeder)
        }
        for vehicle in self.vehicles {
            mark.add(vehicle.id.rawValue)
            mark.add(vehicle.capacity.wattSeconds)
            mark.add(vehicle.dischargeConsentAt?.microseconds ?? -1)
        }
        for (id, schedule) in self.byVehicle {
            mark.add(id.rawValue)
            for terms in schedule {
                mark.add(terms.departure.microseconds)
                mark.add(terms.target.basisPoints)
            }
        }
    }
}

/// A vehicle's terms without its names: what every plan reads of every car.
struct VehicleLimits: Sendable, Codable {
    var capacity: Energy
    /// W, magnitudes ≥ 0.
    var maxCharge: Int
    var maxDischarge: Int
    var reserve: StateOfCharge
    /// One-way, 1/10,000.
    var efficiency: Int
    /// From when on the owner agrees to discharge; never without consent.
    var dischargeFrom: Instant

    init(_ terms: VehicleTerms) {
        self.capacity = terms.capacity
        self.maxCharge = terms.maxCharge.watts
        self.maxDischarge = terms.maxDischarge.watts
        self.reserve = terms.reserve
        self.efficiency = max(5_000, terms.efficiency)
        self.dischargeFrom = terms.dischargeConsentAt ?? .distantFuture
    }
}
