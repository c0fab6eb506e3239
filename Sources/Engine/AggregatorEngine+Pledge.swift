import Control
import Domain
import Fleet
import GridCodes

// Charging by price beside what is sold: between blocks, so that each of them finds every car as it was offered.
extension AggregatorEngine {
    /// A time before a block that is shorter is not worth moving anything.
    private static let leastGap = 900
    /// So long before a block every base is back, s, beside what a site's turn takes.
    private static let quietBefore = 60

    /// Blocks of which something of a resource is offered or sold, that are not over.
    func promisedBlocks(_ resource: Int) -> [MarketInterval] {
        let id = self.resources[resource].terms.id
        return self.market.watched.compactMap { self.market.bids[$0] }.filter { bid in
            guard bid.call.resource == id, bid.call.block.end > self.now else { return false }
            switch bid.state {
            case .draft: return bid.call.gateClosure > self.now
            case .submitted, .received, .awarded, .partlyAwarded, .redeclared: return true
            case .refused, .withdrawn: return false
            }
        }.map(\.call.block)
    }

    /// Until when a site may charge by price before the next block; nil inside of one, and where too little is left to
    /// begin with it. Sites come back one after the other.
    func gapEnd(before blocks: [MarketInterval], site: Int) -> Instant? {
        guard let next = blocks.map(\.start).min(), next > self.now else { return nil }
        let turn = Int(Self.spread(of: self.enrolment.sites[site].id))
        let end = next - .seconds(Self.quietBefore + turn)
        let least = self.charging[site].isPledged == true && self.charging[site].mark != 0 ? 1 : Self.leastGap
        return (end - self.now).seconds >= least ? end : nil
    }

    /// Notes how a car charges steadily, once for a stay and a promise.
    mutating func pledge(_ place: Place) {
        let line = self.fleet.lines[place.line]
        let point = self.points[place.worker][place.slot]
        guard line.isAvailable, line.vehicle != VehicleLine.none, point.pluggedAt != nil, Point.isSure(line) else {
            return
        }
        let task = self.task(place)
        let target = task.target.energy(of: task.capacity).wattSeconds
        if let known = point.pledge, known.departure == task.departure, known.target == target { return }
        let room = task.bounds(
            at: self.now, endurance: self.configuration.watchdog, watchdog: self.configuration.watchdog)
        // Who charged steadily until now goes on with it; what a price, a deferral or a test moved is not his pledge.
        let isSteady = point.planned == nil && point.deferral == nil && point.test == nil
        let steady = isSteady ? point.base.flatMap { $0 >= 0 ? $0 : nil } : nil
        self.points[place.worker][place.slot].pledge = Point.Pledge(
            watts: max(0, steady ?? room.base), stored: task.sureEnergy.wattSeconds, from: self.now, target: target,
            efficiency: task.efficiency, departure: task.departure)
    }

    /// Reckons what room a car would have, had it charged steadily.
    mutating func keepPledge(_ point: inout Point, _ task: ChargingTask, _ line: VehicleLine, endurance: TimeSpan) {
        guard let pledge = point.pledge, task.capacity.wattSeconds > 0 else { return }
        var steady = task
        let charge = pledge.energy(at: self.now) / (task.capacity.wattSeconds / 10_000)
        steady.stateOfCharge = StateOfCharge(basisPoints: min(10_000, charge + task.uncertainty.basisPoints))
        var room = steady.bounds(at: self.now, endurance: endurance, watchdog: self.configuration.watchdog)
        room.base = min(max(pledge.watts, max(0, room.low)), max(room.high, room.low))
        if point.isDeaf || point.isSuspect { (room.low, room.high) = (room.base, room.base) }
        if self.wear.mayNotRaise(Int(line.vehicle)) { room.high = max(room.base, room.low) }
        point.pledge?.bounds = room
    }

    /// What a car has to offer to blocks that come, while a price moves its charging before them.
    func pledgedRoom(_ place: Place) -> Bounds? {
        let line = self.fleet.lines[place.line]
        guard line.site != VehicleLine.none, Int(line.site) < self.charging.count,
            self.charging[Int(line.site)].mark != 0, self.charging[Int(line.site)].isPledged == true,
            let pledge = self.points[place.worker][place.slot].pledge, pledge.bounds != .none
        else { return nil }
        return pledge.bounds
    }
}
