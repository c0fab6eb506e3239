import CTelemetry
import Control
import Domain
import Fleet
import GridCodes
import Ledger

extension AggregatorEngine {
    /// The figures of this moment for portal, live view and metrics.
    public func snapshot() -> EngineSnapshot {
        var book = SnapshotBook()
        book.look(at: self) { true }
        return book.snapshot(of: self)
    }

    /// The figures of this moment, with what was seen of the points.
    func snapshot(of slices: [SnapshotSlice]) -> EngineSnapshot {
        let frequency = self.resources.compactMap(\.frequency).max { $0.at < $1.at }
        let currency = self.configuration.region.currency
        var snapshot = EngineSnapshot(
            at: self.now, epoch: self.configuration.epoch, zone: self.configuration.zone,
            frequencyMilliHertz: frequency.flatMap {
                self.now - $0.at < .seconds(5) ? $0.milliHertz : nil
            },
            resources: self.resources.indices.map { index in
                self.resource(
                    index, up: slices.reduce(0) { $0 + $1.headroom[index].up },
                    down: slices.reduce(0) { $0 + $1.headroom[index].down })
            }, vehicles: [],
            workersConnected: self.fleet.workers.count(where: \.connected),
            discharging: slices.reduce(0) { $0 + $1.discharging },
            bids: self.market.order.suffix(200).compactMap { self.market.bids[$0] },
            awards: self.market.activations.suffix(200).map(\.award),
            results: Array(self.market.results.suffix(200)),
            history: Array(self.history.suffix(900)), suspects: slices.flatMap(\.suspects), stops: self.stops,
            promisesBroken: self.promisesBroken,
            energyConserved: self.energyConserved,
            ledgerBalanced: self.books.total(.money(currency)) == 0
                && self.books.total(.energy) == 0,
            currency: currency, stored: slices.reduce(.zero) { $0 + $1.stored },
            capacity: slices.reduce(.zero) { $0 + $1.capacity },
            maxCharge: slices.reduce(.zero) { $0 + $1.maxCharge },
            maxDischarge: slices.reduce(.zero) { $0 + $1.maxDischarge },
            earned: Money(microUnits: self.market.earned, currency: currency),
            fee: Money(microUnits: self.market.fee, currency: currency))
        snapshot.take(slices.map(\.cars))
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

    func vehicle(_ line: VehicleLine, _ point: Point, _ station: StationID) -> EngineSnapshot.Vehicle {
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
            reason: self.reason(line, point), keptOut: line.isPlugged ? self.keptOut(point, Int(line.vehicle)) : nil,
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

    private func resource(_ index: Int, up: Int, down: Int) -> EngineSnapshot.Resource {
        let state = self.resources[index]
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
