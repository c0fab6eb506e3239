import Control
import Domain
import Testing

@testable import Engine

@Suite struct ProvenChargeTests {
    @Test func beforeAnythingIsMeasuredNearlyAllOfTheLimitCounts() {
        var proven = ProvenCharge()
        #expect(proven.power(limit: 22_000) == 20_900 && proven.power(limit: 11_000) == 10_450)
        for _ in 0..<100 { proven.measure(commanded: 6_000, metered: 6_000, limit: 22_000) }
        #expect(proven == ProvenCharge(), "who follows a small set-point proves nothing of a large one")
        proven.measure(commanded: 22_000, metered: 20_950, limit: 22_000)
        #expect(proven == ProvenCharge(), "rounding and the meter's class")
    }

    @Test func aChargerThatGivesHalfIsFoundWithinAMinute() {
        var proven = ProvenCharge()
        for _ in 0..<12 { proven.measure(commanded: 22_000, metered: 11_000, limit: 22_000) }
        let found = proven.power(limit: 22_000)
        #expect(found == 11_000)
        #expect(proven.shortfall(limit: 22_000).contains("\(found) W of 22000 W"))
        for _ in 0..<10 { proven.measure(commanded: 22_000, metered: 22_000, limit: 22_000) }
        #expect((11_001...12_000).contains(proven.power(limit: 22_000)), "trust comes back slowly")
        for _ in 0..<1_000 { proven.measure(commanded: 22_000, metered: 22_000, limit: 22_000) }
        #expect(proven.power(limit: 22_000) == 20_900 && proven.shortfall(limit: 22_000).isEmpty)
    }

    /// A share of a small set-point is a share of all of it, and no reason to charge at once with all there is.
    @Test func whoGivesHalfOfLittleGivesHalfOfMuch() {
        var proven = ProvenCharge()
        for _ in 0..<100 { proven.measure(commanded: 3_000, metered: 1_500, limit: 22_000) }
        #expect(proven.power(limit: 22_000) == 11_000)
        for _ in 0..<100 {
            proven.measure(commanded: 1_400, metered: 0, limit: 22_000)
            proven.measure(commanded: 2_700, metered: 0, limit: 22_000, minimum: 1_380)
        }
        #expect(proven.power(limit: 22_000) == 11_000, "near the dead band nothing is proved")
        for _ in 0..<100 { proven.measure(commanded: 0, metered: 0, limit: 22_000) }
        #expect(proven.power(limit: 22_000) == 11_000)
    }

    /// 5 of 100 readings are lower: about there it settles.
    @Test func itSettlesAtTheFivePercentQuantile() {
        var generator = SeededGenerator(seed: 5)
        var proven = ProvenCharge()
        var sum = 0
        for number in 0..<20_000 {
            let metered = Int.random(in: 10_000...20_000, using: &generator)
            proven.measure(commanded: 22_000, metered: metered, limit: 22_000)
            if number >= 10_000 { sum += proven.power(limit: 22_000) }
        }
        #expect((10_200...11_200).contains(sum / 10_000), "\(sum / 10_000)")
    }

    /// In the engine: a car that must charge hard at a station that manages a third of what it accepts.
    @Test func theMeterCorrectsThePromise() {
        let start = Instant(seconds: 1_200_000_000)
        var plant = Plant(
            cars: 4,
            each: { car, index in
                car.departure = start + .minutes(60)
                car.target = 8_400
                if index == 0 { car.most = 7_000 }
            })
        for _ in 0..<15 { plant.second() }
        #expect(plant.engine.points[0][0].reason.isEmpty && !plant.engine.points[0][0].bounds.atRisk)
        for _ in 0..<120 { plant.second() }
        let (weak, sound) = (plant.engine.points[0][0], plant.engine.points[0][1])
        #expect(weak.proven.power(limit: 22_000) < 8_000 && weak.bounds.atRisk, "\(weak.proven) \(weak.bounds)")
        #expect(weak.reason.contains("metered charging proves"), "\(weak.reason)")
        #expect(sound.proven.watts == nil && !sound.bounds.atRisk && sound.reason.isEmpty)
    }
}
