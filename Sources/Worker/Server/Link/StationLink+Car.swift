import Domain
import OCPP

/// Cars whose state of charge no measurand tells: the device model of 2.1 may know it (`ConnectedEV`).
extension StationLink {
    /// Looks without a word of the charge between two questions, and questions without one before it is given up.
    private static let looksBetweenAsks = 4
    private static let mostAsks = 3

    /// What is known of asking for one transaction.
    struct CarLook: Sendable {
        var transaction: String
        var quiet = 0
        var asks = 0
    }

    /// Every few meter intervals: whose charge was not told meanwhile is asked for.
    mutating func lookAtCars(at now: Instant) {
        guard self.version == .v21, now >= self.carLookAt else { return }
        self.carLookAt = now + .seconds(max(15, 2 * self.configuration.meterIntervalSeconds))
        for (evse, transaction) in self.record.transactions {
            var look = self.carLooks[evse] ?? CarLook(transaction: transaction.id)
            if look.transaction != transaction.id { look = CarLook(transaction: transaction.id) }
            defer { self.carLooks[evse] = look }
            guard !self.chargeHeard.contains(evse) else {
                look = CarLook(transaction: transaction.id)
                continue
            }
            look.quiet += 1
            guard look.quiet % Self.looksBetweenAsks == 1, look.asks < Self.mostAsks else { continue }
            look.asks += 1
            let car = V2.Component("ConnectedEV", evse: evse)
            let wanted = ["StateOfCharge", "BatteryCapacity", "DepartureTime"].map {
                V2.GetVariableData(car, V2.Variable($0))
            }
            _ = self.session.enqueue(V2.GetVariablesRequest(wanted), tag: .variables)
        }
        self.chargeHeard = []
    }

    /// What the device model said of cars since the last time.
    mutating func tellCars() -> [LinkOutput] {
        let facts = self.record.model.takeCars().sorted { $0.key < $1.key }.map { evse, car in
            // Whoever answers is asked on.
            if car.percent != nil { self.carLooks[evse]?.asks = 0 }
            return StationFact.car(evse: evse, ConnectedCar(car))
        }
        return facts.isEmpty ? [] : [.facts(facts, acknowledge: nil)]
    }
}

extension ConnectedCar {
    init(_ car: ConnectedEV) {
        self.init(
            stateOfCharge: car.percent.map { StateOfCharge(basisPoints: $0.thousandths / 10) },
            capacity: car.capacity.map { Energy(wattHours: $0.rounded) }, departure: car.departure?.instant)
    }
}
