import Domain
import GridCodes
import Planning

/// What is firm of a day's blocks, with the days on which it is not and what they cost: measured on the days before
/// where fourteen of them were judged, else by assumed risks that cars leave early.
struct BidRisks {
    private let stays: [BidProblem.Stay]
    private let slotSeconds: Int
    /// Probability that a car stays as its session says, 1/10,000.
    private let stay: Int
    /// Micro-units per MW and hour that are missing; nil = by the product's rule.
    private let penalty: Int?
    /// By seconds of energy behind what is sold.
    private let histories: [Int: BidHistory]
    /// Equally likely answers of assumed risks: as many as show what 99 % leave out.
    private static let answers = 200

    /// What one offer risks.
    struct Known {
        var belief: BidBelief
        var spare: Int
        var risk: Int
        var scenarios: [Int]
        var penalty: Int
    }

    init(
        stays: [BidProblem.Stay], slotSeconds: Int, stay: Int, penalty: Int?, histories: [Int: BidHistory]
    ) {
        self.stays = stays
        self.slotSeconds = slotSeconds
        self.stay = stay
        self.penalty = penalty
        self.histories = histories
    }

    static func reserve(_ product: Product) -> Int {
        product.terms?.energy.reserveSeconds ?? product.enduranceSeconds
    }

    /// - Parameter price: micro-units per MW and hour that are paid.
    func known(
        _ product: Product, _ direction: Direction, _ block: MarketInterval, _ slots: Range<Int>, price: Int
    ) -> Known {
        let history = self.histories[Self.reserve(product)]
        let offers = self.stays.filter { $0.arrival <= slots.lowerBound && slots.upperBound <= $0.departure }
            .map { HeadroomOffer(watts: self.most($0, product, direction, slots), departure: nil, stay: self.stay) }
        let plugged = firmHeadroom(offers, block: block, endurance: .zero, confidence: product.confidence)
        // A day ahead is as measured: the cars of the block are not here yet.
        let belief = BidBelief(
            plugged: plugged, measured: history?.forecast(direction, block), block: block,
            confidence: product.confidence, promised: 0, days: history?.days ?? 0, at: .distantPast)
        let scenarios = belief.measured?.scenarios ?? plugged.scenarios(Self.answers)
        var known = Known(
            belief: belief, spare: product.sparePerMille, risk: 0, scenarios: scenarios, penalty: self.penalty ?? 0)
        if belief.measured == nil {
            // Each car's part may go with it: so much more is held that what is sold stays.
            let rated = offers.reduce(0) { $0 + $1.watts }
            known.risk = plugged.firm > 0 ? max(0, 1_000 * rated / plugged.firm - 1_000) : 1_000_000
        }
        if self.penalty == nil {
            known.penalty = Self.penalty(product, belief.firm, scenarios, price: price, over: block.duration)
        }
        return known
    }

    /// The most that a car can hold in a block, W: its power, and the energy that it can have by then.
    private func most(
        _ stay: BidProblem.Stay, _ product: Product, _ direction: Direction, _ slots: Range<Int>
    ) -> Int {
        let reserve = max(1, Self.reserve(product))
        func power(_ energy: Int) -> Int { max(0, energy) * 3_600 / reserve }
        let elapsed = (slots.lowerBound - stay.arrival) * self.slotSeconds
        let charged = stay.maxCharge * elapsed / 3_600 * stay.efficiency / 10_000
        let discharged = stay.maxDischarge * elapsed / 3_600 * 10_000 / stay.efficiency
        switch direction {
        case .up:
            let full = min(stay.capacity, stay.energy + charged)
            return stay.maxCharge + min(stay.maxDischarge, power(full - stay.reserve) * stay.efficiency / 10_000)
        case .down:
            let empty = max(min(stay.reserve, stay.energy), stay.energy - discharged)
            return stay.maxDischarge + min(stay.maxCharge, power(stay.capacity - empty) * 10_000 / stay.efficiency)
        }
    }

    /// What a missing MW costs an hour, micro-units: the product's rule at all that is firm, shared by what is missing
    /// then. Where a block is forfeited this is exact there, and too little for less.
    private static func penalty(
        _ product: Product, _ firm: Int, _ scenarios: [Int], price: Int, over time: TimeSpan
    ) -> Int {
        let short = scenarios.reduce(0) { $0 + max(0, firm - $1) } / max(1, scenarios.count)
        guard short > 0 else { return max(0, price) }
        let probability = scenarios.count { $0 < firm } * 10_000 / scenarios.count
        let cost = product.expectedPenalty(
            watts: firm, shortfall: short, probability: probability, price: price, over: time)
        return Int(clamping: Int128(cost) * 3_600_000_000 / Int128(short) / Int128(max(1, time.seconds)))
    }
}
