import Control
import Domain

/// The dispatch stack of 100,000 cars on four workers, for a local-curve product and a symmetric signal product.
/// Beside it what published designs need for 100,000 and 50,000 cars (ms; read, not measured here).
let stackBuild = Benchmark(name: "stack-build") {
    let builder = benchStack(cars: 100_000, workers: 4)
    var plans: [WorkerPlan] = []
    let time = medianNanoseconds(rounds: 31) {
        plans =
            builder.build(
                id: PlanID(epoch: Epoch(1), resource: "bench", version: 1),
                validUntil: Instant(seconds: 60)
            ).plans
    }
    let placed = plans.reduce(0) { $0 + $1.segments.count }
    guard placed > 50_000, plans.reduce(0, { $0 + $1.entries.count }) == 100_000 else {
        throw WrongResult(description: "only \(placed) segments were placed")
    }
    return Measurement(
        name: "stack-build", unit: "ms", value: time / 1_000_000,
        beside: [
            "published, 100,000 cars": 751, "published, 50,000 cars": 168,
            "segments": Double(placed),
        ])
}

/// Cars of a seed with a droop and a signal product that together want most of what they have.
func benchStack(cars: Int, workers: Int) -> StackBuilder {
    var generator = SeededGenerator(seed: 1)
    let members = (0..<cars).map { index in
        let base = Int.random(in: 0...11_000, using: &generator)
        let bounds = Bounds(
            base: base, low: Int.random(in: -22_000...base, using: &generator),
            high: Int.random(in: base...22_000, using: &generator), laxity: 3_600, atRisk: false)
        return StackMember(
            worker: index * workers / cars, slot: UInt32(index % (cars / workers)), generation: 1,
            bounds: bounds,
            resident: false, eligible: .max, merit: UInt8.random(in: 0...127, using: &generator))
    }
    return StackBuilder(
        workers: (0..<workers).map { WorkerID("w\($0)") }, members: members,
        products: benchProducts(cars: cars))
}

/// A droop and a symmetric signal product for so many cars.
func benchProducts(cars: Int) -> [StackProduct] {
    [
        benchProduct("droop", .localCurve, up: cars * 4_000, down: 0),
        benchProduct("signal", .signal, up: cars * 4_000, down: cars * 2_000),
    ]
}

private func benchProduct(_ id: ProductID, _ activation: ActivationKind, up: Int, down: Int)
    -> StackProduct
{
    let curve = [(49_500, 1000), (49_800, 50), (49_985, 0), (50_015, 0)]
    return StackProduct(
        product: PlanProduct(
            product: id, activation: activation, awardUp: Power(watts: up),
            awardDown: Power(watts: down),
            spareUp: Power(watts: up / 10), spareDown: Power(watts: down / 10),
            curve: activation == .localCurve
                ? curve.map { CurvePoint(milliHertz: $0.0, perMille: $0.1) } : [],
            gainPerMille: 1_000, slewPerSecond: .zero, holdTime: .seconds(10), upTable: [],
            downTable: []))
}
