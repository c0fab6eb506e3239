import Domain
import GridCodes

// Against what each product is measured: the declared load, the meter before the activation, like days.
extension AggregatorEngine {
    /// An activation that goes on: silence of a few seconds is none.
    private static let pause = 6

    /// Notes what the meters showed before a product that is measured against it was set off.
    mutating func noteActivation(_ index: Int, _ product: ProductID, request: Int) {
        guard request != 0,
            self.configuration.region.product(product)?.terms?.baseline.method == .meterBefore
        else { return }
        let second = self.now.seconds
        var references = self.resources[index].references?[product] ?? []
        if let last = references.indices.last, second - references[last].through <= Self.pause {
            references[last].through = second
        } else {
            // Of a worker that is away nobody knows what its meters show.
            let watts = self.isSomebodyAway ? self.baseSum(index) : self.resources[index].metered
            references.append(.init(from: second, through: second, watts: watts))
            if references.count > 20 { references.removeFirst() }
        }
        self.resources[index].references = (self.resources[index].references ?? [:])
            .merging([product: references]) { _, new in new }
    }

    /// The load that a product's delivery is measured against in a second, or nil where none is known.
    /// - Parameter metered: what the meters show in it.
    func basis(_ index: Int, _ product: ProductID, _ second: Int, metered: Int) -> Power? {
        let at = Instant(seconds: second)
        let declared = self.market.declared(self.resources[index].terms.id, at: at)
        switch self.configuration.region.product(product)?.terms?.baseline.method {
        case .meterBefore:
            // Nothing is delivered while nothing is asked.
            guard self.requested(index, product, second) != 0 else { return Power(watts: metered) }
            let reference = self.resources[index].references?[product]?.last { $0.from <= second }
            return reference.map { Power(watts: $0.watts) } ?? declared
        case .dayMatching:
            return self.market.matched(self.resources[index].terms.id, product, at: at) ?? declared
        case .controlGroup: return self.peers(index, product, second) ?? declared
        case .declared, nil: return declared
        }
    }

    /// The load that the control keeps a product's delivery against, now.
    func basisNow(_ index: Int, _ product: Product) -> Power? {
        let resource = self.resources[index].terms.id
        let declared = self.market.declared(resource, at: self.now)
        switch product.terms?.baseline.method {
        case .meterBefore:
            let last = self.resources[index].references?[product.id]?.last
            guard let last, self.now.seconds - last.through <= Self.pause else { return declared }
            return Power(watts: last.watts)
        case .dayMatching: return self.market.matched(resource, product.id, at: self.now) ?? declared
        case .controlGroup: return self.peers(index, product.id, self.now.seconds) ?? declared
        case .declared, nil: return declared
        }
    }

    /// Makes the baseline of each block that has begun and is measured by like days, once.
    mutating func matchDays() {
        self.comparePeers()
        for number in self.market.current {
            let activation = self.market.activations[number]
            guard activation.account.terms.baseline == BaselineRule.Method.dayMatching.rawValue,
                activation.matched == nil, !activation.settled, activation.notes.isEmpty,
                self.now >= activation.award.block.start,
                let index = self.resourceIndex[activation.award.resource],
                let rule = self.configuration.region.product(activation.award.product)?.terms?.baseline
            else { continue }
            let made = (self.resources[index].diary ?? LoadDiary()).baseline(
                activation.award.resource, activation.award.block, rule, zone: self.configuration.region.zone,
                at: self.now)
            switch made {
            case .success(let baseline): self.market.activations[number].matched = baseline
            case .failure(let refusal):
                self.market.activations[number].notes.append(
                    "measured against the declared load, not like days: \(refusal.reason)")
            }
        }
    }

    /// Whether a resource's load is kept by day and hour.
    func keepsDiary(_ index: Int) -> Bool {
        self.resources[index].terms.products.contains {
            self.configuration.region.product($0)?.terms?.baseline.method == .dayMatching
        } || self.isCompared(index)
    }
}
