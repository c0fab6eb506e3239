import Control
import Domain
import Testing

/// Set-points that wait, and those that never do.
@Suite struct SpreadTests {
    private static func spreading(
        plan: TimeSpan = .zero, law: TimeSpan = .zero, products: [ProductID: TimeSpan] = [:]
    ) -> EdgeRules {
        var spreading = rules
        (spreading.planSpread, spreading.randomDelay, spreading.spreads) = (plan, law, products)
        return spreading
    }

    private static func fleet(_ count: Int, base: Int = 7_000, _ change: (Int) -> Int = { $0 }) -> [StackMember] {
        (0..<count).map { member(UInt32($0), base: change(base), low: -20_000, high: 20_000, merit: UInt8($0 % 100)) }
    }

    // MARK: - Response

    /// Beside each other: a fleet that waits wherever it may, and one that never does. Whoever is asked for more than its
    /// base by any product stands in both at the same power after each step, whatever plans, requests and the frequency do.
    @Test func noResponseEverWaits() {
        for seed in UInt64(1)...6 {
            var generator = SeededGenerator(seed: seed)
            let waiting = Self.spreading(plan: .seconds(20), law: .seconds(600))
            let products = [product("C", activation: .localCurve, up: 60_000), product("S", up: 50_000, down: 40_000)]
            var members = Self.drawn(60, &generator)
            var at = Bench(members, products, obeying: waiting)
            var oracle = Bench(members, products)
            var compared = 0
            for step in 0..<150 {
                if step % 15 == 14 {
                    members = Self.drawn(60, &generator)
                    at.load(members, products, version: UInt64(step))
                    oracle.load(members, products, version: UInt64(step))
                }
                let asked = Int.random(in: 0..<3, using: &generator) == 0
                let watts = asked ? Int.random(in: -40_000...50_000, using: &generator) : 0
                #expect(at.request(watts, "S") == oracle.request(watts, "S"))
                let milliHertz = Int.random(in: 49_810...50_190, using: &generator)
                at.step(.milliseconds(200), milliHertz: milliHertz)
                oracle.step(.milliseconds(200), milliHertz: milliHertz)
                for entry in at.plans[0].entries {
                    let due = oracle.setpoints[0][entry.slot]
                    guard due != Int(entry.base) else { continue }
                    compared += 1
                    #expect(at.setpoints[0][entry.slot] == due, "seed \(seed), step \(step), slot \(entry.slot)")
                }
            }
            #expect(compared > 150, "there was something to compare")
        }
    }

    /// Cars with bases of their own; a third of them serves nothing.
    private static func drawn(_ count: Int, _ generator: inout SeededGenerator) -> [StackMember] {
        (0..<count).map {
            member(
                UInt32($0), base: Int.random(in: 0...11, using: &generator) * 1_000, low: -11_000, high: 11_000,
                merit: UInt8($0), eligible: $0 % 3 == 0 ? 0 : .max)
        }
    }

    // MARK: - Bases

    /// Cars that serve nothing start within law's time, each at its own, all by its end and nobody behind it.
    @Test func startsAreDelayedAsLawAsks() {
        let law = TimeSpan.seconds(600)
        let nothing = Self.fleet(1_000).map { member($0.slot, base: 7_000, low: 0, high: 7_000, eligible: 0) }
        func starts(_ members: [StackMember]) -> [UInt32: Int] {
            var bench = Bench(members, [product(up: 1_000)], obeying: Self.spreading(law: law))
            _ = bench.request(0)
            bench.controllers[0].renew(bench.plans[0].id, validUntil: bench.now + .hours(1))
            var starts: [UInt32: Int] = [:]
            for second in 0...601 {
                bench.step(.seconds(1))
                for (slot, watts) in bench.setpoints[0] where watts > 0 && starts[slot] == nil { starts[slot] = second }
            }
            return starts
        }
        let once = starts(nothing)
        #expect(once.count == 1_000 && (once.values.max() ?? 0) <= 600)
        for tenth in 0..<10 {
            let mine = once.values.count { $0 / 60 == tenth }
            #expect((60...140).contains(mine), "\(mine) of 1,000 in minute \(tenth)")
        }
        #expect(starts(nothing.reversed()) == once, "whoever was bound first")
    }

    /// Each change of rate waits anew; what a limit or a promise says does not, nor a stop.
    @Test func limitsOutrankTheDelay() {
        func car(_ base: Int, low: Int, high: Int) -> [StackMember] {
            [member(0, base: base, low: low, high: high, eligible: 0)]
        }
        var bench = Bench(
            car(7_000, low: 0, high: 7_000), [product(up: 1_000)], obeying: Self.spreading(law: .seconds(500)))
        _ = bench.request(0)
        bench.step(.seconds(1))
        #expect(bench.total == 0)
        for _ in 0..<501 { bench.step(.seconds(1)) }
        #expect(bench.total == 7_000)
        bench.load(car(3_000, low: 0, high: 5_000), [product(up: 1_000)], version: 2)
        _ = bench.request(0)
        bench.step(.milliseconds(100))
        #expect(bench.total == 5_000, "the limit at once, the rest when its time comes")
        bench.load(car(6_000, low: 6_000, high: 7_000), [product(up: 1_000)], version: 3)
        _ = bench.request(0)
        bench.step(.milliseconds(100))
        #expect(bench.total == 6_000, "the driver's promise at once")
    }

    /// A plan's new bases reach ten thousand cars within its spread and never a fifth of them in one step; all at once
    /// without.
    @Test func aPlanIsNoBurst() {
        for spread in [TimeSpan.seconds(1), .zero] {
            var bench = Bench(Self.fleet(10_000), [product(up: 1_000)], obeying: Self.spreading(plan: spread))
            _ = bench.request(0)
            for _ in 0..<12 { bench.step() }
            #expect(bench.total == 70_000_000)
            bench.load(Self.fleet(10_000) { $0 - 1_000 }, [product(up: 1_000)], version: 2)
            _ = bench.request(0)
            var most = 0
            for _ in 0..<10 {
                bench.step()
                most = max(most, bench.sent)
            }
            bench.step()
            #expect(bench.total == 60_000_000, "exact at the end of the spread")
            #expect(spread > .zero ? most < 2_000 : most == 10_000, "\(most) in a step")
        }
    }

    @Test func renewalsAreNoBurst() {
        var bench = Bench(Self.fleet(10_000), [product(up: 1_000)])
        _ = bench.request(0)
        bench.step()
        bench.controllers[0].renew(bench.plans[0].id, validUntil: bench.now + .hours(1))
        var renewed = 0
        for _ in 0..<305 {
            bench.step()
            renewed += bench.sent
            #expect(bench.sent < 500)
        }
        #expect(renewed == 10_000, "all before half of the watchdog's 60 s is over, nobody twice")
    }

    // MARK: - Requests of a product with a spread

    @Test func aSpreadRequestIsExactAtItsEnd() {
        let spread = TimeSpan.seconds(4)
        var bench = Bench(
            Self.fleet(400), [product(up: 4_000_000, down: 4_000_000)], workers: 1,
            obeying: Self.spreading(products: ["P": spread]))
        let base = 2_800_000
        _ = bench.request(0)
        bench.step()
        var before = bench.total
        _ = bench.request(4_000_000)
        var most = 0
        for _ in 0..<39 {
            bench.step()
            #expect(bench.total <= before && bench.total >= base - 4_000_000, "one way, never too far")
            most = max(most, before - bench.total)
            before = bench.total
        }
        #expect(most < 600_000 && most > 0, "\(most) W in a step")
        bench.step(.milliseconds(200))
        #expect(bench.total == base - 4_000_000, "to the watt at the end")
        // It turns round, and again before the first turn has reached all.
        _ = bench.request(-3_000_000)
        for _ in 0..<20 { bench.step() }
        #expect(bench.total > base - 4_000_000 && bench.total < base + 3_000_000)
        _ = bench.request(1_234_567)
        for _ in 0..<41 { bench.step() }
        #expect(bench.total == base - 1_234_567)
    }

    /// A request that changes all the time keeps nobody waiting for longer than the spread.
    @Test func whatGoesOnChangingIsFollowedAllTheSame() {
        var bench = Bench(
            Self.fleet(400), [product(up: 4_000_000)], obeying: Self.spreading(products: ["P": .seconds(4)]))
        _ = bench.request(0)
        for step in 1...200 {
            _ = bench.request(step * 20_000)
            bench.step()
            let least = 2_800_000 - step * 20_000
            #expect(bench.total >= least && bench.total <= least + 41 * 20_000)
        }
        for _ in 0..<41 { bench.step() }
        #expect(bench.total == 2_800_000 - 4_000_000)
    }
}
