import CTelemetry
import Domain
import Fleet
import GridCodes

// A resource measured against its comparison group: another resource with the same products that is never sold. Its cars
// follow plans as all do, so that nothing but the activation sets the two apart.
extension AggregatorEngine {
    /// The index of a resource's comparison group.
    private func group(of index: Int) -> Int? {
        self.resources[index].terms.comparison.flatMap { self.resourceIndex[$0] }
    }

    /// Whether a resource is the comparison group of another.
    private func isGroup(_ index: Int) -> Bool {
        self.resources.contains { $0.terms.comparison == self.resources[index].terms.id }
    }

    /// Why a resource that is a comparison group is not offered; nil where it is none.
    func comparedBy(_ index: Int) -> String? {
        let name = self.resources[index].terms.id
        return self.resources.first { $0.terms.comparison == name }.map {
            "not offered: its cars are the comparison group of \($0.terms.id)"
        }
    }

    /// Whether days of a resource are compared: its own, or those of whom it is compared with.
    func isCompared(_ index: Int) -> Bool {
        let name = self.resources[index].terms.id
        return self.resources.contains { other in
            (other.terms.id == name || other.terms.comparison == name)
                && other.terms.products.contains {
                    let rule = self.configuration.region.product($0)?.terms?.baseline
                    return rule?.method == .controlGroup && (rule?.days ?? 0) > 0
                }
        }
    }

    /// Notes what a comparison group drew in a second. Of a worker that is away nobody knows what its meters show.
    mutating func notePeers(_ index: Int, _ second: Int, _ metered: Int) {
        guard self.isGroup(index) else { return }
        var load = self.resources[index].peerLoad ?? PeerLoad()
        self.resources[index].peerLoad = nil
        load.add(second: second, watts: self.isSomebodyAway ? nil : metered)
        self.resources[index].peerLoad = load
    }

    /// What a product's resource would have drawn in a second, by its peers; nil where they say nothing.
    func peers(_ index: Int, _ product: ProductID, _ second: Int) -> Power? {
        guard let group = self.group(of: index),
            let scale = self.market.scale(self.resources[index].terms.id, product, at: Instant(seconds: second)),
            let load = self.resources[group].peerLoad?.measure(of: second)
        else { return nil }
        return Power(watts: scale.load(load))
    }

    /// What points are to be judged by: of a product that is measured against something else than the declared load
    /// less or more was asked of them than the grid asked for, since part of it is there by itself.
    func judged(_ index: Int, _ product: ProductID, _ second: Int, _ request: Int) -> Int {
        let method = self.configuration.region.product(product)?.terms?.baseline.method
        guard method == .controlGroup || method == .dayMatching,
            let basis = self.basis(index, product, second, metered: 0)
        else { return request }
        let asked = request + self.baseSum(index) - basis.watts
        return request > 0 ? min(request, max(0, asked)) : max(request, min(0, asked))
    }

    /// Compares each block that has begun and is measured against peers with them, once.
    mutating func comparePeers() {
        for number in self.market.current {
            self.noteSilentPeers(number)
            let activation = self.market.activations[number]
            guard activation.account.terms.baseline == BaselineRule.Method.controlGroup.rawValue,
                activation.scale == nil, !activation.settled, activation.notes.isEmpty,
                self.now >= activation.award.block.start,
                let index = self.resourceIndex[activation.award.resource],
                let rule = self.configuration.region.product(activation.award.product)?.terms?.baseline
            else { continue }
            switch self.compare(index, activation.award.block, rule) {
            case .success(let scale): self.market.activations[number].scale = scale
            case .failure(let refusal):
                self.market.activations[number].notes.append(
                    "measured against the declared load, not peers: \(refusal.reason)")
            }
        }
    }

    /// Says of a block that runs when nobody knows what its peers draw any more.
    private mutating func noteSilentPeers(_ number: Int) {
        let (award, second) = (self.market.activations[number].award, self.now.seconds - 2)
        guard self.market.activations[number].scale != nil, award.block.contains(Instant(seconds: second)),
            let index = self.resourceIndex[award.resource], self.peers(index, award.product, second) == nil
        else { return }
        let note = "a part is measured against the declared load: nobody knew what the comparison group drew"
        if self.market.activations[number].notes.last != note { self.market.activations[number].notes.append(note) }
    }

    private func compare(
        _ index: Int, _ block: MarketInterval, _ rule: BaselineRule
    ) -> Result<ComparisonGroup.Scale, BaselineRefusal> {
        guard let group = self.group(of: index) else {
            return .failure(BaselineRefusal("the resource has no comparison group: name one in `comparison`"))
        }
        guard self.resources[group].peerLoad?.measure(of: block.start.seconds) != nil else {
            return .failure(BaselineRefusal("nobody knows what the comparison group draws: look at its meters"))
        }
        let zone = self.configuration.region.zone
        let (date, first) = LoadDiary.place(block.start.seconds, zone)
        let (lastDate, last) = LoadDiary.place(block.end.seconds - 1, zone)
        guard date == lastDate, first <= last else {
            return .failure(BaselineRefusal("the block runs over midnight: declare the load"))
        }
        return ComparisonGroup(days: rule.days, leastPoints: rule.leastPoints ?? 1).scale(
            own: self.side(index), group: self.side(group), of: date, event: first..<last + 1)
    }

    /// Charging points that are online, and the days that are known.
    private func side(_ index: Int) -> ComparisonGroup.Side {
        let online = self.places[index].count { self.fleet.lines[$0.line].has(HEADROOM_ONLINE) }
        return ComparisonGroup.Side(points: online, history: self.resources[index].diary?.days ?? [])
    }
}
