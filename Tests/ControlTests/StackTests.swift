import Control
import Domain
import Testing

@Suite struct StackTests {
    private func randomMembers(_ count: Int, workers: Int, seed: UInt64) -> [StackMember] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            let base = Int.random(in: 0...11_000, using: &generator)
            return member(
                UInt32(index / workers), worker: index % workers, base: base,
                low: Int.random(in: -22_000...base, using: &generator),
                high: Int.random(in: base...22_000, using: &generator),
                merit: UInt8.random(in: 0...127, using: &generator))
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func setpointsSumToTheRequestToTheWatt(seed: UInt64) {
        let members = self.randomMembers(300, workers: 3, seed: seed)
        var bench = Bench(members, [product(up: 500_000, down: 300_000)], workers: 3)
        let base = members.reduce(0) { $0 + $1.bounds.base }
        for request in [0, 1, 999, 123_456, 500_000, 77, -1, -123_457, -300_000] {
            #expect(bench.request(request) == [.accepted, .accepted, .accepted])
            #expect(bench.step().allSatisfy { $0 == 0 })
            #expect(bench.total == base - request, "request \(request)")
        }
        for (index, setpoints) in bench.setpoints.enumerated() {
            for member in members where member.worker == index {
                let watts = setpoints[member.slot] ?? 0
                #expect(member.bounds.low <= watts && watts <= member.bounds.high)
            }
        }
    }

    /// Where seconds are scored, equals go by their lag; who has more time goes first all the same, and wear counts.
    @Test func equalsGoByTheirLagWhereSecondsAreScored() {
        func merit(_ hours: Int, _ milliseconds: Int, _ index: Int = 0, wear: Int? = nil, isPaced: Bool = true)
            -> UInt8
        {
            StackMember.merit(
                laxitySeconds: hours * 3_600, response: .milliseconds(milliseconds), index: index, turn: 0, wear: wear,
                isPaced: isPaced)
        }
        let lags = [0, 1_200, 2_000, 3_900, 4_000, 5_500, 6_100, 7_000]
        let order = lags.map { merit(6, $0) }
        #expect(order == order.sorted() && Set(order).count == lags.count)
        #expect(merit(6, 3_000, 0) != merit(6, 3_000, 1), "equals take turns")
        #expect(merit(24, 60_000, 1) < merit(4, 0), "who has much more time goes first")
        #expect([0, 1, 10_000].allSatisfy { merit($0, 90_000, 3) <= 127 })
        #expect(merit(6, 3_000, wear: 10_000) == merit(6, 3_000, wear: 10_000, isPaced: false), "wear comes before lag")
        #expect(merit(6, 4_000, isPaced: false) == merit(6, 7_000, isPaced: false))
    }

    @Test func nobodyDischargesWhileAnotherStillCharges() {
        let members = self.randomMembers(200, workers: 2, seed: 9)
        var bench = Bench(members, [product(up: 1_500_000)], workers: 2)
        let curtailable = members.reduce(0) { $0 + StackBuilder.heights($1.bounds, .up).shift }
        _ = bench.request(curtailable - 1)
        bench.step()
        #expect(bench.setpoints.allSatisfy { $0.values.allSatisfy { $0 >= 0 } })
        _ = bench.request(curtailable + 5_000)
        bench.step()
        #expect(bench.setpoints.joined().contains { $0.value < 0 })
    }

    @Test func productsOwnDisjointShares() {
        let members = self.randomMembers(200, workers: 2, seed: 11)
        let products = [product("A", up: 200_000), product("B", up: 150_000, down: 150_000)]
        var bench = Bench(members, products, workers: 2)
        let base = members.reduce(0) { $0 + $1.bounds.base }
        _ = bench.request(200_000, "A")
        _ = bench.request(-150_000, "B")
        bench.step()
        #expect(bench.total == base - 200_000 + 150_000)
        _ = bench.request(150_000, "B")
        bench.step()
        #expect(bench.total == base - 350_000, "both at full in one direction")
    }

    @Test func aHundredThousandVehiclesSumExactly() {
        let members = self.randomMembers(100_000, workers: 4, seed: 3)
        var bench = Bench(members, [product(up: 400_000_000)], workers: 4)
        let base = members.reduce(0) { $0 + $1.bounds.base }
        _ = bench.request(123_456_789)
        bench.step()
        #expect(bench.total == base - 123_456_789)
    }

    @Test func deadBandsLeaveAtMostAStepOfTheMarginalVehicle() {
        let members =
            (0..<50).map { member($0, base: 11_000, low: -11_000, high: 22_000) } as [StackMember]
        var bench = Bench(members, [product(up: 1_000_000)], minimum: 1_380, step: 230)
        let base = 50 * quantised(11_000, minimum: 1_380, step: 230, towards: .nearest)
        for request in stride(from: 0, through: 900_000, by: 37_111) {
            _ = bench.request(request)
            bench.step()
            #expect(bench.setpoints[0].values.allSatisfy { $0 == 0 || $0.magnitude >= 1_380 })
            #expect((bench.total - (base - request)).magnitude <= 1_380 + 50 * 115)
        }
    }

    @Test func aHoleIsFilledFromTheSameWorkersSpares() {
        let members =
            (0..<20).map { member($0, base: 10_000, low: -10_000, high: 10_000, merit: UInt8($0)) }
            as [StackMember]
        var bench = Bench(members, [product(up: 100_000, spare: 100_000)])
        _ = bench.request(100_000)
        bench.step()
        #expect(bench.total == 100_000)
        bench.controllers[0].setAvailable(slot: 3, false)
        bench.step()
        let others = bench.setpoints[0].filter { $0.key != 3 }.values.reduce(0, +)
        #expect(others + 10_000 == 100_000, "slot 3 charges on, another makes up for it")
    }
}
