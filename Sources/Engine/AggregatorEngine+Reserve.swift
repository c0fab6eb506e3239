import CTelemetry
import Control
import Domain
import Fleet
import GridCodes

// What is sold once, and the energy behind it.
extension AggregatorEngine {
    /// Notes a bid as it is now: in the book of bids, and in that of what is spoken for.
    mutating func keep(_ bid: Bid) {
        self.market.bids[bid.id] = bid
        guard let row = self.reservation(of: bid) else { return self.market.reservations.release(bid.id) }
        self.market.reservations.put(row)
    }

    /// What a bid speaks for, or nil where that is nothing: an award holds what was sold, also where less is declared.
    func reservation(of bid: Bid) -> ReservationBook.Row? {
        guard bid.call.block.end > self.now, let product = self.configuration.region.product(bid.call.product) else {
            return nil
        }
        let quantity: Power
        var isSold = false
        switch bid.state {
        case .submitted, .received: quantity = bid.quantity
        case .awarded, .partlyAwarded, .redeclared:
            guard let number = self.market.activation(of: bid.id) else { return nil }
            quantity = self.market.activations[number].award.quantity
            isSold = true
        case .draft, .refused, .withdrawn: return nil
        }
        let power = Power(watts: quantity.watts * (1_000 + product.sparePerMille) / 1_000)
        return ReservationBook.Row(
            bid: bid.id, resource: bid.call.resource, product: product.id, direction: bid.direction,
            block: bid.call.block, power: power, energy: power.over(product.reserve), isSold: isSold)
    }

    /// Rows that are not what their bids say; none, always. For tests and `bench`.
    package var reservationFindings: [String] {
        let wanted = self.market.bids.values.compactMap { self.reservation(of: $0) }
        let held = self.market.reservations.rows.filter { $0.block.end > self.now }
        let missing = wanted.filter { !held.contains($0) }.map { "\($0.bid) is spoken for and not in the book" }
        let more = held.filter { !wanted.contains($0) }.map { "\($0.bid) is in the book and not spoken for" }
        return (missing + more).sorted()
    }

    /// Greatest power that the energy of a resource carries for a product in a direction, W: what is sold already comes
    /// first.
    func carried(_ index: Int, _ product: Product, _ direction: Direction, _ award: Award) -> Int {
        let state = self.resources[index].energy ?? .init()
        let stored = direction == .up ? state.up : state.down
        let taken = self.market.reservations.taken(
            self.resources[index].terms.id, direction, award.block, except: award.bid)
        let left = max(0, stored.wattSeconds - taken.energy.wattSeconds)
        return left / max(1, product.reserve.seconds)
    }

    /// Adds what a car's battery can give (up) or take (down) by the meter, beside what its charging can be curtailed by
    /// or raised for as long.
    @inline(__always)
    func addEnergy(_ place: Place, _ bounds: Bounds, hold: TimeSpan, to sum: inout ResourceState.StoredEnergy) {
        let line = self.fleet.lines[place.line]
        let vehicle = self.enrolment.limits[Int(line.vehicle)]
        let capacity = line.record.capacity > 0 ? Energy(wattHours: Int(line.record.capacity)) : vehicle.capacity
        let stored = StateOfCharge(basisPoints: Int(line.record.soc)).energy(of: capacity).wattSeconds
        let reserve = max(vehicle.reserve, StateOfCharge(basisPoints: Int(line.record.reserve))).energy(of: capacity)
        // What power allows in the time bounds what the battery has.
        let least = max(0, -bounds.low) * hold.seconds
        let curtailed = max(0, min(bounds.base, bounds.base - bounds.low)) * hold.seconds
        let given = max(0, stored - reserve.wattSeconds) / 10_000 * vehicle.efficiency
        sum.up += Energy(wattSeconds: min(least, given) + curtailed)
        let room = max(0, capacity.wattSeconds - stored) / max(1, vehicle.efficiency) * 10_000
        sum.down += Energy(wattSeconds: min(max(0, bounds.high - bounds.base) * hold.seconds, room))
    }
}

extension Product {
    /// For how long full power has to be there at any moment of a block. Of what answers by itself or follows a signal a
    /// second full activation is always assumed; an order or event comes once and is as long as it is.
    var reserve: TimeSpan {
        guard let terms = self.terms else { return self.endurance }
        let once = max(self.enduranceSeconds, terms.energy.reserveSeconds)
        switch terms.mechanism {
        case .localCurve, .localTrigger, .agcSetpoint: return .seconds(2 * once)
        case .instruction, .event: return .seconds(once)
        }
    }
}
