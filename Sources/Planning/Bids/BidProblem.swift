public import Domain

/// A day of a fleet and of the products that it may be sold for, as it is known when bids are planned.
public struct BidProblem: Hashable, Sendable, Codable {
    /// A grid connection with its limits, W, magnitudes; `load` is its own, one value a slot, + = import.
    public struct Site: Hashable, Sendable, Codable {
        public var importLimit: Int
        public var exportLimit: Int
        public var load: [Int]

        public init(importLimit: Int, exportLimit: Int, load: [Int]) {
            self.importLimit = importLimit
            self.exportLimit = exportLimit
            self.load = load
        }
    }

    /// One stay of a car: it arrives before slot `arrival` begins and leaves when slot `departure` begins.
    public struct Stay: Hashable, Sendable, Codable {
        public var vehicle: VehicleID
        public var site: Int
        public var arrival: Int
        public var departure: Int
        /// Wh in the battery on arrival, promised at departure, below which it is never discharged, and at most.
        public var energy: Int
        public var target: Int
        public var reserve: Int
        public var capacity: Int
        /// W, magnitudes at the meter.
        public var maxCharge: Int
        public var maxDischarge: Int
        /// One-way, 1/10,000.
        public var efficiency: Int
        /// Micro-units per kWh taken from the battery.
        public var wear: Int

        public init(
            vehicle: VehicleID, site: Int, arrival: Int, departure: Int, energy: Int, target: Int, reserve: Int,
            capacity: Int, maxCharge: Int, maxDischarge: Int, efficiency: Int, wear: Int
        ) {
            self.vehicle = vehicle
            self.site = site
            self.arrival = arrival
            self.departure = departure
            self.energy = energy
            self.target = target
            self.reserve = reserve
            self.capacity = capacity
            self.maxCharge = maxCharge
            self.maxDischarge = maxDischarge
            self.efficiency = efficiency
            self.wear = wear
        }
    }

    /// A product's block in one direction that may be bid for.
    public struct Offer: Hashable, Sendable, Codable {
        public var product: ProductID
        public var direction: Direction
        public var block: MarketInterval
        public var slots: Range<Int>
        /// Micro-units per MW and hour that are expected, and per MWh that is called; below zero is normal.
        public var price: Int
        public var energyPrice: Int
        /// W: least, step and most of a bid.
        public var minimum: Int
        public var step: Int
        public var maximum: Int
        /// Held above the bid, 1/1,000.
        public var spare: Int
        /// Held above that, 1/1,000, because of cars that may leave earlier than their stays say: a part of what cars
        /// hold, and no part of what has to be firm.
        public var risk: Int
        /// Seconds of full power that have energy behind them at every moment.
        public var reserveSeconds: Int
        /// Share of the power sold that is called in the mean, 1/10,000.
        public var called: Int
        /// Power that is firm at the product's own quantile for all that is sold in this direction and time, W; nil where
        /// nothing is known but the stays.
        public var firm: Int?
        /// Headroom of equally likely days, W, rising; empty where none were measured. A shortfall costs `penalty`,
        /// micro-units per MW and hour.
        public var scenarios: [Int]
        public var penalty: Int
        /// Where up and down are one quantity: offers with the same number are bid alike.
        public var joint: Int?
        /// Products of offers with the same number are not bid beside each other: at no time more than one of them.
        public var exclusive: Int?

        public init(
            product: ProductID, direction: Direction, block: MarketInterval, slots: Range<Int>, price: Int,
            energyPrice: Int = 0, minimum: Int, step: Int, maximum: Int, spare: Int = 0, risk: Int = 0,
            reserveSeconds: Int, called: Int = 0, firm: Int? = nil, scenarios: [Int] = [], penalty: Int = 0,
            joint: Int? = nil, exclusive: Int? = nil
        ) {
            self.product = product
            self.direction = direction
            self.block = block
            self.slots = slots
            self.price = price
            self.energyPrice = energyPrice
            self.minimum = minimum
            self.step = step
            self.maximum = maximum
            self.spare = spare
            self.risk = risk
            self.reserveSeconds = reserveSeconds
            self.called = called
            self.firm = firm
            self.scenarios = scenarios
            self.penalty = penalty
            self.joint = joint
            self.exclusive = exclusive
        }
    }

    public var slotSeconds: Int
    /// Price of energy, micro-units per MWh, one a slot: for what is taken and for what is given back.
    public var prices: [Int]
    public var sites: [Site]
    public var stays: [Stay]
    public var offers: [Offer]

    public init(slotSeconds: Int, prices: [Int], sites: [Site], stays: [Stay], offers: [Offer]) {
        self.slotSeconds = slotSeconds
        self.prices = prices
        self.sites = sites
        self.stays = stays
        self.offers = offers
    }

    public var slots: Int { self.prices.count }

    /// What is wrong with it, each a line that names what to change; empty when it is sound. A stay that cannot reach
    /// its target is lowered by ``reachable``, and is no finding.
    public var findings: [String] {
        var findings: [String] = []
        if self.slotSeconds <= 0 || self.slots == 0 || self.slots > 2_000 {
            findings.append("slots: give 1 to 2000 prices, and slotSeconds above 0")
        }
        for (index, site) in self.sites.enumerated()
        where site.load.count != self.slots || site.importLimit < 0 || site.exportLimit < 0 {
            findings.append("site \(index): give a load for each slot, and limits of at least 0 W")
        }
        for stay in self.stays where !self.isSound(stay) {
            findings.append(
                "\(stay.vehicle): a stay has a site, arrival before departure inside of the slots, 0 ≤ reserve, energy, "
                    + "target ≤ capacity, powers of at least 0 W and an efficiency of 5000 to 10000")
        }
        for offer in self.offers where !self.isSound(offer) {
            findings.append(
                "\(offer.product) at \(offer.slots): an offer has slots of the day, 0 < step, minimum ≤ maximum, rising "
                    + "scenarios, and shares of at least 0")
        }
        return findings
    }

    private func isSound(_ stay: Stay) -> Bool {
        let energies = [stay.reserve, stay.energy, stay.target].allSatisfy { 0...max(0, stay.capacity) ~= $0 }
        return self.sites.indices.contains(stay.site) && 0 <= stay.arrival && stay.arrival < stay.departure
            && stay.departure <= self.slots && energies && stay.maxCharge >= 0 && stay.maxDischarge >= 0
            && 5_000...10_000 ~= stay.efficiency && stay.wear >= 0
    }

    private func isSound(_ offer: Offer) -> Bool {
        0 <= offer.slots.lowerBound && offer.slots.upperBound <= self.slots && !offer.slots.isEmpty && offer.step > 0
            && offer.minimum >= 0 && offer.minimum <= offer.maximum && offer.spare >= 0 && offer.risk >= 0
            && offer.reserveSeconds >= 0
            && 0...10_000 ~= offer.called && offer.penalty >= 0
            && zip(offer.scenarios, offer.scenarios.dropFirst()).allSatisfy { $0 <= $1 }
    }

    /// Pairs of offers that are not bid beside each other: of two products with the same number, in the same time.
    var excluded: [(Int, Int)] {
        var pairs: [(Int, Int)] = []
        let marked = self.offers.indices.filter { self.offers[$0].exclusive != nil }
        for (place, one) in marked.enumerated() {
            for other in marked[(place + 1)...] {
                let (a, b) = (self.offers[one], self.offers[other])
                guard a.exclusive == b.exclusive, a.product != b.product, a.slots.overlaps(b.slots) else { continue }
                pairs.append((one, other))
            }
        }
        return pairs
    }

    /// What a kWh is worth that a car leaves with beyond its promise, micro-units per MWh at the meter: the day's lowest
    /// price, since it need not be bought the next day; never below 0.
    public var surplusPrice: Int { max(0, self.prices.min() ?? 0) }

    /// Power of all cars that are there in each slot, W: no more can be held in either direction.
    var present: [Int] {
        var present = Array(repeating: 0, count: self.slots)
        for stay in self.stays {
            for slot in stay.arrival..<stay.departure { present[slot] += stay.maxCharge + stay.maxDischarge }
        }
        return present
    }

    /// The same with promises that can be kept: who cannot reach his target is promised what he can reach.
    public var reachable: BidProblem {
        var problem = self
        for (index, stay) in self.stays.enumerated() {
            let seconds = (stay.departure - stay.arrival) * self.slotSeconds
            let charged = stay.maxCharge * seconds / 3_600 * stay.efficiency / 10_000
            problem.stays[index].target = min(stay.target, stay.energy + charged * 999 / 1_000)
            problem.stays[index].reserve = min(stay.reserve, stay.energy)
        }
        return problem
    }
}

/// What is best to bid, with what it earns; from a solver, and then a fact that a replay takes as it was.
public struct BidChoice: Hashable, Sendable, Codable {
    /// W by offer; 0 where nothing is bid.
    public var quantities: [Int]
    /// Micro-units: what the plan earns beside charging alone being free, and what no plan exceeds.
    public var gain: Int
    public var bound: Int
    public var solver: String
    public var nodes: Int
}
