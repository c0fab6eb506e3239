import Control
import Domain
import Testing

/// What the worker refuses or limits, whoever signed it (dispatch.md section 2, Guard).
@Suite struct GuardTests {
    private let members =
        (0..<20).map {
            member($0, base: 7_000, low: -11_000, high: 11_000, merit: UInt8($0))
        } as [StackMember]

    /// A plan with one thing changed is refused, and the plan in force goes on.
    private func refusal(_ change: (inout WorkerPlan) -> Void) -> EdgeAnswer {
        var bench = Bench(self.members, [product(activation: .localCurve, up: 100_000)])
        var plan = bench.plans[0]
        plan.id = planID(2)
        change(&plan)
        return bench.controllers[0].prepare(plan, hash: plan.hash, at: bench.now)
    }

    @Test func aCurveThatMovesLoadAgainstTheGridIsRefused() {
        #expect(self.refusal { _ in } == .accepted)
        #expect(
            self.refusal {
                $0.products[0].curve = $0.products[0].curve.map {
                    CurvePoint(milliHertz: $0.milliHertz, perMille: -$0.perMille)
                }
            }
                == .refused("P: a curve that moves load against the grid"))
        #expect(
            self.refusal { $0.products[0].curve[0].perMille = 1_001 }
                == .refused("P: a curve above the award"))
        #expect(
            self.refusal { $0.products[0].gainPerMille = 1_501 } == .refused("P: a gain above 1500")
        )
        #expect(
            self.refusal { $0.products[0].awardUp = Power(watts: -1) }
                == .refused("P: a negative award or spare"))
    }

    @Test func aPlanHasLimits() {
        #expect(
            self.refusal { $0.products = Array(repeating: $0.products[0], count: 33) }
                == .refused("more than 32 products"))
        #expect(
            self.refusal { $0.entries = Array(repeating: $0.entries[0], count: 200_001) }
                == .refused("more than 200000 entries"))
        #expect(
            self.refusal { $0.entries[1] = $0.entries[0] }
                == .refused("slot 0 stands in the plan twice"))
        #expect(
            self.refusal { $0.segments[0].slot = 999 } == .refused("segments and tables disagree"))
        #expect(
            self.refusal { $0.products[0].upTable = [] } == .refused("segments and tables disagree")
        )
        #expect(self.refusal { $0.validUntil = .distantPast } == .refused("its lease is over"))
    }

    @Test func theGuardWorksInBothDirections() {
        var bench = Bench(self.members, [product(up: 100_000, down: 50_000)])
        _ = bench.request(-40_000)
        bench.step(milliHertz: 50_300)
        #expect(bench.request(0) == [.refused("lowers load while the frequency is high")])
        #expect(bench.request(-50_000) == [.accepted])
        #expect(bench.request(-50_001) == [.refused("a request above award and spare")])
        bench.step(milliHertz: 49_900)
        #expect(bench.total == 140_000 + 50_000)
    }

    /// A request that would raise load at a low frequency is refused, and what was asked before goes on while the
    /// aggregator is heard: a wiggle of a watt must not end in a ramp to nothing.
    @Test func aRefusalForTheFrequencyHoldsWhatWasAsked() {
        var bench = Bench(self.members, [product(up: 100_000, down: 50_000)])
        _ = bench.request(-40_000)
        bench.step(milliHertz: 49_700)
        let total = bench.total
        for _ in 0..<60 {
            #expect(bench.request(-40_001) == [.refused("raises load while the frequency is low")])
            bench.step(.seconds(1), milliHertz: 49_700)
        }
        #expect(bench.total == total, "held for a minute of repeats")
    }

    /// A site's cut may leave a base inside a station's dead band: it is rounded into the bounds, never out of them.
    @Test func roundingNeverLeavesTheBounds() {
        let members = (0..<10).map { member($0, base: 1_000, low: 0, high: 1_000) } as [StackMember]
        var bench = Bench(members, [product(up: 5_000)], minimum: 1_380, step: 230)
        _ = bench.request(0)
        bench.step()
        #expect(bench.setpoints[0].count == 10 && bench.setpoints[0].values.allSatisfy { $0 == 0 })
    }

    /// Whatever a hostile aggregator says in any order, no vehicle leaves the bounds of the plan in force.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func noVehicleLeavesItsBounds(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bench = Bench(self.members, [product(up: 200_000, down: 60_000, spare: 20_000)])
        for round in 2..<200 as Range<UInt64> {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                var plan = bench.plans[0]
                plan.id = planID(round, epoch: UInt32.random(in: 0...2, using: &generator))
                let victim = Int.random(in: plan.segments.indices, using: &generator)
                plan.segments[victim].height = Int32.random(in: -5...40_000, using: &generator)
                _ = bench.controllers[0].prepare(plan, hash: plan.hash, at: bench.now)
                _ = bench.controllers[0].signal(
                    signal(plan, sequence: round, watts: 1_000_000, at: bench.now), at: bench.now)
            case 1:
                bench.controllers[0].setAvailable(
                    slot: UInt32.random(in: 0..<20, using: &generator),
                    Bool.random(using: &generator))
            default:
                _ = bench.request(Int.random(in: -300_000...300_000, using: &generator))
            }
            bench.step(milliHertz: Int.random(in: 48_500...51_500, using: &generator))
            #expect(bench.setpoints[0].values.allSatisfy { -11_000 <= $0 && $0 <= 11_000 })
        }
    }
}
