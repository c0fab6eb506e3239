import CTelemetry
public import Domain

/// The live state of every charging point: dense indices, a contiguous range per worker, running totals
/// per resource. Integers only, so that sums are exact and independent of order.
public struct FleetState: Sendable, Codable {
    /// One worker's range of indices.
    public struct WorkerRange: Sendable, Codable {
        public var id: WorkerID
        public var incarnation: Incarnation
        public var base: Int
        public var capacity: Int
        public var connected: Bool
        /// Slots in use are `0 ..< used`.
        public var used: Int
    }
    /// What a resource sums up to, maintained by every update and checked by ``verify()``.
    public struct Totals: Hashable, Sendable, Codable {
        /// Metered power as last reported, W, + = charge.
        public var power = 0
        public var plugged = 0
        public var available = 0
    }

    public internal(set) var lines: [VehicleLine] = []
    public internal(set) var registrations: [Registration?] = []
    /// By index, of the registration that holds.
    public internal(set) var limits: [StationLimits] = []
    public private(set) var workers: [WorkerRange] = []
    public private(set) var totals: [Totals] = []
    private var workerIndex: [WorkerID: Int] = [:]
    /// Indices handed out to one worker at a time; a worker that outgrows its range moves to a larger one.
    private let rangeStep: Int

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
        guard let owner = self.workerIndex[worker], registration.slot < 1_000_000 else {
            return nil
        }
        let slot = Int(registration.slot)
        if slot >= self.workers[owner].capacity { self.move(owner, toHold: slot + 1) }
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
        self.subtract(line)
        if registration.generation != line.generation {
            line.record = headroom_record()
            line.receivedAt = 0
        }
        line.generation = registration.generation
        line.bound = 1
        line.vehicle = vehicle.map(UInt32.init) ?? VehicleLine.none
        line.site = site.map(UInt32.init) ?? VehicleLine.none
        line.resource = resource.map(UInt16.init) ?? VehicleLine.noResource
        line.capability = registration.capability.rawValue
        self.add(line)
        self.lines[index] = line
        self.registrations[index] = registration
        self.limits[index] = StationLimits(registration)
        return index
    }

    /// Takes a batch of records into the lines; unknown workers, incarnations and slots change nothing.
    /// Returns how many records were taken.
    public mutating func ingest(_ batch: TelemetryBatch) -> Int {
        guard let owner = self.workerIndex[batch.worker],
            self.workers[owner].incarnation == batch.incarnation,
            batch.stride >= MemoryLayout<headroom_record>.size, batch.count >= 0,
            batch.count <= batch.bytes.count / batch.stride
        else { return 0 }
        // Sound: the bytes hold `count` records of `stride` bytes, as just checked.
        return unsafe batch.bytes.withUnsafeBytes { bytes in
            unsafe self.ingest(
                bytes, stride: batch.stride, count: batch.count, worker: owner,
                receivedAt: Int64(batch.sentAt.microseconds))
        }
    }

    /// The hot path under ``ingest(_:)``: `count` records of `stride` bytes for the worker at index `worker`.
    /// Unsafe: the caller has checked that `bytes` holds that many. What is written lies inside `lines`, since a
    /// worker's `base + used` never passes their end, and inside `totals`, since `flush` looks.
    @unsafe public mutating func ingest(
        _ bytes: UnsafeRawBufferPointer, stride: Int, count: Int, worker: Int, receivedAt: Int64
    ) -> Int {
        guard let source = bytes.baseAddress else { return 0 }
        let base = self.workers[worker].base
        let used = self.workers[worker].used
        var taken = 0
        unsafe self.lines.withUnsafeMutableBufferPointer { lines in
            unsafe self.totals.withUnsafeMutableBufferPointer { totals in
                // Neighbours mostly share a resource: their changes are summed in registers and written
                // once per run of them.
                var run = Run(resource: Int.max)
                var next = unsafe source
                for _ in 0..<count {
                    let bytes = unsafe next
                    let record = unsafe bytes.loadUnaligned(as: headroom_record.self)
                    unsafe next += stride
                    let slot = Int(record.slot)
                    guard slot < used else { continue }
                    let line = unsafe lines.baseAddress.unsafelyUnwrapped + (base &+ slot)
                    guard unsafe line.pointee.bound == 1 else { continue }
                    let resource = Int(unsafe line.pointee.resource)
                    if resource != run.resource {
                        unsafe run.flush(into: totals)
                        run = Run(resource: resource)
                    }
                    run.add(
                        record, insteadOf: unsafe line.pointee.record.power,
                        flags: unsafe line.pointee.record.flags)
                    // From the frame and not from `record`: that would spill to the stack in pieces of one width
                    // and be read back in another, which stalls the store queue and costs twice the whole rest.
                    unsafe UnsafeMutableRawPointer(line).copyMemory(
                        from: bytes, byteCount: MemoryLayout<headroom_record>.size)
                    unsafe line.pointee.receivedAt = receivedAt
                    taken &+= 1
                }
                unsafe run.flush(into: totals)
            }
        }
        return taken
    }

    /// Recomputes the totals from the lines; true when the running ones are right.
    public func verify() -> Bool {
        var sums = Array(repeating: Totals(), count: self.totals.count)
        for line in self.lines where line.bound == 1 && Int(line.resource) < sums.count {
            sums[Int(line.resource)].power += Int(line.record.power)
            sums[Int(line.resource)].plugged += bit(line.record, plugged)
            sums[Int(line.resource)].available += all(line.record, ready)
        }
        return sums == self.totals
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

/// Changes of consecutive records of one resource, summed before they are written to its totals.
private struct Run {
    var resource: Int
    var power = 0
    var plugged = 0
    var available = 0

    init(resource: Int) { self.resource = resource }

    @inline(__always)
    mutating func add(_ new: headroom_record, insteadOf power: Int32, flags: UInt32) {
        self.power &+= Int(new.power) &- Int(power)
        self.plugged &+= Int(new.flags & 1) &- Int(flags & 1)
        // Ready is three bits that are all set; comparing them is a flag and no branch.
        let ready = UInt32(HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_ONLINE)
        self.available &+= (new.flags & ready == ready ? 1 : 0) &- (flags & ready == ready ? 1 : 0)
    }

    @unsafe func flush(into totals: UnsafeMutableBufferPointer<FleetState.Totals>) {
        guard self.resource < totals.count else { return }
        unsafe totals[self.resource].power &+= self.power
        unsafe totals[self.resource].plugged &+= self.plugged
        unsafe totals[self.resource].available &+= self.available
    }
}

private let plugged = UInt32(HEADROOM_PLUGGED)
private let ready = UInt32(HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_ONLINE)

/// 1 where the record has the flag.
private func bit(_ record: headroom_record, _ mask: UInt32) -> Int {
    record.flags & mask == 0 ? 0 : 1
}

/// 1 where the record has all flags of the mask.
private func all(_ record: headroom_record, _ mask: UInt32) -> Int {
    record.flags & mask == mask ? 1 : 0
}

extension FleetState {
    mutating func add(_ line: VehicleLine) {
        self.count(line, sign: 1)
    }

    mutating func subtract(_ line: VehicleLine) {
        self.count(line, sign: -1)
    }

    private mutating func count(_ line: VehicleLine, sign: Int) {
        guard line.bound == 1, Int(line.resource) < self.totals.count else { return }
        self.totals[Int(line.resource)].power += sign * Int(line.record.power)
        self.totals[Int(line.resource)].plugged += sign * bit(line.record, plugged)
        self.totals[Int(line.resource)].available += sign * all(line.record, ready)
    }

    private mutating func grow(by count: Int) {
        self.lines.append(contentsOf: repeatElement(VehicleLine.empty, count: count))
        self.registrations.append(contentsOf: repeatElement(nil, count: count))
        self.limits.append(contentsOf: repeatElement(.none, count: count))
    }

    private mutating func clear(_ worker: Int) {
        for index in self.range(worker) {
            self.subtract(self.lines[index])
            self.lines[index] = .empty
            self.registrations[index] = nil
            self.limits[index] = .none
        }
        self.workers[worker].used = 0
    }

    private mutating func setOffline(_ range: Range<Int>) {
        for index in range {
            self.subtract(self.lines[index])
            self.lines[index].record.flags &= ~UInt32(HEADROOM_ONLINE | HEADROOM_AVAILABLE)
            self.add(self.lines[index])
        }
    }

    /// Moves a worker's lines to a larger range at the end; the old range stays empty.
    private mutating func move(_ worker: Int, toHold count: Int) {
        let old = self.range(worker)
        let capacity = max(count, self.workers[worker].capacity * 2)
        let base = self.lines.count
        self.grow(by: capacity)
        for (offset, index) in old.enumerated() {
            self.lines[base + offset] = self.lines[index]
            self.registrations[base + offset] = self.registrations[index]
            self.limits[base + offset] = self.limits[index]
            self.lines[index] = .empty
            self.registrations[index] = nil
            self.limits[index] = .none
        }
        self.workers[worker].base = base
        self.workers[worker].capacity = capacity
    }
}
