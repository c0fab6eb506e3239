import CTelemetry
import Control
import Domain
import Engine
import GridCodes

/// A run of the twin: virtual time, the real engine and edge controller, batteries that obey physics.
public struct TwinRun: Sendable {
    let input: TwinInput
    private let resource = ResourceID("twin")
    private(set) var world: TwinWorld
    private(set) var dispatch: TwinDispatch
    private(set) var recorder: TwinRecorder
    private(set) var readiness: TwinReadiness
    private let span: MarketInterval
    private let awarded: MarketInterval
    /// By index of the world's sites.
    private let limits: [TwinInput.Limits?]
    private var now: Instant
    private(set) var setpoints = "time,vehicle_id,setpoint_kw\n"
    /// The time of this step's lines.
    private var stamp = (at: Instant.distantPast, text: "")
    private var lastSetpoint: [Int?]
    private(set) var met: [Bool?]
    private(set) var held: [Int]
    private var heldSince: Instant
    private var plan: WorkerPlan?
    /// Σ of the plan's segments per direction, W.
    private var headroom = (up: 0, down: 0)
    /// Power that each site's cars could draw together, W.
    private var full: [Int] = []
    private var loadCursor: [SiteID: Int] = [:]
    private var loads: [Power]
    private var signalSequence: UInt64 = 0
    private var readingSequence: UInt64 = 0
    private var readAt: Instant

    public init(_ input: TwinInput) {
        self.input = input
        let span = input.span
        self.span = span
        let terms = TwinTerms(input: input, resource: ResourceID("twin"))
        self.world = TwinWorld(sessions: input.sessions, config: input.config)
        self.limits = self.world.sites.map { input.limits(of: $0) }
        // One worker has the whole fleet, and no wire has to carry its plan.
        var rules = EdgeRules(region: input.region, watchdog: terms.configuration.watchdog)
        rules.mostEntries = .max
        let market = TwinMarket(input: input, resource: ResourceID("twin"))
        self.dispatch = TwinDispatch(
            engine: AggregatorEngine(configuration: terms.configuration),
            rules: rules, market: market, enrolment: terms.enrolment, seed: input.config.seed)
        self.recorder = TwinRecorder(
            product: input.product, award: input.award, milliseconds: input.step.milliseconds)
        self.readiness = TwinReadiness(count: input.sessions.count)
        self.awarded = input.awarded
        self.now = span.start
        self.readAt = span.start
        self.lastSetpoint = []
        self.met = Array(repeating: nil, count: input.sessions.count)
        self.held = Array(repeating: 0, count: input.sessions.count)
        self.heldSince = span.start
        self.loads = Array(repeating: .zero, count: self.world.sites.count)
        self.full = Array(repeating: 0, count: self.world.sites.count)
    }

    /// Steps done and steps in all.
    public var progress: (done: Int, total: Int) {
        let step = self.input.step.microseconds
        return (
            (self.now - self.span.start).microseconds / step,
            (self.span.duration.microseconds + step - 1) / step
        )
    }

    /// Runs at most `steps` steps; false when the run is over.
    public mutating func advance(steps: Int) -> Bool {
        for _ in 0..<steps {
            guard self.now < self.span.end else { return false }
            self.stepOnce()
        }
        return self.now < self.span.end
    }

    private mutating func stepOnce() {
        self.moveCars()
        let value = self.input.signal?.value(at: self.now)
        let milliHertz = self.input.signal?.kind == .frequency ? value : nil
        self.dispatch.step(
            telemetry: self.world.telemetry(), stride: MemoryLayout<headroom_record>.stride,
            signal: self.gridSignal(value), milliHertz: milliHertz, at: self.now)
        for command in self.dispatch.commands { self.obey(command.slot, command.watts) }
        self.followPlan()
        let metered = self.world.step(milliseconds: self.input.step.milliseconds)
        self.record(value: value, metered: metered)
        self.now = self.now + self.input.step
        self.readMeters()
    }

    /// Meters are read once a second at most, as on the street.
    private mutating func readMeters() {
        guard self.now - self.readAt >= .seconds(1) else { return }
        let readings = self.world.readings(
            worker: TwinDispatch.worker, sequence: &self.readingSequence, since: self.readAt,
            now: self.now)
        self.readAt = self.now
        self.dispatch.enqueue([.readings(TwinDispatch.worker, readings)])
    }

    /// Arrivals and departures of this instant, and the sites' own loads.
    private mutating func moveCars() {
        let (arrived, left) = self.world.move(to: self.now)
        for place in left { self.leave(place.stay) }
        var events: [Event] = []
        for slot in arrived {
            guard let stay = self.world.slots[slot].stay else { continue }
            let session = self.world.stays[stay].session
            self.readiness.judge(stay, session: session, at: self.now)
            events += TwinTerms.arrival(
                session, station: self.world.slots[slot].station)
        }
        self.updateLoads(&events)
        let changed = Array(Set(arrived + left.map(\.slot))).sorted()
        while self.lastSetpoint.count < self.world.slots.count { self.lastSetpoint.append(nil) }
        for slot in changed { self.lastSetpoint[slot] = nil }
        if changed.isEmpty {
            self.dispatch.enqueue(events)
        } else {
            self.addUpSites()
            self.dispatch.bind(changed.map { self.world.registration($0) }, enrolment: events)
        }
    }

    private mutating func updateLoads(_ events: inout [Event]) {
        for (index, site) in self.world.sites.enumerated() {
            guard let rows = self.input.loads.rows[site] else { continue }
            var cursor = self.loadCursor[site] ?? 0
            while cursor < rows.count, rows[cursor].at <= self.now {
                self.loads[index] = rows[cursor].load
                cursor += 1
            }
            self.loadCursor[site] = cursor
            events.append(.siteLoad(site, self.loads[index]))
        }
    }

    mutating func leave(_ stay: Int) {
        let entry = self.world.stays[stay]
        let charge = self.world.bank.charge(entry.row)
        self.met[stay] = self.readiness.isMet(charge, session: entry.session)
    }

    private mutating func gridSignal(_ value: Int?) -> GridSignal? {
        guard let signal = self.input.signal, let value,
            signal.kind == .frequency || self.awarded.contains(self.now)
        else { return nil }
        self.signalSequence += 1
        let sold = self.dispatch.sold(value > 0 ? .up : .down, at: self.now)
        let request = roundedDivision(sold.watts * value, 1_000)
        return GridSignal(
            resource: self.resource, product: self.input.product.id, sequence: self.signalSequence,
            sentAt: self.now, validFrom: self.now, expiry: self.now + self.input.step * 3,
            value: signal.kind == .frequency
                ? .frequency(milliHertz: value) : .request(watts: request),
            trace: .none)
    }

    private mutating func obey(_ slot: Int, _ watts: Int) {
        self.world.command(slot: slot, watts: watts)
        guard slot < self.lastSetpoint.count, self.lastSetpoint[slot] != watts,
            let stay = self.world.slots[slot].stay
        else { return }
        self.lastSetpoint[slot] = watts
        guard self.input.keepsSetpoints else { return }
        if self.stamp.at != self.now { self.stamp = (self.now, Timestamp.format(self.now)) }
        self.setpoints += self.stamp.text
        self.setpoints += "," + CSVTable.quoted(self.world.stays[stay].session.vehicle.rawValue)
        self.setpoints += "," + DecimalText.thousandths(watts) + "\n"
    }

    /// Headroom held by each car, counted from one plan to the next.
    private mutating func followPlan() {
        let plan = self.dispatch.currentPlan(self.resource)
        guard plan?.id != self.plan?.id else { return }
        self.countHeld()
        self.plan = plan
        self.headroom = (0, 0)
        for segment in plan?.segments ?? [] {
            if segment.direction == .up {
                self.headroom.up += Int(segment.height)
            } else {
                self.headroom.down += Int(segment.height)
            }
        }
    }

    mutating func countHeld() {
        let seconds = (self.now - self.heldSince).seconds
        for segment in self.plan?.segments ?? [] {
            guard Int(segment.slot) < self.world.slots.count,
                let stay = self.world.slots[Int(segment.slot)].stay
            else { continue }
            self.held[stay] += Int(segment.height) * seconds
        }
        self.heldSince = self.now
    }

    private mutating func record(value: Int?, metered: Int) {
        let product = self.input.product
        let isAwarded = self.awarded.contains(self.now)
        var requested = 0
        if let value, isAwarded {
            let up = self.dispatch.sold(.up, at: self.now)
            let down = self.dispatch.sold(.down, at: self.now)
            requested =
                product.activation == .signal
                ? roundedDivision((value > 0 ? up : down).watts * value, 1_000)
                : product.request(milliHertz: value, awardUp: up, awardDown: down).watts
        }
        let baseline = self.baseline()
        self.recorder.add(
            TwinRecorder.Step(
                at: self.now, isAwarded: isAwarded, signal: value, requested: requested,
                delivered: baseline - metered,
                baseline: baseline, metered: metered, headroomUp: self.headroom.up, headroomDown: self.headroom.down,
                plugged: self.world.plugged,
                siteViolations: self.checkSites(), price: self.price()))
    }

    /// The declared load now; before anything is declared, the plan's own.
    private func baseline() -> Int {
        if let declared = self.dispatch.baselines.last(where: { $0.interval.contains(self.now) }) {
            return declared.power(at: self.now).watts
        }
        return (self.plan?.entries ?? []).reduce(0) { $0 + Int($1.base) }
    }

    private func price() -> PriceSeries.Row {
        self.input.prices.row(at: self.now)
            ?? PriceSeries.Row(
                at: self.now, energy: self.input.product.energyPrice,
                up: self.input.product.availabilityPrice,
                down: self.input.product.availabilityPrice)
    }

    /// Counts sites beyond a limit, and tells the cars of a site that cannot carry them all.
    private mutating func checkSites() -> Int {
        var violations = 0
        for (index, power) in self.world.powerBySite.enumerated() {
            guard let limits = self.limits[index] else { continue }
            let grid = power + self.loads[index].watts
            if grid > limits.importLimit.watts || -grid > limits.exportLimit.watts { violations += 1 }
            guard self.full[index] + self.loads[index].watts > limits.importLimit.watts else { continue }
            for slot in self.world.slots where slot.site == index {
                if let stay = slot.stay { self.readiness.siteIsShort(stay) }
            }
        }
        return violations
    }

    /// Adds up what the cars that are plugged in could draw.
    private mutating func addUpSites() {
        self.full = Array(repeating: 0, count: self.world.sites.count)
        for slot in self.world.slots {
            guard let stay = slot.stay else { continue }
            self.full[slot.site] += self.world.stays[stay].session.maxCharge.watts
        }
    }
}
