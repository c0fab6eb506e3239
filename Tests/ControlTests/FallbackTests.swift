import Control
import Domain
import Testing

/// What happens when the aggregator, the lease or the frequency is gone (dispatch.md section 5).
@Suite struct FallbackTests {
    private func fleet(resident: Bool = false) -> [StackMember] {
        (0..<40).map {
            member(
                $0, base: 7_000, low: -20_000, high: 20_000, merit: UInt8($0), resident: resident)
        }
    }

    /// Lets the lease of the plan end (600 s after it was made) at a frequency, in one-second steps.
    private func lapse(_ bench: inout Bench, milliHertz: Int) {
        for _ in 0..<600 { bench.step(.seconds(1), milliHertz: milliHertz) }
    }

    @Test func dischargeEndsAtZeroBeforeAnyoneCharges() {
        var bench = Bench(self.fleet(), [product(up: 1_080_000)])
        _ = bench.request(1_080_000)
        bench.step(milliHertz: 49_900)
        #expect(bench.total == -800_000)
        // The signal expires, but at low frequency its request is held until the lease ends.
        self.lapse(&bench, milliHertz: 49_000)
        #expect(bench.total == -800_000)
        var paused = false
        for _ in 0..<80 {
            bench.step(.seconds(1), milliHertz: 50_000)
            let exporting = bench.setpoints[0].values.contains { $0 < 0 }
            let charging = bench.setpoints[0].values.contains { $0 > 7_000 }
            #expect(!charging, "nobody charges above the base")
            if !exporting && bench.total < 280_000 { paused = true }
        }
        #expect(paused && bench.total == 280_000)
    }

    /// A few watts end as well, however often the controller steps.
    @Test func aSmallRequestEndsToo() {
        var bench = Bench(self.fleet(), [product(up: 1_080_000)])
        _ = bench.request(60)
        bench.step()
        #expect(bench.total == 280_000 - 60)
        for _ in 0..<300 { bench.step(.milliseconds(100)) }
        #expect(bench.total == 280_000)
    }

    /// A lease that is renewed while the fallback is under way: load goes on rising by the ramp, and no faster.
    @Test func aPlanThatIsResumedIsNoStep() {
        var bench = Bench(self.fleet(), [product(up: 1_080_000)])
        _ = bench.request(1_080_000)
        bench.step(milliHertz: 49_000)
        self.lapse(&bench, milliHertz: 49_000)
        for _ in 0..<22 { bench.step(.seconds(1), milliHertz: 50_000) }
        #expect((-100_000...150_000).contains(bench.total), "\(bench.total) W: on its way")
        bench.controllers[0].renew(bench.plans[0].id, validUntil: bench.now + .seconds(600))
        var before = bench.total
        for _ in 0..<20 {
            bench.step(.seconds(1), milliHertz: 50_000)
            #expect(bench.total - before <= 40 * 1_000, "\(before) W to \(bench.total) W")
            before = bench.total
        }
        #expect(bench.total == 280_000)
        _ = bench.request(400_000)
        bench.step(milliHertz: 50_000)
        #expect(bench.total == 280_000 - 400_000, "and export is there at once")
    }

    /// Stations that can draw nothing or 1,400 W and are brought back to that together: one after the other, so that
    /// their sum is on the ramp, and not all at the moment in which half of it is nearer.
    @Test func whoCannotDrawALittleDoesNotBeginInStep() {
        let fleet = (0..<40).map { member($0, base: 1_400, low: -20_000, high: 20_000, merit: UInt8($0)) }
        var bench = Bench(fleet, [product(up: 856_000)], minimum: 1_400)
        _ = bench.request(856_000)
        bench.step(milliHertz: 49_000)
        self.lapse(&bench, milliHertz: 49_000)
        while bench.total < -1_400 * 40 { bench.step(.milliseconds(100), milliHertz: 50_000) }
        bench.controllers[0].renew(bench.plans[0].id, validUntil: bench.now + .seconds(600))
        var totals = Array(repeating: bench.total, count: 10)
        for _ in 0..<60 {
            bench.step(.milliseconds(100), milliHertz: 50_000)
            let rise = bench.total - totals[totals.count - 10]
            #expect(rise <= 44_000, "\(rise) W within a second, the ramp is 40,000 W/s")
            totals.append(bench.total)
        }
        #expect(bench.total == 56_000)
    }

    /// A worker that was frozen while its request ran out begins the ramp when it wakes; it does not jump to its end.
    @Test func whoSleptThroughTheRampBeginsIt() {
        var bench = Bench(self.fleet(), [product(up: 1_080_000)])
        _ = bench.request(1_080_000)
        bench.step()
        #expect(bench.total == -800_000)
        var before = bench.total
        bench.step(.seconds(120))
        for second in 0..<60 {
            #expect(bench.total - before <= 40 * 1_000, "\(second) s: \(before) W to \(bench.total) W")
            before = bench.total
            bench.step(.seconds(1))
        }
        #expect(bench.total == 280_000)
    }

    @Test func forTheDriversSakeExportIsNotHeldForEver() {
        var bench = Bench(self.fleet(), [product(up: 1_080_000)])
        _ = bench.request(1_080_000)
        bench.step(milliHertz: 49_000)
        self.lapse(&bench, milliHertz: 49_000)
        #expect(bench.total == -800_000)
        for _ in 0..<298 { bench.step(.seconds(1), milliHertz: 49_000) }
        #expect(bench.total == -800_000, "held: load does not rise while the frequency is low")
        var before = bench.total
        for _ in 0..<120 {
            bench.step(.seconds(1), milliHertz: 49_000)
            #expect(bench.total - before <= 40 * 1_000, "and then only on the ramp")
            before = bench.total
        }
        #expect(bench.total == 280_000)
    }

    @Test func aResidentCurveIsLeftAloneWhileTheFrequencyIsLow() {
        var bench = Bench(
            self.fleet(resident: true), [product(activation: .localCurve, up: 600_000)])
        _ = bench.request(0)
        bench.step(milliHertz: 50_000)
        let armed = bench.curves.count
        #expect(armed > 0)
        self.lapse(&bench, milliHertz: 48_900)
        bench.setpoints[0] = [:]
        for _ in 0..<200 { bench.step(.seconds(1), milliHertz: 48_900) }
        let curved = bench.curves.keys.filter { bench.setpoints[0][$0] != nil }
        #expect(curved.isEmpty, "a set-point now would be a step against the grid")
        bench.step(.seconds(1), milliHertz: 50_000)
        #expect(
            bench.curves.keys.allSatisfy { bench.setpoints[0][$0] != nil }, "relieved afterwards")
    }

    @Test func aNewLeaderCountsItsSignalsFromTheStart() {
        var bench = Bench(self.fleet(), [product(up: 100_000)])
        for watts in [10_000, 20_000, 30_000] { _ = bench.request(watts) }
        bench.step()
        var newer = bench.plans[0]
        newer.id = planID(1, epoch: 2)
        #expect(bench.controllers[0].prepare(newer, hash: newer.hash, at: bench.now) == .accepted)
        let first = signal(newer, sequence: 1, watts: 60_000, at: bench.now)
        #expect(bench.controllers[0].signal(first, at: bench.now) == .accepted)
        bench.step()
        #expect(bench.total == 280_000 - 60_000)
    }

    @Test func nothingIsSaidTwiceAndEverythingIsRenewedInTime() {
        var bench = Bench(self.fleet(), [product(up: 100_000)])
        _ = bench.request(40_000)
        bench.step()
        var said: [Int] = []
        for _ in 0..<300 {
            bench.now = bench.now + .milliseconds(100)
            said.append(bench.controllers[0].step(at: bench.now).count)
        }
        #expect(said.dropLast().prefix(45).allSatisfy { $0 == 0 }, "calm: nothing to say")
        #expect(said.reduce(0, +) >= 40, "renewed half way to the watchdog's 60 s")
    }

    @Test func expiriesAreSpreadOverTheStations() {
        var bench = Bench(self.fleet(), [product(up: 100_000)])
        _ = bench.request(0)
        var spans: [TimeSpan] = []
        for case .setpoint(_, _, let validFor) in bench.controllers[0].step(at: bench.now) {
            spans.append(validFor)
        }
        #expect(spans.count == 40 && Set(spans).count > 20)
        #expect(spans.allSatisfy { .seconds(45) <= $0 && $0 <= .seconds(60) })
    }

    @Test func aStopActsInTheNextStepAndIsLatched() {
        var bench = Bench(self.fleet(), [product(up: 1_080_000)])
        _ = bench.request(1_080_000)
        bench.step()
        for slot in 0..<40 as Range<UInt32> { bench.controllers[0].setStopped(slot: slot, true) }
        #expect(bench.step() == [1_080_000 - 280_000], "the residual says what is missing")
        #expect(bench.setpoints[0].values.allSatisfy { $0 >= 0 })
        bench.controllers[0].bind(registration(3))
        _ = bench.request(1_080_000)
        bench.step()
        #expect(
            bench.setpoints[0].values.allSatisfy { $0 >= 0 }, "a new request does not release it")
        for slot in 0..<40 as Range<UInt32> { bench.controllers[0].setStopped(slot: slot, false) }
        bench.step()
        #expect(bench.total == -800_000)
    }
}
