import Control
import Domain
import Testing

@Suite struct EdgeTests {
    private let members =
        (0..<40).map { member($0, base: 7_000, low: -20_000, high: 20_000, merit: UInt8($0)) }
        as [StackMember]

    @Test func droopFollowsTheLocalCurve() {
        var bench = Bench(self.members, [product(activation: .localCurve, up: 500_000)])
        _ = bench.request(0)
        bench.step(milliHertz: 50_000)
        #expect(bench.total == 280_000)
        bench.step(milliHertz: 49_650)
        #expect(bench.total == 280_000 - 262_500)
        bench.step(milliHertz: 48_790)
        #expect(bench.total == 280_000 - 500_000)
        bench.step(milliHertz: 40_000)
        #expect(bench.total == -220_000, "an absurd measurement is not believed")
        #expect(bench.controllers[0].counts.absurdFrequencies == 1)
        bench.step(.seconds(5))
        #expect(bench.total == -220_000, "a stale one holds for the hold time")
        bench.step(.seconds(20))
        #expect(bench.total == 280_000)
    }

    @Test func residentCurvesAnswerAsTheStackWould() {
        let members = self.members.map { member in
            var member = member
            member.resident = member.slot % 2 == 0
            return member
        }
        var bench = Bench(members, [product(activation: .localCurve, up: 600_000, gain: 1030)])
        _ = bench.request(0)
        for frequency in [50_000, 49_900, 49_800, 49_700, 49_612, 49_550, 49_400] {
            bench.step(milliHertz: frequency)
            let resident = bench.curves.values.reduce(0) { $0 + power($1, at: frequency) }
            let request = min(600_000, curvePower(frequency) * 600 * 1030 / 1000)
            #expect(
                (bench.total + resident - (280_000 - request)).magnitude <= 6_000,
                "\(frequency) mHz")
        }
        #expect(
            bench.curves.count == 20
                && bench.curves.values.allSatisfy { $0.count <= 20 && $0.count >= 2 })
    }

    /// The demo's curve in 1/1000.
    private func curvePower(_ milliHertz: Int) -> Int {
        Int(
            power(
                demoCurve.map { CurvePower(milliHertz: $0.milliHertz, watts: $0.perMille) },
                at: milliHertz))
    }

    private func power(_ curve: [CurvePower], at milliHertz: Int) -> Int {
        guard let first = curve.first, let last = curve.last else { return 0 }
        if milliHertz <= first.milliHertz { return first.watts }
        for (low, high) in zip(curve, curve.dropFirst()) where milliHertz <= high.milliHertz {
            return low.watts + (high.watts - low.watts) * (milliHertz - low.milliHertz)
                / (high.milliHertz - low.milliHertz)
        }
        return last.watts
    }

    @Test func theGuardRefusesAHostileAggregator() {
        var bench = Bench(self.members, [product(up: 100_000, spare: 10_000, slew: 50_000)])
        #expect(bench.request(0) == [.accepted])
        bench.step(milliHertz: 50_000)
        #expect(bench.request(120_000) == [.refused("a request above award and spare")])
        #expect(bench.request(90_000) == [.refused("a slew above the product's")])
        #expect(bench.request(40_000) == [.accepted])
        bench.step(milliHertz: 49_700)
        #expect(bench.request(10_000) == [.refused("raises load while the frequency is low")])
        let plan = bench.plans[0]
        #expect(
            bench.controllers[0].prepare(plan, hash: plan.hash &+ 1, at: bench.now)
                == .refused("its hash does not match"))
        var twice = plan
        twice.entries[0].low = 6_999
        #expect(
            bench.controllers[0].prepare(twice, hash: twice.hash, at: bench.now)
                == .refused("a vehicle's headroom is sold twice"))
        var overlapping = plan
        overlapping.segments[0].height = 7_001
        #expect(
            bench.controllers[0].prepare(overlapping, hash: overlapping.hash, at: bench.now)
                == .refused("segments and tables disagree"))
        var wild = plan
        wild.entries[0].low = 30_000
        #expect(
            bench.controllers[0].prepare(wild, hash: wild.hash, at: bench.now)
                == .refused("slot 0: base outside its bounds"))
        #expect(bench.total == 280_000 - 40_000)
    }

    @Test func plansAndSignalsOfAnOlderLeaderAreRefused() {
        var bench = Bench(self.members, [product(up: 100_000)])
        _ = bench.request(50_000)
        bench.step()
        var newer = bench.plans[0]
        newer.id = planID(1, epoch: 2)
        #expect(bench.controllers[0].prepare(newer, hash: newer.hash, at: bench.now) == .accepted)
        #expect(bench.request(0) == [.refused("an older epoch")])
        #expect(
            bench.controllers[0].prepare(bench.plans[0], hash: bench.plans[0].hash, at: bench.now)
                == .refused("an older epoch"))
        bench.step()
        #expect(bench.total == 230_000, "the thawed leader changed nothing")
    }

    @Test func aSignalNamesItsPlanAndAReplayedOneChangesNothing() {
        var bench = Bench(self.members, [product(up: 100_000)])
        _ = bench.request(60_000)
        bench.step()
        bench.load(self.members, [product(up: 200_000)], version: 2)
        bench.step()
        #expect(bench.controllers[0].currentPlan("R")?.version == 1, "prepared is not in force")
        let now = bench.now
        #expect(
            bench.controllers[0].signal(
                signal(bench.plans[0], sequence: 1, watts: 90_000, at: now), at: now)
                == .refused("an older sequence"))
        #expect(bench.controllers[0].currentPlan("R")?.version == 2)
        var stranger = bench.plans[0]
        stranger.id = planID(7)
        #expect(
            bench.controllers[0].signal(signal(stranger, sequence: 9, watts: 1, at: now), at: now)
                == .unknownPlan(planID(7)))
        #expect(
            bench.controllers[0].signal(
                signal(bench.plans[0], sequence: 9, watts: 1, at: now - .seconds(60)), at: now)
                == .refused("expired"))
        bench.step()
        #expect(bench.total == 280_000 - 60_000)
    }

    @Test func aSignalThatExpiresHoldsAndThenRampsOut() {
        var bench = Bench(self.members, [product(up: 100_000)])
        _ = bench.request(100_000)
        bench.step()
        bench.step(.seconds(14))
        #expect(bench.total == 180_000, "expiry 5 s + hold 10 s")
        for _ in 0..<6 { bench.step(.seconds(1)) }
        #expect(bench.total > 180_000 && bench.total < 280_000)
        for _ in 0..<10 { bench.step(.seconds(1)) }
        #expect(bench.total == 280_000)
    }

    @Test func aCutLinkAtLowFrequencyNeverRaisesLoadFasterThanTheRamp() {
        var bench = Bench(self.members, [product(up: 1_000_000)])
        _ = bench.request(1_000_000)
        bench.step(milliHertz: 48_900)
        #expect(bench.total == -720_000)
        for _ in 0..<700 { bench.step(.seconds(1), milliHertz: 48_900) }
        #expect(bench.total == -720_000, "export is held while the frequency is low")
        var before = bench.total
        for _ in 0..<120 {
            bench.step(.milliseconds(500), milliHertz: 50_000)
            #expect(bench.total - before <= 40 * 1_000, "the sum rises no faster than the ramps")
            before = bench.total
        }
        #expect(bench.total == 280_000, "back to the base that keeps the promises")
    }

    @Test func aStopForbidsDischargeAndOthersMakeUpForIt() {
        var bench = Bench(self.members, [product(up: 600_000, spare: 200_000)])
        _ = bench.request(500_000)
        bench.step()
        let stopped = bench.setpoints[0].first { $0.value < 0 }?.key ?? 0
        bench.controllers[0].setStopped(slot: stopped, true)
        bench.step()
        #expect((bench.setpoints[0][stopped] ?? -1) >= 0)
        #expect(bench.total == 280_000 - 500_000)
    }
}
