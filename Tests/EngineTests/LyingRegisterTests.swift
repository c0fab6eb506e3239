import Domain
import Ledger
import Testing

@testable import Engine

/// Energy registers that jump, run backwards or start anew: power decides what was delivered, the books hold, and the
/// check of conserved energy says that something is wrong.
@Suite struct LyingRegisterTests {
    private enum Lie: CaseIterable {
        case jumps
        case runsBackwards
        case startsAnew
    }

    private func settled(_ lie: Lie?) -> Plant {
        var plant = Plant(cars: 20)
        plant.run(until: plant.now + .seconds(30))
        let block = plant.sell()
        while plant.now < block.start + .seconds(60) { plant.second() }
        plant.milliHertz = 49_700
        for second in 0..<60 {
            plant.second()
            switch lie {
            case .jumps where second == 20: plant.cars[0][3].importWs += 50_000_000 * 3_600
            case .runsBackwards: plant.cars[0][3].importWs -= 30_000
            case .startsAnew where second == 20:
                plant.cars[0][3].importWs = 0
                plant.cars[0][3].exportWs = 0
            default: break
            }
        }
        plant.milliHertz = 50_000
        plant.run(until: block.end + .seconds(30))
        return plant
    }

    @Test func theBooksFollowPowerAndNotALyingRegister() {
        let honest = self.settled(nil)
        let paid = honest.engine.books.transactions
        #expect(!paid.isEmpty && honest.engine.energyConserved)
        for lie in Lie.allCases {
            let plant = self.settled(lie)
            #expect(plant.engine.books.transactions == paid, "\(lie)")
            #expect(AccountBook.findings(in: plant.engine.books.transactions).isEmpty, "\(lie)")
            if lie == .jumps { #expect(!plant.engine.energyConserved, "a jump of 50 MWh is seen") }
        }
    }
}
