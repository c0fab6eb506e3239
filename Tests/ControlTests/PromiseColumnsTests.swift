import Control
import Domain
import Testing

@Suite struct PromiseColumnsTests {
    private func drawn(using generator: inout SeededGenerator) -> ChargingTask {
        func share() -> StateOfCharge {
            StateOfCharge(
                basisPoints: [0, 10_000, Int.random(in: 0...10_000, using: &generator)].randomElement(using: &generator)
                    ?? 0)
        }
        func power(_ most: Int) -> Power {
            Power(
                watts: [0, 1, most, Int.random(in: 0...most, using: &generator)].randomElement(using: &generator) ?? 0)
        }
        let departure: Instant =
            [
                .distantPast, .distantFuture, Instant(seconds: Int.random(in: 999_000...1_200_000, using: &generator)),
                Instant(microseconds: Int.random(in: 999_000_000_000...1_010_000_000_000, using: &generator)),
            ].randomElement(using: &generator) ?? .distantPast
        return ChargingTask(
            capacity: Energy(
                wattHours: [0, 1, 60_000, 100_000_000, Int.random(in: 0...1_000_000, using: &generator)]
                    .randomElement(using: &generator) ?? 0),
            stateOfCharge: share(),
            uncertainty: StateOfCharge(basisPoints: Int.random(in: 0...2_000, using: &generator)),
            reserve: share(), target: share(), departure: departure,
            efficiency: [1, 5_000, 9_400, 10_000].randomElement(using: &generator) ?? 1,
            maxCharge: power(350_000), maxDischarge: power(350_000), provenCharge: power(350_000),
            minimumPower: power(5_000), step: power(1_000), mayDischarge: Bool.random(using: &generator))
    }

    /// Ordinary and odd cars alike: the kernel finds to the watt what `ChargingTask.bounds` finds.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func theKernelFindsTheBoundsOfEachTask(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let tasks = (0..<5_000).map { _ in self.drawn(using: &generator) }
        var columns = PromiseColumns()
        let taken = tasks.map { columns.append($0) }
        #expect(taken.allSatisfy { $0 } && columns.count == tasks.count)
        let now = Instant(seconds: 1_000_000)
        for endurance in [TimeSpan.seconds(1), .minutes(15), .hours(4)] {
            columns.pass(at: now, endurance: endurance, watchdog: .minutes(1))
            for (index, task) in tasks.enumerated() {
                var expected = task.bounds(at: now, endurance: endurance, watchdog: .minutes(1))
                expected.laxity = min(expected.laxity, Int(Int32.max))
                #expect(columns.bounds(index) == expected, "\(task)")
                if columns.bounds(index) != expected { return }
            }
        }
    }

    @Test func figuresThatDoNotFitAreRefused() {
        var generator = SeededGenerator(seed: 1)
        var columns = PromiseColumns()
        var task = self.drawn(using: &generator)
        task.capacity = Energy(wattHours: PromiseColumns.mostCapacity + 1)
        let isLarge = columns.append(task)
        task.capacity = Energy(wattHours: 1)
        task.maxCharge = Power(watts: -1)
        let isNegative = columns.append(task)
        #expect(!isLarge && !isNegative && columns.count == 0)
    }
}
