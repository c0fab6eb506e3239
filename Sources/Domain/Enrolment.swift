/// Who may be paid under which terms.
package struct ContractTerms: Hashable, Sendable, Codable {
    package var id: ContractID
    package var owner: OwnerID
    package var tenant: TenantID
    package var currency: Currency
    /// The owner's share of what is left of the market's payment after wear, in 1/10,000.
    package var ownerShare: Int
    /// Compensation for wear in micro-units per kWh discharged.
    package var wearPerKilowattHour: Int

    package init(
        id: ContractID, owner: OwnerID, tenant: TenantID, currency: Currency, ownerShare: Int,
        wearPerKilowattHour: Int
    ) {
        self.id = id
        self.owner = owner
        self.tenant = tenant
        self.currency = currency
        self.ownerShare = ownerShare
        self.wearPerKilowattHour = wearPerKilowattHour
    }
}

/// A fleet owner.
package struct OwnerTerms: Hashable, Sendable, Codable {
    package var id: OwnerID
    package var tenant: TenantID
    package var name: String

    package init(id: OwnerID, tenant: TenantID, name: String) {
        self.id = id
        self.tenant = tenant
        self.name = name
    }
}

/// A grid connection point and its limits.
package struct SiteTerms: Hashable, Sendable, Codable {
    package var id: SiteID
    package var tenant: TenantID
    package var region: RegionID
    package var zone: ZoneID
    package var resource: ResourceID
    /// Most load and most export at the connection point, magnitudes. No export approval: `exportLimit` 0.
    package var importLimit: Power
    package var exportLimit: Power
    /// The site's own load that is assumed while its meter is silent for longer than a minute.
    package var staleLoad: Power
    /// What cars here are promised when neither car nor schedule says: hours after plugging in, and target.
    package var defaultStay: TimeSpan
    package var defaultTarget: StateOfCharge

    package init(
        id: SiteID, tenant: TenantID, region: RegionID, zone: ZoneID, resource: ResourceID,
        importLimit: Power, exportLimit: Power, staleLoad: Power, defaultStay: TimeSpan,
        defaultTarget: StateOfCharge
    ) {
        self.id = id
        self.tenant = tenant
        self.region = region
        self.zone = zone
        self.resource = resource
        self.importLimit = importLimit
        self.exportLimit = exportLimit
        self.staleLoad = staleLoad
        self.defaultStay = defaultStay
        self.defaultTarget = defaultTarget
    }
}

/// A charging station's place.
package struct StationTerms: Hashable, Sendable, Codable {
    package var id: StationID
    package var site: SiteID

    package init(id: StationID, site: SiteID) {
        self.id = id
        self.site = site
    }
}

/// A car, its owner and what its owner allows.
package struct VehicleTerms: Hashable, Sendable, Codable {
    package var id: VehicleID
    package var owner: OwnerID
    package var contract: ContractID
    package var tenant: TenantID
    /// Every idTag and eMAID that this car or its driver shows.
    package var tokens: [TokenID]
    package var capacity: Energy
    package var maxCharge: Power
    package var maxDischarge: Power
    /// Never discharged below this.
    package var reserve: StateOfCharge
    /// One-way efficiency in 1/10,000, both directions.
    package var efficiency: Int
    /// When the owner agreed to discharge; nil: never agreed, or withdrew.
    package var dischargeConsentAt: Instant?

    package init(
        id: VehicleID, owner: OwnerID, contract: ContractID, tenant: TenantID, tokens: [TokenID],
        capacity: Energy, maxCharge: Power, maxDischarge: Power, reserve: StateOfCharge,
        efficiency: Int, dischargeConsentAt: Instant?
    ) {
        self.id = id
        self.owner = owner
        self.contract = contract
        self.tenant = tenant
        self.tokens = tokens
        self.capacity = capacity
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.reserve = reserve
        self.efficiency = efficiency
        self.dischargeConsentAt = dischargeConsentAt
    }
}

/// A departure that the owner scheduled.
package struct DepartureTerms: Hashable, Sendable, Codable {
    package var vehicle: VehicleID
    package var departure: Instant
    package var target: StateOfCharge

    package init(vehicle: VehicleID, departure: Instant, target: StateOfCharge) {
        self.vehicle = vehicle
        self.departure = departure
        self.target = target
    }
}

/// One change of the enrolment, absolute: the thing *is* this from now on.
package enum EnrolmentChange: Hashable, Sendable, Codable {
    case owner(OwnerTerms)
    case contract(ContractTerms)
    case site(SiteTerms)
    case station(StationTerms)
    case vehicle(VehicleTerms)
    case departure(DepartureTerms)
    /// The owner's schedule has no departure of the vehicle at that time any more.
    case cancelled(VehicleID, departure: Instant)
    case consent(VehicleID, dischargeConsentAt: Instant?)
}
