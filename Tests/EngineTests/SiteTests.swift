import Control
import Domain
import GridCodes
import Testing

@testable import Engine

@Suite struct SiteTests {
    /// Two cars that both have to charge hard, behind a connection that carries one: who is cut knows why before.
    @Test func aCutByTheSitesLimitIsTheReasonOfTheMiss() throws {
        let start = Instant(seconds: 1_200_000_000)
        var plant = Plant(
            cars: 2, workers: 1, site: { $0.importLimit = Power(watts: 20_000) },
            each: { car, index in
                car.departure = start + .minutes(30)
                car.target = index == 0 ? 7_100 : 7_000
            })
        for _ in 0..<20 { plant.second() }
        let cut = plant.engine.points[0].map(\.reason)
        #expect(cut.contains { $0.hasPrefix("v-0-") && $0.contains("the import limit of s leaves it") }, "\(cut)")
        #expect(plant.engine.points[0].reduce(0) { $0 + $1.bounds.base } <= 20_000)
        plant.run(until: start + .minutes(30))
        for slot in 0..<2 { plant.cars[0][slot].isPlugged = false }
        for _ in 0..<3 { plant.second() }
        let missed = plant.records.compactMap { record -> String? in
            if case .departure(_, _, _, met: false, let reason) = record { reason } else { nil }
        }
        #expect(!missed.isEmpty && missed.allSatisfy { $0.contains("import limit of s") }, "\(missed)")
        #expect(plant.engine.promisesBroken == 0)
    }

    @Test func aCutThatIsOverExcusesNothing() {
        let start = Instant(seconds: 1_200_000_000)
        var plant = Plant(
            cars: 2, workers: 1, site: { $0.importLimit = Power(watts: 1_000) },
            each: { car, _ in
                car.departure = start + .hours(8)
                car.target = 8_000
            })
        for _ in 0..<20 { plant.second() }
        #expect(plant.engine.points[0].contains { $0.reason.contains("import limit") })
        plant.second(extra: [.enrolled(.site(plant.widened))])
        for _ in 0..<10 { plant.second() }
        #expect(plant.engine.points[0].allSatisfy { $0.reason.isEmpty && $0.obstacle.isEmpty })
    }

    /// Ten cars that could each wait until late, behind a connection that carries hardly more than they need together:
    /// however long all are held at their lowest, the connection still brings all of them to their targets.
    @Test func whatTheConnectionCannotCarryLaterIsNotSold() {
        let start = Instant(seconds: 1_200_000_000)
        let limit = 25_000
        var plant = Plant(
            cars: 10, workers: 1, site: { $0.importLimit = Power(watts: limit) },
            each: { car, _ in
                car.departure = start + .hours(6)
                car.target = 8_000
            })
        for _ in 0..<20 { plant.second() }
        let points = plant.engine.points[0]
        let hold = testRegion.products.map(\.endurance).max() ?? .zero
        let left = (start + .hours(6) - plant.now - hold - .seconds(60)).seconds
        let missing = points.reduce(0) { sum, point in
            // 60 % to 80 % of 60 kWh, and what is taken out meanwhile.
            sum + 12_000 * 3_600 - point.bounds.low * hold.seconds
        }
        #expect(missing <= limit * left, "\(missing / 3_600) Wh are missing, \(limit * left / 3_600) can come")
        #expect(points.contains { $0.bounds.low < 0 }, "something is left to sell")
        #expect(points.allSatisfy { $0.reason.isEmpty }, "\(points.map(\.reason)) \(points.map(\.bounds))")
    }

    /// What a bid tells of the fleet's storage counts cars that do not tell their battery: as they are enrolled.
    @Test func theFleetsStorageCountsEnrolledBatteries() {
        var plant = Plant(cars: 4, each: { car, index in car.tellsCapacity = index % 2 == 0 })
        for _ in 0..<10 { plant.second() }
        let snapshot = plant.engine.snapshot()
        #expect(snapshot.capacity.wattHours == 4 * 60_000)
        #expect(snapshot.stored.wattHours >= 4 * 36_000)
    }
}

extension Plant {
    /// The plant's site with room for everybody.
    var widened: SiteTerms {
        var terms = self.site
        terms.importLimit = Power(watts: 1_000_000)
        return terms
    }
}
