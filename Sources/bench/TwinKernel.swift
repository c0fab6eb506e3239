import Domain
import Twin

/// The twin's kernel alone (the whole is `twin-run`): batteries of 10,000 plugged cars that follow an aim, in steps of 4 s.
/// Beside it the published rate of another simulator (charger-steps per second; read, not measured here).
let twinKernel = Benchmark(name: "twin-kernel") {
    let cars = 10_000
    let steps = 50
    var generator = SeededGenerator(seed: 3)
    var bank = VehicleBank(latency: .seconds(1), rampPerSecond: Power(watts: 20_000))
    for _ in 0..<cars {
        let row = bank.add(
            BatteryModel(
                capacity: Energy(wattHours: Int.random(in: 40_000...80_000, using: &generator)),
                maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000), efficiency: 9_500),
            at: StateOfCharge(basisPoints: Int.random(in: 3_000...8_000, using: &generator)))
        bank.plug(row, isIn: true)
    }
    var moved = 0
    let time = medianNanoseconds {
        for step in 0..<steps {
            // A tenth of the cars gets another aim each step, as a signal moves the margin of a stack.
            for row in stride(from: step % 10, to: cars, by: 10) {
                bank.aim[row] = Int32(step % 2 == 0 ? 11_000 : -11_000)
            }
            moved &+= bank.step(milliseconds: 4_000)
        }
    }
    guard moved != 0 else { throw WrongResult(description: "nothing moved") }
    return Measurement(
        name: "twin-kernel", unit: "vehicle-steps/s", value: Double(cars * steps) / (time / 1e9),
        beside: ["EV2Gym, charger-steps/s (published)": 32_000])
}
