public import Domain

/// One second of history: deviations from baseline, W, + = up.
public struct HistoryPoint: Hashable, Sendable, Codable {
    /// Seconds since 1970 UTC.
    public var second: Int
    public var milliHertz: Int?
    public var requestedWatts: Int
    public var deliveredWatts: Int

    public init(second: Int, milliHertz: Int?, requestedWatts: Int, deliveredWatts: Int) {
        self.second = second
        self.milliHertz = milliHertz
        self.requestedWatts = requestedWatts
        self.deliveredWatts = deliveredWatts
    }
}

/// What the rim may see of the engine: an immutable value, published after each step.
public struct EngineSnapshot: Hashable, Sendable {
    public struct Resource: Hashable, Sendable {
        public var id: ResourceID
        public var requested: Power
        public var delivered: Power
        public var baseline: Power
        public var metered: Power
        /// What could be moved now, magnitudes; and what is held for awards under the plan that is named.
        public var headroomUp: Power
        public var headroomDown: Power
        public var heldUp: Power
        public var heldDown: Power
        public var awardedUp: Power
        public var awardedDown: Power
        public var planVersion: UInt64
        /// What the batteries can give and take by the meter, and what of it has to be there for what is sold or offered.
        public var energyUp = Energy.zero
        public var energyDown = Energy.zero
        public var reservedUp = Energy.zero
        public var reservedDown = Energy.zero

        public init(
            id: ResourceID, requested: Power, delivered: Power, baseline: Power, metered: Power,
            headroomUp: Power, headroomDown: Power, heldUp: Power, heldDown: Power,
            awardedUp: Power, awardedDown: Power, planVersion: UInt64
        ) {
            self.id = id
            self.requested = requested
            self.delivered = delivered
            self.baseline = baseline
            self.metered = metered
            self.headroomUp = headroomUp
            self.headroomDown = headroomDown
            self.heldUp = heldUp
            self.heldDown = heldDown
            self.awardedUp = awardedUp
            self.awardedDown = awardedDown
            self.planVersion = planVersion
        }
    }
    /// A decision of somebody else that keeps a car out of discharge.
    public struct KeptOut: Hashable, Sendable {
        /// Nil where it was so from the beginning.
        public var since: Instant?
        /// In words.
        public var reason: String

        public init(since: Instant?, reason: String) {
            self.since = since
            self.reason = reason
        }
    }
    /// A battery's wear and what its warranty still allows.
    public struct Wear: Hashable, Sendable {
        public var chemistry: String
        /// Share of its life that it has spent since it is known, in 1/1,000,000.
        public var spent: Int
        /// What the next kWh discharged costs it, in micro-units.
        public var perKilowattHour: Int
        public var discharged: Energy
        public var highHours: Int
        /// The largest used share of a limit of its warranty, in 1/10,000; nil without a limit.
        public var warrantyUsed: Int?
        /// Why it may not discharge, or not be charged above its plan, any more; empty while it may.
        public var veto: String

        public init(
            chemistry: String, spent: Int, perKilowattHour: Int, discharged: Energy, highHours: Int,
            warrantyUsed: Int?, veto: String
        ) {
            self.chemistry = chemistry
            self.spent = spent
            self.perKilowattHour = perKilowattHour
            self.discharged = discharged
            self.highHours = highHours
            self.warrantyUsed = warrantyUsed
            self.veto = veto
        }
    }
    public struct Vehicle: Hashable, Sendable {
        public var id: VehicleID
        public var owner: OwnerID
        public var station: StationID
        public var plugged: Bool
        public var stateOfCharge: StateOfCharge
        public var power: Power
        public var departure: Instant?
        public var departureSource: DepartureSource
        /// State of charge promised at departure; nil while nobody is plugged in.
        public var target: StateOfCharge?
        public var targetSource: DepartureSource
        public var ready: Bool
        public var reason: String
        public var keptOut: KeptOut?
        /// What its battery has spent; nil where it is not enrolled.
        public var wear: Wear?
        public var site: SiteID?
        /// What it may do now; nil where it cannot be commanded.
        public var moment: Moment?

        public init(
            id: VehicleID, owner: OwnerID, station: StationID, plugged: Bool,
            stateOfCharge: StateOfCharge, power: Power, departure: Instant?,
            departureSource: DepartureSource, target: StateOfCharge? = nil,
            targetSource: DepartureSource = .site, ready: Bool, reason: String,
            keptOut: KeptOut? = nil, wear: Wear? = nil
        ) {
            self.id = id
            self.wear = wear
            self.owner = owner
            self.station = station
            self.plugged = plugged
            self.stateOfCharge = stateOfCharge
            self.power = power
            self.departure = departure
            self.departureSource = departureSource
            self.target = target
            self.targetSource = targetSource
            self.ready = ready
            self.reason = reason
            self.keptOut = keptOut
        }
    }
    public struct Suspect: Hashable, Sendable {
        public var station: StationID
        /// Delivered share of what was asked, 1/10,000.
        public var trust: Int
        /// Since when it does not do what it accepts, when it did last, and when it is asked again.
        public var since: Instant?
        public var lastFollowed: Instant?
        public var retryAt: Instant?
        /// In words.
        public var reason: String

        public init(
            station: StationID, trust: Int, since: Instant? = nil, lastFollowed: Instant? = nil,
            retryAt: Instant? = nil, reason: String = ""
        ) {
            self.station = station
            self.trust = trust
            self.since = since
            self.lastFollowed = lastFollowed
            self.retryAt = retryAt
            self.reason = reason
        }
    }

    /// How the quantiles that were stated of a resource's headroom did, hour for hour.
    public struct Forecast: Hashable, Sendable {
        public var resource: ResourceID
        public var direction: Direction
        /// What was stated, in 1/10,000.
        public var confidence: Int
        public var daysJudged: Int
        /// Whether bids are made with it: fourteen days have to be judged before.
        public var isReady: Bool
        /// Hours for which the quantile was stated and judged.
        public var hours: Int
        /// Share of them in which at least that was there, in 1/10,000; nil before the first.
        public var coverage: Int?
        /// Pinball loss by what was there, in 1/1,000,000.
        public var relativeLoss: Int?
        /// Stated power by what was there, in 1/10,000.
        public var sharpness: Int?
        /// Times that the fleet was noticed to do otherwise than before.
        public var changes: Int

        public init(
            resource: ResourceID, direction: Direction, confidence: Int, daysJudged: Int, isReady: Bool, hours: Int,
            coverage: Int?, relativeLoss: Int?, sharpness: Int?, changes: Int
        ) {
            self.resource = resource
            self.direction = direction
            self.confidence = confidence
            self.daysJudged = daysJudged
            self.isReady = isReady
            self.hours = hours
            self.coverage = coverage
            self.relativeLoss = relativeLoss
            self.sharpness = sharpness
            self.changes = changes
        }
    }

    /// How an award stands while its block runs, by its product's own score.
    public struct Standing: Hashable, Sendable, Codable {
        public var award: Award
        public var method: SettlementTerms.Method
        /// So far, 1/10,000, and what it would scale the capacity payment by.
        public var score: Int
        public var factor: Int
        public var notes: [String]
        /// Who costs most, the worst first.
        public var lacks: [DeliveryProof.Lack]

        public init(
            award: Award, method: SettlementTerms.Method, score: Int, factor: Int, notes: [String] = [],
            lacks: [DeliveryProof.Lack] = []
        ) {
            self.award = award
            self.method = method
            self.score = score
            self.factor = factor
            self.notes = notes
            self.lacks = lacks
        }
    }

    /// The curves that charging is planned by.
    public var prices: [PriceCurve] = []
    public var at: Instant
    public var epoch: Epoch
    public var zone: ZoneID
    public var frequencyMilliHertz: Int?
    /// The region's own, mHz.
    public var nominalMilliHertz = 50_000
    public var resources: [Resource]
    /// The enrolled cars, some thousand a part: they are looked at in turns where there are many.
    private var parts: [Part]
    public var workersConnected: Int
    public var discharging: Int
    public var bids: [Bid]
    public var awards: [Award]
    /// Awards that were not taken lately, with their reasons.
    public var refusedAwards: [RefusedAward] = []
    public var forecasts: [Forecast] = []
    /// What is planned to be bid, by resource.
    public var plans: [BidPlan] = []
    public var results: [BlockResult]
    /// What is spoken for, by product, block and direction.
    public var reservations: [ReservationBook.Row] = []
    /// Of blocks that run, a few seconds old.
    public var standings: [Standing] = []
    public var history: [HistoryPoint]
    public var suspects: [Suspect]
    public var stops: [StopOrder]
    public var promisesBroken: Int
    public var energyConserved: Bool
    public var ledgerBalanced: Bool
    public var currency: Currency
    /// What the plugged-in batteries hold and could hold, and what they could be moved by, magnitudes.
    public var stored: Energy
    public var capacity: Energy
    public var maxCharge: Power
    public var maxDischarge: Power
    /// What owners earned and the aggregator's fee, in all blocks settled so far.
    public var earned: Money
    public var fee: Money

    /// Cars plugged in, and of them those whose promise holds and those at risk.
    public var plugged: Int { self.parts.reduce(0) { $0 + $1.plugged } }
    public var ready: Int { self.parts.reduce(0) { $0 + $1.ready } }
    public var atRisk: Int { self.plugged - self.ready }

    /// All cars; of a large fleet a list that is made when it is asked for.
    public var vehicles: [Vehicle] {
        get { self.parts.count == 1 ? self.parts[0].vehicles : self.parts.flatMap(\.vehicles) }
        set { self.parts = [Part(newValue)] }
    }

    /// Cars that were looked at together.
    struct Part: Hashable, Sendable {
        let vehicles: [Vehicle]
        let plugged: Int
        let ready: Int

        init(_ vehicles: [Vehicle]) {
            self.vehicles = vehicles
            self.plugged = vehicles.count(where: \.plugged)
            self.ready = vehicles.count { $0.plugged && $0.ready }
        }
    }

    mutating func take(_ parts: [Part]) { self.parts = parts }

    public init(
        at: Instant, epoch: Epoch, zone: ZoneID, frequencyMilliHertz: Int?,
        resources: [Resource], vehicles: [Vehicle], workersConnected: Int, discharging: Int,
        bids: [Bid], awards: [Award], results: [BlockResult], history: [HistoryPoint],
        suspects: [Suspect], stops: [StopOrder], promisesBroken: Int, energyConserved: Bool,
        ledgerBalanced: Bool, currency: Currency, stored: Energy = .zero, capacity: Energy = .zero,
        maxCharge: Power = .zero, maxDischarge: Power = .zero, earned: Money? = nil,
        fee: Money? = nil
    ) {
        self.at = at
        self.epoch = epoch
        self.zone = zone
        self.frequencyMilliHertz = frequencyMilliHertz
        self.resources = resources
        self.parts = [Part(vehicles)]
        self.workersConnected = workersConnected
        self.discharging = discharging
        self.bids = bids
        self.awards = awards
        self.results = results
        self.history = history
        self.suspects = suspects
        self.stops = stops
        self.promisesBroken = promisesBroken
        self.energyConserved = energyConserved
        self.ledgerBalanced = ledgerBalanced
        self.currency = currency
        self.stored = stored
        self.capacity = capacity
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.earned = earned ?? .zero(currency)
        self.fee = fee ?? .zero(currency)
    }
}
