import Domain
import Testing

@testable import Control

/// The proof against the theorem that it rests on: what cannot be charged in time is, over all sets of cars, the most
/// by which their need exceeds what the limits let through (max-flow min-cut for nested limits).
@Suite struct SiteProofTests {
    private struct Case {
        var cars: [SiteProof.Car] = []
        var limits: [SiteProof.Limit] = []
        var hold = 0
    }

    private func random(_ generator: inout SeededGenerator) -> Case {
        var made = Case()
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        made.hold = draw(1...8)
        made.limits.append(.init(name: "site", watts: draw(0...12), during: draw(0...12)))
        for index in 1..<(1 + draw(0...3)) {
            made.limits.append(
                .init(name: "feeder \(index)", parent: draw(0...index - 1), watts: draw(0...8), during: draw(0...8)))
        }
        for index in made.limits.indices where draw(0...2) == 0 {
            let instants = Set((0..<draw(1...2)).map { _ in draw(0...22) }).sorted()
            made.limits[index].steps = instants.map { .init(from: $0, watts: draw(0...12)) }
        }
        for _ in 0..<draw(1...6) {
            made.cars.append(
                .init(
                    need: draw(0...60), most: draw(0...6), ready: draw(-3...20),
                    from: draw(0...2) == 0 ? draw(1...15) : draw(-5...0), relief: draw(0...1) * draw(0...4),
                    room: draw(0...6), limit: draw(0...made.limits.count - 1)))
        }
        return made
    }

    /// What the limits let through to a set of cars in a second, W.
    private func most(
        _ made: Case, _ cars: [Int], _ limit: Int, _ power: KeyPath<SiteProof.Car, Int>,
        _ watts: (SiteProof.Limit) -> Int
    ) -> Int {
        let own = cars.filter { made.cars[$0].limit == limit }.reduce(0) { $0 + made.cars[$1][keyPath: power] }
        let below = made.limits.indices.filter { made.limits[$0].parent == limit }
            .reduce(0) { $0 + self.most(made, cars, $1, power, watts) }
        return min(watts(made.limits[limit]), own + below)
    }

    /// The most by which a set's need exceeds what it can get, with and without the hold, W·s.
    private func excess(_ made: Case, withHold: Bool) -> Int {
        let open = made.cars.indices.filter { made.cars[$0].need > 0 && made.cars[$0].ready > 0 }
        var most = 0
        for bits in 0..<(1 << open.count) {
            let set = open.indices.filter { bits >> $0 & 1 == 1 }.map { open[$0] }
            let here = set.filter { made.cars[$0].from <= 0 }
            var gets =
                withHold
                ? made.hold * here.reduce(self.most(made, here, 0, \.room, \.during)) { $0 + made.cars[$1].relief } : 0
            for second in 0..<20 {
                let there = set.filter { made.cars[$0].ready > second && made.cars[$0].from <= second }
                gets += self.most(made, there, 0, \.most) { limit in
                    limit.steps.last { $0.from <= second }?.watts ?? limit.watts
                }
            }
            most = max(most, set.reduce(0) { $0 + made.cars[$1].need } - gets)
        }
        return most
    }

    @Test func itIsExact() {
        var generator = SeededGenerator(seed: 4_711)
        var kinds = (feasible: 0, raised: 0, short: 0)
        for round in 0..<600 {
            let made = self.random(&generator)
            let proof = SiteProof(made.cars, under: made.limits, hold: made.hold)
            let missing = proof.shortfalls.reduce(0) { $0 + $1.missing }
            let early = proof.early.reduce(0, +)
            #expect(missing == self.excess(made, withHold: true), "round \(round)")
            #expect(early == self.excess(made, withHold: false) - missing, "round \(round): no more than has to be")
            for (car, watts) in zip(made.cars, proof.early) { #expect(watts <= (car.relief + car.room) * made.hold) }
            if missing > 0 { kinds.short += 1 } else if early > 0 { kinds.raised += 1 } else { kinds.feasible += 1 }
        }
        #expect(kinds.short > 60 && kinds.raised > 20 && kinds.feasible > 60, "\(kinds): all are seen")
    }

    /// Three cars that could each wait, and together cannot.
    @Test func whatDoesNotFitLaterComesEarly() {
        let car = SiteProof.Car(need: 40 * 3_600, most: 10, ready: 5 * 3_600, room: 20)
        func proof(during: Int) -> SiteProof {
            SiteProof(
                [car, car, car], under: [.init(name: "site", watts: 16, during: during)], hold: 3_600)
        }
        // 120 Wh are needed and 80 can come behind the hold.
        #expect(proof(during: 40).isFeasible)
        #expect(proof(during: 40).early.reduce(0, +) == 40 * 3_600)
        #expect(proof(during: 16).shortfalls.map(\.missing) == [24 * 3_600])
        #expect(SiteProof([car], under: [.init(name: "site", watts: 16, during: 0)], hold: 3_600).early == [0])
    }

    @Test func aShortfallNamesTheCarAndWhatBinds() {
        let cars = [
            SiteProof.Car(need: 10_000, most: 100, ready: 100, room: 0, limit: 1),
            SiteProof.Car(need: 8_000, most: 100, ready: 100, room: 0, limit: 1),
            SiteProof.Car(need: 9_000, most: 80, ready: 100, room: 0, limit: 0),
        ]
        let limits = [
            SiteProof.Limit(name: "depot", watts: 1_000, during: 1_000),
            SiteProof.Limit(name: "feeder 2", parent: 0, watts: 150, during: 150),
        ]
        let proof = SiteProof(cars, under: limits, hold: 10)
        #expect(
            proof.shortfalls == [
                .init(car: 1, missing: 3_000, limits: ["feeder 2"]), .init(car: 2, missing: 1_000, limits: []),
            ])
    }

    /// A car that is promised for later takes the room of one that is here, and the feeder's window is named.
    @Test func whoIsPromisedCounts() {
        let here = SiteProof.Car(need: 100 * 50, most: 100, ready: 100, room: 100, limit: 1)
        let promised = SiteProof.Car(need: 100 * 50, most: 100, ready: 100, from: 50, room: 100, limit: 1)
        func proof(_ cars: [SiteProof.Car], _ steps: [SiteProof.Limit.Step] = []) -> SiteProof {
            SiteProof(
                cars,
                under: [
                    .init(name: "depot", watts: 1_000, during: 1_000),
                    .init(name: "feeder 2", parent: 0, watts: 100, during: 0, steps: steps),
                ], hold: 10)
        }
        #expect(proof([here]).isFeasible && proof([here, promised]).isFeasible, "one after the other")
        #expect(proof([here], [.init(from: 40, watts: 0)]).shortfalls.map(\.missing) == [1_000])
        let both = proof([here, promised], [.init(from: 90, watts: 0)])
        #expect(both.shortfalls == [.init(car: 1, missing: 1_000, limits: ["feeder 2"])])
        #expect(both.early == [0, 0], "who is not here is not raised")
    }

    /// Many departures are looked at in coarser spans: never later than they are.
    @Test func manyDepartures() {
        let cars = (1...200).map { SiteProof.Car(need: 1_000, most: 1_000, ready: $0 * 10, room: 100) }
        let enough = SiteProof.Limit(name: "site", watts: 110, during: 0)
        #expect(SiteProof(cars, under: [enough], hold: 60).isFeasible == false, "coarser than ten seconds")
        let more = SiteProof.Limit(name: "site", watts: 200, during: 200)
        let proof = SiteProof(cars, under: [more], hold: 60)
        #expect(proof.isFeasible)
    }
}
