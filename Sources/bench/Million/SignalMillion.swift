import Control
import Domain
import Foundation

/// A signal arrives and ten workers' edge controllers compute the set-points of a million vehicles that follow it, one
/// after another on this thread: what a regulation signal does from one frame to the next, 1 % of the award up or down.
/// Beside it the same where each frame is anywhere within the award, and how many set-points change in each case.
let signalMillion = Benchmark(name: "signal-million") {
    var times: [Double] = []
    var beside: [String: Double] = [:]
    for count in MillionFleet.sizes {
        var workers = try SignalledWorkers(count)
        let small = try workers.median { round in 2_000_000 * count / 1_000 + (round % 2) * count * 40 }
        times.append(small.milliseconds)
        guard count == MillionFleet.sizes.last else { continue }
        let large = try workers.median { round in round * 7_919 % 4_000 * count }
        beside["set-points that change"] = small.changes
        beside["any request within the award, ms"] = large.milliseconds
        beside["any request within the award, set-points that change"] = large.changes
    }
    return Measurement(
        name: "signal-million", unit: "ms", value: times[2], beside: beside.merging(exponents(times)) { $1 })
}

/// Ten edge controllers with a plan of one resource in force, and what each point was told last.
private struct SignalledWorkers {
    private var controllers: [EdgeController] = []
    private let id = PlanID(epoch: Epoch(1), resource: "bench", version: 1)
    private var now = Instant(seconds: 1_000)
    private var sequence: UInt64 = 0
    private var told: [[Int]]
    private let base: Int

    init(_ count: Int) throws {
        let each = count / MillionFleet.workers
        var generator = SeededGenerator(seed: 5)
        var members: [StackMember] = []
        for index in 0..<count {
            let base = Int.random(in: 0...11_000, using: &generator)
            let bounds = Bounds(
                base: base, low: Int.random(in: -22_000...base, using: &generator),
                high: Int.random(in: base...22_000, using: &generator), laxity: 3_600, atRisk: false)
            members.append(
                StackMember(
                    worker: index / each, slot: UInt32(index % each), generation: 1, bounds: bounds, resident: false,
                    eligible: .max, merit: UInt8.random(in: 0...127, using: &generator)))
        }
        self.base = members.reduce(0) { $0 + $1.bounds.base }
        self.told = Array(repeating: Array(repeating: 0, count: each), count: MillionFleet.workers)
        let plans = StackBuilder(
            workers: (0..<MillionFleet.workers).map(MillionFleet.id), members: members,
            products: [benchProducts(cars: count)[1]]
        ).build(id: self.id, validUntil: Instant(seconds: 100_000)).plans
        for plan in plans {
            var edge = EdgeController(rules: benchRules, seed: 1)
            for slot in 0..<UInt32(each) {
                var registration = benchRegistration(slot)
                registration.minimumPower = .zero
                registration.step = Power(watts: 1)
                edge.bind(registration)
            }
            guard edge.prepare(plan, hash: plan.hash, at: self.now) == .accepted else {
                throw WrongResult(description: "a plan was refused")
            }
            self.controllers.append(edge)
        }
        _ = try self.signal(0)
    }

    /// One frame: thread CPU of all controllers, and how many set-points changed. What everybody was told adds up.
    private mutating func signal(_ watts: Int) throws -> (nanoseconds: Int, changes: Int) {
        self.sequence += 1
        self.now = self.now + .milliseconds(100)
        let signal = DispatchSignal(
            plan: self.id, planHash: 0, product: "signal", sequence: self.sequence, sentAt: self.now,
            validFrom: self.now, expiry: self.now + .seconds(5), slow: 0, fast: watts, trace: .none)
        var actions: [[EdgeAction]] = []
        let start = threadNanoseconds()
        for worker in self.controllers.indices {
            guard self.controllers[worker].signal(signal, at: self.now) == .accepted else {
                throw WrongResult(description: "a signal was refused")
            }
            actions.append(self.controllers[worker].step(at: self.now))
        }
        let spent = threadNanoseconds() - start
        for (worker, list) in actions.enumerated() {
            for case .setpoint(let slot, let watts, _) in list { self.told[worker][Int(slot)] = watts }
        }
        let sum = self.told.joined().reduce(0, +)
        guard sum == self.base - watts else { throw WrongResult(description: "off by \(sum - self.base + watts) W") }
        return (spent, actions.reduce(0) { $0 + $1.count })
    }

    mutating func median(_ request: (Int) -> Int) throws -> (milliseconds: Double, changes: Double) {
        _ = try self.signal(request(0))
        let rounds = try (1...21).map { try self.signal(request($0)) }
        let times = rounds.map(\.nanoseconds).sorted()
        return (Double(times[10]) / 1e6, Double(rounds.reduce(0) { $0 + $1.changes }) / Double(rounds.count))
    }
}
