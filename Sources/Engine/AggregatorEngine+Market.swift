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
            let id = BidID("\(call.resource)-\(call.product)-\(call.block.start.seconds)-\(direction.rawValue)")
            guard self.market.bids[id] == nil else { continue }
            let firm = self.forecast(index, product, direction, block: call.block)
            let quantity = product.biddable(firm.firm * 1000 / (1000 + product.sparePerMille))
            let bid = Bid(
                id: id, tenant: self.configuration.tenant, call: call, direction: direction, quantity: quantity,
                pricePerMegawattHour: Money(microUnits: product.availabilityPrice, currency: self.configuration.region.currency),
                confidence: product.confidence, firmHeadroom: Power(watts: firm.firm),
                state: quantity.watts > 0 ? .submitted : .draft,
                explanation: quantity.watts > 0
                    ? firm.explanation : firm.explanation + "; under the product's minimum, so not offered")
            self.market.bids[id] = bid
            self.market.order.append(id)
            self.emit(.record(.bid(bid)))
            if quantity.watts > 0 { self.emit(.bid(bid, self.declare(index, call.block))) }
        }
    }

    /// Firm headroom of the resource for a block, as far as is known now.
    private func forecast(_ index: Int, _ product: Product, _ direction: Direction, block: MarketInterval) -> FirmHeadroom {
        let offers = self.lines(resource: index).compactMap { worker, slot, line -> HeadroomOffer? in
            let fleetIndex = self.fleet.range(worker).lowerBound + slot
            guard line.isAvailable, slot < self.points[worker].count, self.points[worker][slot].base != nil,
                let registration = self.fleet.registrations[fleetIndex],
                product.refusal(capability: registration.capability, responseTime: registration.responseTime) == nil
            else { return nil }
            let point = self.points[worker][slot]
            let room = StackBuilder.heights(point.bounds, direction)
            let sold = direction == .up ? point.heldUp : point.heldDown
            return HeadroomOffer(
                watts: max(0, room.shift + room.inject - sold), departure: point.departure,
                stay: self.configuration.stayProbability * point.trust / 10_000)
        }
        return firmHeadroom(offers, block: block, endurance: product.endurance, confidence: product.confidence)
    }

    /// Declares the resource's load for a block, once; what was declared is never changed.
    private mutating func declare(_ index: Int, _ block: MarketInterval) -> DeclaredBaseline {
        let resource = self.resources[index].terms.id
        if let known = self.market.baselines[resource]?.first(where: { $0.interval == block }) { return known }
        let baseline = DeclaredBaseline(
            resource: resource, interval: block, submittedAt: self.now,
            points: [.init(at: block.start, power: Power(watts: self.baseSum(index)))])
        self.market.baselines[resource, default: []].append(baseline)
        self.emit(.record(.baseline(baseline, tenant: self.configuration.tenant, region: self.configuration.region.region)))
        return baseline
    }

    mutating func answered(_ id: BidID, _ state: BidState) {
        guard var bid = self.market.bids[id], bid.state == .submitted || bid.state == .received,
            state == .received || state == .refused
        else { return }
        bid.state = state
        self.market.bids[id] = bid
        self.emit(.record(.bid(bid)))
    }

    /// Takes an award, once. A quantity above the bid is held to the bid.
    mutating func awarded(_ award: Award) {
        guard self.resourceIndex[award.resource] != nil, self.market.awardIDs.insert(award.id).inserted,
            var bid = self.market.bids[award.bid], bid.state == .submitted || bid.state == .received
        else { return }
        var award = award
        award.quantity = min(award.quantity, bid.quantity)
        bid.state = award.quantity < bid.quantity ? .partlyAwarded : .awarded
        self.market.bids[award.bid] = bid
        self.market.activations.append(Activation(award: award))
        self.emit(.record(.bid(bid)))
        self.emit(.record(.award(award, tenant: self.configuration.tenant, region: self.configuration.region.region)))
        self.markDirty()
    }

    /// Withdraws what is no longer firm before the gate, and re-declares what was sold when headroom is lost.
    mutating func watchGates() {
        guard self.now.seconds % 5 == 0 else { return }
        for id in self.market.order {
            guard let bid = self.market.bids[id], let index = self.resourceIndex[bid.call.resource],
                let product = self.configuration.region.product(bid.call.product)
            else { continue }
            switch bid.state {
            case .submitted, .received:
                guard self.now < bid.call.gateClosure else { continue }
                let firm = self.forecast(index, product, bid.direction, block: bid.call.block)
                if firm.firm < bid.quantity.watts { self.amend(bid, to: .withdrawn, quantity: .zero, why: firm.explanation) }
            case .awarded, .partlyAwarded:
                self.redeclareIfLost(bid, index, product)
            default: continue
            }
        }
    }

    /// The reason goes upstream before the shortfall does (dispatch.md section 4).
    private mutating func redeclareIfLost(_ bid: Bid, _ index: Int, _ product: Product) {
        guard let activation = self.market.activations.first(where: { $0.award.bid == bid.id }),
            activation.award.block.contains(self.now), self.now - activation.award.block.start > .seconds(15)
        else { return }
        let held = self.held(index, product.id, bid.direction)
        guard held < activation.award.quantity.watts else { return }
        self.amend(
            bid, to: .redeclared, quantity: product.biddable(held),
            why: "\(held / 1000) kW are held of \(activation.award.quantity.watts / 1000) kW sold")
    }

    private func held(_ index: Int, _ product: ProductID, _ direction: Direction) -> Int {
        self.resources[index].placed.values.joined().filter { $0.product == product }.reduce(0) { sum, placed in
            sum + (direction == .up ? placed.up : placed.down).reduce(0) { $0 + $1.height }
        }
    }

    private mutating func amend(_ bid: Bid, to state: BidState, quantity: Power, why: String) {
        var amended = bid
        amended.state = state
        amended.quantity = quantity
        amended.explanation = why
        self.market.bids[bid.id] = amended
        self.emit(.record(.bid(amended)))
        if let index = self.resourceIndex[bid.call.resource] { self.emit(.bid(amended, self.declare(index, bid.call.block))) }
    }
}
