/// What a contract says beyond the owner's share: amounts in micro-units of its currency.
public struct ContractConditions: Hashable, Sendable, Codable {
    /// Who else is owed something when a car moves energy because of regulation.
    public struct ThirdParty: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            case supplier
            /// The network's charge for energy, and for the peak that regulation caused.
            case network
            case demand
            case tax
        }
        public var kind: Kind
        public var name: String
        /// For each kWh that is bought back because it was discharged; negative where it is a refund.
        public var perKilowattHour: Int
        /// Of the market's payment where that is positive, in 1/10,000.
        public var ofPayment: Int

        public init(kind: Kind, name: String, perKilowattHour: Int, ofPayment: Int) {
            self.kind = kind
            self.name = name
            self.perKilowattHour = perKilowattHour
            self.ofPayment = ofPayment
        }
    }

    /// Wear is compensated by the battery's own marginal cost where it is known, else by the contract's rate.
    public var usesOwnWear: Bool
    /// Paid to the owner for each kWh delivered.
    public var perKilowattHour: Int
    /// What a kWh costs that is bought back: refunded for energy discharged, for what is lost on both ways, and for the
    /// station's own draw while it stands by.
    public var energyPrice: Int
    /// The station's own draw while headroom is held, W.
    public var standby: Power
    /// Paid for each car and month, whatever happens; by the second where a month is shared.
    public var fixedPerMonth: Int
    /// What a car earns in a month at least.
    public var floorPerMonth: Int
    /// Paid for each departure that missed its promise for our reasons.
    public var damagesPerMiss: Int
    public var thirdParties: [ThirdParty]

    public init(
        usesOwnWear: Bool = false, perKilowattHour: Int = 0, energyPrice: Int = 0, standby: Power = .zero,
        fixedPerMonth: Int = 0, floorPerMonth: Int = 0, damagesPerMiss: Int = 0, thirdParties: [ThirdParty] = []
    ) {
        self.usesOwnWear = usesOwnWear
        self.perKilowattHour = perKilowattHour
        self.energyPrice = energyPrice
        self.standby = standby
        self.fixedPerMonth = fixedPerMonth
        self.floorPerMonth = floorPerMonth
        self.damagesPerMiss = damagesPerMiss
        self.thirdParties = thirdParties
    }
}

/// A car's battery: what it is made of, what it cost, and what its warranty allows us to take from it.
public struct BatteryTerms: Hashable, Sendable, Codable {
    public var vehicle: VehicleID
    /// An id of `Config/batteries.json`; one that is not there counts as `unknown`.
    public var chemistry: String
    /// Of a new pack, micro-units per kWh of capacity.
    public var pricePerKilowattHour: Int
    /// Energy to the grid, equivalent full cycles to the grid, hours at high charge; nil: no limit.
    public var throughput: Energy?
    public var cycles: Int?
    public var highHours: Int?

    public init(
        vehicle: VehicleID, chemistry: String, pricePerKilowattHour: Int, throughput: Energy? = nil, cycles: Int? = nil,
        highHours: Int? = nil
    ) {
        self.vehicle = vehicle
        self.chemistry = chemistry
        self.pricePerKilowattHour = pricePerKilowattHour
        self.throughput = throughput
        self.cycles = cycles
        self.highHours = highHours
    }
}
