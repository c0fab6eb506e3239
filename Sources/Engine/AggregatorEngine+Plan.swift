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

    /// A line of the fleet with its point, in the order of workers and slots.
    func lines(resource: Int) -> [(worker: Int, slot: Int, line: VehicleLine)] {
        var found: [(Int, Int, VehicleLine)] = []
        for worker in self.fleet.workers.indices {
            for (slot, index) in self.fleet.range(worker).enumerated() {
                let line = self.fleet.lines[index]
                if line.bound == 1, Int(line.resource) == resource {
                    found.append((worker, slot, line))
                }
            }
        }
        return found
    }

    /// Notes who plugged in, what was promised, and the room that it leaves.
    private mutating func updateSessions(resource: Int) {
        var members: [Int: [Int]] = [:]
        var bounds: [Bounds] = []
        var owners: [(worker: Int, slot: Int)] = []
        let endurance = self.endurance(resource)
        let soldUntil = self.market.soldUntil(self.resources[resource].terms.id, at: self.now)
        let quiet = self.isQuiet(resource)
        for (worker, slot, line) in self.lines(resource: resource) {
            guard slot < self.points[worker].count else { continue }
            if line.isPlugged, self.points[worker][slot].pluggedAt == nil {
                self.points[worker][slot].pluggedAt = self.now
            }
            self.promise(worker, slot, line)
            if quiet { self.measure(worker, slot, line) }
            guard let task = self.task(worker, slot, line) else {
                self.points[worker][slot].bounds = .none
                self.hampered(worker, slot, line)
                continue
            }
            var room = task.bounds(
                at: self.now, endurance: endurance, watchdog: self.configuration.watchdog)
            if self.points[worker][slot].isDeaf { (room.low, room.high) = (room.base, room.base) }
            self.assess(worker, slot, task, room)
            if line.site != VehicleLine.none {
                members[Int(line.site), default: []].append(bounds.count)
            }
            bounds.append(self.steadied(room, worker, slot, soldUntil: soldUntil))
            owners.append((worker, slot))
        }
        for site in members.keys.sorted() {
            let cuts = self.limit(of: site).certify(&bounds, members: members[site] ?? [])
            for cut in cuts where cut.at == .base {
                let owner = owners[cut.member]
                self.curtailed(owner.worker, owner.slot, by: cut, site: site)
            }
        }
        for (owner, room) in zip(owners, bounds) {
            self.points[owner.worker][owner.slot].bounds = room
            self.points[owner.worker][owner.slot].command(room.base, at: self.now)
        }
    }

    private func endurance(_ resource: Int) -> TimeSpan {
        let products = self.resources[resource].terms.products.compactMap(
            self.configuration.region.product)
        return products.map(\.endurance).max() ?? self.configuration.watchdog
    }

    /// Keeps the base in force where its bounds allow: the fleet's baseline stands still inside a sold block,
    /// and outside of one it follows only changes that matter.
    private mutating func steadied(_ room: Bounds, _ worker: Int, _ slot: Int, soldUntil: Instant?)
        -> Bounds
    {
        var kept = room
        guard let base = self.points[worker][slot].base else {
            self.points[worker][slot].deferral = soldUntil.map { ($0, room.base) }
            if soldUntil != nil { kept.base = min(max(0, room.low), room.base) }
            return kept
        }
        if let deferral = self.points[worker][slot].deferral {
            guard self.now < deferral.until else {
                self.points[worker][slot].deferral = nil
                return room
            }
            self.points[worker][slot].deferral?.wanted = room.base
        }
        guard room.low <= base, base <= room.high else { return room }
        let small = (room.base - base).magnitude <= max(300, room.base.magnitude / 20)
        guard soldUntil != nil || small else { return room }
        kept.base = base
        return kept
    }

    /// The car's task, or nil where it cannot be commanded or is not known.
    private func task(_ worker: Int, _ slot: Int, _ line: VehicleLine) -> ChargingTask? {
        let index = self.fleet.range(worker).lowerBound + slot
        guard line.isAvailable, line.vehicle != VehicleLine.none,
            let registration = self.fleet.registrations[index],
            self.now.microseconds - Int(line.receivedAt)
                <= self.configuration.telemetryStale.microseconds
        else { return nil }
        let vehicle = self.enrolment.vehicles[Int(line.vehicle)]
        let site = line.site == VehicleLine.none ? nil : self.enrolment.sites[Int(line.site)]
        let charge =
            [registration.maxCharge, vehicle.maxCharge, Power(watts: Int(line.record.max_charge))]
            .min() ?? .zero
        let discharge =
            [
                registration.maxDischarge, vehicle.maxDischarge,
                Power(watts: Int(line.record.max_discharge)),
            ].min() ?? .zero
        let consent = vehicle.dischargeConsentAt.map { $0 <= self.now } ?? false
        let able = registration.capability == .setpoint || registration.capability == .residentCurve
        let stopped = self.isStopped(
            station: registration.station,
            site: line.site == VehicleLine.none ? nil : Int(line.site))
        let point = self.points[worker][slot]
        return ChargingTask(
            capacity: self.capacity(of: line), stateOfCharge: StateOfCharge(basisPoints: Int(line.record.soc)),
            uncertainty: StateOfCharge(basisPoints: Int(line.record.soc_error)),
            reserve: max(vehicle.reserve, StateOfCharge(basisPoints: Int(line.record.reserve))),
            target: point.target, departure: point.departure,
            efficiency: max(5_000, vehicle.efficiency),
            maxCharge: charge, maxDischarge: discharge,
            provenCharge: Power(watts: point.proven.power(limit: charge.watts)),
            minimumPower: registration.minimumPower, step: registration.step,
            mayDischarge: consent && able && !stopped && (site?.exportLimit.watts ?? 0) > 0)
    }

    private func limit(of site: Int) -> SiteLimit {
        let terms = self.enrolment.sites[site]
        let reported = self.siteLoads[terms.id].flatMap {
            self.now - $0.at <= .minutes(1) ? $0.power.watts : nil
        }
        return SiteLimit(
            importLimit: terms.importLimit.watts, exportLimit: terms.exportLimit.watts,
            load: reported ?? terms.staleLoad.watts)
    }

    /// Builds the stack and sends plans where something changed.
    private mutating func makePlan(_ index: Int) {
        let workers = self.fleet.workers.indices.filter { self.fleet.workers[$0].connected }
        guard !workers.isEmpty else { return }
        let products = self.products(index)
        let builder = StackBuilder(
            workers: workers.map { self.fleet.workers[$0].id },
            members: self.members(index, workers, products.map(\.terms)),
            products: products.map(\.held))
        let state = self.resources[index]
        let id = PlanID(
            epoch: self.configuration.epoch, resource: state.terms.id, version: state.version + 1)
        let until = self.now + self.configuration.lease
        let plans = builder.build(id: id, validUntil: until).plans
        if Self.same(plans, state.plans) {
            guard
                state.leaseUntil - self.now
                    < TimeSpan(microseconds: self.configuration.lease.microseconds / 2)
            else { return }
            self.resources[index].leaseUntil = until
            for plan in state.plans { self.emit(.renew(plan.worker, plan.id, validUntil: until)) }
            return
        }
        self.resources[index].version += 1
        self.resources[index].plans = plans
        self.resources[index].hashes = Dictionary(
            uniqueKeysWithValues: plans.map { ($0.worker, $0.hash) })
        self.resources[index].acknowledged = []
        self.resources[index].leaseUntil = until
        for plan in plans { self.emit(.prepare(plan)) }
    }

    /// Equal but for version and lease.
    private static func same(_ new: [WorkerPlan], _ old: [WorkerPlan]) -> Bool {
        new.count == old.count
            && zip(new, old).allSatisfy {
                $0.worker == $1.worker && $0.products == $1.products && $0.entries == $1.entries
                    && $0.segments == $1.segments
            }
    }

    /// The resource's products with what is awarded now.
    private func products(_ index: Int) -> [(terms: Product, held: StackProduct)] {
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
            func spare(_ award: Power) -> Power {
                Power(watts: award.watts * product.sparePerMille / 1000)
            }
            let held = PlanProduct(
                product: product.id, activation: product.activation, awardUp: up, awardDown: down,
                spareUp: spare(up), spareDown: spare(down), curve: product.curve,
                gainPerMille: product.gainPerMille,
                slewPerSecond: Power(watts: (up.watts + down.watts) * product.slewPerMille / 1000),
                holdTime: product.hold, upTable: [], downTable: [])
            return (product, StackProduct(product: held))
        }
    }

    private func members(_ index: Int, _ workers: [Int], _ products: [Product]) -> [StackMember] {
        let position = Dictionary(uniqueKeysWithValues: workers.enumerated().map { ($1, $0) })
        return self.lines(resource: index).compactMap { worker, slot, line in
            let fleetIndex = self.fleet.range(worker).lowerBound + slot
            guard let place = position[worker], line.isAvailable, slot < self.points[worker].count,
                self.points[worker][slot].base != nil,
                let registration = self.fleet.registrations[fleetIndex]
            else { return nil }
            let point = self.points[worker][slot]
            var eligible: UInt32 = 0
            // A leaver's substitute is armed before he goes.
            let leaves =
                point.departure >= self.now
                && point.departure < self.now + self.configuration.watchdog
            if point.trust >= 5_000, !leaves {
                for (bit, product) in products.enumerated()
                where product.refusal(
                    capability: registration.capability, responseTime: registration.responseTime)
                    == nil
                {
                    eligible |= 1 << UInt32(bit)
                }
            }
            return StackMember(
                worker: place, slot: UInt32(slot), generation: line.generation,
                bounds: point.bounds,
                resident: registration.capability == .residentCurve, eligible: eligible,
                merit: StackMember.merit(
                    laxitySeconds: point.bounds.laxity, response: registration.responseTime,
                    index: slot, turn: 0))
        }
    }
}
