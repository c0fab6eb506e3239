import Control
import Domain
import Fleet
import GridCodes

/// What the points that hold something did in some seconds, in the order of a resource's holders. A point is looked at
/// once for all of them: its figures lie far from those of the next.
struct HolderLook {
    var terms: [Outage.Terms] = []
    /// By second, W.
    var powers: [[Int32]]
    /// By worker and slot, -1 for who holds nothing.
    var numbers: [[Int32]]

    init(points: [Int], holders: Int, _ seconds: Int) {
        self.terms.reserveCapacity(holders)
        var none: [Int32] = []
        none.reserveCapacity(holders)
        self.powers = Array(repeating: none, count: seconds)
        self.numbers = points.map { Array(repeating: -1, count: $0) }
    }

    func holder(_ worker: Int, _ slot: Int) -> Int? {
        let number = self.numbers[worker][slot]
        return number < 0 ? nil : Int(number)
    }
}

// Who brought what was asked: for the accounts of the awards, and for the trust records.
extension AggregatorEngine {
    /// What each point moved in some seconds, while the plan that asked it is the one that is known.
    mutating func judge(_ index: Int, from first: Int, through last: Int) {
        guard first <= last else { return }
        let late = self.outages.compactMap { worker, outage in self.fleet.index(of: worker).map { ($0, outage) } }
        var asked: [(second: Int, requests: [(product: ProductID, watts: Int)])] = []
        for second in first...last
        where self.market.declared(self.resources[index].terms.id, at: Instant(seconds: second)) != nil {
            let requests = self.requests(index, second)
            if requests.contains(where: { $0.watts != 0 }) { asked.append((second, requests)) }
        }
        for start in stride(from: 0, to: asked.count, by: Self.mostSeconds) {
            let some = asked[start..<min(start + Self.mostSeconds, asked.count)]
            let look = self.lookAtHolders(index, some.map(\.second))
            for (number, one) in some.enumerated() {
                let unheard = Set(late.filter { $0.1.covers(one.second) }.map(\.0))
                self.tally(index, one.second, one.requests, look, number, without: unheard)
                guard self.isWholeKnown(one.second) else { continue }
                self.watchTrust(index, one.second, one.requests, look, number)
            }
        }
        self.resources[index].nextJudged = last + 1
    }

    /// Looks up what the points that hold something did in some seconds.
    mutating func lookAtHolders(_ resource: Int, _ seconds: [Int]) -> HolderLook {
        var look = HolderLook(points: self.points.map(\.count), holders: self.holders[resource].count, seconds.count)
        self.eachPoint(of: self.holders[resource]) { _, place, point in
            look.numbers[place.worker][place.slot] = Int32(look.terms.count)
            look.terms.append(.init(heldUp: point.heldUp, heldDown: point.heldDown, base: point.base))
            for index in seconds.indices {
                look.powers[index].append(Int32(clamping: point.meter.power(second: seconds[index])))
            }
        }
        return look
    }

    /// An award that asks for something in a second, by its number among the activations.
    private struct Asking {
        var number: Int
        var product: ProductID
        /// Of the award, and of what is asked, which is the same.
        var isUp: Bool
    }

    /// Who asks for something in a second.
    private func asking(_ index: Int, _ second: Int, _ requests: [(product: ProductID, watts: Int)]) -> [Asking] {
        self.market.unsettled(self.resources[index].terms.id).compactMap { number in
            let award = self.market.activations[number].award
            guard award.block.contains(Instant(seconds: second)),
                let request = requests.first(where: { $0.product == award.product })?.watts,
                award.direction == .up ? request > 0 : request < 0
            else { return nil }
            return Asking(number: number, product: award.product, isUp: award.direction == .up)
        }
    }

    /// Counts what each vehicle moved in a second, for the awards that asked for it.
    private mutating func tally(
        _ index: Int, _ second: Int, _ requests: [(product: ProductID, watts: Int)], _ look: HolderLook, _ number: Int,
        without unheard: Set<Int>
    ) {
        let asking = self.asking(index, second, requests)
        guard !asking.isEmpty else { return }
        for (holder, place) in self.holders[index].enumerated()
        where unheard.isEmpty || !unheard.contains(place.worker) {
            self.tally(asking, place, Int(look.powers[number][holder]), look.terms[holder])
        }
    }

    private mutating func tally(_ asking: [Asking], _ place: Place, _ power: Int, _ terms: Outage.Terms) {
        let vehicle = self.fleet.lines[place.line].vehicle
        guard vehicle != VehicleLine.none else { return }
        let rate = self.wear.rate(Int(vehicle))
        var given = Energy.zero
        for one in asking {
            let held = one.isUp ? terms.heldUp : terms.heldDown
            guard held > 0 else { continue }
            let moved = ((terms.base ?? power) - power) * (one.isUp ? 1 : -1)
            let counted = min(max(0, moved), held)
            guard counted > 0 else { continue }
            // A car that serves two products is compensated for its wear once.
            let discharged = Power(watts: min(counted, max(0, -power))).over(.seconds(1))
            self.market.activations[one.number].vehicles[Int(vehicle)].add(
                delivered: Power(watts: counted).over(.seconds(1)), discharged: discharged, rate: rate)
            given = max(given, discharged)
        }
        if given > .zero { self.wear.note(discharged: given, Int(vehicle)) }
    }

    /// What points moved whose worker was away, by what they held when it was lost.
    mutating func tallyLate(_ index: Int, _ second: Int, _ requests: [(product: ProductID, watts: Int)]) {
        let asking = self.asking(index, second, requests)
        for (worker, outage) in self.outages where outage.covers(second) {
            guard let number = self.fleet.index(of: worker) else { continue }
            for place in self.places[index] where place.worker == number && place.slot < outage.terms.count {
                let power = self.points[number][place.slot].meter.power(second: second)
                self.tally(asking, place, power, outage.terms[place.slot])
            }
        }
    }

    /// What each point was asked and what its meter showed, also where no set-point ever stands still.
    private mutating func watchTrust(
        _ index: Int, _ second: Int, _ requests: [(product: ProductID, watts: Int)], _ look: HolderLook, _ number: Int
    ) {
        let asking = self.asking(index, second, requests)
        for (product, wanted) in requests where wanted != 0 {
            let request = self.judged(index, product, second, wanted)
            // Only steady seconds count: a station that is a second late has not failed.
            guard
                request != 0,
                (self.requested(index, product, second - 4) - wanted).magnitude <= wanted.magnitude / 20
            else { continue }
            for (workerID, placed) in self.resources[index].placed.sorted(by: { $0.key < $1.key }) {
                guard let worker = self.fleet.index(of: workerID) else { continue }
                for part in placed where part.product == product {
                    self.watchTrust(
                        worker, part, request, asking.filter { $0.product == product }.map(\.number), second, look,
                        number)
                }
            }
        }
    }

    /// The same of one product's segments on one worker, for the activations that asked for it.
    private mutating func watchTrust(
        _ worker: Int, _ part: PlacedProduct, _ request: Int, _ asking: [Int], _ second: Int, _ look: HolderLook,
        _ number: Int
    ) {
        let first = self.fleet.range(worker).lowerBound
        // Taken out, so that points change in their place.
        var own: [Point] = []
        swap(&own, &self.points[worker])
        var span = own.mutableSpan
        for segment in request > 0 ? part.up : part.down {
            let slot = Int(part.slots[segment.entry])
            guard slot < span.count else { continue }
            let asked = segment.moved(by: Int(request.magnitude))
            var (power, base) = (0, Int?.none)
            if let holder = look.holder(worker, slot) {
                (power, base) = (Int(look.powers[number][holder]), look.terms[holder].base)
            } else {
                (power, base) = (span[slot].meter.power(second: second), span[slot].base)
            }
            let moved = ((base ?? power) - power) * (request > 0 ? 1 : -1)
            let came = min(asked, max(0, moved))
            span[slot].count(asked: asked, came: came)
            guard asked > came else { continue }
            let vehicle = self.fleet.lines[first + slot].vehicle
            guard vehicle != VehicleLine.none else { continue }
            let missed = Power(watts: asked - came).over(.seconds(1))
            for number in asking { self.market.activations[number].vehicles.miss(Int(vehicle), missed) }
        }
        swap(&own, &self.points[worker])
    }
}
