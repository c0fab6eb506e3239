import Control
import Domain
import GridCodes

/// A worker's step with 10,000 points while both its products move: those at the margin anew, only changes sent.
let edgeStep = Benchmark(name: "edge-step") {
    let count = 10_000
    let builder = benchStack(cars: count, workers: 1)
    let id = PlanID(epoch: Epoch(1), resource: "bench", version: 1)
    let plans = builder.build(id: id, validUntil: Instant(seconds: 1_000_000)).plans
    var edge = EdgeController(rules: benchRules, seed: 1)
    for slot in 0..<UInt32(count) { edge.bind(benchRegistration(slot)) }
    var now = Instant(seconds: 1_000)
    var round = 0
    for plan in plans where edge.prepare(plan, hash: plan.hash, at: now) != .accepted {
        throw WrongResult(description: "the plan was refused")
    }
    var sent = 0
    let time = try medianNanoseconds(rounds: 51) {
        round += 1
        now = now + .milliseconds(100)
        edge.measured(milliHertz: 49_900 - round % 7 * 20, at: now)
        let signal = DispatchSignal(
            plan: id, planHash: 0, product: "signal", sequence: UInt64(round), sentAt: now,
            validFrom: now,
            expiry: now + .seconds(5), slow: 0, fast: round % 11 * 500_000, trace: .none)
        // A low frequency forbids some of the requests: that is the guard at work, and costs the same.
        if case .unknownPlan = edge.signal(signal, at: now) {
            throw WrongResult(description: "no plan is in force")
        }
        sent += edge.step(at: now).count
    }
    guard sent >= count else { throw WrongResult(description: "only \(sent) set-points were sent") }
    return Measurement(
        name: "edge-step", unit: "ms/10,000 points", value: time / 1_000_000,
        beside: ["set-points a step": Double(sent) / Double(round)])
}

let benchRules = EdgeRules(
    region: RegionPack(
        region: "bench", validFrom: "2026", currency: .eur, nominalMilliHertz: 50_000,
        holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200,
        plausibleMilliHertz: [45_000, 55_000],
        frequencyStaleMilliseconds: 1_500, fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000,
        products: [],
        sources: []), watchdog: .seconds(60))
