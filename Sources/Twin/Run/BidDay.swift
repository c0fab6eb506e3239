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

    /// - Parameters:
    ///   - interval: whole slots, for which prices are known.
    ///   - called: share of the power sold that is called in the mean, 1/10,000.
    ///   - stay: probability that a car stays as its session says, in 1/10,000.
    public init(
        sessions: [Session], prices: PriceSeries, config: TwinConfig, region: RegionPack, products: [ProductID],
        interval: MarketInterval, slot: TimeSpan, called: Int, stay: Int = 9_800
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
        for session in sessions {
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
        let risk = Risk(stays: stays, stay: stay)
        var offers: [BidProblem.Offer] = []
        for id in products {
            guard let product = region.product(id) else {
                throw TwinError(.unknownProduct, "region \(region.region) has no product \(id): see Config/regions")
            }
            let made = Self.offers(
                product, rows: rows, interval, slot, called: called, risk)
            if made.isEmpty {
                leftOut.append(
                    "\(id): \(product.notDispatched ?? "no block of \(product.blockSeconds / 60) min lies in whole slots of the time")"
                )
            }
            offers += made
        }
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
        called: Int, _ risk: Risk
    ) -> [BidProblem.Offer] {
        var offers: [BidProblem.Offer] = []
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
                offers.append(
                    BidProblem.Offer(
                        product: product.id, direction: direction, block: block, slots: slots,
                        price: mean != 0 ? mean : product.availabilityPrice, energyPrice: product.energyPrice,
                        minimum: product.minimumBidWatts, step: product.bidStepWatts,
                        maximum: min(product.terms?.bid.maximumWatts ?? .max, 1_000_000_000),
                        spare: risk.spare(product, slots),
                        reserveSeconds: product.terms?.energy.reserveSeconds ?? product.enduranceSeconds,
                        called: called, joint: product.terms?.bid.isJoint == true ? Self.joint(product, slots) : nil))
            }
        }
        return offers
    }

    /// The assumed risk that cars leave early: more is held than is sold, so that what is sold is there with the
    /// product's confidence.
    private struct Risk {
        var stays: [BidProblem.Stay]
        var stay: Int

        /// Held above the bid, 1/1,000: the product's own spare, and what the confidence wants of the cars that are there.
        func spare(_ product: Product, _ slots: Range<Int>) -> Int {
            let offers = self.stays.filter { $0.arrival <= slots.lowerBound && slots.upperBound <= $0.departure }
                .map { HeadroomOffer(watts: $0.maxCharge + $0.maxDischarge, departure: nil, stay: self.stay) }
            let rated = offers.reduce(0) { $0 + $1.watts }
            let block = MarketInterval(start: .distantPast, end: .distantPast)
            let firm = firmHeadroom(offers, block: block, endurance: .zero, confidence: product.confidence).firm
            guard firm > 0 else { return 1_000_000 }
            return (1_000 + product.sparePerMille) * rated / firm - 1_000
        }

    }

    /// One number for both directions of a block, another for each block and product.
    private static func joint(_ product: Product, _ slots: Range<Int>) -> Int {
        var mark = Fingerprint()
        mark.add(product.id.rawValue)
        mark.add(slots.lowerBound)
        return Int(truncatingIfNeeded: mark.value >> 1)
    }
}

extension BidDay {
    /// What was chosen as a plan that the engine of a resource takes.
    public func plan(_ choice: BidChoice, for resource: ResourceID, at now: Instant) -> BidPlan {
        BidPlan(
            resource: resource, interval: self.interval, madeAt: now, solver: choice.solver,
            gain: Money(microUnits: choice.gain, currency: self.currency),
            bound: Money(microUnits: choice.bound, currency: self.currency),
            entries: zip(self.problem.offers, choice.quantities).filter { $0.1 > 0 }.map {
                BidPlan.Entry(
                    product: $0.product, direction: $0.direction, block: $0.block, quantity: Power(watts: $1))
            })
    }
}
