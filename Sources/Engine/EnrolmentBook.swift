package import Domain

/// Who is enrolled, with dense indices for what the hot path touches.
package struct EnrolmentBook: Sendable {
    package private(set) var sites: [SiteTerms] = []
    package private(set) var vehicles: [VehicleTerms] = []
    package private(set) var owners: [OwnerID: OwnerTerms] = [:]
    package private(set) var contracts: [ContractID: ContractTerms] = [:]
    package private(set) var departures: [VehicleID: DepartureTerms] = [:]
    private var siteIndex: [SiteID: Int] = [:]
    private var vehicleIndex: [VehicleID: Int] = [:]
    private var tokenIndex: [TokenID: Int] = [:]
    private var stationSite: [StationID: Int] = [:]

    package init() {}

    package mutating func apply(_ change: EnrolmentChange) {
        switch change {
        case .owner(let terms): self.owners[terms.id] = terms
        case .contract(let terms): self.contracts[terms.id] = terms
        case .site(let terms): self.set(terms)
        case .station(let terms): self.stationSite[terms.id] = self.siteIndex[terms.site]
        case .vehicle(let terms): self.set(terms)
        case .departure(let terms): self.departures[terms.vehicle] = terms
        case .consent(let vehicle, let at):
            if let index = self.vehicleIndex[vehicle] {
                self.vehicles[index].dischargeConsentAt = at
            }
        }
    }

    private mutating func set(_ terms: SiteTerms) {
        if let index = self.siteIndex[terms.id] {
            self.sites[index] = terms
        } else {
            self.siteIndex[terms.id] = self.sites.count
            self.sites.append(terms)
        }
    }

    private mutating func set(_ terms: VehicleTerms) {
        let index: Int
        if let known = self.vehicleIndex[terms.id] {
            for token in self.vehicles[known].tokens { self.tokenIndex[token] = nil }
            self.vehicles[known] = terms
            index = known
        } else {
            index = self.vehicles.count
            self.vehicleIndex[terms.id] = index
            self.vehicles.append(terms)
        }
        for token in terms.tokens { self.tokenIndex[token] = index }
    }

    package func vehicle(token: TokenID?) -> Int? { token.flatMap { self.tokenIndex[$0] } }
    package func vehicle(_ id: VehicleID) -> Int? { self.vehicleIndex[id] }
    package func site(station: StationID) -> Int? { self.stationSite[station] }
    package func site(_ id: SiteID) -> Int? { self.siteIndex[id] }

    package func fingerprint(into mark: inout Fingerprint) {
        for site in self.sites {
            mark.add(site.id.rawValue); mark.add(site.importLimit.watts);
            mark.add(site.exportLimit.watts)
        }
        for vehicle in self.vehicles {
            mark.add(vehicle.id.rawValue)
            mark.add(vehicle.capacity.wattSeconds)
            mark.add(vehicle.dischargeConsentAt?.microseconds ?? -1)
        }
        for id in self.departures.keys.sorted() {
            mark.add(id.rawValue)
            mark.add(self.departures[id]?.departure.microseconds ?? 0)
        }
    }
}
