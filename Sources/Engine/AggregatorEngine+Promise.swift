import CTelemetry
import Control
import Domain
import Fleet
import GridCodes

// What a driver was promised, from what is enrolled, and why it may be missed: a reason that is known before.
extension AggregatorEngine {
    /// What the battery holds: as the car says, else as it is enrolled.
    func capacity(of line: VehicleLine) -> Energy {
        if line.record.capacity > 0 { return Energy(wattHours: Int(line.record.capacity)) }
        return line.vehicle == VehicleLine.none
            ? .zero : self.enrolment.vehicles[Int(line.vehicle)].capacity
    }

    /// Notes who plugged in, and what he is promised.
    mutating func promise(_ point: inout Point, _ line: VehicleLine) {
        guard line.isPlugged else { return }
        let isNew = point.pluggedAt == nil
        defer { if isNew, line.vehicle != VehicleLine.none { self.noteArrival(point, line) } }
        let plugged = point.pluggedAt ?? self.now
        point.pluggedAt = plugged
        // The car itself may say all that makes its promise.
        let isToldByCar =
            point.told != nil && line.has(HEADROOM_DEPARTURE_FROM_CAR)
            && Instant(seconds: Int(line.record.departure)) > plugged
        var schedule: DepartureTerms?
        if line.vehicle != VehicleLine.none, !isToldByCar {
            schedule = self.enrolment.departure(of: Int(line.vehicle), after: plugged)
        }
        let isAtSite = line.site != VehicleLine.none
        point.promise(
            line, capacity: self.capacity(of: line), schedule: schedule,
            stay: isAtSite ? self.enrolment.sites[Int(line.site)].defaultStay : .hours(8),
            target: isAtSite
                ? self.enrolment.sites[Int(line.site)].defaultTarget : StateOfCharge(basisPoints: 8_000))
    }

    /// A car that came is news for its habits, with what it wants.
    private mutating func noteArrival(_ point: borrowing Point, _ line: VehicleLine) {
        let has = StateOfCharge(basisPoints: Int(line.record.soc))
        let missing = max(0, point.target.basisPoints - has.basisPoints)
        self.watch.arrived(
            Int(line.vehicle), missing: StateOfCharge(basisPoints: missing).energy(of: self.capacity(of: line)),
            at: self.now)
    }

    /// A site's limit took charging from a car: the reason of a miss that comes from it.
    mutating func curtailed(_ place: Place, by limit: String, _ watts: Int, site: Int) {
        let vehicle = Int(self.fleet.lines[place.line].vehicle)
        let text =
            "\(self.enrolment.vehicles[vehicle].id): the \(limit) of "
            + "\(self.enrolment.sites[site].id) takes \(watts) W of charging"
        self.points[place.worker][place.slot].obstacle = text
        if self.points[place.worker][place.slot].reason.isEmpty {
            self.points[place.worker][place.slot].reason = text
        }
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
            return (0...Point.settling.seconds).allSatisfy {
                self.requested(resource, product.id, self.now.seconds - $0) == 0
            }
        }
    }
}
