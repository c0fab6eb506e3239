import CTelemetry
import Control
import Domain
import Fleet
import GridCodes

// Bounds, sites and the stack.
extension AggregatorEngine {
    /// So long before a block begins its plan goes out; what ends is held until its end.
    private static let lead = TimeSpan.seconds(1)

    mutating func planIfDue(_ index: Int) {
        let state = self.resources[index]
        let since = self.now - state.plannedAt
        let isNews =
            state.dirty
            || self.market.hasEdge(state.terms.id, after: state.plannedAt, through: self.now)
            || self.market.hasEdge(
                state.terms.id, after: state.plannedAt + Self.lead, through: self.now + Self.lead)
        let due = since >= self.configuration.planPeriod || (isNews && since >= .seconds(1))
        guard due else { return }
        self.resources[index].plannedAt = self.now
        self.resources[index].dirty = false
        self.updateSessions(resource: index)
        self.makePlan(index)
    }

    /// Notes who plugged in, what was promised, and the room that it leaves.
    private mutating func updateSessions(resource: Int) {
        var sites: [UInt32] = []
        sites.reserveCapacity(self.places[resource].count)
        var bounds: [Bounds] = []
        var owners: [Place] = []
        bounds.reserveCapacity(self.places[resource].count)
        owners.reserveCapacity(self.places[resource].count)
        let terms = SessionTerms(
            endurance: self.endurance(resource),
            soldUntil: self.market.soldUntil(self.resources[resource].terms.id, at: self.now),
            isQuiet: self.isQuiet(resource), isAsked: self.isAsked(resource),
            isSignalOnly: self.isSignalOnly(resource))
        // Where something is sold around the clock, one station at a time is tried beside it.
        var tried = self.resources[resource].tried
        var trying = 0
        var next = 0
        var share = DeliveredShare()
        while next < self.places[resource].count {
            // Taken out, so that the points of a worker change in their place.
            let worker = self.places[resource][next].worker
            var points: [Point] = []
            swap(&points, &self.points[worker])
            while next < self.places[resource].count, self.places[resource][next].worker == worker {
                let place = self.places[resource][next]
                next += 1
                self.keepTrust(&points[place.slot], line: place.line)
                let mayTry = terms.isSignalOnly && tried == 0
                let room = self.room(&points[place.slot], place, terms, mayTry: mayTry)
                if points[place.slot].test != nil {
                    trying += 1
                    tried += 1
                }
                self.keepWish(&points[place.slot], place)
                guard let room else { continue }
                sites.append(self.fleet.lines[place.line].site)
                bounds.append(room)
                owners.append(place)
                share.add(room, points[place.slot].derating)
            }
            swap(&points, &self.points[worker])
        }
        self.resources[resource].tried = trying
        let members = SiteMembers(sites, sites: self.enrolment.sites.count)
        for site in self.enrolment.sites.indices {
            let cars = members[site]
            guard !cars.isEmpty else { continue }
            self.prove(site, cars, &bounds, owners, hold: terms.endurance.seconds)
            let cuts = self.limit(of: site).certify(&bounds, members: cars)
            for cut in cuts where cut.at == .base { self.curtailed(owners[cut.member], by: cut, site: site) }
        }
        var first = 0
        while first < owners.count {
            let worker = owners[first].worker
            var points: [Point] = []
            swap(&points, &self.points[worker])
            while first < owners.count, owners[first].worker == worker {
                points[owners[first].slot].bounds = bounds[first]
                self.watchBase(
                    &points[owners[first].slot], line: owners[first].line, bounds[first].base, isQuiet: terms.isQuiet,
                    isSignalOnly: terms.isSignalOnly)
                points[owners[first].slot].command(bounds[first].base, at: self.now)
                first += 1
            }
            swap(&points, &self.points[worker])
        }
        self.note(share, resource, isQuiet: terms.isQuiet)
    }

    /// What holds for all sessions of a resource while they are looked through.
    private struct SessionTerms {
        var endurance: TimeSpan
        var soldUntil: Instant?
        var isQuiet: Bool
        var isAsked: Bool
        /// It answers no frequency by itself: a base that is moved is made up for by the signal's own account.
        var isSignalOnly: Bool
    }

    /// The room that one session's promise leaves; nil where the car cannot be commanded or is not known.
    private mutating func room(
        _ point: inout Point, _ place: Place, _ terms: SessionTerms, mayTry: Bool
    ) -> Bounds? {
        let line = self.fleet.lines[place.line]
        self.promise(&point, line)
        point.recall()
        if terms.isQuiet {
            point.measure(
                line, minimum: Int(self.fleet.limits[place.line].minimum),
                delayed: self.configuration.region.randomDelay, at: self.now)
        }
        guard line.isAvailable, line.vehicle != VehicleLine.none, !self.isSettling(place, point),
            self.now.microseconds - Int(line.receivedAt) <= self.configuration.telemetryStale.microseconds
        else {
            point.bounds = .none
            point.hamper(line)
            point.proof.void()
            return nil
        }
        let task = self.task(point, place, line)
        let watchdog = self.configuration.watchdog
        var room = task.bounds(at: self.now, endurance: terms.endurance, watchdog: watchdog)
        let whole = room
        if point.isDeaf || point.isSuspect { (room.low, room.high) = (room.base, room.base) }
        point.assess(task, room, watchdog: watchdog)
        let kept = point.steadied(room, soldUntil: terms.soldUntil, at: self.now)
        return point.commissioned(
            kept, inside: whole, isQuiet: terms.isQuiet || mayTry, isAsked: terms.isAsked && !terms.isSignalOnly,
            isBeside: terms.isSignalOnly, at: self.now)
    }

    private func endurance(_ resource: Int) -> TimeSpan {
        let products = self.resources[resource].terms.products.compactMap(
            self.configuration.region.product)
        return products.map(\.endurance).max() ?? self.configuration.watchdog
    }

    /// The task of a car that can be commanded and is known.
    @inline(__always)
    func task(_ point: borrowing Point, _ place: Place, _ line: VehicleLine) -> ChargingTask {
        let station = self.fleet.limits[place.line]
        let vehicle = self.enrolment.limits[Int(line.vehicle)]
        let charge = min(Int(station.maxCharge), vehicle.maxCharge, Int(line.record.max_charge))
        let discharge = min(Int(station.maxDischarge), vehicle.maxDischarge, Int(line.record.max_discharge))
        return ChargingTask(
            capacity: line.record.capacity > 0 ? Energy(wattHours: Int(line.record.capacity)) : vehicle.capacity,
            stateOfCharge: StateOfCharge(basisPoints: Int(line.record.soc)),
            uncertainty: StateOfCharge(basisPoints: Int(line.record.soc_error)),
            reserve: max(vehicle.reserve, StateOfCharge(basisPoints: Int(line.record.reserve))),
            target: point.target, departure: point.departure,
            efficiency: vehicle.efficiency,
            maxCharge: Power(watts: charge), maxDischarge: Power(watts: discharge),
            provenCharge: Power(watts: point.proven.power(limit: charge)),
            minimumPower: Power(watts: Int(station.minimum)), step: Power(watts: Int(station.step)),
            mayDischarge: vehicle.dischargeFrom <= self.now
                && (station.capability == .setpoint || station.capability == .residentCurve)
                && line.site != VehicleLine.none && self.enrolment.sites[Int(line.site)].exportLimit.watts > 0
                && !self.isStopped(place, line))
    }

    private func isStopped(_ place: Place, _ line: VehicleLine) -> Bool {
        guard !self.stops.isEmpty, let station = self.fleet.station(place.line) else { return false }
        return self.isStopped(station: station, site: line.site == VehicleLine.none ? nil : Int(line.site))
    }

    func limit(of site: Int) -> SiteLimit {
        let terms = self.enrolment.sites[site]
        let reported = self.siteLoads[terms.id].flatMap {
            self.now - $0.at <= .minutes(1) ? $0.power.watts : nil
        }
        return SiteLimit(
            importLimit: terms.importLimit.watts, exportLimit: terms.exportLimit.watts,
            load: reported ?? terms.staleLoad.watts)
    }

    /// The resource's products with what is awarded now.
    func products(_ index: Int) -> [(terms: Product, held: StackProduct)] {
        let resource = self.resources[index].terms
        return resource.products.compactMap(self.configuration.region.product).map { product in
            func award(_ direction: Direction) -> Power {
                max(
                    self.market.awarded(resource.id, product.id, direction, at: self.now),
                    self.market.awarded(
                        resource.id, product.id, direction, at: self.now + Self.lead))
            }
            let up = award(.up)
            let down = award(.down)
            func spare(_ award: Int) -> Power { Power(watts: self.spare(award, product, index)) }
            let held = PlanProduct(
                product: product.id, activation: product.activation, awardUp: up, awardDown: down,
                spareUp: spare(up.watts), spareDown: spare(-down.watts), curve: product.curve,
                gainPerMille: self.armed(product, index),
                slewPerSecond: Power(watts: (up.watts + down.watts) * product.slewPerMille / 1000),
                holdTime: product.hold, upTable: [], downTable: [])
            return (product, StackProduct(product: held))
        }
    }

    func members(_ index: Int, _ workers: [Int], _ products: [Product]) -> [StackMember] {
        var position = Array(repeating: -1, count: self.fleet.workers.count)
        for (number, worker) in workers.enumerated() { position[worker] = number }
        var members: [StackMember] = []
        members.reserveCapacity(self.places[index].count)
        var served = Served(products: products)
        for place in self.places[index] where position[place.worker] >= 0 {
            guard self.fleet.lines[place.line].isAvailable, self.points[place.worker][place.slot].base != nil,
                !self.isSettling(place, self.points[place.worker][place.slot])
            else { continue }
            let station = self.fleet.limits[place.line]
            let departure = self.points[place.worker][place.slot].departure
            // A leaver's substitute is armed before he goes.
            let leaves = departure >= self.now && departure < self.now + self.configuration.watchdog
            let isTrusted = !self.points[place.worker][place.slot].isSuspect
            let response = self.points[place.worker][place.slot].proof.response(said: station.responseTime)
            let bounds = self.points[place.worker][place.slot].bounds
            members.append(
                StackMember(
                    worker: position[place.worker], slot: UInt32(place.slot),
                    generation: self.fleet.lines[place.line].generation, bounds: bounds,
                    resident: station.capability == .residentCurve,
                    eligible: isTrusted && !leaves ? served.mask(station, response) : 0,
                    merit: StackMember.merit(
                        laxitySeconds: bounds.laxity, response: response, index: place.slot, turn: 0)))
        }
        return members
    }
}

/// Which products (by index, as bits) a kind of charging point may serve; neighbours are mostly of one kind.
struct Served {
    let products: [Product]
    private var last: (capability: Capability, milliseconds: Int32, mask: UInt32)?

    init(products: [Product]) {
        self.products = products
    }

    /// `response` is the station's: as it says, or as its meter proved.
    mutating func mask(_ station: StationLimits, _ response: TimeSpan) -> UInt32 {
        let milliseconds = Int32(clamping: response.milliseconds)
        if let last, last.capability == station.capability, last.milliseconds == milliseconds { return last.mask }
        var mask: UInt32 = 0
        for (bit, product) in products.enumerated()
        where product.refusal(capability: station.capability, responseTime: response) == nil {
            mask |= 1 << UInt32(bit)
        }
        self.last = (station.capability, milliseconds, mask)
        return mask
    }
}
