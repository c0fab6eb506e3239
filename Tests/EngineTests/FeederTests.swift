import Control
import Domain
import GridCodes
import Testing

@testable import Engine

/// What some stations of a site share below its connection point binds as the site's own limit does.
@Suite struct FeederTests {
    private func on(_ feeder: String, _ watts: Int, _ slots: Range<Int>) -> [Event] {
        slots.map {
            .enrolled(
                .station(
                    StationTerms(
                        id: StationID("st-0-\($0)"), site: "s",
                        feeder: .init(name: feeder, limit: Power(watts: watts)))))
        }
    }

    private func sums(_ plant: Plant, _ slots: Range<Int>) -> (base: Int, high: Int, low: Int) {
        let bounds = plant.engine.points[0][slots].map(\.bounds)
        return (
            bounds.reduce(0) { $0 + $1.base }, bounds.reduce(0) { $0 + $1.high }, bounds.reduce(0) { $0 + $1.low }
        )
    }

    /// Three cars in a hurry on a feeder that carries one, and three beside it that are in as much of one.
    @Test func whoIsShortKnowsTheFeederBefore() {
        let start = Instant(seconds: 1_200_000_000)
        var plant = Plant(
            cars: 6, workers: 1,
            each: { car, _ in
                car.departure = start + .minutes(40)
                car.target = 7_200
            })
        plant.second(extra: self.on("F2", 20_000, 0..<3))
        for _ in 0..<20 { plant.second() }
        let sums = self.sums(plant, 0..<3)
        #expect(sums.base <= 20_000 && sums.high <= 20_000 && sums.low >= -20_000, "\(sums)")
        let reasons = plant.engine.points[0].map(\.reason)
        let isNamed = reasons[..<3].contains {
            $0.hasPrefix("v-0-") && $0.contains("the feeder F2 of s leaves it")
        }
        #expect(isNamed, "\(reasons)")
        #expect(reasons[3...] == ["", "", ""] && self.sums(plant, 3..<6).base > 30_000)
        // It is made wider: the cut is over, and so is its reason.
        plant.second(extra: self.on("F2", 500_000, 0..<3))
        for _ in 0..<10 { plant.second() }
        #expect(plant.engine.points[0].map(\.reason) == Array(repeating: "", count: 6))
        #expect(self.sums(plant, 0..<3).base > 30_000)
    }

    /// However long all are held at their lowest, the feeder still brings them to their targets.
    @Test func whatAFeederCannotCarryLaterIsNotSold() {
        let start = Instant(seconds: 1_200_000_000)
        var plant = Plant(
            cars: 12, workers: 1,
            each: { car, _ in
                car.departure = start + .hours(6)
                car.target = 8_000
            })
        plant.second(extra: self.on("F", 25_000, 0..<10))
        for _ in 0..<20 { plant.second() }
        let hold = testRegion.products.map(\.endurance).max() ?? .zero
        let left = (start + .hours(6) - plant.now - hold - .seconds(60)).seconds
        let points = plant.engine.points[0][..<10]
        let missing = points.reduce(0) { $0 + 12_000 * 3_600 - $1.bounds.low * hold.seconds }
        #expect(missing <= 25_000 * left, "\(missing / 3_600) Wh are missing, \(25_000 * left / 3_600) can come")
        #expect(points.allSatisfy { $0.reason.isEmpty }, "\(points.map(\.reason))")
        let low = points.reduce(0) { $0 + $1.bounds.low }
        #expect(low > -220_000, "somebody has to charge early")
        #expect(plant.engine.points[0][11].bounds.low == -22_000, "who is beside it gives all")
    }

    /// Two feeders under a site that carries less than both: no limit is passed at base, nor at either end.
    @Test(arguments: 0..<8 as Range<UInt64>) func nestedLimitsHoldTogether(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let start = Instant(seconds: 1_200_000_000)
        let limits = (0..<3).map { _ in Int.random(in: 5_000...60_000, using: &generator) }
        var plant = Plant(
            cars: 8, workers: 1,
            site: {
                $0.importLimit = Power(watts: limits[0])
                $0.exportLimit = Power(watts: limits[0])
            },
            each: { car, _ in
                car.departure = start + .minutes(Int.random(in: 30...400, using: &generator))
                car.target = Int.random(in: 6_000...8_000, using: &generator)
            })
        plant.second(extra: self.on("A", limits[1], 0..<3) + self.on("B", limits[2], 3..<6))
        for second in 0..<60 {
            if second == 30 { plant.cars[0][1].isPlugged = false }
            plant.second()
            for (limit, slots) in zip(limits, [0..<8, 0..<3, 3..<6]) {
                let sums = self.sums(plant, slots)
                #expect(sums.base <= limit && sums.high <= limit && sums.low >= -limit, "\(slots): \(sums), \(limit) W")
            }
        }
    }
}
