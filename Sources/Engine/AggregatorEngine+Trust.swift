import CTelemetry
import Control
import Domain
import Fleet
import GridCodes

/// What stations make of what they are told, summed over those that can be moved.
struct DeliveredShare {
    private var room = 0
    private var proven = 0

    mutating func add(_ bounds: Bounds, _ perMille: Int) {
        let width = bounds.high - bounds.low
        self.room += width
        self.proven += perMille == 1_000 ? width : width * perMille / 1_000
    }

    /// In 1/1000, in steps of 10: plans are not made anew for less.
    var perMille: Int { self.room > 0 ? (self.proven * 100 / self.room) * 10 : 1_000 }
}

// Trust records: what is commanded is noted where it moves, and what is proven is made up for.
extension AggregatorEngine {
    /// No more than so much is made up for: below it a fleet is to be repaired, not over-armed.
    static let leastDelivered = 700
    private static let mostGain = 1_500
    /// A state of charge beyond which a car itself takes, or gives, less than it is told, 1/100 %.
    private static let fair = 1_500...8_500

    /// What has to be asked of a product so that `watts` (+ = up) come: what stations fail to make of it goes to those
    /// behind them in the stack. The one place where a shortfall is made up for: signals, curves and spares come from here.
    func raised(_ watts: Int, _ product: ProductID, _ index: Int) -> Int {
        let state = self.resources[index]
        let makeups = state.makeups[product]
        let makeup = (watts > 0 ? makeups?.up : makeups?.down) ?? Makeup()
        let raised = makeup.raised(
            Int(watts.magnitude), mean: state.deliveredPerMille, least: Self.leastDelivered)
        return watts > 0 ? raised : -raised
    }

    /// The same of an award, in 1/1000 of it, rounded up to steps of 10: plans are not made anew for less.
    private func raisedPerMille(_ award: Int, _ product: ProductID, _ index: Int) -> Int {
        guard award != 0 else { return 1_000 }
        let exact = self.raised(award, product, index) * 1_000 / award
        return (exact + 9) / 10 * 10
    }

    /// What is held above an award (+ = up), and up to which it may be asked: the product's own spare, and what is made
    /// up for. A magnitude.
    func spare(_ award: Int, _ product: Product, _ index: Int) -> Int {
        let more = product.sparePerMille + self.raisedPerMille(award, product.id, index) - 1_000
        return Int(award.magnitude) * more / 1_000
    }

    /// The over-arming of a local curve: the product's own, and what the meters prove to be missing of what is sold.
    func armed(_ product: Product, _ index: Int) -> Int {
        guard product.activation == .localCurve else { return product.gainPerMille }
        let resource = self.resources[index].terms.id
        let most =
            Direction.allCases.map { direction in
                let award = self.market.awarded(resource, product.id, direction, at: self.now).watts
                return self.raisedPerMille(direction == .up ? award : -award, product.id, index)
            }.max() ?? 1_000
        return max(product.gainPerMille, min(product.gainPerMille * most / 1_000, Self.mostGain))
    }

    /// Takes over what is proven, between activations: a droop must not become an integrator.
    mutating func note(_ share: DeliveredShare, _ index: Int, isQuiet: Bool) {
        let isLocal = self.resources[index].terms.products.contains {
            self.configuration.region.product($0)?.activation == .localCurve
        }
        guard isQuiet || !isLocal else { return }
        self.resources[index].deliveredPerMille = share.perMille
        self.noteMakeups(index)
    }

    /// What of each stack in force comes, by the trust records of those who hold it.
    mutating func noteMakeups(_ index: Int) {
        var makeups: [ProductID: ResourceState.Makeups] = [:]
        defer { self.resources[index].makeups = makeups }
        // Nothing is missing of anybody: no look at who holds what.
        guard self.resources[index].deliveredPerMille < 1_000 else { return }
        for (worker, placed) in self.resources[index].placed {
            guard let number = self.fleet.index(of: worker) else { continue }
            for part in placed {
                var known =
                    makeups[part.product]
                    ?? .init(
                        up: Makeup(total: self.reach(of: part.product, .up, index)),
                        down: Makeup(total: self.reach(of: part.product, .down, index)))
                for segment in part.up { known.up.add(segment, perMille: self.derating(number, part, segment)) }
                for segment in part.down { known.down.add(segment, perMille: self.derating(number, part, segment)) }
                makeups[part.product] = known
            }
        }
    }

    /// Where a product's segments end on the axis of its request, W.
    private func reach(of product: ProductID, _ direction: Direction, _ index: Int) -> Int {
        var most = 0
        for placed in self.resources[index].placed.values {
            for part in placed where part.product == product {
                let last = direction == .up ? part.up.last : part.down.last
                most = max(most, last.map { $0.start + $0.height } ?? 0)
            }
        }
        return most
    }

    private func derating(_ worker: Int, _ part: PlacedProduct, _ segment: PlacedSegment) -> Int {
        let slot = Int(part.slots[segment.entry])
        return slot < self.points[worker].count ? self.points[worker][slot].derating : 1_000
    }

    /// Notes a base that is put in force where nothing else is asked, or nothing is asked of this one; else nobody can
    /// tell what the meter answers.
    mutating func watchBase(_ point: inout Point, line: Int, _ base: Int, isQuiet: Bool, isSignalOnly: Bool) {
        // A change that law lets wait at random proves nothing.
        guard self.configuration.region.randomDelay == .zero || point.isSuspect else { return point.proof.void() }
        let isAlone = isSignalOnly && point.isSuspect && point.heldUp == 0 && point.heldDown == 0
        if isQuiet || isAlone {
            Self.tell(
                &point, self.fleet.lines[line], self.fleet.limits[line], base, isTimed: false, at: self.now)
        } else if let before = point.base, (base - before).magnitude > 100, point.test == nil {
            point.proof.void()
        }
    }

    /// Whether the resource serves signals only.
    func isSignalOnly(_ index: Int) -> Bool {
        self.resources[index].terms.products.compactMap(self.configuration.region.product).allSatisfy {
            $0.activation == .signal
        }
    }

    /// Whether any product asks for something.
    func isAsked(_ index: Int) -> Bool {
        self.resources[index].watched.values.contains { $0 != 0 }
            || self.resources[index].lastRequest.values.contains { $0 != 0 }
    }

    /// Notes the set-points anew that another plan makes of what is asked now; `before` held something until then.
    mutating func watchPlan(_ index: Int, before: [Place]) {
        let requests = self.resources[index].watched
        guard requests.values.contains(where: { $0 != 0 }), !self.isUntold(index) else { return }
        var shifts: [Int: [Int]] = [:]
        for (worker, placed) in self.resources[index].placed {
            guard let number = self.fleet.index(of: worker), self.fleet.workers[number].connected else { continue }
            shifts[number] = Self.shifts(placed, requests, count: self.points[number].count)
        }
        for place in before + self.holders[index] {
            guard let shift = shifts[place.worker]?[place.slot], self.fleet.lines[place.line].isAvailable,
                let base = self.points[place.worker][place.slot].base
            else { continue }
            self.tell(place, base + shift)
        }
    }

    /// By slot, how far requests move the set-points of a worker's points, W.
    static func shifts(_ placed: [PlacedProduct], _ requests: [ProductID: Int], count: Int) -> [Int] {
        var shifts = Array(repeating: 0, count: count)
        for part in placed {
            guard let request = requests[part.product], request != 0 else { continue }
            for segment in request > 0 ? part.up : part.down {
                let slot = Int(part.slots[segment.entry])
                guard slot < count else { continue }
                let moved = segment.moved(by: Int(request.magnitude))
                shifts[slot] += request > 0 ? -moved : moved
            }
        }
        return shifts
    }

    /// Notes the set-points that requests move: those of the segments between what was asked and what is, and all of
    /// them once nothing is asked.
    mutating func watchCommands(_ index: Int) {
        guard !self.holders[index].isEmpty, !self.isUntold(index) else { return }
        var requests: [ProductID: Int] = [:]
        for product in self.resources[index].terms.products.compactMap(self.configuration.region.product) {
            requests[product.id] = self.commanded(index, product)
        }
        let before = self.resources[index].watched
        guard requests != before else { return }
        self.resources[index].watched = requests
        let isZero = requests.values.allSatisfy { $0 == 0 }
        if isZero {
            for place in self.holders[index] {
                guard let base = self.points[place.worker][place.slot].base else { continue }
                self.tell(place, base)
            }
            return
        }
        for (worker, placed) in self.resources[index].placed {
            guard let number = self.fleet.index(of: worker), self.fleet.workers[number].connected else { continue }
            for part in placed {
                guard let request = requests[part.product] else { continue }
                self.move(number, part, from: before[part.product] ?? 0, to: request)
            }
        }
    }

    /// Whether nobody can tell what was said to whom, since somebody is away: no record goes on then.
    private mutating func isUntold(_ index: Int) -> Bool {
        guard self.isSomebodyAway else { return false }
        for place in self.holders[index] { self.points[place.worker][place.slot].proof.void() }
        return true
    }

    /// Moves the set-points of a product's segments on one worker.
    private mutating func move(_ worker: Int, _ part: PlacedProduct, from before: Int, to request: Int) {
        guard before != request else { return }
        let first = self.fleet.range(worker).lowerBound
        for direction in Direction.allCases {
            let segments = direction == .up ? part.up : part.down
            let sign = direction == .up ? 1 : -1
            let (old, new) = (max(0, sign * before), max(0, sign * request))
            guard old != new, !segments.isEmpty else { continue }
            var next = Self.first(segments, endingAbove: min(old, new))
            while next < segments.count, segments[next].start < max(old, new) {
                let segment = segments[next]
                next += 1
                let slot = Int(part.slots[segment.entry])
                guard slot < self.points[worker].count,
                    let known = self.points[worker][slot].proof.commanded
                else { continue }
                let change = sign * (segment.moved(by: new) - segment.moved(by: old))
                self.tell(Place(worker: worker, slot: slot, line: first + slot), known - change)
            }
        }
    }

    /// The first segment that ends above a request; they lie one behind the other.
    private static func first(_ segments: [PlacedSegment], endingAbove request: Int) -> Int {
        var (low, high) = (0, segments.count)
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].start + segments[middle].height <= request { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What a product's request comes to in the stations, W, + = up.
    private func commanded(_ index: Int, _ product: Product) -> Int {
        let request = self.resources[index].lastRequest[product.id] ?? 0
        switch product.activation {
        case .localCurve: return request * self.armed(product, index) / 1_000
        case .signal:
            guard let signal = self.resources[index].signals[product.id], signal.expiry > self.now else { return 0 }
            return self.raised(request, product.id, index)
        }
    }

    private mutating func tell(_ place: Place, _ watts: Int) {
        Self.tell(
            &self.points[place.worker][place.slot], self.fleet.lines[place.line], self.fleet.limits[place.line],
            watts, isTimed: true, at: self.now)
    }

    /// Puts a set-point into a point's trust record, where the meter will be able to tell something of it.
    private static func tell(
        _ point: inout Point, _ line: VehicleLine, _ limits: StationLimits, _ watts: Int, isTimed: Bool,
        at now: Instant
    ) {
        guard let last = point.meter.last, last.at > now - .minutes(2),
            !last.begins, watts == 0 || watts.magnitude >= UInt(max(0, limits.minimum)),
            watts <= last.watts || line.record.soc <= Self.fair.upperBound,
            watts >= last.watts || line.record.soc >= Self.fair.lowerBound
        else { return point.proof.void() }
        // The marginal one may lie anywhere between two steps; what it makes of it is no more than one of them.
        point.proof.command(
            watts, metered: last.watts, isTimed: isTimed, least: 10 * max(1, Int(limits.step)), at: now)
    }

    /// A worker is gone: what its stations do meanwhile says nothing of them.
    mutating func voidProofs(of worker: WorkerID) {
        guard let number = self.fleet.index(of: worker) else { return }
        for slot in self.points[number].indices { self.points[number][slot].proof.void() }
    }
}
