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
        self.noteShortness(index)
        self.planCharging(index)
        self.updateSessions(resource: index)
        self.makePlan(index)
    }

    /// Notes who plugged in, what was promised, and the room that it leaves: one look at each point, and a second one only
    /// where the cars of a site may be too many for it.
    private mutating func updateSessions(resource: Int) {
        let terms = SessionTerms(
            endurance: self.holdTime(resource), reserve: self.endurance(resource),
            soldUntil: self.market.soldUntil(self.resources[resource].terms.id, at: self.now),
            isQuiet: self.isQuiet(resource), isAsked: self.isAsked(resource),
            isSignalOnly: self.isSignalOnly(resource), hasRivals: !self.rivals.isEmpty,
            hasOutages: !self.outages.isEmpty, hasStops: !self.stops.isEmpty)
        var drafting = self.drafting(resource)
        let carriesAll = self.sitesThatCarryAll()
        var shared = SharedSessions()
        // Where something is sold around the clock, one station at a time is tried beside it.
        var tried = self.resources[resource].tried
        var trying = 0
        var share = DeliveredShare()
        var energy = ResourceState.StoredEnergy()
        var number = -1
        self.eachPoint(resource) { engine, place, point in
            number += 1
            engine.keepTrust(&point, line: place.line)
            engine.noteWear(place.line)
            let mayTry = terms.isSignalOnly && tried == 0
            let room = engine.room(&point, place, terms, mayTry: mayTry)
            if point.test != nil {
                trying += 1
                tried += 1
            }
            engine.keepWish(&point, place)
            guard let room else { return engine.draft(&drafting, number, place, &point) }
            share.add(room, point.derating)
            engine.addEnergy(place, room, hold: terms.reserve, to: &energy)
            let site = engine.fleet.lines[place.line].site
            if site == VehicleLine.none || carriesAll[Int(site)] {
                engine.command(&point, place, room, terms)
                engine.draft(&drafting, number, place, &point)
            } else {
                shared.add(room, place, number, site: site)
            }
        }
        self.resources[resource].tried = trying
        self.resources[resource].energy = energy
        self.share(&shared, terms)
        var next = 0
        while next < shared.owners.count {
            let worker = shared.owners[next].worker
            var points: [Point] = []
            swap(&points, &self.points[worker])
            while next < shared.owners.count, shared.owners[next].worker == worker {
                let place = shared.owners[next]
                self.command(&points[place.slot], place, shared.bounds[next], terms)
                self.draft(&drafting, shared.numbers[next], place, &points[place.slot])
                next += 1
            }
            swap(&points, &self.points[worker])
        }
        self.drafts[resource] = drafting.column
        self.note(share, resource, isQuiet: terms.isQuiet)
    }

    /// Cuts what cars are given together to what their sites carry.
    private mutating func share(_ shared: inout SharedSessions, _ terms: SessionTerms) {
        guard !shared.owners.isEmpty else { return }
        let members = SiteMembers(shared.sites, sites: self.enrolment.sites.count)
        for site in self.enrolment.sites.indices {
            let cars = members[site]
            guard !cars.isEmpty else { continue }
            let groups = self.feederGroups(site, cars, shared.owners)
            self.prove(site, cars, groups, &shared.bounds, shared.owners, hold: terms.endurance.seconds)
            // What lies below comes first: the site's own cuts take from bases and headroom, and break no feeder.
            for group in groups {
                let most = group.feeder.limit.watts
                let limit = SiteLimit(importLimit: most, exportLimit: most, load: 0)
                for cut in limit.certify(&shared.bounds, members: group.members[...]) where cut.at == .base {
                    self.curtailed(shared.owners[cut.member], by: "feeder \(group.feeder.name)", cut.watts, site: site)
                }
            }
            let cuts = self.limit(of: site).certify(&shared.bounds, members: cars)
            for cut in cuts where cut.at == .base {
                self.curtailed(shared.owners[cut.member], by: cut.limit, cut.watts, site: site)
            }
        }
    }

    /// By site: whether it carries all its stations at once, whatever they do. Nothing is to be proven of it, nor to be cut.
    func sitesThatCarryAll() -> [Bool] {
        self.enrolment.sites.indices.map { site in
            guard site < self.nameplates.count, self.enrolment.feeders(of: site).isEmpty else { return false }
            let limit = self.limit(of: site)
            let worst = max(limit.load, self.enrolment.sites[site].staleLoad.watts)
            return self.nameplates[site].charge <= limit.importLimit - worst
                && self.nameplates[site].discharge <= max(0, limit.exportLimit + limit.load)
        }
    }

    /// Puts the room that a point has into force.
    @inline(__always)
    private mutating func command(_ point: inout Point, _ place: Place, _ room: Bounds, _ terms: SessionTerms) {
        point.bounds = room
        self.watchBase(
            &point, line: place.line, room.base, isQuiet: terms.isQuiet, isSignalOnly: terms.isSignalOnly)
        point.command(room.base, at: self.now)
    }

    /// Sessions whose sites may not carry all of them at once.
    private struct SharedSessions {
        var sites: [UInt32] = []
        var bounds: [Bounds] = []
        var owners: [Place] = []
        /// Where they stand among the places of the resource.
        var numbers: [Int] = []

        mutating func add(_ room: Bounds, _ place: Place, _ number: Int, site: UInt32) {
            self.sites.append(site)
            self.bounds.append(room)
            self.owners.append(place)
            self.numbers.append(number)
        }
    }

    /// What holds for all sessions of a resource while they are looked through.
    private struct SessionTerms {
        /// For how long power is behind what a point may do, and what a new sale would ask for.
        var endurance: TimeSpan
        var reserve: TimeSpan
        var soldUntil: Instant?
        var isQuiet: Bool
        var isAsked: Bool
        /// It answers no frequency by itself: a base that is moved is made up for by the signal's own account.
        var isSignalOnly: Bool
        /// Whether there is anything to ask who counts, who is just back, and who is stopped.
        var hasRivals: Bool
        var hasOutages: Bool
        var hasStops: Bool
    }

    /// The room that one session's promise leaves; nil where the car cannot be commanded or is not known.
    private mutating func room(
        _ point: inout Point, _ place: Place, _ terms: SessionTerms, mayTry: Bool
    ) -> Bounds? {
        let line = self.fleet.lines[place.line]
        guard !terms.hasRivals || self.isSeat(place.line) else {
            // The car counts where it is: here somebody else may stand, and nothing is asked of him.
            point.bounds = .none
            point.base = nil
            point.proof.void()
            return nil
        }
        self.promise(&point, line)
        let returned = self.returned(place, register: point.meter.lastNet, last: point.meter.last)
        point.recall()
        if terms.isQuiet {
            point.measure(
                line, minimum: Int(self.fleet.limits[place.line].minimum),
                delayed: self.configuration.region.randomDelay, at: self.now)
        }
        guard line.isAvailable, line.vehicle != VehicleLine.none, !(terms.hasOutages && self.isSettling(place, point)),
            self.now.microseconds - Int(line.receivedAt) <= self.configuration.telemetryStale.microseconds
        else {
            point.bounds = .none
            point.hamper(line)
            point.proof.void()
            return nil
        }
        let isStopped = terms.hasStops && self.isStopped(place, line)
        let task = self.task(point, place, line, isStopped: isStopped)
        let watchdog = self.configuration.watchdog
        var room = task.bounds(at: self.now, endurance: terms.endurance, watchdog: watchdog)
        self.keepPledge(&point, task, line, endurance: terms.reserve)
        if self.awaitsPlan(point, line) { point.planned = 0 }
        room = point.scheduled(room)
        room.low = room.base - (room.base - room.low) * returned / 1_000
        room.high = room.base + (room.high - room.base) * returned / 1_000
        let whole = room
        if point.isDeaf || point.isSuspect { (room.low, room.high) = (room.base, room.base) }
        if self.wear.mayNotRaise(Int(line.vehicle)) { room.high = max(room.base, room.low) }
        point.assess(task, room, watchdog: watchdog)
        let kept = point.steadied(room, soldUntil: terms.soldUntil, at: self.now)
        return point.commissioned(
            kept, inside: whole, isQuiet: terms.isQuiet || mayTry, isAsked: terms.isAsked && !terms.isSignalOnly,
            isBeside: terms.isSignalOnly, at: self.now)
    }

    /// For how long the products of a resource want full power to be there.
    func endurance(_ resource: Int) -> TimeSpan {
        let products = self.resources[resource].terms.products.compactMap(
            self.configuration.region.product)
        return products.map(\.reserve).max() ?? self.configuration.watchdog
    }

    /// The same of a car where it stands.
    func task(_ place: Place) -> ChargingTask {
        let line = self.fleet.lines[place.line]
        return self.task(
            self.points[place.worker][place.slot], place, line, isStopped: self.isStopped(place, line))
    }

    /// The task of a car that can be commanded and is known.
    @inline(__always)
    func task(_ point: borrowing Point, _ place: Place, _ line: VehicleLine, isStopped: Bool) -> ChargingTask {
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
                && !isStopped && !self.wear.mayNotDischarge(Int(line.vehicle)))
    }

    func isStopped(_ place: Place, _ line: VehicleLine) -> Bool {
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
