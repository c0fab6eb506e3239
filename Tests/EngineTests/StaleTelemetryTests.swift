import CTelemetry
import Domain
import Fleet
import Testing

@testable import Engine

/// A worker may be heard and its telemetry not: what nobody has seen for long cannot be sold.
@Suite struct StaleTelemetryTests {
    private func available(_ plant: Plant) -> Int { plant.engine.fleet.totals.map(\.available).reduce(0, +) }

    @Test func pointsWhoseTelemetryStopsLeaveTheFiguresAndThePlanUntilItComesAgain() {
        var plant = Plant(cars: 20)
        for _ in 0..<10 { plant.second() }
        let last = plant.now
        #expect(self.available(plant) == 20)
        var plans: [WorkerPlan] = []
        func pass(until second: Int) {
            while plant.now < last + .seconds(second) {
                plant.now = plant.now + .seconds(1)
                for effect in plant.engine.step([.tick], at: plant.now) {
                    if case .prepare(let plan, _, _) = effect.action { plans.append(plan) }
                }
            }
        }
        pass(until: 30)
        #expect(self.available(plant) == 20, "as old as the limit is not older")
        plans = []
        pass(until: 32)
        #expect(self.available(plant) == 0 && plant.engine.fleet.verify())
        let reasons = plant.engine.fleet.lines.filter { $0.bound == 1 }.map {
            UInt8(truncatingIfNeeded: $0.record.flags >> 16)
        }
        #expect(reasons == Array(repeating: UnavailableReason.staleMeter.rawValue, count: 20))
        #expect(!plans.isEmpty && plans.allSatisfy(\.entries.isEmpty), "planned anew at once, without them")
        plant.second()
        #expect(self.available(plant) == 20, "heard again")
        var other = AggregatorEngine(configuration: Plant.configuration())
        for (at, events) in plant.journal { _ = other.step(events, at: at) }
        #expect(other.fleet.totals == plant.engine.fleet.totals)
    }
}
