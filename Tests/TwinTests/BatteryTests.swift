import Domain
import Testing

@testable import Twin

@Suite struct BatteryTests {
    static let model = BatteryModel(
        capacity: Energy(wattHours: 60_000), maxCharge: Power(watts: 22_000),
        maxDischarge: Power(watts: 22_000), efficiency: 9_500)

    /// A dead time of several steps is one, whatever comes meanwhile.
    @Test func aCommandThatTakesSeveralStepsIsObeyedThen() {
        for (latency, step) in [(7_000, 2_000), (7_000, 1_000), (400, 100), (2_000, 2_000), (500, 2_000)] {
            var bank = VehicleBank(latency: .milliseconds(latency), rampPerSecond: Power(watts: 1_000_000))
            let row = bank.add(
                BatteryModel(
                    capacity: Energy(wattHours: 60_000), maxCharge: Power(watts: 11_000),
                    maxDischarge: Power(watts: 11_000), efficiency: 9_500), at: StateOfCharge(basisPoints: 5_000))
            bank.plug(row, isIn: true)
            for _ in 0..<10 { _ = bank.step(milliseconds: step) }
            bank.aim[row] = 10_000
            var flowed = 0
            for _ in 0..<20 { flowed += bank.step(milliseconds: step) * step }
            #expect(flowed == 10_000 * (20 * step - latency), "\(latency) ms in steps of \(step) ms")
        }
    }

    /// Each row has its own dead time, in one bank and in steps that are none of them.
    @Test(arguments: [500, 1_000, 2_000]) func everyRowWaitsForItsOwnTime(step: Int) {
        let lags = [0, 300, 1_000, 3_400, 6_999, 7_000]
        var bank = VehicleBank(slowest: .seconds(7), rampPerSecond: Power(watts: 1_000_000))
        for (row, lag) in lags.enumerated() {
            #expect(bank.add(Self.model, at: StateOfCharge(basisPoints: 5_000)) == row)
            bank.plug(row, isIn: true)
            bank.lag(row, by: .milliseconds(lag))
        }
        for _ in 0..<10 { _ = bank.step(milliseconds: step) }
        for row in lags.indices { bank.aim[row] = 10_000 }
        for _ in 0..<20 { _ = bank.step(milliseconds: step) }
        for (row, lag) in lags.enumerated() {
            // Watts are whole in each step.
            #expect(abs(bank.charged[row] - 10_000 * (20 * step - lag)) <= step, "\(lag) ms in steps of \(step) ms")
        }
    }

    @Test func anHourOfChargeStoresItsShare() {
        var battery = Battery(model: Self.model, at: StateOfCharge(basisPoints: 2_000))
        let before = battery.content
        for _ in 0..<36_000 {
            #expect(battery.apply(Power(watts: 10_000), for: .milliseconds(100)).watts == 10_000)
        }
        let stored = (battery.content - before).wattSeconds
        #expect(abs(stored - 10_000 * 3_600 * 95 / 100) <= 36, "9.5 kWh, but for rounding")
    }

    /// Algorithms sheet, property 20: a thousand micro-cycles must not make energy.
    @Test func ditherNeverGains() {
        var generator = SeededGenerator(seed: 7)
        var battery = Battery(model: Self.model, at: StateOfCharge(basisPoints: 5_000))
        let before = battery.milliJoules
        for _ in 0..<1_000 {
            let watts = Int.random(in: 1...50, using: &generator)
            _ = battery.apply(Power(watts: watts), for: .milliseconds(3))
            _ = battery.apply(Power(watts: -watts), for: .milliseconds(3))
        }
        #expect(battery.milliJoules < before)
    }

    @Test func neitherOverfullNorBelowEmpty() {
        for (charge, watts) in [(9_999, 22_000), (1, -22_000)] {
            var battery = Battery(model: Self.model, at: StateOfCharge(basisPoints: charge))
            for _ in 0..<1_000 { _ = battery.apply(Power(watts: watts), for: .seconds(60)) }
            #expect(battery.milliJoules >= 0)
            #expect(battery.milliJoules <= Self.model.capacityMilliJoules)
            #expect(abs(battery.stateOfCharge.basisPoints - (watts > 0 ? 10_000 : 0)) <= 1)
        }
    }

    @Test func taperFallsInAStraightLine() {
        func limit(_ basisPoints: Int) -> Int {
            Battery(model: Self.model, at: StateOfCharge(basisPoints: basisPoints))
                .accepted(Power(watts: 99_000), for: .milliseconds(1)).watts
        }
        #expect(limit(9_000) == 22_000)
        #expect(limit(9_500) == 22_000 - (22_000 - 3_300) / 2)
        #expect(limit(9_990) < limit(9_900))
    }

    /// The kernel and the single battery are one piece of arithmetic.
    @Test func bankAgreesWithBattery() {
        var generator = SeededGenerator(seed: 3)
        var bank = VehicleBank()
        var batteries: [Battery] = []
        for _ in 0..<50 {
            let charge = StateOfCharge(basisPoints: Int.random(in: 0...10_000, using: &generator))
            bank.plug(bank.add(Self.model, at: charge), isIn: true)
            batteries.append(Battery(model: Self.model, at: charge))
        }
        for _ in 0..<200 {
            var sum = 0
            for row in 0..<50 {
                let watts = Int.random(in: -25_000...25_000, using: &generator)
                bank.aim[row] = Int32(watts)
                let offered = batteries[row].accepted(Power(watts: watts), for: .seconds(4))
                sum += batteries[row].apply(offered, for: .seconds(4)).watts
            }
            #expect(bank.step(milliseconds: 4_000) == sum)
        }
        #expect(bank.milliJoules == batteries.map(\.milliJoules))
    }

    /// Energy account of every row: in × η − out ÷ η = change, within the rounding of each step.
    @Test func bankConservesEnergyThroughLatencyAndRamp() {
        var generator = SeededGenerator(seed: 11)
        var bank = VehicleBank(latency: .milliseconds(1_500), rampPerSecond: Power(watts: 3_000))
        for _ in 0..<20 {
            bank.plug(bank.add(Self.model, at: StateOfCharge(basisPoints: 5_000)), isIn: true)
        }
        let before = bank.milliJoules
        let steps = 500
        for _ in 0..<steps {
            for row in 0..<20 {
                bank.aim[row] = Int32.random(in: -22_000...22_000, using: &generator)
            }
            _ = bank.step(milliseconds: 4_000)
        }
        for row in 0..<20 {
            let expected = bank.charged[row] * 95 / 100 - bank.discharged[row] * 100 / 95
            let change = bank.milliJoules[row] - before[row]
            #expect(change <= expected + 2 && change >= expected - 2 * steps)
            #expect(bank.discharged[row] > 0 && bank.charged[row] > 0)
        }
    }
}
