import CTelemetry
import Domain

/// The cars and stations of a run: who is plugged in where, and what the batteries do. Knows nothing of dispatch.
struct TwinWorld: Sendable {
    /// One stay: a row of the bank, and the slot that it has while it lasts.
    struct Stay: Sendable {
        let session: Session
        let row: Int
        var slot: Int?
        /// What the battery held on arrival, in thousandths of a watt-second.
        let arrived: Int
    }
    /// A charging point; a site's points are used again.
    struct Slot: Sendable {
        let station: StationID
        let site: Int
        var generation: UInt32
        var stay: Int?
        /// The bank's row of the car that is plugged in, and what telemetry says of it but for its charge.
        var row = -1
        var template = headroom_record()
        var token: TokenID?
        /// The station's registers, thousandths of a watt-second, never falling.
        var imported = 0
        var exported = 0
        /// What the registers added up to at the last reading, and whether the end of a stay was metered.
        var readNet = 0
        var isMetered = false
    }

    let config: TwinConfig
    let sites: [SiteID]
    private(set) var bank: VehicleBank
    private(set) var stays: [Stay]
    private(set) var slots: [Slot] = []
    private(set) var plugged = 0
    /// The last telemetry.
    private var records: [UInt8] = []
    /// The last readings, and the slots that they are of.
    private var meters: [MeterReading] = []
    private var metered: [Int] = []
    private var areMetersStale = true
    /// Mean power of each site's cars over the last step, W.
    private(set) var powerBySite: [Int]
    private var siteIndex: [SiteID: Int] = [:]
    private var free: [[Int]]
    private var nextArrival = 0
    /// Stays in order of departure.
    private let leavers: [Int]
    private var nextLeaver = 0

    /// `sessions` are in order of arrival.
    init(sessions: [Session], config: TwinConfig) {
        self.config = config
        self.sites = Array(Set(sessions.map(\.site))).sorted()
        for (index, site) in self.sites.enumerated() { self.siteIndex[site] = index }
        self.free = Array(repeating: [], count: self.sites.count)
        self.powerBySite = Array(repeating: 0, count: self.sites.count)
        let ramp = Power(watts: Int((config.stations.rampKilowattsPerSecond * 1_000).rounded()))
        let slowest = TimeSpan.milliseconds(
            config.stations.latencyUpToMilliseconds ?? config.stations.latencyMilliseconds)
        var bank = VehicleBank(
            latency: .milliseconds(config.stations.latencyMilliseconds),
            slowest: slowest + (sessions.map(\.latency).max() ?? .zero), rampPerSecond: ramp)
        self.stays = sessions.map { session in
            let model = BatteryModel(
                capacity: session.capacity, maxCharge: session.maxCharge,
                maxDischarge: session.maxDischarge, efficiency: session.efficiency)
            let row = bank.add(model, at: session.arrivalCharge)
            return Stay(session: session, row: row, slot: nil, arrived: bank.milliJoules[row])
        }
        self.bank = bank
        self.leavers = sessions.indices.sorted {
            (sessions[$0].departure, $0) < (sessions[$1].departure, $1)
        }
    }

    func index(of site: SiteID) -> Int { self.siteIndex[site] ?? 0 }

    /// Plugs in and out what is due; returns the slots that changed hands, and whose stays ended.
    mutating func move(to now: Instant) -> (arrived: [Int], left: [(slot: Int, stay: Int)]) {
        var left: [(slot: Int, stay: Int)] = []
        var arrived: [Int] = []
        while self.nextLeaver < self.leavers.count {
            let stay = self.leavers[self.nextLeaver]
            guard self.stays[stay].session.departure <= now else { break }
            self.nextLeaver += 1
            if let slot = self.stays[stay].slot {
                self.unplug(stay, from: slot)
                left.append((slot, stay))
            }
        }
        while self.nextArrival < self.stays.count,
            self.stays[self.nextArrival].session.arrival <= now
        {
            if self.stays[self.nextArrival].session.departure > now {
                arrived.append(self.plug(self.nextArrival))
            }
            self.nextArrival += 1
        }
        return (arrived, left)
    }

    private mutating func plug(_ stay: Int) -> Int {
        let site = self.index(of: self.stays[stay].session.site)
        let slot: Int
        if let known = self.free[site].popLast() {
            slot = known
        } else {
            slot = self.slots.count
            let station = StationID("\(self.sites[site])-\(Timestamp.pad(slot, 4))")
            self.slots.append(Slot(station: station, site: site, generation: 0, stay: nil))
        }
        self.slots[slot].generation += 1
        self.slots[slot].stay = stay
        self.slots[slot].row = self.stays[stay].row
        self.slots[slot].token = TokenID(self.stays[stay].session.vehicle.rawValue)
        self.slots[slot].template = self.template(slot)
        self.stays[stay].slot = slot
        self.plugged += 1
        self.areMetersStale = true
        self.bank.plug(self.stays[stay].row, isIn: true)
        self.bank.lag(
            self.stays[stay].row, by: self.config.latency(ofStation: slot) + self.stays[stay].session.latency)
        return slot
    }

    private mutating func unplug(_ stay: Int, from slot: Int) {
        self.slots[slot].generation += 1
        self.slots[slot].stay = nil
        self.slots[slot].row = -1
        self.slots[slot].token = nil
        self.slots[slot].template = self.template(slot)
        self.stays[stay].slot = nil
        self.plugged -= 1
        self.areMetersStale = true
        self.free[self.slots[slot].site].append(slot)
        self.bank.plug(self.stays[stay].row, isIn: false)
    }

    /// Commands the car at a slot; nothing where none is.
    mutating func command(slot: Int, watts: Int) {
        let row = self.slots[slot].row
        if row >= 0 { self.bank.aim[row] = Int32(clamping: watts) }
    }

    /// Lets the batteries work for a step; returns metered power over it, W, + = charge.
    mutating func step(milliseconds: Int) -> Int {
        let sum = self.bank.step(milliseconds: milliseconds)
        for site in self.powerBySite.indices { self.powerBySite[site] = 0 }
        for slot in self.slots.indices where self.slots[slot].row >= 0 {
            let mean = Int(self.bank.mean[self.slots[slot].row])
            self.slots[slot].imported += max(mean, 0) * milliseconds
            self.slots[slot].exported += max(-mean, 0) * milliseconds
            self.powerBySite[self.slots[slot].site] += mean
        }
        return sum
    }

    /// What the stations' meters say of the time since the last reading: its mean power, at its middle.
    /// A point that was left says 0 once. The readings of before are written over: with names and all they are made
    /// anew only when somebody came or went.
    mutating func readings(
        worker: WorkerID, sequence: inout UInt64, since: Instant, now: Instant
    ) -> [MeterReading] {
        let milliseconds = max((now - since).milliseconds, 1)
        let middle = since + TimeSpan(microseconds: (now - since).microseconds / 2)
        if self.areMetersStale { self.nameMeters(worker) }
        for (number, slot) in self.metered.enumerated() {
            let row = self.slots[slot].row
            sequence += 1
            let net = self.slots[slot].imported - self.slots[slot].exported
            let mean = row < 0 ? 0 : (net - self.slots[slot].readNet) / milliseconds
            self.slots[slot].readNet = net
            self.meters[number].sequence = sequence
            self.meters[number].at = middle
            self.meters[number].receivedAt = now
            self.meters[number].power = Power(watts: mean)
            self.meters[number].importRegister = Energy(wattSeconds: self.slots[slot].imported / 1_000)
            self.meters[number].exportRegister = Energy(wattSeconds: self.slots[slot].exported / 1_000)
            self.meters[number].stateOfCharge = row < 0 ? nil : self.bank.charge(row)
        }
        return self.meters
    }

    /// Readings of every point where a car is, and of those that were left since.
    private mutating func nameMeters(_ worker: WorkerID) {
        self.metered = self.slots.indices.filter { self.slots[$0].row >= 0 || self.slots[$0].isMetered }
        for slot in self.slots.indices { self.slots[slot].isMetered = self.slots[slot].row >= 0 }
        self.areMetersStale = self.metered.contains { self.slots[$0].row < 0 }
        self.meters = self.metered.map { slot in
            MeterReading(
                worker: worker, sequence: 0, station: self.slots[slot].station, evse: 1,
                token: self.slots[slot].token, at: .distantPast, receivedAt: .distantPast, power: .zero,
                importRegister: .zero, exportRegister: .zero, stateOfCharge: nil)
        }
    }
}

extension TwinWorld {
    var capability: Capability {
        switch self.config.stations.kind {
        case .curtail: .curtail
        case .setpoint: .setpoint
        case .curve: .residentCurve
        }
    }

    /// What a worker would say of a slot now.
    func registration(_ slot: Int) -> Registration {
        let place = self.slots[slot]
        let session = place.stay.map { self.stays[$0].session }
        return Registration(
            slot: UInt32(slot), generation: place.generation, station: place.station, evse: 1,
            token: session.map { TokenID($0.vehicle.rawValue) }, capability: self.capability,
            maxCharge: session?.maxCharge ?? .zero, maxDischarge: session?.maxDischarge ?? .zero,
            minimumPower: Power(
                watts: Int((self.config.stations.minimumKilowatts * 1_000).rounded())),
            step: Power(watts: self.config.stations.stepWatts),
            responseTime: .milliseconds(self.config.stations.latencyMilliseconds))
    }

    /// Telemetry of every slot, as records of the wire. They are written over where nobody reads the last ones any more:
    /// new pages cost more than records.
    mutating func telemetry() -> (bytes: [UInt8], count: Int) {
        let size = self.slots.count * MemoryLayout<headroom_record>.stride
        var bytes: [UInt8] = []
        swap(&bytes, &self.records)
        if bytes.count != size { bytes = [UInt8](repeating: 0, count: size) }
        // Sound: there is room for a record of every slot, a record is plain bytes, and array storage is aligned to 16.
        unsafe bytes.withUnsafeMutableBytes { buffer in
            let records = unsafe buffer.bindMemory(to: headroom_record.self)
            for slot in self.slots.indices { unsafe records[slot] = self.record(slot) }
        }
        self.records = bytes
        return (bytes, self.slots.count)
    }

    /// What a slot's telemetry says while nobody comes or goes, but for power and charge.
    private func template(_ slot: Int) -> headroom_record {
        var record = headroom_record()
        record.slot = UInt32(slot)
        record.flags = UInt32(self.capability.rawValue) << 24
        guard let index = self.slots[slot].stay else {
            record.flags |=
                UInt32(HEADROOM_ONLINE) | UInt32(UnavailableReason.unplugged.rawValue) << 16
            return record
        }
        let session = self.stays[index].session
        record.flags |= UInt32(
            HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_CONSENT | HEADROOM_ONLINE
                | HEADROOM_SOC_KNOWN | HEADROOM_DEPARTURE_FROM_CAR)
        record.max_discharge = Int32(session.maxDischarge.watts)
        record.capacity = UInt32(session.capacity.wattHours)
        record.departure = UInt32(session.departure.seconds)
        record.reserve = UInt16(session.minimumCharge.basisPoints)
        // The target, until the charge is known from which something is missing to it.
        record.energy_needed = Int32(session.targetCharge.basisPoints)
        return record
    }

    private func record(_ slot: Int) -> headroom_record {
        var record = self.slots[slot].template
        let row = self.slots[slot].row
        guard row >= 0 else { return record }
        let charge = self.bank.charge(row)
        let missing = StateOfCharge(basisPoints: Int(record.energy_needed) - charge.basisPoints)
        record.power = self.bank.mean[row]
        record.max_charge = Int32(self.bank.chargeLimit(row))
        record.energy_needed = Int32(missing.energy(of: Energy(wattHours: Int(record.capacity))).wattHours)
        record.soc = UInt16(charge.basisPoints)
        return record
    }
}
