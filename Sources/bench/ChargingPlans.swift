import Domain
import Planning

/// Charging plans of 10,000 cars for a day of quarter-hours with a price each: depots of 100 behind connections that
/// carry between a fifth and half of their chargers. Milliseconds for all; a plan is made on one core.
let chargingPlans = Benchmark(name: "charging-plans") {
    var generator = SeededGenerator(seed: 11)
    let prices = (0..<96).map { _ in Int.random(in: -20...200, using: &generator) }
    let depots = (0..<100).map { _ in depot(of: 100, prices, &generator) }
    var isExact = true
    var missing = 0
    let time = medianNanoseconds(rounds: 5) {
        missing = 0
        for depot in depots {
            let plan = ChargingPlan(depot.cars, over: depot.spans)
            isExact = isExact && plan.isExact
            missing += plan.missing.count { $0 > 0 }
        }
    }
    let one = depot(of: 10_000, prices, &generator)
    var isWhole = true
    let alone = medianNanoseconds(rounds: 3) { isWhole = ChargingPlan(one.cars, over: one.spans).isExact }
    guard isExact, missing > 0 else { throw WrongResult(description: "exact: \(isExact), \(missing) missing") }
    return Measurement(
        name: "charging-plans", unit: "ms for 10,000 vehicles", value: time / 1e6,
        beside: [
            "not served in full, of 10,000": Double(missing), "10,000 at one site, ms": alone / 1e6,
            "10,000 at one site, exact": isWhole ? 1 : 0,
        ])
}

private func depot(
    of count: Int, _ prices: [Int], _ generator: inout SeededGenerator
) -> (cars: [ChargingCar], spans: [ChargingSpan]) {
    let watts = count * 11_000 * Int.random(in: 20...50, using: &generator) / 100
    let spans = prices.map { ChargingSpan(length: 900, value: $0, limit: watts) }
    let cars = (0..<count).map { _ in
        // They leave between two and sixteen hours from now, and need between a tenth and two thirds of that time.
        let ready = Int.random(in: 120...960, using: &generator) * 60
        return ChargingCar(
            need: 11_000 * ready * Int.random(in: 10...66, using: &generator) / 100, most: 11_000, ready: ready)
    }
    return (cars, spans)
}
