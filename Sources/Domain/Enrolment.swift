/// Who may be paid under which terms.
public struct ContractTerms: Hashable, Sendable, Codable {
    public var id: ContractID
    public var owner: OwnerID
    public var tenant: TenantID
    public var currency: Currency
    /// The owner's share of what is left of the market's payment after wear, in 1/10,000.
    public var ownerShare: Int
    /// Compensation for wear in micro-units per kWh discharged.
    public var wearPerKilowattHour: Int
    /// From when on these terms hold; nil: from when they were enrolled.
    public var validFrom: Instant?
    /// All that is not share and wear; nil: nothing, and a block that pays less than its wear takes no fee.
    public var conditions: ContractConditions?

    public init(
        id: ContractID, owner: OwnerID, tenant: TenantID, currency: Currency, ownerShare: Int,
        wearPerKilowattHour: Int, validFrom: Instant? = nil, conditions: ContractConditions? = nil
    ) {
        self.id = id
        self.owner = owner
        self.tenant = tenant
        self.currency = currency
        self.ownerShare = ownerShare
        self.wearPerKilowattHour = wearPerKilowattHour
        self.validFrom = validFrom
        self.conditions = conditions
    }
}

/// A fleet owner.
public struct OwnerTerms: Hashable, Sendable, Codable {
    public var id: OwnerID
    public var tenant: TenantID
    public var name: String

    public init(id: OwnerID, tenant: TenantID, name: String) {
        self.id = id
        self.tenant = tenant
        self.name = name
    }
}

/// A grid connection point and its limits.
public struct SiteTerms: Hashable, Sendable, Codable {
    public var id: SiteID
    public var tenant: TenantID
    public var region: RegionID
    public var zone: ZoneID
    public var resource: ResourceID
    /// Most load and most export at the connection point, magnitudes. No export approval: `exportLimit` 0.
    public var importLimit: Power
    public var exportLimit: Power
    /// The site's own load that is assumed while its meter is silent for longer than a minute.
    public var staleLoad: Power
    /// What cars here are promised when neither car nor schedule says: hours after plugging in, and target.
    public var defaultStay: TimeSpan
    public var defaultTarget: StateOfCharge

    public init(
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
public struct StationTerms: Hashable, Sendable, Codable {
    /// What some stations of a site share below its connection point: a cable, a phase, a feeder.
    public struct Feeder: Hashable, Sendable, Codable {
        /// Of its site's own.
        public var name: String
        /// Most that its cars draw or give together, W > 0.
        public var limit: Power

        public init(name: String, limit: Power) {
            self.name = name
            self.limit = limit
        }
    }

    public var id: StationID
    public var site: SiteID
    public var feeder: Feeder?

    public init(id: StationID, site: SiteID, feeder: Feeder? = nil) {
        self.id = id
        self.site = site
        self.feeder = feeder
    }
}

/// A car, its owner and what its owner allows.
public struct VehicleTerms: Hashable, Sendable, Codable {
    public var id: VehicleID
    public var owner: OwnerID
    public var contract: ContractID
    public var tenant: TenantID
    /// Every idTag and eMAID that this car or its driver shows.
    public var tokens: [TokenID]
    public var capacity: Energy
    public var maxCharge: Power
    public var maxDischarge: Power
    /// Never discharged below this.
    public var reserve: StateOfCharge
    /// One-way efficiency in 1/10,000, both directions.
    public var efficiency: Int
    /// When the owner agreed to discharge; nil: never agreed, or withdrew.
    public var dischargeConsentAt: Instant?

    public init(
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
public struct DepartureTerms: Hashable, Sendable, Codable {
    public var vehicle: VehicleID
    public var departure: Instant
    public var target: StateOfCharge

    public init(vehicle: VehicleID, departure: Instant, target: StateOfCharge) {
        self.vehicle = vehicle
        self.departure = departure
        self.target = target
    }
}

/// One change of the enrolment, absolute: the thing *is* this from now on.
public enum EnrolmentChange: Hashable, Sendable, Codable {
    case owner(OwnerTerms)
    case contract(ContractTerms)
    case site(SiteTerms)
    case station(StationTerms)
    case vehicle(VehicleTerms)
    case battery(BatteryTerms)
    case departure(DepartureTerms)
    /// The owner's schedule has no departure of the vehicle at that time any more.
    case cancelled(VehicleID, departure: Instant)
    case consent(VehicleID, dischargeConsentAt: Instant?)
}
