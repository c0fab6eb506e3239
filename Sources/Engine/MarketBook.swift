public import Domain
import GridCodes

/// An award with what was metered for it.
public struct Activation: Sendable, Codable {
    public var award: Award
    /// The metered seconds, by the product's own terms.
    var account: BlockAccount
    /// Per vehicle: what it held and moved.
    var vehicles = TallyTable()
    /// The load that like days give; nil where the declared one counts.
    var matched: DeclaredBaseline?
    /// How the resource and its comparison group compare; nil where the declared load counts.
    var scale: ComparisonGroup.Scale?
    /// What has to be said of it, in words.
    var notes: [String] = []
    public var settled = false

    public init(award: Award, terms: SettlementTerms = .plain) {
        self.award = award
        self.account = BlockAccount(award, terms: terms)
    }
}

/// Tallies by the enrolment's vehicle index.
struct TallyTable: Sendable, Codable {
    @InParts private var rows: [VehicleTally] = []
    /// Vehicles that missed something, in the order in which they did first.
    private(set) var lacking: [Int] = []

    subscript(vehicle: Int) -> VehicleTally {
        get { vehicle < self.rows.count ? self.rows[vehicle] : VehicleTally() }
        _modify {
            if vehicle >= self.rows.count {
                self.rows += Array(repeating: VehicleTally(), count: vehicle + 1 - self.rows.count)
            }
            yield &self.rows[vehicle]
        }
    }

    /// Notes what was asked of a vehicle and did not come.
    mutating func miss(_ vehicle: Int, _ energy: Energy) {
        if self[vehicle].missed == .zero { self.lacking.append(vehicle) }
        self[vehicle].missed += energy
    }

    /// As many as there may be rows for.
    var size: Int { self.rows.count }

    /// Vehicles that held or moved something, in the order of their indices.
    var used: [(vehicle: Int, tally: VehicleTally)] {
        self.rows.enumerated().compactMap { $1.isEmpty ? nil : ($0, $1) }
    }
}

/// One vehicle's sums inside an award's block.
struct VehicleTally: Sendable, Codable {
    var held = Energy.zero
    var delivered = Energy.zero
    var discharged = Energy.zero
    /// What was asked of it and did not come, in steady seconds.
    var missed = Energy.zero
    /// Σ watt-seconds discharged × what a kWh of them cost the battery, in micro-units; and of how many.
    var worn = 0
    var wornEnergy = Energy.zero

    /// Micro-units per kWh discharged, by the battery's own wear; nil where it is not known.
    var wearRate: Int? {
        self.wornEnergy > .zero ? roundedDivision(self.worn, self.wornEnergy.wattSeconds) : nil
    }

    /// Adds what it moved, with what a kWh costs the battery where that is known.
    mutating func add(delivered: Energy, discharged: Energy, rate: Int?) {
        self.delivered += delivered
        self.discharged += discharged
        guard let rate, discharged > .zero else { return }
        self.worn += rate * discharged.wattSeconds
        self.wornEnergy += discharged
    }

    var isEmpty: Bool { self.held == .zero && self.delivered == .zero && self.discharged == .zero }
}

/// Calls, bids, awards and declared baselines of the zone.
public struct MarketBook: Sendable, Codable {
    public internal(set) var bids: [BidID: Bid] = [:]
    public internal(set) var order: [BidID] = []
    public internal(set) var activations: [Activation] = []
    var baselines: [ResourceID: [DeclaredBaseline]] = [:]
    var awardIDs: Set<AwardID> = []
    /// What bids and awards speak for.
    public internal(set) var reservations = ReservationBook()
    /// By resource: what was planned last to be bid of it.
    var plans: [ResourceID: BidPlan] = [:]
    /// Awards that were not taken lately, in their order.
    public private(set) var refusedAwards: [RefusedAward] = []
    public internal(set) var results: [BlockResult] = []
    /// Micro-units that owners earned and the aggregator took in all blocks so far.
    private(set) var earned = 0
    private(set) var fee = 0
    /// Bids that may still change, and activations that may still count, of the first `looked…` ones; all later
    /// ones may, too. Derived: what stands here only spares the way through a history of days.
    private var openBids: [BidID] = []
    private var bidsLooked = 0
    private var openActivations: [Int] = []
    private var activationsLooked = 0

    /// Settled blocks and finished bids are in the database; here the latest are kept.
    static let mostKept = 500
    /// Shares of settled blocks, and entries of postings, that are kept with them: blocks of a large fleet have more than
    /// there is memory for, and nobody here asks for old ones.
    static let mostShares = 200_000

    /// Notes an award that was not taken; false where it was noted already, for the same reason.
    mutating func refuse(_ refused: RefusedAward) -> Bool {
        let isKnown = self.refusedAwards.contains {
            $0.award == refused.award && $0.bid == refused.bid && $0.reason == refused.reason
        }
        guard !isKnown else { return false }
        if self.refusedAwards.count >= 100 { self.refusedAwards.removeFirst() }
        self.refusedAwards.append(refused)
        return true
    }

    /// Notes a settled block; of the results the oldest beyond the bound are forgotten.
    mutating func keep(_ result: BlockResult) {
        self.results.append(result)
        let given = result.shares.reduce(0) { $0 + $1.earned.microUnits }
        self.earned += given
        self.fee += result.availabilityPayment.microUnits + result.energyPayment.microUnits - given
        if self.results.count > Self.mostKept {
            self.results.removeFirst(self.results.count - Self.mostKept)
        }
        var shares = 0
        for index in self.results.indices.reversed() {
            shares += self.results[index].shares.count
            if shares > Self.mostShares { self.results[index].shares = [] }
        }
    }

    /// Forgets the oldest settled activations beyond the bound. Indices of the others change.
    mutating func forgetSettled() {
        let surplus = self.activations.count(where: \.settled) - Self.mostKept
        guard surplus > 0 else { return }
        for index in self.activations.indices.filter({ self.activations[$0].settled })
            .prefix(surplus).reversed()
        {
            self.activations.remove(at: index)
        }
        self.activationsLooked = 0
        self.openActivations = []
    }

    /// Bids whose gate or block is still to come, in their order, and perhaps some more.
    var watched: [BidID] {
        self.bidsLooked == self.order.count
            ? self.openBids : self.openBids + self.order[self.bidsLooked...]
    }

    /// Indices of activations that a second still to be closed may ask for, in their order, and perhaps some more.
    var current: [Int] {
        self.activationsLooked == self.activations.count
            ? self.openActivations
            : self.openActivations + (self.activationsLooked..<self.activations.count)
    }

    /// Leaves bids out of ``watched`` whose gate and block are over.
    mutating func dropEndedBids(at now: Instant) {
        self.openBids = self.watched.filter { id in
            guard let call = self.bids[id]?.call else { return false }
            return call.block.end > now || call.gateClosure > now
        }
        self.bidsLooked = self.order.count
    }

    /// Leaves activations out of ``current`` that are settled and ended before an instant.
    mutating func dropEndedActivations(before instant: Instant) {
        self.openActivations = self.current.filter { index in
            !self.activations[index].settled
                || self.activations[index].award.block.end >= instant
        }
        self.activationsLooked = self.activations.count
    }

    /// What was awarded for a bid, settled or not.
    func activation(of bid: BidID) -> Int? {
        self.current.first { self.activations[$0].award.bid == bid }
            ?? self.activations.indices.first { self.activations[$0].award.bid == bid }
    }

    /// Forgets bids and baselines of blocks that ended before `instant`. Ids of awards are kept for good:
    /// one that comes again must find itself known.
    mutating func forget(before instant: Instant) {
        guard self.order.count > Self.mostKept else { return }
        let open = Set(self.activations.filter { !$0.settled }.map(\.award.bid))
        let old = self.order.filter { id in
            (self.bids[id]?.call.block.end ?? .distantPast) < instant && !open.contains(id)
        }
        for id in old.prefix(self.order.count - Self.mostKept) { self.bids[id] = nil }
        self.order.removeAll { self.bids[$0] == nil }
        self.bidsLooked = 0
        self.openBids = []
        for resource in self.baselines.keys {
            self.baselines[resource]?.removeAll { $0.interval.end < instant }
        }
    }

    /// When the block ends that is sold of a resource now, or nil where none is.
    func soldUntil(_ resource: ResourceID, at instant: Instant) -> Instant? {
        self.current.filter {
            self.activations[$0].award.block.contains(instant)
                && self.activations[$0].award.resource == resource
        }
        .map { self.activations[$0].award.block.end }.max()
    }

    /// Activations of a resource that are not settled yet.
    func unsettled(_ resource: ResourceID) -> [Int] {
        self.current.filter {
            self.activations[$0].award.resource == resource && !self.activations[$0].settled
        }
    }

    /// Whether an award of the resource begins or ends in (`after`, `through`].
    func hasEdge(_ resource: ResourceID, after: Instant, through: Instant) -> Bool {
        self.current.contains { index in
            let block = self.activations[index].award.block
            return
                ((after < block.start && block.start <= through)
                || (after < block.end && block.end <= through))
                && self.activations[index].award.resource == resource
                && !self.activations[index].settled
        }
    }

    /// Everything that decides or pays, in a fixed order.
    func fingerprint(into mark: inout Fingerprint) {
        for id in self.order {
            mark.add(id.rawValue)
            mark.add(self.bids[id]?.state.rawValue ?? "")
            mark.add(self.bids[id]?.quantity.watts ?? 0)
            self.bids[id]?.risk?.fingerprint(into: &mark)
        }
        for resource in self.plans.keys.sorted() { self.plans[resource]?.fingerprint(into: &mark) }
        for refused in self.refusedAwards {
            mark.add(refused.award.rawValue)
            mark.add(refused.reason)
        }
        for activation in self.activations {
            mark.add(activation.award.id.rawValue)
            for figure in activation.account.figures { mark.add(figure) }
            for point in activation.matched?.points ?? [] { mark.add(point.power.watts) }
            mark.add(activation.scale?.own ?? -1)
            mark.add(activation.scale?.group ?? -1)
            for note in activation.notes { mark.add(note) }
            for (vehicle, tally) in activation.vehicles.used {
                mark.add(vehicle)
                for sum in [tally.held, tally.delivered, tally.discharged, tally.missed] {
                    mark.add(sum.wattSeconds)
                }
                mark.add(tally.worn)
            }
            mark.add(activation.settled ? 1 : 0)
        }
        self.reservations.fingerprint(into: &mark)
        for id in self.awardIDs.sorted() { mark.add(id.rawValue) }
        for resource in self.baselines.keys.sorted() {
            for point in (self.baselines[resource] ?? []).flatMap(\.points) {
                mark.add(point.at.microseconds)
                mark.add(point.power.watts)
            }
        }
    }

    /// The declared load of a resource at an instant, or nil outside every declared block.
    func declared(_ resource: ResourceID, at instant: Instant) -> Power? {
        self.baselines[resource]?.last { $0.interval.contains(instant) }?.power(at: instant)
    }

    /// The load that like days give for a block of a product that runs at an instant, or nil.
    func matched(_ resource: ResourceID, _ product: ProductID, at instant: Instant) -> Power? {
        let number = self.current.first {
            let activation = self.activations[$0]
            return activation.matched != nil && activation.award.resource == resource
                && activation.award.product == product && activation.award.block.contains(instant)
        }
        return number.flatMap { self.activations[$0].matched?.power(at: instant) }
    }

    /// How a block of a product that runs at an instant is compared with its peers, or nil.
    func scale(_ resource: ResourceID, _ product: ProductID, at instant: Instant) -> ComparisonGroup.Scale? {
        let number = self.current.first {
            let activation = self.activations[$0]
            return activation.scale != nil && activation.award.resource == resource
                && activation.award.product == product && activation.award.block.contains(instant)
        }
        return number.flatMap { self.activations[$0].scale }
    }

    /// Awarded power of a product of a resource at an instant, magnitude.
    public func awarded(
        _ resource: ResourceID, _ product: ProductID, _ direction: Direction, at instant: Instant
    ) -> Power {
        var sum = Power.zero
        for index in self.current
        where self.activations[index].award.block.contains(instant)
            && self.activations[index].award.direction == direction
            && self.activations[index].award.product == product
            && self.activations[index].award.resource == resource
        {
            sum += self.activations[index].award.quantity
        }
        return sum
    }
}
