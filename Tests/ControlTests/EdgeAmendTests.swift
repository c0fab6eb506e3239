import Control
import Domain
import Testing

/// An edge controller that is told what changed holds the plan that it would have been sent whole, and moves alike.
@Suite struct EdgeAmendTests {
    private func members(_ count: UInt32, using generator: inout SeededGenerator) -> [StackMember] {
        (0..<count).map { slot in
            let base = Int.random(in: 0...9_000, using: &generator)
            return member(
                slot, base: base, low: base - Int.random(in: 0...20_000, using: &generator), high: base + 2_000,
                merit: UInt8.random(in: 0...9, using: &generator))
        }
    }

    private func bench() -> Bench {
        var generator = SeededGenerator(seed: 8)
        return Bench(self.members(30, using: &generator), [product(up: 60_000, down: 5_000)])
    }

    /// Two workers, one of which gets whole plans and one what changed: both do the same at each request.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func whoIsToldWhatChangedDoesAsWhoIsToldAll(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var now = Instant(seconds: 1_000)
        var edges = [EdgeController(rules: rules, seed: 1), EdgeController(rules: rules, seed: 1)]
        for slot in 0..<30 as Range<UInt32> { for edge in edges.indices { edges[edge].bind(registration(slot)) } }
        var members = self.members(30, using: &generator)
        var stack = StandingStack(workers: ["w0"], products: [product(up: 60_000, down: 5_000)])
        _ = stack.replace(members, products: stack.products)
        var plan = try #require(stack.plans(id: planID(1), validUntil: now + .seconds(60)).first)
        for edge in edges.indices { #expect(edges[edge].prepare(plan, hash: plan.hash, at: now) == .accepted) }
        for version in 2..<40 as Range<UInt64> {
            let isNamed = Bool.random(using: &generator)
            if isNamed {
                let request = Int.random(in: -5_000...40_000, using: &generator)
                let said = signal(plan, sequence: version, watts: request, at: now)
                for edge in edges.indices { #expect(edges[edge].signal(said, at: now) == .accepted) }
            }
            let told = edges.indices.map { edges[$0].step(at: now) }
            #expect(told[0] == told[1])
            now = now + .seconds(1)
            let kept = members.indices.filter { _ in Int.random(in: 0..<20, using: &generator) > 0 }
            let products = [product(up: Int.random(in: 40_000...80_000, using: &generator), down: 5_000)]
            let deltas = stack.replace(kept.map { members[$0] }, products: products)
            let patch =
                deltas.first?.patch(of: plan, id: planID(version), validUntil: now + .seconds(60))
                ?? PlanPatch(
                    id: planID(version), base: plan.id.version, worker: plan.worker, validUntil: now + .seconds(60),
                    products: stack.terms(0))
            plan = try #require(stack.plans(id: planID(version), validUntil: now + .seconds(60)).first)
            #expect(edges[0].prepare(plan, hash: plan.hash, at: now) == .accepted)
            // Twice is once.
            for _ in 0..<2 { #expect(edges[1].amend(patch, hash: plan.hash, at: now) == .accepted) }
            members = self.members(30, using: &generator)
        }
        #expect(edges.allSatisfy { $0.counts.plansRefused == 0 })
    }

    @Test func withoutThePlanBeforeTheWholeOneIsWanted() throws {
        var bench = self.bench()
        let plan = bench.plans[0]
        let patch = PlanPatch(
            id: planID(3), base: 2, worker: plan.worker, validUntil: plan.validUntil, products: plan.products)
        #expect(bench.controllers[0].amend(patch, hash: 1, at: bench.now) == .unknownPlan(planID(3)))
        var stranger = patch
        (stranger.base, stranger.id.resource) = (plan.id.version, "other")
        #expect(bench.controllers[0].amend(stranger, hash: 1, at: bench.now) == .unknownPlan(stranger.id))
        var older = patch
        (older.base, older.id.epoch) = (plan.id.version, Epoch(0))
        #expect(bench.controllers[0].amend(older, hash: 1, at: bench.now) == .unknownPlan(older.id))
    }

    @Test func aChangeThatDoesNotHoldTogetherChangesNothing() throws {
        var bench = self.bench()
        _ = bench.request(20_000)
        bench.step()
        let before = bench.total
        let plan = bench.plans[0]
        var patch = PlanPatch(
            id: planID(2), base: plan.id.version, worker: plan.worker, validUntil: plan.validUntil,
            products: plan.products)
        var next = plan
        next.id = planID(2)
        #expect(
            bench.controllers[0].amend(patch, hash: next.hash &+ 1, at: bench.now)
                == .refused("its hash does not match"))
        patch.gone = [5, 5]
        #expect(
            bench.controllers[0].amend(patch, hash: next.hash, at: bench.now)
                == .refused("a change that does not fit the plan that it names"))
        // A slot goes, and its place on the axis with it: the tables do not agree any more with those above.
        patch.gone = []
        patch.entries = [plan.entries[0]]
        patch.entries[0].low = patch.entries[0].base
        patch.segments = plan.segments.filter { $0.slot == plan.entries[0].slot }
        let wrong = try #require(patch.applied(to: plan))
        #expect(
            bench.controllers[0].amend(patch, hash: wrong.hash, at: bench.now)
                == .refused("a vehicle's headroom is sold twice"))
        bench.step()
        #expect(bench.total == before && bench.controllers[0].currentPlan("R") == plan.id)
        patch.entries = []
        patch.segments = []
        #expect(bench.controllers[0].amend(patch, hash: next.hash, at: bench.now) == .accepted)
        // A whole plan said as a change of nothing needs no plan before it, and is checked as any other.
        next.id = planID(3)
        let whole = PlanPatch(whole: next)
        let refused = bench.controllers[0].amend(whole, hash: next.hash &+ 1, at: bench.now)
        #expect(refused == .refused("its hash does not match"))
        #expect(bench.controllers[0].amend(whole, hash: next.hash, at: bench.now) == .accepted)
    }
}
