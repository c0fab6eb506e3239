import CTelemetry
import Domain

/// A charging point at the rim.
struct EVSEKey: Hashable, Sendable, Codable {
    var station: StationID
    var evse: Int
}

/// What stations said, as slots: who is plugged in where, what the meter shows. A pure value.
struct EVSETable: Sendable {
    /// What a charging point may be used for, by what it proved (`Commissioner`).
    enum Standing: Sendable {
        case free
        case withoutCurve
        /// Charging only.
        case unproven
    }

    /// One charging point.
    struct Slot: Sendable {
        var key: EVSEKey
        var generation: UInt32 = 1
        var online = true
        var faulted = false
        var token: TokenID?
        var transaction: String?
        var capability: EVSECapability?
        var needs: ChargingNeeds?
        var meter: MeterSample?
        /// Energy by the meter since the needs were told, and the state of charge that was known then.
        var sinceNeeds = Energy.zero
        var chargeAtNeeds: StateOfCharge?
        /// The sample up to which the meter was counted; nil before a session's first.
        var counted: MeterSample?
        /// The sample at which the registers moved last, and what flowed by power since.
        var register: (sample: MeterSample, byPower: Energy)?
        /// It outlives the unplug, so that a departure is judged by what the car left with.
        var charge = ChargeEstimate()
        /// What the device model says of the car, where the car itself does not.
        var capacityByModel: Energy?
        var departure: Instant?
        var refusedUntil = Instant.distantPast
        /// The driver wants to be charged first, in this session: no V2G.
        var hasPriority = false
        var standing = Standing.free
        var isTested = false
        /// What it is offered as.
        var offered: Capability {
            guard let known = self.capability?.capability else { return .none }
            switch (self.standing, known) {
            case (.unproven, .setpoint), (.unproven, .residentCurve): return .curtail
            case (.withoutCurve, .residentCurve): return .setpoint
            default: return known
            }
        }
        var isPlugged: Bool { self.transaction != nil }
    }

    private(set) var slots: [Slot] = []
    private var index: [EVSEKey: Int] = [:]
    private var online: Set<StationID> = []
    /// Slots whose registration, or record, has to be told anew.
    private(set) var unregistered: Set<Int> = []
    private(set) var changed: Set<Int> = []
    let nameplate: Power
    /// What others impose on stations and points, and grid events that go on.
    private(set) var overrides: [StationID: StationOverrides] = [:]
    /// Decisions of others that are not handed on yet, without their sequence.
    private var notes: [OverrideNote] = []

    init(nameplate: Power) {
        self.nameplate = nameplate
    }

    func slot(_ key: EVSEKey) -> Int? { self.index[key] }

    mutating func set(_ overrides: StationOverrides, of station: StationID) {
        self.overrides[station] = overrides.isEmpty ? nil : overrides
    }
    mutating func setPriority(_ place: Int, _ hasPriority: Bool) { self.slots[place].hasPriority = hasPriority }
    /// The record of a slot has to be told anew.
    mutating func change(_ place: Int) { self.changed.insert(place) }
    mutating func add(_ note: OverrideNote) { self.notes.append(note) }

    /// Decisions of others that were not handed on before, without their sequence.
    mutating func takeNotes() -> [OverrideNote] {
        defer { self.notes = [] }
        return self.notes
    }

    /// Takes what a station said. `remembered` gives the token of a transaction that was met half-way.
    /// Returns the readings that are to be journalled, without their sequence.
    mutating func take(
        _ facts: [StationFact], of station: StationID, at now: Instant, worker: WorkerID,
        remembered: (EVSEKey, String) -> TokenID?
    ) -> [MeterReading] {
        var readings: [MeterReading] = []
        for fact in facts {
            switch fact {
            case .connected: self.setOnline(station, true)
            case .disconnected: self.setOnline(station, false)
            case .booted, .identified: break
            case .capability(let evse, let capability):
                self.update(station, evse) { $0.capability = capability }
                self.unregistered.insert(self.index[EVSEKey(station: station, evse: evse)] ?? 0)
            case .status(let evse, let status):
                self.update(station, evse) {
                    if case .faulted = status { $0.faulted = true } else { $0.faulted = status == .unavailable }
                }
            case .plugged(let evse, let token, let transaction):
                let key = EVSEKey(station: station, evse: evse)
                self.plug(key, token ?? remembered(key, transaction), transaction)
                self.notePriority(key, transaction, at: now)
            case .unplugged(let evse, let transaction):
                self.unplug(EVSEKey(station: station, evse: evse), transaction, at: now)
            case .car(let evse, let car): self.update(station, evse) { $0.take(car) }
            case .limited, .limitCleared, .gridAlarm, .priority: self.override(fact, of: station, at: now)
            case .needs(let evse, let needs):
                self.update(station, evse) { $0.take(needs) }
            case .meter(let evse, let sample):
                if let reading = self.measure(station, evse, sample, at: now, worker: worker) {
                    readings.append(reading)
                }
            }
        }
        return readings
    }

    private mutating func update(_ station: StationID, _ evse: Int, _ change: (inout Slot) -> Void) {
        let key = EVSEKey(station: station, evse: evse)
        let place: Int
        if let known = self.index[key] {
            place = known
        } else {
            place = self.slots.count
            self.index[key] = place
            self.slots.append(Slot(key: key, online: self.online.contains(station)))
            self.unregistered.insert(place)
        }
        change(&self.slots[place])
        self.changed.insert(place)
    }

    private mutating func setOnline(_ station: StationID, _ online: Bool) {
        if online { self.online.insert(station) } else { self.online.remove(station) }
        for place in self.slots.indices where self.slots[place].key.station == station {
            self.slots[place].online = online
            self.changed.insert(place)
        }
    }

    private mutating func plug(_ key: EVSEKey, _ token: TokenID?, _ transaction: String) {
        let hasPriority = self.overrides[key.station]?.hasPriority(transaction) ?? false
        self.update(key.station, key.evse) { slot in
            guard slot.transaction != transaction || (slot.token == nil && token != nil) else { return }
            if slot.transaction != transaction || slot.token != token {
                slot.generation += 1
            }
            if slot.transaction != transaction { slot.begin() }
            slot.hasPriority = hasPriority
            slot.transaction = transaction
            slot.token = token
        }
        self.unregistered.insert(self.index[key] ?? 0)
    }

    private mutating func unplug(_ key: EVSEKey, _ transaction: String, at now: Instant) {
        // What the driver asked for ends with his session.
        if self.overrides[key.station]?.hasPriority(transaction) ?? false {
            self.override(.priority(transaction: transaction, isActive: false), of: key.station, at: now)
        }
        self.update(key.station, key.evse) { slot in
            guard slot.transaction == transaction else { return }
            slot.end()
        }
    }

    private mutating func measure(
        _ station: StationID, _ evse: Int, _ sample: MeterSample, at now: Instant, worker: WorkerID
    ) -> MeterReading? {
        var reading: MeterReading?
        self.update(station, evse) { slot in
            guard slot.meter.map({ $0.at < sample.at }) ?? true else { return }
            var sample = sample
            // A station that leaves a measurand out of a message means that it did not change.
            sample.power = sample.power ?? slot.meter?.power
            sample.importRegister = sample.importRegister ?? slot.meter?.importRegister
            sample.exportRegister = sample.exportRegister ?? slot.meter?.exportRegister
            slot.count(sample)
            slot.meter = sample
            guard let power = sample.power else { return }
            reading = MeterReading(
                worker: worker, sequence: 0, station: station, evse: evse, token: slot.token, at: sample.at,
                receivedAt: now, power: power, importRegister: sample.importRegister ?? .zero,
                exportRegister: sample.exportRegister ?? .zero, stateOfCharge: sample.stateOfCharge)
        }
        return reading
    }

    /// A point that refused a set-point is unavailable for a while.
    mutating func refuse(_ place: Int, until: Instant) {
        self.slots[place].refusedUntil = until
        self.changed.insert(place)
    }

    /// A point was proved, or has to be proved again.
    mutating func stand(_ place: Int, _ standing: Standing) {
        guard self.slots[place].standing != standing else { return }
        self.slots[place].standing = standing
        self.unregistered.insert(place)
        self.changed.insert(place)
    }

    /// A point under test takes no part in anything else.
    mutating func test(_ place: Int, _ isTested: Bool) {
        self.slots[place].isTested = isTested
        self.changed.insert(place)
    }

    /// Whether a point could be tested now without anybody's harm: its car charges, and stays for a while.
    func canBeTested(_ place: Int, at now: Instant) -> Bool {
        let slot = self.slots[place]
        guard slot.online, !slot.faulted, slot.isPlugged, !slot.hasPriority, slot.refusedUntil <= now else {
            return false
        }
        guard self.overrides[slot.key.station] == nil, let meter = slot.meter, now - meter.at < .seconds(30),
            (meter.power ?? .zero) > .zero
        else { return false }
        return slot.needs?.departure.map { $0 - now > .minutes(3) } ?? true
    }

    /// What has to be registered; each is told once.
    mutating func registrations() -> [Registration] {
        defer { self.unregistered = [] }
        return self.unregistered.sorted().map { place in
            let slot = self.slots[place]
            let capability = slot.capability
            return Registration(
                slot: UInt32(place), generation: slot.generation, station: slot.key.station, evse: slot.key.evse,
                token: slot.token, capability: slot.offered,
                maxCharge: capability?.maxCharge ?? self.nameplate,
                maxDischarge: slot.standing == .unproven ? .zero : capability?.maxDischarge ?? self.nameplate,
                minimumPower: capability?.minimumPower ?? .zero, step: capability?.step ?? Power(watts: 1),
                responseTime: slot.offered == .residentCurve ? .milliseconds(500) : .seconds(2))
        }
    }

    /// Records of the slots that changed, or of all.
    mutating func records(all: Bool, at now: Instant) -> [(slot: UInt32, bytes: [UInt8])] {
        let places = all ? Array(self.slots.indices) : self.changed.sorted()
        self.changed = []
        return places.map { (UInt32($0), bytes(of: self.record($0, at: now))) }
    }

    /// One slot as the 40 bytes that FleetLink carries.
    func record(_ place: Int, at now: Instant) -> headroom_record {
        let slot = self.slots[place]
        var record = headroom_record()
        record.slot = UInt32(place)
        record.flags = self.flags(slot, at: now)
        record.power = Int32(clamping: slot.meter?.power?.watts ?? 0)
        let room = self.room(slot)
        record.max_charge = Int32(clamping: room.charge.watts)
        record.max_discharge = Int32(clamping: room.discharge.watts)
        record.capacity = UInt32(clamping: slot.capacity?.wattHours ?? 0)
        record.energy_needed = slot.missing.map { $0 == 0 ? -1 : Int32(clamping: $0) } ?? 0
        record.departure = UInt32(clamping: (slot.departure ?? slot.needs?.departure)?.seconds ?? 0)
        record.soc = UInt16(clamping: slot.charge.value.basisPoints)
        record.soc_error = UInt16(clamping: slot.charge.error)
        // A sample without power, as the first after a restart may be, says nothing of it.
        let age = slot.meter.flatMap { $0.power == nil ? nil : (now - $0.at).milliseconds / 10 } ?? Int(UInt16.max)
        record.age = UInt16(clamping: age)
        return record
    }

    private func flags(_ slot: Slot, at now: Instant) -> UInt32 {
        let able = slot.capability.map { $0.capability != .none } ?? false
        let fresh = slot.meter.map { now - $0.at < .seconds(30) } ?? false
        let reason: UnavailableReason =
            !slot.online
            ? .offline
            : slot.faulted
                ? .faulted
                : !slot.isPlugged
                    ? .unplugged
                    : slot.isTested
                        ? .commissioning
                        : slot.refusedUntil > now
                            ? .refusedProfile : !able ? .noTransaction : !fresh ? .staleMeter : .none
        var flags = 0
        if slot.isPlugged { flags |= HEADROOM_PLUGGED }
        if slot.online { flags |= HEADROOM_ONLINE }
        if reason == .none { flags |= HEADROOM_AVAILABLE }
        if slot.needs?.wantsBidirectional ?? false, !slot.hasPriority { flags |= HEADROOM_CONSENT }
        if slot.charge.isTold { flags |= HEADROOM_SOC_KNOWN }
        if slot.departure ?? slot.needs?.departure != nil { flags |= HEADROOM_DEPARTURE_FROM_CAR }
        return UInt32(flags) | UInt32(reason.rawValue) << 16
            | UInt32(slot.offered.rawValue) << 24
    }
}

private func bytes(of record: headroom_record) -> [UInt8] {
    unsafe withUnsafeBytes(of: record) { unsafe Array($0) }
}
