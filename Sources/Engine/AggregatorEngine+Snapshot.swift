import CTelemetry
import Control
import Domain
import Fleet
import GridCodes
import Ledger

extension AggregatorEngine {
    /// The figures of this moment for portal, live view and metrics.
    public func snapshot() -> EngineSnapshot {
        let frequency = self.resources.compactMap(\.frequency).max { $0.at < $1.at }
        var discharging = 0
        var battery = (
            stored: Energy.zero, capacity: Energy.zero, charge: Power.zero, discharge: Power.zero
        )
        var vehicles: [EngineSnapshot.Vehicle] = []
        var suspects: [EngineSnapshot.Suspect] = []
        for worker in self.fleet.workers.indices {
            for (slot, index) in self.fleet.range(worker).enumerated()
            where slot < self.points[worker].count {
                let line = self.fleet.lines[index]
                guard line.bound == 1, let station = self.fleet.station(index) else {
                    continue
                }
                let point = self.points[worker][slot]
                if let suspect = point.suspect(station) { suspects.append(suspect) }
                // A car that is claimed by a second point is counted at one of them.
                guard line.vehicle == VehicleLine.none || self.isSeat(index) else { continue }
                if line.isPlugged, line.record.power < -50 { discharging += 1 }
                if line.isPlugged {
                    let capacity = self.capacity(of: line)
                    battery.capacity += capacity
                    battery.stored += StateOfCharge(basisPoints: Int(line.record.soc)).energy(
                        of: capacity)
                    battery.charge += Power(watts: max(0, point.bounds.high))
                    battery.discharge += Power(watts: max(0, -point.bounds.low))
                }
                if line.vehicle != VehicleLine.none {
                    vehicles.append(self.vehicle(line, point, station))
                }
            }
        }
        let currency = self.configuration.region.currency
        var snapshot = EngineSnapshot(
            at: self.now, epoch: self.configuration.epoch, zone: self.configuration.zone,
            frequencyMilliHertz: frequency.flatMap {
                self.now - $0.at < .seconds(5) ? $0.milliHertz : nil
            },
            resources: self.resources.indices.map(self.resource), vehicles: vehicles,
            workersConnected: self.fleet.workers.count(where: \.connected),
            discharging: discharging,
            bids: self.market.order.suffix(200).compactMap { self.market.bids[$0] },
            awards: self.market.activations.suffix(200).map(\.award),
            results: Array(self.market.results.suffix(200)),
            history: Array(self.history.suffix(900)), suspects: suspects, stops: self.stops,
            promisesBroken: self.promisesBroken,
            energyConserved: self.energyConserved,
            ledgerBalanced: self.books.total(.money(currency)) == 0
                && self.books.total(.energy) == 0,
            currency: currency, stored: battery.stored, capacity: battery.capacity,
            maxCharge: battery.charge,
            maxDischarge: battery.discharge,
            earned: Money(microUnits: self.market.earned, currency: currency),
            fee: Money(microUnits: self.market.fee, currency: currency))
        snapshot.refusedAwards = self.market.refusedAwards
        snapshot.plans = self.market.plans.values.sorted { $0.resource < $1.resource }
        snapshot.forecasts = self.forecastScores()
        snapshot.prices = self.prices
        snapshot.nominalMilliHertz = self.configuration.region.nominalMilliHertz
        snapshot.standings = self.standings
        snapshot.reservations = self.market.reservations.rows.filter { $0.block.end > self.now }
        return snapshot
    }

    /// How the awards of blocks that run stand, every five seconds: a score looks back at all of its block.
    mutating func noteStandings() {
        guard self.now.seconds / 5 != self.standingsAt / 5 else { return }
        self.standingsAt = self.now.seconds
        self.standings = self.market.current.compactMap { number in
            let activation = self.market.activations[number]
            guard !activation.settled, activation.award.block.start <= self.now else { return nil }
            let verdict = activation.account.live
            return EngineSnapshot.Standing(
                award: activation.award, method: activation.account.terms.method, score: verdict.score,
                factor: verdict.factor, notes: activation.notes + verdict.notes, lacks: self.lacks(activation))
        }
    }

    private func vehicle(_ line: VehicleLine, _ point: Point, _ station: StationID)
        -> EngineSnapshot.Vehicle
    {
        let terms = self.enrolment.vehicles[Int(line.vehicle)]
        let done = Int(line.record.soc) >= point.target.basisPoints
        let known = point.pluggedAt != nil
        var vehicle = EngineSnapshot.Vehicle(
            id: terms.id, owner: terms.owner, station: station,
            plugged: line.isPlugged,
            stateOfCharge: StateOfCharge(basisPoints: Int(line.record.soc)),
            power: Power(watts: Int(line.record.power)),
            departure: known ? point.departure : nil, departureSource: point.departureSource,
            target: known ? point.target : nil, targetSource: point.targetSource,
            ready: done || (line.isPlugged && !point.bounds.atRisk),
            reason: self.reason(line, point), keptOut: line.isPlugged ? self.keptOut(point, terms) : nil,
            wear: self.wear.view(Int(line.vehicle)))
        vehicle.site = line.site == VehicleLine.none ? nil : self.enrolment.sites[Int(line.site)].id
        vehicle.moment = line.isPlugged && line.isAvailable ? EngineSnapshot.Moment(point, line) : nil
        return vehicle
    }

    /// Why a car is not ready. Where nothing but our own orders stands in the way, that is said.
    private func reason(_ line: VehicleLine, _ point: Point) -> String {
        guard point.bounds.atRisk else { return line.isAvailable ? "" : "\(line.reason)" }
        return point.reason.isEmpty ? "late through the grid's orders" : point.reason
    }

    private func resource(_ index: Int) -> EngineSnapshot.Resource {
        let state = self.resources[index]
        var up = 0
        var down = 0
        for place in self.places[index]
        where self.fleet.lines[place.line].isAvailable && self.points[place.worker][place.slot].base != nil {
            let bounds = self.points[place.worker][place.slot].bounds
            up += max(0, bounds.base - bounds.low)
            down += max(0, bounds.high - bounds.base)
        }
        func awarded(_ direction: Direction) -> Power {
            state.terms.products.reduce(.zero) {
                $0 + self.market.awarded(state.terms.id, $1, direction, at: self.now)
            }
        }
        var resource = EngineSnapshot.Resource(
            id: state.terms.id, requested: Power(watts: state.requested),
            delivered: Power(watts: state.delivered),
            baseline: Power(watts: state.baseline), metered: Power(watts: state.metered),
            headroomUp: Power(watts: up), headroomDown: Power(watts: down),
            heldUp: Power(watts: state.heldUp),
            heldDown: Power(watts: state.heldDown), awardedUp: awarded(.up),
            awardedDown: awarded(.down),
            planVersion: state.version)
        let block = MarketInterval(start: self.now, end: self.now + .seconds(1))
        resource.energyUp = state.energy?.up ?? .zero
        resource.energyDown = state.energy?.down ?? .zero
        resource.reservedUp = self.market.reservations.taken(state.terms.id, .up, block).energy
        resource.reservedDown = self.market.reservations.taken(state.terms.id, .down, block).energy
        return resource
    }
}
