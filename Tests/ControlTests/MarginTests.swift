import Control
import Domain
import Testing

@Suite struct MarginTests {
    private func members(_ count: Int, workers: Int, using generator: inout SeededGenerator) -> [StackMember] {
        (0..<count).map { index in
            let base = Int.random(in: -3_000...11_000, using: &generator)
            return member(
                UInt32(index / workers), worker: index % workers, base: base,
                low: Int.random(in: -22_000...base, using: &generator),
                high: Int.random(in: base...22_000, using: &generator),
                merit: UInt8.random(in: 0...127, using: &generator),
                eligible: UInt32.random(in: 0...3, using: &generator))
        }
    }

    /// Two products, one of them by frequency, requests that wander, jump and change their sign: who visits only the points
    /// at the margin has told everybody the same as who visits all of them, at every step.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func theMarginAloneIsAllThatMoves(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let members = self.members(300, workers: 2, using: &generator)
        let products = [
            product("D", activation: .localCurve, up: 300_000), product("S", up: 600_000, down: 400_000, spare: 50_000),
        ]
        let (minimum, step) = seed % 2 == 0 ? (0, 1) : (1_380, 230)
        var quick = Bench(members, products, workers: 2, minimum: minimum, step: step)
        var slow = Bench(members, products, workers: 2, minimum: minimum, step: step)
        var request = 0
        for round in 0..<200 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: request = Int.random(in: -400_000...600_000, using: &generator)
            case 1: request = min(max(request + Int.random(in: -5_000...5_000, using: &generator), -400_000), 600_000)
            default: break
            }
            let answers = [quick.request(request, "S"), slow.request(request, "S")]
            #expect(answers[0] == answers[1])
            let hertz = round % 5 == 0 ? Int.random(in: 49_820...50_010, using: &generator) : 50_000
            // A word about a point that there is not makes a controller look at all of them.
            for index in slow.controllers.indices { slow.controllers[index].setStopped(slot: 900_000, false) }
            if round % 50 == 49 {
                for one in 0..<2 {
                    quick.controllers[one].setAvailable(slot: UInt32(round), round % 100 == 99)
                    slow.controllers[one].setAvailable(slot: UInt32(round), round % 100 == 99)
                }
            }
            #expect(quick.step(milliHertz: hertz) == slow.step(milliHertz: hertz))
            #expect(quick.setpoints == slow.setpoints)
        }
    }

    /// A million continuous vehicles on ten workers: the set-points add up to the request to the watt, also in the second
    /// in which one in a hundred leaves with his base and the workers fill the holes, and under the plan without them.
    @Test func aMillionVehiclesAddUpToTheWattWhileOneInAHundredLeaves() {
        var generator = SeededGenerator(seed: 3)
        let count = 1_000_000
        var members = (0..<count).map { index in
            let base = Int.random(in: 0...11_000, using: &generator)
            return member(
                UInt32(index % (count / 10)), worker: index / (count / 10), base: base,
                low: Int.random(in: -11_000...base, using: &generator),
                high: Int.random(in: base...22_000, using: &generator),
                merit: UInt8.random(in: 0...127, using: &generator))
        }
        var bench = Bench(members, [product(up: 4_000_000_000, down: 2_000_000_000, spare: 500_000_000)], workers: 10)
        var base = members.reduce(0) { $0 + $1.bounds.base }
        for request in [0, 1_234_567_891, 1_234_567_890, -987_654_321] {
            _ = bench.request(request)
            let residuals = bench.step()
            #expect(residuals.allSatisfy { $0 == 0 } && bench.total == base - request)
        }
        for index in stride(from: 7, to: count, by: 100) {
            let gone = members[index]
            bench.controllers[gone.worker].setAvailable(slot: gone.slot, false)
            bench.setpoints[gone.worker][gone.slot] = nil
            base -= gone.bounds.base
        }
        _ = bench.request(-987_654_321)
        let residuals = bench.step()
        #expect(residuals.allSatisfy { $0 == 0 } && bench.total == base + 987_654_321)
        members = members.enumerated().filter { $0.offset % 100 != 7 }.map(\.element)
        bench.load(members, [product(up: 4_000_000_000, down: 2_000_000_000, spare: 500_000_000)], version: 2)
        for request in [-987_654_321, 765_432_109] {
            _ = bench.request(request)
            bench.step()
            #expect(bench.total == base - request)
        }
    }
}
