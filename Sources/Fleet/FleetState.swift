import CTelemetry
public import Domain

/// The live state of every charging point: dense indices, a contiguous range per worker, running totals
/// per resource and site. Integers only, so that sums are exact and independent of order.
public struct FleetState: Sendable {
    /// One worker's range of indices.
    public struct WorkerRange: Hashable, Sendable, Codable {
        public var id: WorkerID
        public var incarnation: Incarnation
        public var base: Int
        public var capacity: Int
        public var connected: Bool
        /// Slots in use are `0 ..< used`.
        public var used: Int
    }

    /// How many records changed nothing, and why.
    public struct Refused: Hashable, Sendable {
        /// Of slots that nobody registered.
        public var unbound = 0
        /// With a negative most charge or discharge.
        public var absurd = 0

        static func += (one: inout Refused, other: Refused) {
            one.unbound += other.unbound
            one.absurd += other.absurd
        }
    }

    public internal(set) var lines: [VehicleLine] = []
    /// What of each line is summed.
    var hot: [headroom_hot] = []
    /// By index, of the registration that holds.
    public internal(set) var limits = LimitsColumn()
    var names = StationNames()
    public internal(set) var workers: [WorkerRange] = []
    /// By resource, and by site (as far as one was named).
    public internal(set) var totals: [Totals] = []
    public internal(set) var siteTotals: [Totals] = []
    var workerIndex: [WorkerID: Int] = [:]
    /// Neighbours of one site and resource. Derived, and made anew when something was bound since.
    var runs: [headroom_run] = []
    var areRunsStale = true
    /// Scans that found other totals than the running ones: 0, unless something is wrong with the program or the machine.
    public internal(set) var repairs = 0
    /// Records that were not taken since this state was made or read from a checkpoint.
    public internal(set) var refused = Refused()
    /// Where the last scan added up. Derived.
    var scanned: (sites: [Totals], resources: [Totals]) = ([], [])
    /// Indices handed out to one worker at a time at least; who outgrows them moves the others.
    let rangeStep: Int

    public init(resources: Int, rangeStep: Int = 256) {
        precondition(resources < Int(VehicleLine.noResource), "too many resources")
        self.totals = Array(repeating: Totals(), count: resources)
        self.rangeStep = rangeStep
    }

    public func index(of worker: WorkerID) -> Int? { self.workerIndex[worker] }

    /// The range of a worker as indices into ``lines``.
    public func range(_ worker: Int) -> Range<Int> {
        let range = self.workers[worker]
        return range.base..<range.base + range.used
    }

    /// A worker said hello. A new incarnation voids what the one before had registered.
    public mutating func join(_ worker: WorkerID, incarnation: Incarnation) {
        if let known = self.workerIndex[worker] {
            self.workers[known].connected = true
            if self.workers[known].incarnation != incarnation {
                self.clear(known)
                self.workers[known].incarnation = incarnation
            } else {
                self.setOnline(self.range(known))
            }
            return
        }
        self.workerIndex[worker] = self.workers.count
        self.workers.append(
            WorkerRange(
                id: worker, incarnation: incarnation, base: self.lines.count,
                capacity: self.rangeStep, connected: true, used: 0))
        self.grow(by: self.rangeStep)
    }

    /// A worker is gone: what it reported counts as unavailable until it is back.
    public mutating func leave(_ worker: WorkerID) {
        guard let index = self.workerIndex[worker] else { return }
        self.workers[index].connected = false
        self.setOffline(self.range(index))
    }

    /// Binds a slot. `vehicle`, `site` and `resource` are indices of the enrolment, nil where unknown.
    /// A registration of an older generation changes nothing. Returns the dense index.
    public mutating func register(
        _ registration: Registration, worker: WorkerID, vehicle: Int?, site: Int?, resource: Int?
    ) -> Int? {
        guard let owner = self.workerIndex[worker], registration.slot < Self.mostSlots, StationNames.fits(registration)
        else { return nil }
        let slot = Int(registration.slot)
        if slot >= self.workers[owner].capacity { self.makeRoom(owner, for: slot + 1) }
        self.workers[owner].used = max(self.workers[owner].used, slot + 1)
        let index = self.workers[owner].base + slot
        var line = self.lines[index]
        // A slot that was released is bound again by a later generation only.
        let released = line.bound == 0 && line.generation > 0
        guard
            released
                ? registration.generation > line.generation
                : registration.generation >= line.generation
        else { return nil }
        self.count(index, .none)
        if registration.generation != line.generation {
            line.record = headroom_record()
            line.receivedAt = 0
        }
        line.record.slot = registration.slot
        line.generation = registration.generation
        line.bound = 1
        line.vehicle = vehicle.map(UInt32.init) ?? VehicleLine.none
        line.site = site.map(UInt32.init) ?? VehicleLine.none
        line.resource = resource.map(UInt16.init) ?? VehicleLine.noResource
        line.capability = registration.capability.rawValue
        while let site, self.siteTotals.count <= site { self.siteTotals.append(Totals()) }
        self.areRunsStale = true
        self.lines[index] = line
        self.count(index, headroom_hot(line))
        self.names.set(index, station: registration.station, evse: registration.evse, token: registration.token)
        self.limits[index] = StationLimits(registration)
        return index
    }

    /// Slots of one worker.
    private static let mostSlots: UInt32 = 1_000_000

    /// The registration that holds at an index; nil where nobody is bound. Put together anew each time: names are kept
    /// as bytes, and powers as ``StationLimits`` has them.
    public func registration(_ index: Int) -> Registration? {
        let line = self.lines[index]
        guard line.bound == 1, let station = self.names.station(index), let evse = self.names.evse(index) else {
            return nil
        }
        let limits = self.limits[index]
        return Registration(
            slot: line.record.slot, generation: line.generation, station: station, evse: evse,
            token: self.names.token(index), capability: limits.capability,
            maxCharge: Power(watts: Int(limits.maxCharge)), maxDischarge: Power(watts: Int(limits.maxDischarge)),
            minimumPower: Power(watts: Int(limits.minimum)), step: Power(watts: Int(limits.step)),
            responseTime: limits.responseTime)
    }

    /// Bytes that names take, garbage included; and how many kinds of stations there are.
    public var nameBytes: Int { self.names.byteCount }
    public var kindsInUse: Int { self.limits.kindsInUse }

    /// The station at an index; nil where nobody is bound.
    public func station(_ index: Int) -> StationID? {
        self.lines[index].bound == 1 ? self.names.station(index) : nil
    }

    /// A fingerprint of everything that was taken in, for the proof of replay.
    public func fingerprint(into mark: inout Fingerprint) {
        for worker in self.workers {
            mark.add(worker.id.rawValue)
            mark.add(worker.incarnation.value)
            mark.add(worker.connected ? 1 : 0)
        }
        for line in self.lines where line.bound == 1 {
            mark.add(line.generation)
            mark.add(line.receivedAt)
            mark.add(line.resource)
            line.add(to: &mark)
        }
    }
}

extension FleetState {
    private mutating func clear(_ worker: Int) {
        for index in self.range(worker) { self.empty(index) }
        self.workers[worker].used = 0
    }

    private mutating func setOffline(_ range: Range<Int>) {
        for index in range {
            self.lines[index].record.flags &= ~UInt32(HEADROOM_ONLINE)
            self.count(index, headroom_hot(self.lines[index]))
        }
    }

    /// A worker is back in the life that it was in: what it reported holds again, unless it has gone stale meanwhile. A
    /// worker says of no station that is offline that it may be commanded.
    private mutating func setOnline(_ range: Range<Int>) {
        for index in range where self.lines[index].has(HEADROOM_AVAILABLE) {
            self.lines[index].record.flags |= UInt32(HEADROOM_ONLINE)
            self.count(index, headroom_hot(self.lines[index]))
        }
    }
}
