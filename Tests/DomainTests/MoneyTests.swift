import Domain
import Testing

@Suite struct MoneyTests {
    @Test func partsAddUpExactly() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let total = Int.random(in: -1_000_000_000...1_000_000_000, using: &generator)
            let weights = (0..<7).map { _ in Int.random(in: 0...1_000_000, using: &generator) }
            let parts = allocate(total, by: weights)
            #expect(parts.reduce(0, +) == total)
            for (part, weight) in zip(parts, weights) where weight == 0 && weights.contains(where: { $0 > 0 }) {
                #expect(part == 0)
            }
        }
    }

    @Test func largestRemainderGetsTheUnitLeftOver() {
        #expect(allocate(10, by: [1, 1, 1]) == [4, 3, 3])
        #expect(allocate(-10, by: [1, 1, 1]) == [-4, -3, -3])
        #expect(allocate(5, by: [0, 0]) == [5, 0])
        #expect(Money(microUnits: -12_340_000, currency: .eur).decimal == "-12.340000")
    }

    @Test func energyOfAShortIntervalIsExact() {
        let energy = (0..<900).map { _ in Power(watts: 7_001).over(.seconds(4)) }.reduce(.zero, +)
        #expect(energy == Power(watts: 7_001).over(.hours(1)))
        #expect(roundedDivision(-5, 2) == -3)
        // To the watt-second, rounded away from 0, also where gigawatts flow for hours.
        #expect(Power(watts: -3).over(.milliseconds(500)) == Energy(wattSeconds: -2))
        #expect(Power(watts: 7).over(.milliseconds(2_500)) == Energy(wattSeconds: 18))
        #expect(Power(watts: -11_500_000_001).over(.hours(4)) == Energy(wattSeconds: -165_600_000_014_400))
    }
}
