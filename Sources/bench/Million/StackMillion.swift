import Control
import Domain
import Foundation

/// A million vehicles on twenty workers (a plan holds 50,000) under a local-curve and a symmetric signal product: the safe
/// bounds of every promise and the whole stack built anew. Beside it the second after it in a stack that stands, in which
/// 2 % of the vehicles changed; what each part takes; and what published designs need for 100,000 cars (read, not measured).
let stackMillion = Benchmark(name: "stack-million") {
    var full: [Double] = []
    var second: [Double] = []
    var beside: [String: Double] = ["published, 100,000 cars": 751]
    for count in MillionFleet.sizes {
        var fleet = PromisedFleet(count)
        var members: [StackMember] = []
        let bounds = medianNanoseconds(rounds: 7) { fleet.members(at: 0, into: &members) }
        var plans: [WorkerPlan] = []
        full.append(
            medianNanoseconds(rounds: 7) {
                fleet.members(at: 0, into: &members)
                plans = fleet.builder(members).build(id: fleet.id, validUntil: Instant(seconds: 60)).plans
            } / 1e6)
        let segments = plans.reduce(0) { $0 + $1.segments.count }
        guard plans.reduce(0, { $0 + $1.entries.count }) == count, segments > count / 2
        else { throw WrongResult(description: "the plans do not hold everybody") }
        var standing = StandingStack(workers: fleet.workers, products: fleet.products)
        _ = standing.update(members)
        guard standing.plans(id: fleet.id, validUntil: Instant(seconds: 60)) == plans else {
            throw WrongResult(description: "the stack that stands is another")
        }
        let update = fleet.seconds(&standing)
        second.append(update.milliseconds)
        guard count == MillionFleet.sizes.last else { continue }
        beside["a second with 2 % changed, of it the stack, ms"] = update.stack
        beside["bounds alone, ms"] = bounds / 1e6
        beside["a second with 2 % changed, ms"] = update.milliseconds
        beside["plan slots that such a second changes"] = update.slots
        beside["the same by a list of all, as an engine has it, ms"] = fleet.lists(&standing, &members)
    }
    return Measurement(
        name: "stack-million", unit: "ms", value: full[2],
        beside: beside.merging(exponents(full)) { $1 }.merging(exponents(second, "a second")) { $1 })
}

/// Plugged-in cars with promises, their charging tasks as columns of one kind each hold them.
struct PromisedFleet {
    static let perWorker = 50_000
    let workers: [WorkerID]
    let products: [StackProduct]
    let id = PlanID(epoch: Epoch(1), resource: "bench", version: 1)
    private let tasks: [ChargingTask]
    private var columns = PromiseColumns()
    /// Those that changed last, with what was needed on the way.
    private(set) var changed: [StackMember] = []
    private var chosen: [(index: Int, task: ChargingTask)] = []
    private var some = PromiseColumns()
    private let eachWorker: Int

    init(_ count: Int) {
        var generator = SeededGenerator(seed: 7)
        self.eachWorker = min(Self.perWorker, count / 4)
        self.workers = (0..<count / self.eachWorker).map { WorkerID("w\($0)") }
        self.tasks = (0..<count).map { _ in Self.task(using: &generator) }
        self.products = benchProducts(cars: count)
        for task in self.tasks { self.columns.append(task) }
    }

    private static func task(using generator: inout SeededGenerator) -> ChargingTask {
        let power = [7_400, 11_000, 22_000].randomElement(using: &generator) ?? 11_000
        return ChargingTask(
            capacity: Energy(wattHours: Int.random(in: 40...100, using: &generator) * 1_000),
            stateOfCharge: StateOfCharge(basisPoints: Int.random(in: 2_000...9_000, using: &generator)),
            uncertainty: StateOfCharge(basisPoints: 100), reserve: StateOfCharge(basisPoints: 2_000),
            target: StateOfCharge(basisPoints: 8_000),
            departure: Instant(seconds: Int.random(in: 1_800...50_000, using: &generator)), efficiency: 9_400,
            maxCharge: Power(watts: power), maxDischarge: Power(watts: power),
            provenCharge: Power(watts: power * 95 / 100), minimumPower: Power(watts: 1_380), step: Power(watts: 230),
            mayDischarge: Int.random(in: 0..<4, using: &generator) > 0)
    }

    /// Everybody, with the room that his promise leaves at a second.
    mutating func members(at second: Int, into members: inout [StackMember]) {
        self.columns.pass(at: Instant(seconds: second), endurance: .minutes(15), watchdog: .minutes(1))
        members.removeAll(keepingCapacity: true)
        members.reserveCapacity(self.tasks.count)
        for index in self.tasks.indices { members.append(self.member(index, self.columns.bounds(index))) }
    }

    @inline(__always)
    private func member(_ index: Int, _ bounds: Bounds) -> StackMember {
        let slot = index % self.eachWorker
        return StackMember(
            worker: index / self.eachWorker, slot: UInt32(slot), generation: 1, bounds: bounds, resident: false,
            eligible: .max,
            merit: StackMember.merit(laxitySeconds: bounds.laxity, response: .seconds(1), index: slot, turn: 0))
    }

    func builder(_ members: [StackMember]) -> StackBuilder {
        StackBuilder(workers: self.workers, members: members, products: self.products)
    }

    /// Each fiftieth vehicle, drawn anew, with its room at a second.
    mutating func change(at second: Int, using generator: inout SeededGenerator) {
        self.chosen.removeAll(keepingCapacity: true)
        self.some.removeAll()
        self.changed.removeAll(keepingCapacity: true)
        // First all of them are read: they lie anywhere.
        for start in stride(from: 0, to: self.tasks.count, by: 50) {
            let index = start + Int(generator.next() % 50)
            self.chosen.append((index: index, task: self.tasks[index]))
        }
        for one in self.chosen { self.some.append(one.task) }
        self.some.pass(at: Instant(seconds: second), endurance: .minutes(15), watchdog: .minutes(1))
        for (number, one) in self.chosen.enumerated() {
            self.changed.append(self.member(one.index, self.some.bounds(number)))
        }
    }

    /// The median of seconds in which 2 % have another room and the stack is told everybody, ms: what an engine does that
    /// has looked at all of them anyway.
    mutating func lists(_ standing: inout StandingStack, _ members: inout [StackMember]) -> Double {
        var generator = SeededGenerator(seed: 19)
        var times: [Int] = []
        for second in 1...15 {
            self.change(at: 60 * second, using: &generator)
            for one in self.changed { members[one.worker * self.eachWorker + Int(one.slot)] = one }
            let start = threadNanoseconds()
            _ = standing.replace(members, products: self.products)
            times.append(threadNanoseconds() - start)
        }
        return Double(times.sorted()[times.count / 2]) / 1e6
    }

    /// The median of seconds in which 2 % have another room, its bounds included; of it the stack; and how many slots of
    /// the plans that changes.
    mutating func seconds(_ standing: inout StandingStack) -> (milliseconds: Double, stack: Double, slots: Double) {
        var generator = SeededGenerator(seed: 11)
        var second = 0
        var slots = 0
        var stack: [Int] = []
        let time = medianNanoseconds(rounds: 21) {
            second += 60
            self.change(at: second, using: &generator)
            let start = threadNanoseconds()
            slots += standing.update(self.changed).reduce(0) { $0 + $1.count }
            stack.append(threadNanoseconds() - start)
        }
        return (time / 1e6, Double(stack.sorted()[stack.count / 2]) / 1e6, Double(slots) / Double(stack.count))
    }
}

/// A fleet with its stack, for seconds that follow one another.
struct StandingFleet {
    private var fleet: PromisedFleet
    private var stack: StandingStack
    private var generator = SeededGenerator(seed: 13)
    private var now = 0

    init(_ count: Int) {
        self.fleet = PromisedFleet(count)
        self.stack = StandingStack(workers: self.fleet.workers, products: self.fleet.products)
        var members: [StackMember] = []
        self.fleet.members(at: 0, into: &members)
        _ = self.stack.update(members)
    }

    mutating func second() {
        self.now += 60
        self.fleet.change(at: self.now, using: &self.generator)
        _ = self.stack.update(self.fleet.changed)
    }
}
