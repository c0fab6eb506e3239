public import Domain
public import GridCodes
public import Planning

/// A day of sessions, prices and products as one problem over all products: what is best to bid of it.
public struct BidDay: Sendable {
    /// One problem is at most so long.
    public static let mostSlots = 400

    public let problem: BidProblem
    public let interval: MarketInterval
    public let currency: Currency
    /// Sessions that lie outside of the day or at a site that is not configured, and products that have no block in it,
    /// each in words.
    public let leftOut: [String]
    /// By offer: what is believed of its block.
    let beliefs: [BidBelief]
    /// Days before that were judged; nothing is measured under fourteen.
    public let daysJudged: Int

    /// - Parameters:
    ///   - interval: whole slots, for which prices are known.
    ///   - called: share of the power sold that is called in the mean, 1/10,000.
    ///   - stay: probability that a car stays as its session says, in 1/10,000; used where fewer than fourteen days before
    ///     the interval have sessions.
    ///   - penalty: micro-units per MW and hour that are missing; nil = by each product's rule.
    ///   - exclusive: products of which at no time more than one is bid.
    public init(
        sessions: [Session], prices: PriceSeries, config: TwinConfig, region: RegionPack, products: [ProductID],
        interval: MarketInterval, slot: TimeSpan, called: Int, stay: Int = 9_800,
        penalty: Int? = nil, exclusive: [Set<ProductID>] = []
    ) throws(TwinError) {
        let slots = slot > .zero ? interval.duration.seconds / slot.seconds : 0
        guard (1...Self.mostSlots).contains(slots) else {
            throw TwinError(
                .invalidOption, "a plan has 1 to \(Self.mostSlots) slots: shorten the time or lengthen --slot")
        }
        var leftOut: [String] = []
        var rows: [PriceSeries.Row] = []
        for number in 0..<slots {
            let at = interval.start + slot * number
            guard let row = prices.row(at: at) else {
                throw TwinError(.invalidOption, "no price for \(Timestamp.format(at)): give prices from there on")
            }
            rows.append(row)
        }
        let sites = config.sites.map {
            BidProblem.Site(
                importLimit: Int($0.importKilowatts * 1_000), exportLimit: Int($0.exportKilowatts * 1_000),
                load: Array(repeating: 0, count: slots))
        }
        let wear = Int((config.wearPerKilowattHour * 1_000_000).rounded())
        var stays: [BidProblem.Stay] = []
        for session in sessions where session.departure > interval.start {
            let first = Self.slot(session.arrival, interval, slot, roundUp: true)
            let last = min(slots, Self.slot(session.departure, interval, slot, roundUp: false))
            guard let site = config.sites.firstIndex(where: { $0.id == session.site.rawValue }) else {
                leftOut.append("\(session.vehicle): site \(session.site) is not in the configuration")
                continue
            }
            guard first < last else {
                leftOut.append("\(session.vehicle): no whole slot of its stay lies in the time")
                continue
            }
            stays.append(
                Self.stay(session, site, first..<last, wear: wear, leaves: session.departure <= interval.end))
        }
        self.interval = interval
        self.currency = region.currency
        let marks = try Self.marks(exclusive, products)
        let listed = try products.map { id throws(TwinError) -> Product in
            guard let product = region.product(id) else {
                throw TwinError(.unknownProduct, "region \(region.region) has no product \(id): see Config/regions")
            }
            return product
        }
        let histories = Self.histories(sessions, listed, until: interval.start, region)
        let risks = BidRisks(
            stays: stays, slotSeconds: slot.seconds, stay: stay, penalty: penalty, histories: histories)
        self.daysJudged = histories.values.map(\.days).min() ?? 0
        var (offers, beliefs) = ([BidProblem.Offer](), [BidBelief]())
        for product in listed {
            let made = Self.offers(
                product, rows: rows, interval, slot, called: called, risks, exclusive: marks[product.id])
            if made.isEmpty {
                leftOut.append(
                    "\(product.id): \(product.notDispatched ?? "no block of \(product.blockSeconds / 60) min lies in whole slots of the time")"
                )
            }
            offers += made.map(\.offer)
            beliefs += made.map(\.belief)
        }
        self.beliefs = beliefs
        self.leftOut = leftOut
        self.problem = BidProblem(
            slotSeconds: slot.seconds, prices: rows.map(\.energy), sites: sites, stays: stays, offers: offers)
    }

    private static func slot(_ at: Instant, _ interval: MarketInterval, _ slot: TimeSpan, roundUp: Bool) -> Int {
        let seconds = max(0, (at - interval.start).seconds)
        return (seconds + (roundUp ? slot.seconds - 1 : 0)) / slot.seconds
    }

    /// - Parameter leaves: false where the car stays beyond the day: then it is promised what it has, or its target.
    private static func stay(
        _ session: Session, _ site: Int, _ slots: Range<Int>, wear: Int, leaves: Bool
    ) -> BidProblem.Stay {
        let energy = session.arrivalCharge.energy(of: session.capacity).wattHours
        let target = session.targetCharge.energy(of: session.capacity).wattHours
        return BidProblem.Stay(
            vehicle: session.vehicle, site: site, arrival: slots.lowerBound, departure: slots.upperBound,
            energy: energy, target: leaves ? target : min(energy, target),
            reserve: min(energy, session.minimumCharge.energy(of: session.capacity).wattHours),
            capacity: session.capacity.wattHours, maxCharge: session.maxCharge.watts,
            maxDischarge: session.maxDischarge.watts, efficiency: max(5_000, session.efficiency), wear: wear)
    }

    /// Blocks of a product wholly inside of the time.
    private static func offers(
        _ product: Product, rows: [PriceSeries.Row], _ interval: MarketInterval, _ slot: TimeSpan,
        called: Int, _ risks: BidRisks, exclusive: Int?
    ) -> [(offer: BidProblem.Offer, belief: BidBelief)] {
        var offers: [(offer: BidProblem.Offer, belief: BidBelief)] = []
        var at = interval.start
        while at < interval.end {
            let block = product.block(containing: at)
            guard block.end > at else { break }
            at = block.end
            let length = block.duration.seconds
            guard block.start >= interval.start, block.end <= interval.end, product.unsold(block) == nil,
                (block.start - interval.start).seconds % slot.seconds == 0, length % slot.seconds == 0
            else { continue }
            let first = (block.start - interval.start).seconds / slot.seconds
            let slots = first..<first + length / slot.seconds
            for direction in product.directions {
                let paid = slots.map { direction == .up ? rows[$0].up : rows[$0].down }
                let mean = paid.reduce(0, +) / paid.count
                let price = mean != 0 ? mean : product.availabilityPrice
                let known = risks.known(product, direction, block, slots, price: price)
                let offer = BidProblem.Offer(
                    product: product.id, direction: direction, block: block, slots: slots, price: price,
                    energyPrice: product.energyPrice, minimum: product.minimumBidWatts, step: product.bidStepWatts,
                    maximum: min(product.terms?.bid.maximumWatts ?? .max, 1_000_000_000), spare: known.spare,
                    risk: known.risk, reserveSeconds: BidRisks.reserve(product), called: called,
                    firm: known.belief.firm, scenarios: known.scenarios, penalty: known.penalty,
                    joint: product.terms?.bid.isJoint == true ? Self.joint(product, slots) : nil, exclusive: exclusive)
                offers.append((offer, known.belief))
            }
        }
        return offers
    }

    /// What the days before tell, by seconds of energy behind what is sold.
    private static func histories(
        _ sessions: [Session], _ products: [Product], until: Instant, _ region: RegionPack
    ) -> [Int: BidHistory] {
        var histories: [Int: BidHistory] = [:]
        guard sessions.contains(where: { $0.departure <= until }) else { return [:] }
        for reserve in Set(products.map(BidRisks.reserve)).sorted() {
            histories[reserve] = BidHistory(
                sessions, until: until, endurance: .seconds(reserve), region: region,
                confidences: Set(products.map(\.confidence)).sorted())
        }
        return histories
    }

    /// The number of each product's set of products that exclude each other.
    private static func marks(
        _ exclusive: [Set<ProductID>], _ products: [ProductID]
    ) throws(TwinError) -> [ProductID: Int] {
        var marks: [ProductID: Int] = [:]
        for (number, set) in exclusive.enumerated() {
            guard set.count > 1 else {
                throw TwinError(.invalidOption, "products that exclude each other: name two or more")
            }
            for id in set.sorted() {
                guard products.contains(id) else {
                    throw TwinError(.unknownProduct, "\(id) excludes others and is not planned: add --product \(id)")
                }
                guard marks.updateValue(number, forKey: id) == nil else {
                    throw TwinError(.invalidOption, "\(id) stands in two sets that exclude each other: join the sets")
                }
            }
        }
        return marks
    }

    /// One number for both directions of a block, another for each block and product.
    private static func joint(_ product: Product, _ slots: Range<Int>) -> Int {
        var mark = Fingerprint()
        mark.add(product.id.rawValue)
        mark.add(slots.lowerBound)
        return Int(truncatingIfNeeded: mark.value >> 1)
    }
}
