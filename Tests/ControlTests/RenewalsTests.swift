import Domain
import Testing

@testable import Control

@Suite struct RenewalsTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func whoIsDueComesOnceAndInTheOrderOfSlots(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var renewals = Renewals()
        let start = Instant(seconds: 1_000)
        var early: Set<UInt32> = []
        for _ in 0..<500 {
            let slot = UInt32.random(in: 0..<900, using: &generator)
            let seconds = Int.random(in: 0..<20, using: &generator)
            renewals.remind(slot, at: start + .seconds(seconds), now: start)
            if seconds <= 10 { early.insert(slot) }
        }
        let due = renewals.due(at: start + .seconds(10))
        #expect(due == early.sorted())
        let again = renewals.due(at: start + .seconds(10))
        #expect(again.isEmpty, "they were taken out")
    }
}
