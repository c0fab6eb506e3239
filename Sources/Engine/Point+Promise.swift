import CTelemetry
import Control
import Domain
import Fleet

// What a driver was promised at this point, and whether it can be kept.
extension Point {
    /// A state of charge with a wider band than this, in 1/100 %, is not known.
    static let unsure = 1_000
    /// A target that moves by more than this at once, in 1/100 %, is a new one; less is rounding and losses.
    private static let newTarget = 500

    static func isSure(_ line: VehicleLine) -> Bool { Int(line.record.soc_error) < Self.unsure }

    /// The car's own word, then the owner's schedule, then the site's default. It stands while he is here; a car that
    /// left takes no other promise with it.
    mutating func promise(
        _ line: VehicleLine, capacity: Energy, schedule: DepartureTerms?, stay: TimeSpan, target: StateOfCharge
    ) {
        guard line.isPlugged, let plugged = self.pluggedAt else { return }
        if Self.isSure(line) { self.charge = StateOfCharge(basisPoints: Int(line.record.soc)) }
        let before = (self.departure, self.target)
        let said = Instant(seconds: Int(line.record.departure))
        if line.has(HEADROOM_DEPARTURE_FROM_CAR), said > plugged {
            (self.departure, self.departureSource) = (said, .car)
        } else if let schedule {
            (self.departure, self.departureSource) = (schedule.departure, .schedule)
        } else {
            (self.departure, self.departureSource) = (plugged + stay, .site)
        }
        self.told = Self.told(
            line, self.told, capacity: capacity.wattHours, isAnew: self.departure != before.0)
        if let told = self.told {
            (self.target, self.targetSource) = (StateOfCharge(basisPoints: told.fixed), .car)
        } else if let schedule {
            (self.target, self.targetSource) = (schedule.target, .schedule)
        } else {
            (self.target, self.targetSource) = (target, .site)
        }
        if (self.departure, self.target) != before { self.isAssessed = false }
    }

    /// The target that follows from what the car says is missing. It is fixed by the car's first word, and anew
    /// only by another: what is missing changes with every watt-hour, the target does not.
    private static func told(
        _ line: VehicleLine, _ known: Told?, capacity: Int, isAnew: Bool
    ) -> Told? {
        guard line.record.energy_needed != 0, Self.isSure(line), capacity > 0 else { return known }
        let needed = Int(line.record.energy_needed) * 10_000 / capacity
        let target = min(max(0, Int(line.record.soc) + needed), 10_000)
        guard let known else { return Told(fixed: target, last: target) }
        let hasJumped = isAnew || (target - known.last).magnitude > UInt(Self.newTarget)
        let isOther = (target - known.fixed).magnitude > UInt(Self.newTarget)
        return Told(fixed: hasJumped && isOther ? target : known.fixed, last: target)
    }

    /// Holds the promise against what is possible. At its beginning it may be out of reach; later it is so through
    /// something that hampered the car, or through our own orders: then no reason excuses the miss.
    mutating func assess(_ task: ChargingTask, _ room: Bounds, watchdog: TimeSpan) {
        guard task.uncertainty.basisPoints < Self.unsure else {
            self.reason = "the state of charge is not known"
            self.isAssessed = false
            return
        }
        let isFirst = !self.isAssessed
        self.isAssessed = true
        if !room.atRisk, isFirst || room.laxity >= watchdog.seconds {
            self.reason = ""
            self.obstacle = ""
        } else if room.atRisk, isFirst {
            self.reason = "\(task.provenCharge.watts) W until departure do not reach the target"
        }
        let shortfall = self.proven.shortfall(limit: task.maxCharge.watts)
        if !shortfall.isEmpty { self.obstacle = shortfall }
        if room.atRisk, self.reason.isEmpty { self.reason = self.obstacle }
    }

    /// A car that is here and cannot be commanded.
    mutating func hamper(_ line: VehicleLine) {
        guard line.isPlugged, self.pluggedAt != nil else { return }
        self.obstacle = line.isAvailable ? "its worker is silent" : "it could not be commanded: \(line.reason)"
    }
}

// The base that is in force, and what the meter proves of it.
extension Point {
    /// What a meter may show above its base and still count as following: more than any device's least step.
    private static let deafWatts = 1_500
    /// So long a new set-point may take until the meter shows it.
    static let settling = TimeSpan.seconds(10)

    /// Keeps the base in force where its bounds allow: the fleet's baseline stands still inside a sold block,
    /// and outside of one it follows only changes that matter.
    mutating func steadied(_ room: Bounds, soldUntil: Instant?, at now: Instant) -> Bounds {
        var kept = room
        guard let base = self.base else {
            self.deferral = soldUntil.map { Deferral(until: $0, wanted: room.base) }
            if soldUntil != nil { kept.base = min(max(0, room.low), room.base) }
            return kept
        }
        if let deferral = self.deferral {
            guard now < deferral.until else {
                self.deferral = nil
                return room
            }
            self.deferral?.wanted = room.base
        }
        guard room.low <= base, base <= room.high else { return room }
        let small = (room.base - base).magnitude <= max(300, room.base.magnitude / 20)
        guard soldUntil != nil || small else { return room }
        kept.base = base
        return kept
    }

    /// What the meter shows of a base that stood long enough, or moved little. `minimum` is the station's least
    /// power, W; `delayed` for how long law lets a base wait.
    mutating func measure(_ line: VehicleLine, minimum: Int, delayed: TimeSpan = .zero, at now: Instant) {
        guard line.isAvailable, let base = self.base, let level = self.level,
            let sample = self.meter.last, !sample.begins,
            sample.at >= level.since + Self.settling + delayed, sample.at > now - Self.settling
        else { return }
        self.isDeaf = sample.watts - max(base, 0) > max(Self.deafWatts, abs(base) / 4)
        guard level.watts > 0 else { return }
        self.proven.measure(
            commanded: level.watts, metered: sample.watts, limit: Int(line.record.max_charge), minimum: minimum)
    }
}
