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
        let ramp = Power(watts: Int((config.stations.rampKilowattsPerSecond * 1_000).rounded()))
        var bank = VehicleBank(
            latency: .milliseconds(config.stations.latencyMilliseconds), rampPerSecond: ramp)
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

    /// Plugs in and out what is due; returns the slots that changed hands.
    mutating func move(to now: Instant) -> (arrived: [Int], left: [Int]) {
        var left: [Int] = []
        var arrived: [Int] = []
        while self.nextLeaver < self.leavers.count {
            let stay = self.leavers[self.nextLeaver]
            guard self.stays[stay].session.departure <= now else { break }
            self.nextLeaver += 1
            if let slot = self.stays[stay].slot {
                self.unplug(stay, from: slot)
                left.append(slot)
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
        self.stays[stay].slot = slot
        self.bank.plug(self.stays[stay].row, isIn: true)
        return slot
    }

    private mutating func unplug(_ stay: Int, from slot: Int) {
        self.slots[slot].generation += 1
        self.slots[slot].stay = nil
        self.stays[stay].slot = nil
        self.free[self.slots[slot].site].append(slot)
        self.bank.plug(self.stays[stay].row, isIn: false)
    }

    /// Commands the car at a slot; nothing where none is.
    mutating func command(slot: Int, watts: Int) {
        guard let stay = self.slots[slot].stay else { return }
        self.bank.aim[self.stays[stay].row] = Int32(clamping: watts)
    }

    /// Lets the batteries work for a step; returns metered power over it, W, + = charge.
    mutating func step(milliseconds: Int) -> Int {
        let sum = self.bank.step(milliseconds: milliseconds)
        for slot in self.slots.indices {
            guard let stay = self.slots[slot].stay else { continue }
            let energy = Int(self.bank.mean[self.stays[stay].row]) * milliseconds
            self.slots[slot].imported += max(energy, 0)
            self.slots[slot].exported += max(-energy, 0)
        }
        return sum
    }

    /// What the stations' meters say of the time since the last reading: its mean power, at its middle.
    /// A point that was left says 0 once.
    mutating func readings(
        worker: WorkerID, sequence: inout UInt64, since: Instant, now: Instant
    ) -> [MeterReading] {
        let milliseconds = max((now - since).milliseconds, 1)
        let middle = since + TimeSpan(microseconds: (now - since).microseconds / 2)
        var readings: [MeterReading] = []
        readings.reserveCapacity(self.slots.count)
        for index in self.slots.indices {
            let slot = self.slots[index]
            guard slot.stay != nil || slot.isMetered else { continue }
            self.slots[index].isMetered = slot.stay != nil
            sequence += 1
            let stay = slot.stay.map { self.stays[$0] }
            let net = slot.imported - slot.exported
            let mean = stay == nil ? 0 : (net - slot.readNet) / milliseconds
            self.slots[index].readNet = net
            readings.append(
                MeterReading(
                    worker: worker, sequence: sequence, station: slot.station, evse: 1,
                    token: stay.map { TokenID($0.session.vehicle.rawValue) }, at: middle,
                    receivedAt: now, power: Power(watts: mean),
                    importRegister: Energy(wattSeconds: slot.imported / 1_000),
                    exportRegister: Energy(wattSeconds: slot.exported / 1_000),
                    stateOfCharge: stay.map { self.bank.charge($0.row) }))
        }
        return readings
    }

    /// Mean power of each site's cars over the last step.
    func powerBySite() -> [Int] {
        var power = Array(repeating: 0, count: self.sites.count)
        for slot in self.slots {
            guard let stay = slot.stay else { continue }
            power[slot.site] += Int(self.bank.mean[self.stays[stay].row])
        }
        return power
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

    /// Telemetry of every slot, as records of the wire.
    func telemetry() -> (bytes: [UInt8], count: Int) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.slots.count * MemoryLayout<headroom_record>.stride)
        for slot in self.slots.indices {
            let record = self.record(slot)
            unsafe withUnsafeBytes(of: record) { unsafe bytes.append(contentsOf: $0) }
        }
        return (bytes, self.slots.count)
    }

    private func record(_ slot: Int) -> headroom_record {
        var record = headroom_record()
        record.slot = UInt32(slot)
        record.flags = UInt32(self.capability.rawValue) << 24
        guard let index = self.slots[slot].stay else {
            record.flags |=
                UInt32(HEADROOM_ONLINE) | UInt32(UnavailableReason.unplugged.rawValue) << 16
            return record
        }
        let stay = self.stays[index]
        let session = stay.session
        let charge = self.bank.charge(stay.row)
        record.flags |= UInt32(
            HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_CONSENT | HEADROOM_ONLINE
                | HEADROOM_SOC_KNOWN | HEADROOM_DEPARTURE_FROM_CAR)
        record.power = self.bank.mean[stay.row]
        record.max_charge = Int32(self.bank.chargeLimit(stay.row))
        record.max_discharge = Int32(session.maxDischarge.watts)
        record.capacity = UInt32(session.capacity.wattHours)
        let missing = StateOfCharge(
            basisPoints: session.targetCharge.basisPoints - charge.basisPoints)
        record.energy_needed = Int32(missing.energy(of: session.capacity).wattHours)
        record.departure = UInt32(session.departure.seconds)
        record.soc = UInt16(charge.basisPoints)
        record.reserve = UInt16(session.minimumCharge.basisPoints)
        return record
    }
}
