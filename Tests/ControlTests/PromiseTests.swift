import Control
import Domain
import Testing

@Suite struct PromiseTests {
    private func task(_ generator: inout SeededGenerator) -> ChargingTask {
        let charge = [3_700, 7_400, 11_000, 22_000].randomElement(using: &generator) ?? 7_400
        return ChargingTask(
            capacity: Energy(wattHours: Int.random(in: 30_000...90_000, using: &generator)),
            stateOfCharge: StateOfCharge(
                basisPoints: Int.random(in: 2_000...9_500, using: &generator)),
            uncertainty: StateOfCharge(basisPoints: 0), reserve: StateOfCharge(basisPoints: 2_000),
            target: StateOfCharge(basisPoints: Int.random(in: 4_000...9_000, using: &generator)),
            departure: Instant(seconds: Int.random(in: 3_600...36_000, using: &generator)),
            efficiency: 9_500,
            maxCharge: Power(watts: charge), maxDischarge: Power(watts: charge),
            provenCharge: Power(watts: charge),
            minimumPower: .zero, step: Power(watts: 1), mayDischarge: true)
    }

    /// Whatever is commanded inside the bounds, every car that could be ready is ready: however long the product
    /// asks to hold, and however soon the car leaves.
    @Test(arguments: [(60, 3_600...36_000), (900, 3_600...36_000), (900, 240...2_000), (60, 240...2_000)])
    func commandsInsideTheBoundsKeepEveryPromise(endurance: Int, stay: ClosedRange<Int>) {
        var generator = SeededGenerator(seed: 2)
        var kept = 0
        for _ in 0..<300 {
            var task = self.task(&generator)
            task.departure = Instant(seconds: Int.random(in: stay, using: &generator))
            func bounds(_ task: ChargingTask, at second: Int) -> Bounds {
                task.bounds(
                    at: Instant(seconds: second), endurance: .seconds(endurance),
                    watchdog: .seconds(60))
            }
            if bounds(task, at: 0).atRisk { continue }
            var stored = task.sureEnergy.wattSeconds
            for second in stride(from: 0, to: task.departure.seconds / 60 * 60, by: 60) {
                task.stateOfCharge.basisPoints = stored * 10_000 / task.capacity.wattSeconds
                let bounds = bounds(task, at: second)
                #expect(bounds.low <= bounds.base && bounds.base <= bounds.high)
                // The most hostile request: always as far down as allowed.
                let power = bounds.low
                stored += power >= 0 ? power * 60 * 95 / 100 : power * 60 * 100 / 95
                #expect(
                    stored >= task.reserve.energy(of: task.capacity).wattSeconds - task.capacity
                        .wattSeconds / 1000)
            }
            let target = task.target.energy(of: task.capacity).wattSeconds
            #expect(
                stored >= target - task.capacity.wattSeconds / 200,
                "within half a percent of the battery")
            kept += 1
        }
        #expect(kept > 100)
    }

    @Test func withoutConsentNothingIsDischarged() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<50 {
            var task = self.task(&generator)
            task.mayDischarge = false
            #expect(
                task.bounds(at: .distantPast, endurance: .seconds(900), watchdog: .seconds(60)).low
                    >= 0)
        }
    }

    @Test func powersLieOnTheStationsGrid() {
        #expect(quantised(500, minimum: 1_380, step: 230, towards: .up) == 1_380)
        #expect(quantised(-500, minimum: 1_380, step: 230, towards: .up) == 0)
        #expect(quantised(-1_500, minimum: 1_380, step: 230, towards: .down) == -1_610)
        #expect(quantised(1_500, minimum: 1_380, step: 230, towards: .nearest) == 1_610)
        #expect(quantised(600, minimum: 1_380, step: 230, towards: .nearest) == 0)
    }

    /// A dead band that is no multiple of the step ends at the next one: a station rounds 1380 W in steps of 100 W to
    /// 1300 W, which is nothing.
    @Test func theLeastPowerLiesOnTheStepToo() {
        for rounding in [Rounding.up, .down, .nearest] {
            for watts in stride(from: -3_000, through: 3_000, by: 10) {
                let result = quantised(watts, minimum: 1_380, step: 100, towards: rounding)
                #expect(result == 0 || (result.magnitude >= 1_380 && result % 100 == 0), "\(watts): \(result)")
                #expect(rounding != .up || result >= watts)
                #expect(rounding != .down || result <= watts)
            }
        }
        #expect(quantised(500, minimum: 1_380, step: 100, towards: .up) == 1_400)
        #expect(quantised(1_390, minimum: 1_380, step: 100, towards: .down) == 0)
    }

    @Test func aSiteHoldsItsLimitsAtBaseAllUpAndAllDown() {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<200 {
            let count = Int.random(in: 1...20, using: &generator)
            var bounds = (0..<count).map { _ in
                let base = Int.random(in: 0...11_000, using: &generator)
                return Bounds(
                    base: base, low: base - Int.random(in: 0...20_000, using: &generator),
                    high: base + Int.random(in: 0...11_000, using: &generator),
                    laxity: Int.random(in: 0...9_999, using: &generator), atRisk: false)
            }
            let limit = SiteLimit(
                importLimit: Int.random(in: 0...150_000, using: &generator),
                exportLimit: Int.random(in: 0...100_000, using: &generator),
                load: Int.random(in: 0...20_000, using: &generator))
            _ = limit.certify(&bounds, members: Array(0..<count)[...])
            #expect(bounds.allSatisfy { $0.low <= $0.base && $0.base <= $0.high })
            #expect(bounds.reduce(0) { $0 + $1.base } <= max(0, limit.importLimit - limit.load))
            #expect(bounds.reduce(0) { $0 + $1.high } <= max(0, limit.importLimit - limit.load))
            #expect(-bounds.reduce(0) { $0 + $1.low } <= max(0, limit.exportLimit + limit.load))
        }
    }
}
