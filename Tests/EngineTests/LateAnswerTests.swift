import Domain
import Testing

@testable import Engine

/// A worker is back, has let go meanwhile, and does not hold the plan yet that signals name.
@Suite struct LateAnswerTests {
    /// Its meters show at once that it does nothing: until it can follow again, which is a matter of a moment, nobody is
    /// asked to do its part, only to let go of it again when it comes.
    @Test(arguments: [1, 2, 3]) func nobodyStepsInForWhoIsAboutToFollow(answerSeconds: Int) {
        var plant = OutageTests.exporting().plant
        plant.answerSeconds = answerSeconds
        plant.cut(1, seconds: 30) { _ in }
        var powers = [self.power(plant, 0)]
        for _ in 0..<12 {
            plant.second()
            powers.append(self.power(plant, 0))
        }
        let steps = zip(powers, powers.dropFirst()).map { ($1 - $0).magnitude }
        #expect((steps.max() ?? 0) < 30_000, "\(powers)")
    }

    /// Its worker was killed. What the station is able to do is known before its car has said again that it discharges: until
    /// it has, it does what it was told, and is not told to stop by who takes it for one that only charges.
    @Test func whoseCarIsReadLaterThanItsStation() {
        var plant = OutageTests.exporting().plant
        plant.restart(1)
        var powers = [self.power(plant, 0)]
        for second in 0..<20 {
            for slot in plant.cars[1].indices { plant.cars[1][slot].mostDischarge = second < 9 ? 0 : 22_000 }
            plant.registerSome(1, upTo: 20)
            plant.second()
            powers.append(self.power(plant, 0))
        }
        let steps = zip(powers, powers.dropFirst()).map { ($1 - $0).magnitude }
        #expect((steps.max() ?? 0) < 30_000, "\(powers)")
    }

    /// A worker was killed, and frozen before its stations were back: what they do is counted until each has had its own
    /// time to say who is plugged in, however long ago the hello was.
    @Test func whoseStationsComeBackLongAfterTheHello() {
        var plant = OutageTests.exporting().plant
        plant.restart(1)
        var powers = [self.power(plant, 0)]
        for second in 0..<20 {
            for slot in plant.cars[1].indices {
                plant.cars[1][slot].isSeen = second >= 10
                plant.cars[1][slot].isMetered = second >= 10
            }
            if second == 8 { plant.registerSome(1, upTo: 20) }
            plant.second()
            powers.append(self.power(plant, 0))
        }
        let steps = zip(powers, powers.dropFirst()).map { ($1 - $0).magnitude }
        #expect((steps.max() ?? 0) < 30_000, "\(powers)")
    }

    private func power(_ plant: Plant, _ worker: Int) -> Int { plant.cars[worker].reduce(0) { $0 + $1.power } }
}
