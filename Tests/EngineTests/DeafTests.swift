import Control
import Domain
import Testing

@testable import Engine

/// A station that charges on whatever it is told counts with its meter, and for nothing that is sold.
@Suite struct DeafTests {
    private func plant(deaf: Int) -> Plant {
        let start = Instant(seconds: 1_200_000_000)
        var plant = Plant(
            cars: 8,
            each: { car, index in
                car.departure = start + .hours(12)
                car.target = 8_000
                car.ignores = index < deaf
            })
        plant.run(until: plant.now + .seconds(40))
        return plant
    }

    private func deaf(_ plant: Plant) -> Int { plant.engine.points.joined().count { $0.isDeaf } }

    private func metered(_ plant: Plant) -> Int { plant.cars.joined().reduce(0) { $0 + $1.power } }

    @Test func theBaselineCountsWhatTheMeterShows() {
        let plant = self.plant(deaf: 2)
        #expect(self.deaf(plant) == 2)
        #expect((plant.engine.baseSum(0) - self.metered(plant)).magnitude < 500)
    }

    @Test func headroomIsWithoutIt() {
        let all = self.plant(deaf: 0).engine.snapshot().resources[0].headroomUp
        let some = self.plant(deaf: 2).engine.snapshot().resources[0].headroomUp
        #expect(some.watts * 8 <= all.watts * 6 + 8_000 && some.watts > all.watts / 2)
    }

    @Test func whoFollowsAgainCountsAgain() {
        var plant = self.plant(deaf: 1)
        for worker in plant.cars.indices {
            for slot in plant.cars[worker].indices { plant.cars[worker][slot].ignores = false }
        }
        plant.run(until: plant.now + .seconds(40))
        #expect(self.deaf(plant) == 0)
    }
}
