import Domain
import Planning
import Testing

@Suite struct ChargingPlanTests {
    private func drawn(_ generator: inout SeededGenerator, cars: Int, spans: Int, unit: Int)
        -> (cars: [ChargingCar], spans: [ChargingSpan])
    {
        let spans = (0..<spans).map { _ in
            ChargingSpan(
                length: unit, value: Int.random(in: -2...6, using: &generator),
                limit: Int.random(in: 0...5, using: &generator))
        }
        let cars = (0..<cars).map { _ in
            ChargingCar(
                need: unit * Int.random(in: 0...5, using: &generator), most: Int.random(in: 1...3, using: &generator),
                ready: unit * Int.random(in: 1...spans.count, using: &generator))
        }
        return (cars, spans)
    }

    /// The cheapest of all ways to serve, early departures first, by trying every one.
    private struct Trial {
        let cars: [ChargingCar]
        let spans: [ChargingSpan]
        let order: [Int]
        var best: (served: [Int], cost: Int)?

        init(_ cars: [ChargingCar], _ spans: [ChargingSpan]) {
            self.cars = cars
            self.spans = spans
            self.order = cars.indices.sorted { (cars[$0].ready, $0) < (cars[$1].ready, $1) }
            self.go(0, 0, spans.map(\.limit), Array(repeating: 0, count: cars.count), 0)
        }

        private mutating func go(_ place: Int, _ span: Int, _ free: [Int], _ served: [Int], _ cost: Int) {
            guard place < self.order.count else {
                if let best, best.served != served {
                    guard best.served.lexicographicallyPrecedes(served) else { return }
                } else if let best, best.cost <= cost {
                    return
                }
                self.best = (served, cost)
                return
            }
            let car = self.cars[self.order[place]]
            guard span < self.spans.count, span < car.ready else {
                return self.go(place + 1, 0, free, served, cost)
            }
            for energy in 0...min(car.most, free[span], car.need - served[place]) {
                var free = free
                var served = served
                free[span] -= energy
                served[place] += energy
                self.go(place, span + 1, free, served, cost + energy * self.spans[span].value)
            }
        }
    }

    @Test func smallPlansAreTheBestOfAll() throws {
        var generator = SeededGenerator(seed: 5)
        var short = 0
        for _ in 0..<400 {
            let (cars, spans) = self.drawn(&generator, cars: 3, spans: 3, unit: 1)
            let plan = ChargingPlan(cars, over: spans)
            let trial = Trial(cars, spans)
            let best = try #require(trial.best)
            #expect(trial.order.map { cars[$0].need - plan.missing[$0] } == best.served, "\(cars) \(spans)")
            #expect(plan.cost(over: spans) == Int128(best.cost), "\(cars) \(spans)")
            #expect(plan.isExact)
            if plan.missing.contains(where: { $0 > 0 }) { short += 1 }
        }
        #expect(short > 50, "where energy is short, too")
    }

    /// Limits, powers and departures are kept, and nobody gets more than he needs.
    @Test func plansKeepEveryLimit() {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<60 {
            let (cars, spans) = self.drawn(&generator, cars: 40, spans: 24, unit: 900)
            let plan = ChargingPlan(cars, over: spans)
            for span in spans.indices {
                let load = plan.energy.reduce(0) { $0 + $1[span] }
                #expect(load <= spans[span].limit * 900)
            }
            for (car, row) in zip(cars, plan.energy) {
                #expect(row.reduce(0, +) <= car.need)
                for (span, energy) in row.enumerated() {
                    #expect(energy >= 0 && energy <= car.most * 900)
                    #expect(energy == 0 || span * 900 < car.ready)
                }
            }
        }
    }

    /// Where steady charging keeps the limit, the plan serves everybody, too, and never costs more.
    @Test func aPlanNeverCostsMoreThanSteadyCharging() {
        var generator = SeededGenerator(seed: 7)
        var cheaper = 0
        for _ in 0..<200 {
            let spans = 16
            let cars = (0..<12).map { _ in
                let ready = Int.random(in: 1...spans, using: &generator)
                // Whole watts for the whole time, so that steady charging is exact.
                let watts = Int.random(in: 0...11_000, using: &generator)
                return ChargingCar(need: watts * ready * 900, most: 11_000, ready: ready * 900)
            }
            let steady = (0..<spans).map { span in
                cars.reduce(0) { $0 + (span * 900 < $1.ready ? $1.need / $1.ready : 0) }
            }
            let room = steady.map { $0 + Int.random(in: 0...20_000, using: &generator) }
            let table = room.map {
                ChargingSpan(length: 900, value: Int.random(in: -20...100, using: &generator), limit: $0)
            }
            let plan = ChargingPlan(cars, over: table)
            let cost = zip(steady, table).reduce(Int128(0)) { $0 + Int128($1.0 * 900) * Int128($1.1.value) }
            #expect(plan.missing.allSatisfy { $0 == 0 })
            #expect(plan.cost(over: table) <= cost)
            if plan.cost(over: table) < cost { cheaper += 1 }
        }
        #expect(cheaper > 150)
    }

    /// Two buses, power for one: the early one is ready, and the other one is told by how much it is not.
    @Test func whoLeavesFirstIsServedFirst() {
        let spans = (0..<4).map { ChargingSpan(length: 900, value: 10 - $0, limit: 10_000) }
        let late = ChargingCar(need: 30_000 * 900, most: 20_000, ready: 3_600)
        let early = ChargingCar(need: 20_000 * 900, most: 20_000, ready: 1_800)
        let plan = ChargingPlan([late, early], over: spans)
        #expect(plan.missing == [10_000 * 900, 0])
    }

    /// Flat prices leave room both ways: charging goes on evenly.
    @Test func flatPricesMeanSteadyCharging() {
        let spans = (0..<8).map { _ in ChargingSpan(length: 900, value: 50, limit: 100_000) }
        let plan = ChargingPlan([ChargingCar(need: 2_000 * 7_200, most: 11_000, ready: 7_200)], over: spans)
        #expect(plan.energy[0].allSatisfy { $0 == 2_000 * 900 })
    }

    @Test func aCarThatLeavesInsideASpanHasOnlyItsPart() {
        let spans = [
            ChargingSpan(length: 3_600, value: 9, limit: 50_000), ChargingSpan(length: 3_600, value: 1, limit: 50_000),
        ]
        let plan = ChargingPlan([ChargingCar(need: 5_000 * 3_600, most: 5_000, ready: 5_400)], over: spans)
        #expect(plan.energy[0] == [2_500 * 3_600, 2_500 * 3_600])
        #expect(plan.power(0, in: 1, present: 1_800) == 5_000)
    }
}
