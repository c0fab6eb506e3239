import Control
import Domain
import Testing

/// Plans change while requests run: what is metered stays declared baseline − request (dispatch.md section 2).
@Suite struct VersionTests {
    private static let workers = 3

    /// Depots: the cars of a worker look alike, which is the hard case for a mix of plans.
    private func depots(_ generator: inout SeededGenerator) -> [StackMember] {
        (0..<Self.workers).flatMap { worker in
            let base = Int.random(in: 3_000...11_000, using: &generator)
            let merit = UInt8.random(in: 0...120, using: &generator)
            return (0..<100 as Range<UInt32>).map { slot in
                member(
                    slot, worker: worker, base: base, low: -11_000, high: 22_000,
                    merit: merit + UInt8(slot % 8))
            }
        }
    }

    private func named(_ bench: Bench) -> [UInt64?] {
        bench.controllers.map { $0.currentPlan("R")?.version }
    }

    /// v+1 is prepared in one worker after the other while requests go on; it is named once all have it.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func workersWithDifferentPlansInHandApplyTheOneThatIsNamed(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var members = self.depots(&generator)
        let products = [product(up: 1_000_000, down: 500_000)]
        var bench = Bench(members, products, workers: Self.workers)
        let base = members.reduce(0) { $0 + $1.bounds.base }
        _ = bench.request(0)
        for version in 2..<12 as Range<UInt64> {
            // Another order, the same bases.
            for index in members.indices {
                members[index].merit = UInt8.random(in: 0...127, using: &generator)
            }
            let old = bench.plans
            let builder = StackBuilder(
                workers: old.map(\.worker), members: members, products: products)
            let new = builder.build(
                id: planID(version), validUntil: bench.now + .seconds(600)
            ).plans
            for worker in (0..<Self.workers).shuffled(using: &generator) {
                let answer = bench.controllers[worker].prepare(
                    new[worker], hash: new[worker].hash, at: bench.now)
                #expect(answer == .accepted)
                let request = Int.random(in: -500_000...1_000_000, using: &generator)
                _ = bench.request(request)
                bench.step()
                #expect(bench.total == base - request, "still the plan before")
                #expect(self.named(bench).allSatisfy { $0 == version - 1 })
            }
            bench.plans = new
            let request = Int.random(in: -500_000...1_000_000, using: &generator)
            _ = bench.request(request)
            bench.step()
            #expect(bench.total == base - request, "all with the new one")
            #expect(self.named(bench).allSatisfy { $0 == version })
        }
    }

    @Test func aWorkerWithoutTheNamedPlanKeepsItsSetpointsAndSaysSo() {
        var generator = SeededGenerator(seed: 5)
        let members = self.depots(&generator)
        let products = [product(up: 1_000_000)]
        var bench = Bench(members, products, workers: Self.workers)
        _ = bench.request(300_000)
        bench.step()
        let before = bench.setpoints[2]
        let builder = StackBuilder(
            workers: bench.plans.map(\.worker), members: members, products: products)
        bench.plans = builder.build(id: planID(2), validUntil: bench.now + .seconds(600)).plans
        for worker in 0..<2 {
            _ = bench.controllers[worker].prepare(
                bench.plans[worker], hash: bench.plans[worker].hash, at: bench.now)
        }
        #expect(bench.request(900_000) == [.accepted, .accepted, .unknownPlan(planID(2))])
        bench.step()
        #expect(bench.setpoints[2] == before)
        // It gets the plan that it asked for, and the next frame brings it in.
        let late = bench.plans[2]
        #expect(bench.controllers[2].prepare(late, hash: late.hash, at: bench.now) == .accepted)
        #expect(bench.request(900_000) == [.accepted, .accepted, .accepted])
        bench.step()
        #expect(bench.total == members.reduce(0) { $0 + $1.bounds.base } - 900_000)
    }

    /// One in a hundred leaves with its base: the request makes up for what the baseline lost.
    @Test(arguments: [6, 7, 8] as [UInt64])
    func leaversWithTheirBaseAreMadeUpFor(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var members = self.depots(&generator)
        let products = [product(up: 1_000_000, down: 200_000, spare: 100_000)]
        var bench = Bench(members, products, workers: Self.workers)
        let declared = members.reduce(0) { $0 + $1.bounds.base }
        _ = bench.request(600_000)
        bench.step()
        for version in 2..<6 as Range<UInt64> {
            let gone = members.shuffled(using: &generator).prefix(3)
            members.removeAll { member in gone.contains(member) }
            for member in gone {
                bench.controllers[member.worker].setAvailable(slot: member.slot, false)
                bench.setpoints[member.worker][member.slot] = 0
            }
            // At once: who is left in a worker fills the holes; what is missing is the leavers' base.
            let residual = bench.step().last ?? 0
            let lost = gone.reduce(0) { $0 + $1.bounds.base }
            #expect((bench.total - (declared - 600_000)).magnitude <= lost + residual + 3 * 33_000)
            // With the next plan: to the watt.
            bench.load(members, products, version: version)
            let drift = members.reduce(0) { $0 + $1.bounds.base } - declared
            _ = bench.request(600_000 + drift)
            bench.step()
            #expect(bench.total == declared - 600_000)
        }
    }

    /// Another car stands at the slot: the old plan's set-points are not for it.
    @Test func aNewGenerationIsNotCommandedByAnOldPlan() {
        let members =
            (0..<20).map {
                member($0, base: 10_000, low: -10_000, high: 10_000, merit: UInt8($0))
            } as [StackMember]
        var bench = Bench(members, [product(up: 100_000, spare: 50_000)])
        _ = bench.request(100_000)
        bench.step()
        var fresh = registration(4)
        fresh.generation = 2
        bench.controllers[0].bind(fresh)
        bench.setpoints[0][4] = nil
        _ = bench.request(90_000)
        bench.step()
        #expect(bench.setpoints[0][4] == nil)
        #expect(bench.total == 19 * 10_000 - 90_000, "the others carry the whole request")
    }
}
