import Control
import Domain
import Testing

@Suite struct StandingStackTests {
    /// A stack with the members that it holds, by worker and slot.
    private struct Standing {
        var stack: StandingStack
        var members: [Int: [UInt32: StackMember]] = [:]
        var plans: [WorkerPlan] = []
        var version: UInt64 = 0

        init(workers: Int, _ products: [StackProduct]) {
            self.stack = StandingStack(workers: (0..<workers).map { WorkerID("w\($0)") }, products: products)
            self.plans = self.stack.plans(id: planID(0), validUntil: Instant(seconds: 1))
        }

        /// Takes what changed, and shows that it is exactly that.
        mutating func apply(_ deltas: [PlanDelta]) {
            self.version += 1
            let before = self.plans
            let now = self.stack.plans(id: planID(self.version), validUntil: Instant(seconds: 1))
            for worker in self.plans.indices {
                let delta = deltas.first { $0.worker == worker }
                let patch =
                    delta?.patch(of: before[worker], id: planID(self.version), validUntil: Instant(seconds: 1))
                    ?? PlanPatch(
                        id: planID(self.version), base: before[worker].id.version, worker: before[worker].worker,
                        validUntil: Instant(seconds: 1), products: self.stack.terms(worker))
                #expect(patch == PlanPatch(from: before[worker], to: now[worker]), "what changed and nothing else")
                guard let plan = patch.applied(to: before[worker]) else {
                    Issue.record("a change that does not fit")
                    continue
                }
                self.plans[worker] = plan
            }
        }

        /// Everybody who is there, in the order in which an engine lists them.
        var sorted: [StackMember] {
            self.members.values.flatMap(\.values).sorted { ($0.worker, $0.slot) < ($1.worker, $1.slot) }
        }

        /// What the builder makes of the same members.
        var rebuilt: [WorkerPlan] {
            StackBuilder(workers: self.stack.workers, members: self.sorted, products: self.stack.products)
                .build(id: planID(self.version), validUntil: Instant(seconds: 1)).plans
        }
    }

    private func drawn(_ slot: UInt32, _ worker: Int, merits: UInt8, using generator: inout SeededGenerator)
        -> StackMember
    {
        let base = Int.random(in: -5...10, using: &generator)
        var drawn = member(
            slot, worker: worker, base: base, low: base - Int.random(in: 0...8, using: &generator),
            high: base + Int.random(in: 0...8, using: &generator),
            merit: UInt8.random(in: 0...merits, using: &generator),
            eligible: UInt32.random(in: 0...7, using: &generator))
        drawn.generation = UInt32.random(in: 1...3, using: &generator)
        return drawn
    }

    private func products(using generator: inout SeededGenerator) -> [StackProduct] {
        (0..<3).map { number in
            product(
                ProductID("P\(number)"), up: [0, 40, 150, 5_000].randomElement(using: &generator) ?? 0,
                down: [0, 30, 100, 5_000].randomElement(using: &generator) ?? 0)
        }
    }

    /// Members come, change, come twice and leave, awards change, products compete: after each update the plans are those
    /// of a full rebuild to the last segment, and the deltas lead from one to the next.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func anUpdateIsARebuild(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let workers = Int.random(in: 1...4, using: &generator)
        let merits: UInt8 = seed.isMultiple(of: 3) ? 2 : 255
        var standing = Standing(workers: workers, self.products(using: &generator))
        for round in 0..<40 {
            if round % 10 == 9 {
                standing.apply(standing.stack.award(self.products(using: &generator)))
            } else {
                var changes: [StackMember] = []
                var leaving: [(worker: Int, slot: UInt32)] = []
                for _ in 0..<Int.random(in: 0...(round == 0 ? 200 : 12), using: &generator) {
                    let slot = UInt32.random(in: 0..<60, using: &generator)
                    let worker = Int.random(in: 0..<workers, using: &generator)
                    let new = self.drawn(slot, worker, merits: merits, using: &generator)
                    changes.append(new)
                    standing.members[worker, default: [:]][slot] = new
                }
                for _ in 0..<Int.random(in: 0...4, using: &generator) {
                    let gone = (
                        worker: Int.random(in: 0..<workers, using: &generator),
                        slot: UInt32.random(in: 0..<70, using: &generator)
                    )
                    leaving.append(gone)
                    standing.members[gone.worker]?[gone.slot] = nil
                }
                // Told what changed, or told who is there and with other awards at once.
                if round % 3 == 2 {
                    let isOther = Bool.random(using: &generator)
                    let products = isOther ? self.products(using: &generator) : standing.stack.products
                    standing.apply(standing.stack.replace(standing.sorted, products: products))
                } else {
                    standing.apply(standing.stack.update(changes, leaving: leaving))
                }
            }
            let rebuilt = standing.rebuilt
            #expect(standing.stack.plans(id: planID(standing.version), validUntil: Instant(seconds: 1)) == rebuilt)
            #expect(standing.plans == rebuilt)
        }
    }

    @Test func nothingThatChangedIsNothingToSend() {
        var generator = SeededGenerator(seed: 5)
        var standing = Standing(workers: 2, [product("A", up: 100, down: 50)])
        let members = (0..<40 as Range<UInt32>).map { self.drawn($0, Int($0 % 2), merits: 9, using: &generator) }
        #expect(standing.stack.update(members).isEmpty == false)
        let again = standing.stack.update([])
        #expect(again.isEmpty)
        let award = standing.stack.award([product("A", up: 100, down: 50)])
        #expect(award.isEmpty)
        let same = standing.stack.replace(
            members.sorted { ($0.worker, $0.slot) < ($1.worker, $1.slot) }, products: standing.stack.products)
        #expect(same.isEmpty)
    }

    @Test func aChangeOfAnotherPlanDoesNotFit() throws {
        var generator = SeededGenerator(seed: 6)
        var standing = Standing(workers: 1, [product("A", up: 100, down: 50)])
        let members = (0..<20 as Range<UInt32>).map { self.drawn($0, 0, merits: 9, using: &generator) }
        standing.apply(standing.stack.update(members))
        let plan = standing.plans[0]
        var changed = members[3]
        changed.bounds.low -= 1
        let delta = try #require(standing.stack.update([changed]).first)
        let patch = delta.patch(of: plan, id: planID(2), validUntil: Instant(seconds: 9))
        let after = try #require(patch.applied(to: plan))
        #expect(after.id == planID(2) && after.validUntil == Instant(seconds: 9) && after != plan)
        func refused(_ change: (inout PlanPatch) -> Void) -> Bool {
            var wrong = patch
            change(&wrong)
            return wrong.applied(to: plan) == nil
        }
        #expect(refused { $0.base = 7 } && refused { $0.worker = "w9" } && refused { $0.id.epoch = Epoch(9) })
        #expect(refused { $0.products = [] } && refused { $0.gone = [4, 4] })
        #expect(refused { $0.entries += $0.entries })
        #expect(refused { $0.segments[0].product = 3 } && refused { $0.segments[0].slot = 19 })
        #expect(refused { $0.segments += $0.segments })
    }
}
