import CTelemetry
import Control
import Domain
import Fleet
import GridCodes

// What a driver was promised, whether it can be kept, and if not, why: a reason that is known before the miss.
extension AggregatorEngine {
    /// A state of charge with a wider band than this, in 1/100 %, is not known.
    static let unsure = 1_000
    /// A target that moves by more than this at once, in 1/100 %, is a new one; less is rounding and losses.
    private static let newTarget = 500

    static func isSure(_ line: VehicleLine) -> Bool { Int(line.record.soc_error) < Self.unsure }

    /// What the battery holds: as the car says, else as it is enrolled.
    func capacity(of line: VehicleLine) -> Energy {
        if line.record.capacity > 0 { return Energy(wattHours: Int(line.record.capacity)) }
        return line.vehicle == VehicleLine.none
            ? .zero : self.enrolment.vehicles[Int(line.vehicle)].capacity
    }

    /// What the driver was promised: the car's own word, then the owner's schedule, then the site's default. It
    /// stands while he is here; a car that left takes no other promise with it.
    mutating func promise(_ worker: Int, _ slot: Int, _ line: VehicleLine) {
        guard line.isPlugged, let plugged = self.points[worker][slot].pluggedAt else { return }
        if Self.isSure(line) {
            self.points[worker][slot].charge = StateOfCharge(basisPoints: Int(line.record.soc))
        }
        let before = self.points[worker][slot]
        let vehicle =
            line.vehicle == VehicleLine.none ? nil : self.enrolment.vehicles[Int(line.vehicle)]
        let schedule = vehicle.flatMap { self.enrolment.departure(of: $0.id, after: plugged) }
        let site = line.site == VehicleLine.none ? nil : self.enrolment.sites[Int(line.site)]
        var point = before
        let said = Instant(seconds: Int(line.record.departure))
        if line.has(HEADROOM_DEPARTURE_FROM_CAR), said > plugged {
            (point.departure, point.departureSource) = (said, .car)
        } else if let schedule {
            (point.departure, point.departureSource) = (schedule.departure, .schedule)
        } else {
            (point.departure, point.departureSource) = (plugged + (site?.defaultStay ?? .hours(8)), .site)
        }
        point.told = self.told(line, point.told, isAnew: point.departure != before.departure)
        if let told = point.told {
            (point.target, point.targetSource) = (StateOfCharge(basisPoints: told.fixed), .car)
        } else if let schedule {
            (point.target, point.targetSource) = (schedule.target, .schedule)
        } else {
            let target = site?.defaultTarget ?? StateOfCharge(basisPoints: 8_000)
            (point.target, point.targetSource) = (target, .site)
        }
        if (point.departure, point.target) != (before.departure, before.target) {
            point.isAssessed = false
        }
        self.points[worker][slot] = point
    }

    /// The target that follows from what the car says is missing. It is fixed by the car's first word, and anew
    /// only by another: what is missing changes with every watt-hour, the target does not.
    private func told(_ line: VehicleLine, _ known: (fixed: Int, last: Int)?, isAnew: Bool) -> (
        fixed: Int, last: Int
    )? {
        let capacity = self.capacity(of: line).wattHours
        guard line.record.energy_needed != 0, Self.isSure(line), capacity > 0 else { return known }
        let needed = Int(line.record.energy_needed) * 10_000 / capacity
        let target = min(max(0, Int(line.record.soc) + needed), 10_000)
        guard let known else { return (target, target) }
        let hasJumped = isAnew || (target - known.last).magnitude > UInt(Self.newTarget)
        let isOther = (target - known.fixed).magnitude > UInt(Self.newTarget)
        return (hasJumped && isOther ? target : known.fixed, target)
    }

    /// Holds the promise against what is possible. At its beginning it may be out of reach; later it is so through
    /// something that hampered the car, or through our own orders: then no reason excuses the miss.
    mutating func assess(_ worker: Int, _ slot: Int, _ task: ChargingTask, _ room: Bounds) {
        guard task.uncertainty.basisPoints < Self.unsure else {
            self.points[worker][slot].reason = "the state of charge is not known"
            self.points[worker][slot].isAssessed = false
            return
        }
        let isFirst = !self.points[worker][slot].isAssessed
        self.points[worker][slot].isAssessed = true
        if !room.atRisk, isFirst || room.laxity >= self.configuration.watchdog.seconds {
            self.points[worker][slot].reason = ""
            self.points[worker][slot].obstacle = ""
        } else if room.atRisk, isFirst {
            self.points[worker][slot].reason =
                "\(task.provenCharge.watts) W until departure do not reach the target"
        }
        let shortfall = self.points[worker][slot].proven.shortfall(limit: task.maxCharge.watts)
        if !shortfall.isEmpty { self.points[worker][slot].obstacle = shortfall }
        if room.atRisk, self.points[worker][slot].reason.isEmpty {
            self.points[worker][slot].reason = self.points[worker][slot].obstacle
        }
    }

    /// A car that is here and cannot be commanded.
    mutating func hampered(_ worker: Int, _ slot: Int, _ line: VehicleLine) {
        guard line.isPlugged, self.points[worker][slot].pluggedAt != nil else { return }
        self.points[worker][slot].obstacle =
            line.isAvailable
            ? "its worker is silent" : "it could not be commanded: \(line.reason)"
    }

    /// A site's limit took charging from a car: the reason of a miss that comes from it.
    mutating func curtailed(_ worker: Int, _ slot: Int, by cut: SiteLimit.Cut, site: Int) {
        let index = self.fleet.range(worker).lowerBound + slot
        let vehicle = Int(self.fleet.lines[index].vehicle)
        let text =
            "\(self.enrolment.vehicles[vehicle].id): the \(cut.limit) of "
            + "\(self.enrolment.sites[site].id) takes \(cut.watts) W of charging"
        self.points[worker][slot].obstacle = text
        if self.points[worker][slot].reason.isEmpty { self.points[worker][slot].reason = text }
    }

    /// True while nothing but the base was commanded for so long that meters show it.
    func isQuiet(_ resource: Int) -> Bool {
        let state = self.resources[resource]
        guard state.named?.id.version == state.version else { return false }
        return state.terms.products.compactMap(self.configuration.region.product).allSatisfy { product in
            guard product.activation == .localCurve else {
                return !Direction.allCases.contains {
                    self.market.awarded(state.terms.id, product.id, $0, at: self.now).watts > 0
                }
            }
            return (0...Self.settling.seconds).allSatisfy {
                self.requested(resource, product.id, self.now.seconds - $0) == 0
            }
        }
    }

    /// What a meter may show above its base and still count as following: more than any device's least step.
    private static let deafWatts = 1_500

    /// So long a new set-point may take until the meter shows it.
    private static let settling = TimeSpan.seconds(10)

    /// What the meter shows of a base that stood long enough, or moved little.
    mutating func measure(_ worker: Int, _ slot: Int, _ line: VehicleLine) {
        let point = self.points[worker][slot]
        guard line.isAvailable, let base = point.base, let level = point.level,
            let sample = point.meter.samples.last, !sample.begins,
            sample.at >= level.since + Self.settling, sample.at > self.now - Self.settling
        else { return }
        self.points[worker][slot].isDeaf =
            sample.watts - max(base, 0) > max(Self.deafWatts, abs(base) / 4)
        guard level.watts > 0 else { return }
        let limit = Int(line.record.max_charge)
        let index = self.fleet.range(worker).lowerBound + slot
        let minimum = self.fleet.registrations[index]?.minimumPower.watts ?? 0
        self.points[worker][slot].proven.measure(
            commanded: level.watts, metered: sample.watts, limit: limit, minimum: minimum)
    }
}
