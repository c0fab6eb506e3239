import Control
import Domain
import Fleet
import GridCodes
import Planning

// The life of a bid: called, forecast, submitted, received, awarded whole or in part, refused, withdrawn, re-declared.
extension AggregatorEngine {
    mutating func bid(_ call: BidCall) {
        guard let index = self.resourceIndex[call.resource], call.gateClosure > self.now,
            self.resources[index].terms.products.contains(call.product),
            let product = self.configuration.region.product(call.product)
        else { return }
        for direction in product.directions {
            let id = Self.bidID(call, direction)
            guard self.market.bids[id] == nil else { continue }
            self.offer(id, call, index, product, direction, note: "")
        }
    }

    private static func bidID(_ call: BidCall, _ direction: Direction) -> BidID {
        BidID("\(call.resource)-\(call.product)-\(call.block.start.seconds)-\(direction.rawValue)")
    }

    /// Drafts a bid from the forecast, and submits it where it reaches the product's minimum.
    private mutating func offer(
        _ id: BidID, _ call: BidCall, _ index: Int, _ product: Product, _ direction: Direction,
        note: String
    ) {
        let believed = self.forecast(index, product, direction, block: call.block, for: id)
        let unsold = self.comparedBy(index) ?? product.unsold(call.block)
        let planned = self.planned(call, product, direction)
        let quantity =
            unsold == nil
            ? min(self.quantity(believed.belief.firm, call, index, product, direction), planned.most) : Power.zero
        let risk = self.risk(of: quantity, index, product, direction, block: call.block, believed)
        let bid = Bid(
            id: id, tenant: self.configuration.tenant, call: call, direction: direction,
            quantity: quantity,
            pricePerMegawattHour: Money(
                microUnits: product.availabilityPrice, currency: self.configuration.region.currency),
            confidence: product.confidence, firmHeadroom: Power(watts: believed.belief.firm),
            state: quantity.watts > 0 ? .submitted : .draft,
            explanation: believed.belief.explanation + planned.words + note + "; "
                + (quantity.watts > 0
                    ? risk.explanation
                    : unsold
                        ?? (planned.most == .zero ? "not offered" : "under the product's minimum, so not offered")),
            risk: risk)
        let known = self.market.bids[id]
        self.keep(bid)
        if known == nil { self.market.order.append(id) }
        guard known?.state != bid.state else { return }
        self.emit(.record(.bid(bid)))
        if quantity.watts > 0 { self.emit(.bid(bid, self.declare(index, call.block))) }
    }

    /// What of firm headroom is bid: within the product's shape, and no more than the other direction has where both are
    /// sold as one.
    private func quantity(
        _ firm: Int, _ call: BidCall, _ index: Int, _ product: Product, _ direction: Direction
    ) -> Power {
        var least = firm
        if product.terms?.bid.isJoint == true {
            for other in product.directions where other != direction {
                let headroom = self.forecast(
                    index, product, other, block: call.block, for: Self.bidID(call, other))
                least = min(least, headroom.belief.firm)
            }
        }
        let quantity = product.biddable(least * 1000 / (1000 + product.sparePerMille))
        return min(quantity, product.biddable(product.terms?.bid.maximumWatts ?? .max))
    }

    /// Takes a plan over all products of a resource. An older one than is known, and one that is unsound, changes nothing.
    mutating func take(_ plan: BidPlan) {
        guard plan.finding(at: self.now) == nil, self.resourceIndex[plan.resource] != nil,
            self.market.plans[plan.resource].map({ $0.madeAt <= plan.madeAt }) ?? true
        else { return }
        self.market.plans[plan.resource] = plan
    }

    /// The most that the plan over all products wants of a call, and how that is said. Where there is none in time, what is
    /// firm is bid.
    private func planned(_ call: BidCall, _ product: Product, _ direction: Direction) -> (most: Power, words: String) {
        let plan = self.market.plans[call.resource]
        guard let plan, let quantity = plan.quantity(call.product, direction, call.block) else {
            let others = self.resourceIndex[call.resource].map { self.resources[$0].terms.products.count } ?? 0
            let isStated = others > 1 || plan != nil
            return (
                Power(watts: .max),
                isStated ? "; there is no plan over all products in time, so what is firm is bid" : ""
            )
        }
        let reason = plan.entry(call.product, direction, call.block)?.reason.map { ", \($0)" } ?? ""
        return (
            product.biddable(quantity.watts),
            "; best for all products together are \(quantity.watts / 1_000) kW of it, by \(plan.solver)" + reason
        )
    }

    /// Takes a bid back before the gate and offers what is firm now under a new id.
    private mutating func replace(_ bid: Bid, _ index: Int, _ product: Product, why: String) {
        self.amend(bid, to: .withdrawn, quantity: .zero, why: why)
        let first = Self.bidID(bid.call, bid.direction)
        var number = 2
        while self.market.bids[BidID("\(first)-\(number)")] != nil { number += 1 }
        guard number <= Self.mostBids else { return }
        self.offer(
            BidID("\(first)-\(number)"), bid.call, index, product, bid.direction,
            note: "; in place of \(bid.id)")
    }

    /// Most bids for one call and direction: more would be noise to the operator.
    private static let mostBids = 10

    /// What is believed of the resource's headroom for a block, as far as is known now: what the bid `id` may take of it.
    private func forecast(
        _ index: Int, _ product: Product, _ direction: Direction, block: MarketInterval,
        for id: BidID
    ) -> (belief: BidBelief, behind: Greatest) {
        self.belief(
            index, product, direction, block: block,
            promised: self.promised(self.resources[index].terms.id, direction, block, except: id))
    }

    /// Power with its spare that other bids of the resource offer or have sold in the same time.
    private func promised(
        _ resource: ResourceID, _ direction: Direction, _ block: MarketInterval, except id: BidID
    ) -> Int {
        self.market.reservations.taken(resource, direction, block, except: id).power.watts
    }

    /// Declares the resource's load for a block, once; what was declared is never changed.
    private mutating func declare(_ index: Int, _ block: MarketInterval) -> DeclaredBaseline {
        let resource = self.resources[index].terms.id
        if let known = self.market.baselines[resource]?.first(where: { $0.interval == block }) {
            return known
        }
        let baseline = DeclaredBaseline(
            resource: resource, interval: block, submittedAt: self.now,
            points: [
                .init(at: block.start, power: Power(watts: self.baseSum(index, at: block.start)))
            ])
        self.market.baselines[resource, default: []].append(baseline)
        self.emit(
            .record(
                .baseline(
                    baseline, tenant: self.configuration.tenant,
                    region: self.configuration.region.region)))
        return baseline
    }

    /// So long before the gate a baseline may still be declared anew: it has to arrive, too.
    private static let gateMargin = TimeSpan.seconds(10)
    /// A load that moved by less is no news: W, and a fiftieth of what was declared.
    private static let baselineNews = 1_000

    /// Declares the load of a block anew while its gate is open and nothing of it is awarded: cars came or went since
    /// the first bid. Every bid of the block goes upstream with it again.
    private mutating func declareAnew(_ index: Int, _ call: BidCall) {
        let resource = self.resources[index].terms.id
        let bids = self.market.watched.compactMap { self.market.bids[$0] }.filter {
            $0.call.resource == resource && $0.call.block == call.block
        }
        guard
            let gate = bids.map(\.call.gateClosure).min(), self.now + Self.gateMargin < gate,
            !bids.contains(where: { [.awarded, .partlyAwarded, .redeclared].contains($0.state) }),
            let known = self.market.baselines[resource]?.firstIndex(where: { $0.interval == call.block })
        else { return }
        let declared = self.market.baselines[resource]?[known].power(at: call.block.start).watts ?? 0
        let power = self.baseSum(index, at: call.block.start)
        guard (power - declared).magnitude > max(Self.baselineNews, Int(declared.magnitude) / 50) else { return }
        self.market.baselines[resource]?.remove(at: known)
        let baseline = self.declare(index, call.block)
        for bid in bids where bid.state == .submitted || bid.state == .received { self.emit(.bid(bid, baseline)) }
    }

    mutating func answered(_ id: BidID, _ state: BidState) {
        guard var bid = self.market.bids[id], bid.state == .submitted || bid.state == .received,
            state == .received || state == .refused
        else { return }
        bid.state = state
        self.keep(bid)
        self.emit(.record(.bid(bid)))
    }

    /// Takes an award, once. One that does not fit its bid, is for more than was bid, for a block that is over, at a
    /// price outside of all limits or beside another award of the same bid changes nothing, and the reason goes upstream;
    /// one that crossed the bid's withdrawal on the way is answered with the withdrawal again.
    mutating func awarded(_ award: Award) {
        guard !self.market.awardIDs.contains(award.id) else { return }
        guard let index = self.resourceIndex[award.resource], var bid = self.market.bids[award.bid] else {
            return self.refuse(award, "award \(award.id) names no bid of ours: send it with that bid's own id")
        }
        if let reason = self.refusal(of: award, bid) { return self.refuse(award, reason) }
        guard bid.state == .submitted || bid.state == .received else {
            if bid.state == .withdrawn { self.emit(.bid(bid, self.declare(index, bid.call.block))) }
            return
        }
        self.market.awardIDs.insert(award.id)
        bid.refusal = nil
        bid.state = award.quantity < bid.quantity ? .partlyAwarded : .awarded
        // What was held before is none of its.
        self.accrueHeld(index)
        let terms = self.configuration.region.product(award.product)?.settlement ?? .plain
        self.market.activations.append(Activation(award: award, terms: terms))
        self.keep(bid)
        self.emit(.record(.bid(bid)))
        self.emit(
            .record(
                .award(
                    award, tenant: self.configuration.tenant,
                    region: self.configuration.region.region)))
        self.markDirty()
    }

    /// Why an award is not taken, or nil.
    private func refusal(of award: Award, _ bid: Bid) -> String? {
        guard let product = self.configuration.region.product(bid.call.product) else {
            return "award \(award.id) is for \(award.product), which this region's pack does not have"
        }
        let held = self.market.activations.map(\.award)
        let isOpen = bid.state == .submitted || bid.state == .received
        // Of a bid that was taken back the quantity is nought: that it is taken back is what has to be said.
        let refusal =
            bid.state == .withdrawn || bid.state == .draft
            ? nil : product.refusal(of: award, bid: bid, held: held, at: self.now)
        let priced = [award.pricePerMegawattHour, award.energyPricePerMegawattHour].compactMap {
            product.refusal(price: $0)
        }
        return (refusal ?? priced.first)?.reason
            ?? (isOpen || bid.state == .withdrawn
                ? nil : "bid \(bid.id) is \(bid.state.rawValue): award a bid that is submitted or received")
    }

    /// Keeps an award that is not taken, once; a bid that is still open goes upstream again with the reason.
    private mutating func refuse(_ award: Award, _ reason: String) {
        let refused = RefusedAward(award: award.id, bid: award.bid, at: self.now, reason: reason)
        guard self.market.refuse(refused), var bid = self.market.bids[award.bid], bid.refusal != reason else { return }
        bid.refusal = reason
        self.keep(bid)
        self.emit(.record(.bid(bid)))
        guard bid.state == .submitted || bid.state == .received, let index = self.resourceIndex[bid.call.resource]
        else { return }
        self.emit(.bid(bid, self.declare(index, bid.call.block)))
    }

    /// Replaces what is no longer firm before the gate, and re-declares what was sold when headroom is lost.
    mutating func watchGates() {
        guard self.now.seconds / 5 != self.gatesWatchedAt / 5 else { return }
        self.gatesWatchedAt = self.now.seconds
        self.market.forget(before: self.now - .hours(1))
        self.market.reservations.forget(before: self.now)
        self.market.dropEndedBids(at: self.now)
        for id in self.market.watched {
            guard let bid = self.market.bids[id], let index = self.resourceIndex[bid.call.resource],
                let product = self.configuration.region.product(bid.call.product)
            else { continue }
            switch bid.state {
            case .draft:
                // Cars may have come since.
                guard self.now < bid.call.gateClosure else { continue }
                self.offer(id, bid.call, index, product, bid.direction, note: "")
            case .submitted, .received:
                guard self.now < bid.call.gateClosure else { continue }
                let belief = self.forecast(
                    index, product, bid.direction, block: bid.call.block, for: id
                ).belief
                if belief.firm < bid.quantity.watts {
                    self.replace(bid, index, product, why: belief.explanation)
                } else {
                    self.declareAnew(index, bid.call)
                }
            case .awarded, .partlyAwarded, .redeclared:
                self.redeclareIfLost(bid, index, product)
            default: continue
            }
        }
    }

    /// The reason goes upstream before the shortfall does (dispatch.md section 4).
    private mutating func redeclareIfLost(_ bid: Bid, _ index: Int, _ product: Product) {
        guard bid.call.block.end > self.now, let number = self.market.activation(of: bid.id),
            !self.market.activations[number].settled
        else { return }
        let award = self.market.activations[number].award
        let declared = min(award.quantity, bid.state == .redeclared ? bid.quantity : award.quantity)
        let left: Int
        if self.now < award.block.start {
            left =
                self.forecast(index, product, bid.direction, block: award.block, for: bid.id).belief.mean
        } else {
            // The plan of the block needs a moment to be acknowledged and named.
            guard self.now - award.block.start > .seconds(15) else { return }
            // What is held without the energy for it is not there.
            left = min(
                self.held(index, product.id, bid.direction),
                product.terms == nil ? .max : self.carried(index, product, bid.direction, award))
        }
        guard left < declared.watts else { return }
        self.amend(
            bid, to: .redeclared, quantity: min(declared, product.biddable(left)),
            why: "\(left / 1000) kW are there of \(award.quantity.watts / 1000) kW sold")
    }

    private func held(_ index: Int, _ product: ProductID, _ direction: Direction) -> Int {
        self.resources[index].placed.values.joined().filter { $0.product == product }.reduce(0) {
            sum, placed in
            sum + (direction == .up ? placed.up : placed.down).reduce(0) { $0 + $1.height }
        }
    }

    private mutating func amend(_ bid: Bid, to state: BidState, quantity: Power, why: String) {
        var amended = bid
        amended.state = state
        amended.quantity = quantity
        amended.explanation = why
        self.keep(amended)
        self.emit(.record(.bid(amended)))
        if let index = self.resourceIndex[bid.call.resource] {
            self.emit(.bid(amended, self.declare(index, bid.call.block)))
        }
    }
}
