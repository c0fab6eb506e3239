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

    /// What the others hold beside the product's own spare, in 1/1000 of the award.
    func shortfall(_ index: Int) -> Int {
        1_000_000 / max(self.resources[index].deliveredPerMille, Self.leastDelivered) - 1_000
    }

    /// The over-arming of a local curve: the product's own, and what the meters prove to be missing.
    func armed(_ product: Product, _ index: Int) -> Int {
        guard product.activation == .localCurve else { return product.gainPerMille }
        return max(
            product.gainPerMille, min(product.gainPerMille * (1_000 + self.shortfall(index)) / 1_000, Self.mostGain))
    }

    /// Takes over what is proven, between activations: a droop must not become an integrator.
    mutating func note(_ share: DeliveredShare, _ index: Int, isQuiet: Bool) {
        let isLocal = self.resources[index].terms.products.contains {
            self.configuration.region.product($0)?.activation == .localCurve
        }
        guard isQuiet || !isLocal else { return }
        self.resources[index].deliveredPerMille = share.perMille
    }

    /// Notes a base that was put in force, where nothing else is asked.
    mutating func watchBase(_ place: Place, isQuiet: Bool) {
        guard isQuiet, let base = self.points[place.worker][place.slot].base else { return }
        self.tell(place, base, isTimed: false)
    }

    /// Notes the set-points that a request makes, once it has moved by a tenth of what is sold.
    mutating func watchCommands(_ index: Int) {
        guard !self.holders[index].isEmpty else { return }
        var requests: [ProductID: Int] = [:]
        var hasMoved = false
        for product in self.resources[index].terms.products.compactMap(self.configuration.region.product) {
            let request = self.commanded(index, product)
            let before = self.resources[index].watched[product.id] ?? 0
            let held = max(self.resources[index].heldUp, self.resources[index].heldDown)
            hasMoved = hasMoved || (request - before).magnitude > UInt(max(held / 10, StationTrust.leastStep))
            // Back at nothing is always news.
            hasMoved = hasMoved || (request == 0 && before != 0)
            requests[product.id] = request
        }
        guard hasMoved else { return }
        self.resources[index].watched = requests
        var shifts: [Int: [Int]] = [:]
        for (worker, placed) in self.resources[index].placed {
            guard let number = self.fleet.index(of: worker), self.fleet.workers[number].connected else { continue }
            shifts[number] = Self.shifts(placed, requests, count: self.points[number].count)
        }
        for place in self.holders[index] {
            guard let shift = shifts[place.worker]?[place.slot], self.fleet.lines[place.line].isAvailable,
                let base = self.points[place.worker][place.slot].base
            else { continue }
            self.tell(place, base + shift, isTimed: true)
        }
    }

    /// What a product's request comes to in the stations, W, + = up.
    private func commanded(_ index: Int, _ product: Product) -> Int {
        let request = self.resources[index].lastRequest[product.id] ?? 0
        switch product.activation {
        case .localCurve: return request * self.armed(product, index) / 1_000
        case .signal:
            guard let signal = self.resources[index].signals[product.id], signal.expiry > self.now else { return 0 }
            return request * (1_000 + self.shortfall(index)) / 1_000
        }
    }

    /// By slot, how far requests move the set-points of a worker's points, W.
    private static func shifts(_ placed: [PlacedProduct], _ requests: [ProductID: Int], count: Int) -> [Int] {
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

    /// Puts a set-point into a point's trust record, where the meter will be able to tell something of it.
    private mutating func tell(_ place: Place, _ watts: Int, isTimed: Bool) {
        let limits = self.fleet.limits[place.line]
        let step = max(1, Int(limits.step))
        let half = watts >= 0 ? step / 2 : -step / 2
        let setpoint = step > 1 ? (watts + half) / step * step : watts
        let worker = place.worker
        guard let last = self.points[worker][place.slot].meter.last, last.at > self.now - .minutes(2),
            !last.begins, setpoint == 0 || setpoint.magnitude >= UInt(max(0, limits.minimum)),
            setpoint <= last.watts || self.fleet.lines[place.line].record.soc <= Self.fair.upperBound,
            setpoint >= last.watts || self.fleet.lines[place.line].record.soc >= Self.fair.lowerBound
        else {
            self.points[worker][place.slot].proof.void()
            return
        }
        self.points[worker][place.slot].proof.command(
            setpoint, metered: last.watts, isTimed: isTimed, least: 5 * step, at: self.now)
    }

    /// A worker is gone: what its stations do meanwhile says nothing of them.
    mutating func voidProofs(of worker: WorkerID) {
        guard let number = self.fleet.index(of: worker) else { return }
        for slot in self.points[number].indices { self.points[number][slot].proof.void() }
    }
}
