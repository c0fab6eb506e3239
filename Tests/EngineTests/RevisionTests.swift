import Control
import Domain
import Fleet
import Foundation
import Testing

@testable import Engine

/// From plan to plan only what changed is ranked and sent, and the plan is the one that a builder makes from nothing.
@Suite struct RevisionTests {
    /// What the builder makes of those who are there, under the id and the lease of the plan that is out.
    private func whole(_ engine: AggregatorEngine) -> [WorkerPlan] {
        let workers = engine.fleet.workers.indices.filter { engine.fleet.workers[$0].connected }
        let products = engine.products(0)
        guard let out = engine.resources[0].plans.first else { return [] }
        var fresh = engine
        fresh.drafts = []
        var drafting = fresh.drafting(0)
        for (number, place) in fresh.places[0].enumerated() {
            var point = fresh.points[place.worker][place.slot]
            fresh.draft(&drafting, number, place, &point)
        }
        let members = zip(fresh.places[0], drafting.column.drafts).compactMap { place, draft in
            draft.isThere
                ? workers.firstIndex(of: place.worker).map {
                    StackMember(draft, worker: $0, slot: UInt32(place.slot))
                } : nil
        }
        return StackBuilder(
            workers: workers.map { engine.fleet.workers[$0].id }, members: members, products: products.map(\.held)
        ).build(id: out.id, validUntil: out.validUntil).plans
    }

    /// Cars come, leave, are limited and hasten; workers are cut and restarted; a block is sold.
    private func disturb(_ plant: inout Plant, using generator: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let worker = Int.random(in: 0..<plant.cars.count, using: &generator)
            let slot = Int.random(in: 0..<plant.cars[worker].count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: plant.cars[worker][slot].isPlugged.toggle()
            case 1: plant.cars[worker][slot].mostDischarge = Int.random(in: 0...22_000, using: &generator)
            case 2: plant.cars[worker][slot].isAvailable.toggle()
            default:
                plant.cars[worker][slot].departure =
                    plant.now + .seconds(Int.random(in: 1_000...20_000, using: &generator))
            }
        }
        if Int.random(in: 0..<10, using: &generator) == 0 {
            plant.milliHertz = Int.random(in: 49_600...50_000, using: &generator)
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func everyPlanIsTheWholePlan(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var plant = Plant(cars: 36, workers: 3)
        for _ in 0..<10 { plant.second() }
        plant.sell()
        var version: UInt64 = 0
        var plans = 0
        for second in 0..<360 {
            self.disturb(&plant, using: &generator)
            if second == 100 { plant.restart(1) }
            if second == 103 { plant.registerSome(1, upTo: 12) }
            plant.second(extra: second == 200 ? [.workerLost("w2")] : second == 215 ? plant.hello(2) : [])
            if plant.engine.resources[0].version != version { plans += 1 }
            version = plant.engine.resources[0].version
            // What a plan would be now: since the last one the step has judged stations and closed seconds.
            var engine = plant.engine
            engine.resources[0].plannedAt = .distantPast
            engine.planIfDue(0)
            let state = engine.resources[0]
            let isWhole = state.plans == self.whole(engine)
            #expect(isWhole, "second \(second)")
            #expect(state.plans.allSatisfy { state.hashes[$0.worker] == $0.hash })
            #expect(plant.edges.allSatisfy { $0.counts.plansRefused == 0 })
            guard isWhole else { return }
        }
        #expect(plans > 20, "there was something to plan")
        #expect(plant.changes.count > plans && plant.wholes < plant.changes.count, "mostly by changes")
    }

    /// A state that was written down and read has no stack that stands: it says the same changes all the same.
    @Test func aStackBuiltFromNothingSaysTheSameChanges() throws {
        var generator = SeededGenerator(seed: 3)
        var plant = Plant(cars: 24)
        for _ in 0..<10 { plant.second() }
        plant.sell()
        for second in 0..<200 {
            self.disturb(&plant, using: &generator)
            var twin = plant
            twin.engine.stacks = []
            plant.second()
            twin.second()
            #expect(twin.changes == plant.changes, "second \(second)")
            #expect(twin.engine.fingerprint == plant.engine.fingerprint)
        }
        #expect(plant.changes.contains { $0.count > 0 } && plant.changes.contains { $0.count < 6 })
    }

    /// One car that goes moves its own slot and those that take its place; the others are not said again.
    @Test func oneCarIsOneSlot() throws {
        var plant = Plant(cars: 40)
        for _ in 0..<30 { plant.second() }
        let before = plant.changes.count
        let version = plant.engine.resources[0].version
        plant.cars[0][5].isPlugged = false
        for _ in 0..<6 { plant.second() }
        let new = plant.changes.dropFirst(before)
        #expect(plant.engine.resources[0].version > version)
        #expect(new.contains { $0.worker == "w0" && $0.gone == [5] })
        #expect(new.allSatisfy { $0.count <= 4 }, "\(new.map(\.count))")
    }

    /// Who does not have the plan before gets the next one whole, and only he.
    @Test func whoLacksThePlanGetsItWhole() {
        var plant = Plant(cars: 20)
        for _ in 0..<20 { plant.second() }
        let wholes = plant.wholes
        let named = plant.engine.resources[0].named?.id
        plant.second(extra: [.planRefused("w1", plant.engine.resources[0].plans[1].id, reason: "lost")])
        for _ in 0..<4 { plant.second() }
        #expect(plant.wholes == wholes + 1)
        #expect(plant.engine.resources[0].named?.id != named, "and it came into force")
        #expect(plant.engine.resources[0].unheard.isEmpty)
        // What comes late of a plan that is over changes nothing.
        var old = plant.engine.resources[0].plans[1].id
        old.version -= 1
        plant.second(extra: [.planRefused("w1", old, reason: "lost")])
        for _ in 0..<4 { plant.second() }
        #expect(plant.wholes == wholes + 1)
    }
}
