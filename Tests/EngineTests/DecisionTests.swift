import Control
import Domain
import Foundation
import Testing

@testable import Engine

/// Drivers, owners, sites and the network decide otherwise: within one plan period it is so, and it is kept.
@Suite struct DecisionTests {
    private func plant(cars: Int = 20, target: Int? = 7_000) -> Plant {
        let start = Instant(seconds: 1_200_000_000)
        var plant = Plant(
            cars: cars,
            each: { car, _ in
                car.departure = start + .hours(6)
                car.target = target
            })
        plant.run(until: plant.now + .seconds(20))
        return plant
    }

    private func note(
        _ sequence: UInt64, _ kind: OverrideNote.Kind = .priority, isOver: Bool = false, slot: Int = 0,
        source: String = "driver", discharge: Int = 0, at: Instant
    ) -> OverrideNote {
        let (free, bound) = (Power(watts: 22_000), Power(watts: discharge))
        return OverrideNote(
            sequence: sequence, kind: kind, isOver: isOver, station: StationID("st-0-\(slot)"), evse: 1,
            token: TokenID("tok-0-\(slot)"), at: at, source: source,
            before: .init(charge: free, discharge: isOver ? bound : free),
            after: .init(charge: free, discharge: isOver ? free : bound))
    }

    private func kept(_ plant: Plant) -> [OverrideRecord] {
        plant.records.compactMap { if case .override(let record, "t", "test") = $0 { record } else { nil } }
    }

    /// A block of which every car holds something, and the grid asks for all of it.
    private func exporting(_ plant: inout Plant, share: Int = 70) -> MarketInterval {
        let block = plant.sell(share: share)
        while plant.now < block.start + .seconds(20) { plant.second() }
        plant.milliHertz = 49_400
        plant.run(until: plant.now + .seconds(15))
        return block
    }

    private func segments(_ plant: Plant, _ kind: SegmentKind, slot: UInt32) -> Int {
        plant.engine.resources[0].plans.first { $0.worker == "w0" }?.segments.count {
            $0.slot == slot && $0.kind == kind
        } ?? -1
    }

    /// From the note to a set-point without discharge, through engine and edge.
    @Test func priorityChargingEndsDischargeWithinAPlanPeriod() throws {
        var plant = self.plant()
        let block = self.exporting(&plant)
        #expect(plant.cars[0][0].power < 0, "it discharges: \(plant.cars[0].map(\.power))")
        let held = plant.engine.resources[0].heldUp
        let sold = try #require(plant.engine.market.activations.first?.award.quantity.watts)
        let began = plant.now
        plant.cars[0][0].mostDischarge = 0
        plant.second(extra: [.overridden("w0", [self.note(5, at: plant.now)])])
        while plant.now < began + Plant.configuration().planPeriod + .seconds(2) { plant.second() }
        #expect(self.segments(plant, .inject, slot: 0) == 0)
        #expect(plant.cars[0][0].power >= 0, "\(plant.cars[0][0].power)")
        #expect(plant.engine.points[0][0].bounds.low >= 0)
        plant.run(until: plant.now + .seconds(5))
        // What was promised is held by the others, and delivered.
        #expect(plant.engine.resources[0].heldUp >= sold, "\(plant.engine.resources[0].heldUp) of \(held)")
        let last = try #require(plant.samples.last { $0.product == "FR" })
        #expect(last.delivered.watts >= last.requested.watts * 98 / 100, "\(last)")
        #expect(last.requested.watts >= sold && plant.now < block.end)
        let record = try #require(self.kept(plant).first)
        #expect(self.kept(plant).count == 1 && record.kind == .priority && !record.isOver)
        #expect(record.source == "driver" && record.vehicle == "v-0-0" && record.owner == "o" && record.at == began)
        #expect(record.before.contains("discharge 22000 W") && record.after.contains("discharge 0 W"))
        let vehicle = plant.engine.snapshot().vehicles.first { $0.id == "v-0-0" }
        #expect(vehicle?.keptOut == .init(since: began, reason: "priority charging at the station"))
        // Given up again, it takes part again.
        plant.cars[0][0].mostDischarge = 22_000
        plant.second(extra: [.overridden("w0", [self.note(6, isOver: true, at: plant.now)])])
        plant.run(until: plant.now + .seconds(7))
        #expect(self.kept(plant).last?.isOver == true && plant.engine.points[0][0].outside.isEmpty)
        #expect(plant.engine.snapshot().vehicles.first { $0.id == "v-0-0" }?.keptOut == nil)
        #expect(self.segments(plant, .inject, slot: 0) > 0)
    }

    @Test func aConsentThatIsWithdrawnEndsDischargeWithinAPlanPeriodAndShrinksTheNextBid() throws {
        var free = self.plant()
        _ = free.sell(id: "a1")
        var plant = self.plant()
        _ = self.exporting(&plant, share: 100)
        let began = plant.now
        let all = plant.cars[0].indices.map { VehicleID("v-0-\($0)") }
        plant.second(extra: all.map { .enrolled(.consent($0, dischargeConsentAt: nil)) })
        while plant.now < began + Plant.configuration().planPeriod + .seconds(2) { plant.second() }
        for slot in plant.cars[0].indices {
            #expect(plant.cars[0][slot].power >= 0 && self.segments(plant, .inject, slot: UInt32(slot)) == 0)
        }
        let records = self.kept(plant)
        #expect(records.count == all.count && Set(records.compactMap(\.vehicle)) == Set(all))
        #expect(records.allSatisfy { $0.kind == .consent && $0.isOver && $0.source == "owner" && $0.owner == "o" })
        let kept = plant.engine.snapshot().vehicles.first { $0.id == "v-0-3" }?.keptOut
        #expect(kept == .init(since: began + .seconds(1), reason: "the owner does not agree to discharge"))
        // What is not there any more is said upstream.
        plant.run(until: plant.now + .seconds(20))
        #expect(plant.bids.contains { $0.state == .redeclared || $0.state == .withdrawn }, "\(plant.bids.map(\.state))")
        // The same consent again is no news; given again, it is.
        plant.second(extra: [.enrolled(.consent("v-0-3", dischargeConsentAt: nil))])
        #expect(self.kept(plant).count == records.count)
        var less = self.plant()
        less.second(extra: all.map { .enrolled(.consent($0, dischargeConsentAt: nil)) })
        _ = less.sell(id: "a1")
        let quantities = (free.bids.first?.quantity.watts ?? 0, less.bids.first?.quantity.watts ?? 0)
        #expect(quantities.1 < quantities.0 * 3 / 4 && quantities.1 > 0, "\(quantities)")
    }

    @Test(arguments: [OverrideNote.Kind.limit, .gridAlarm])
    func aLimitFromOutsideKeepsACarOut(_ kind: OverrideNote.Kind) throws {
        var plant = self.plant()
        _ = self.exporting(&plant)
        let began = plant.now
        plant.cars[0][2].mostDischarge = 0
        let source = kind == .limit ? "EMS" : "LFMustTrip"
        plant.second(extra: [.overridden("w0", [self.note(5, kind, slot: 2, source: source, at: plant.now)])])
        while plant.now < began + Plant.configuration().planPeriod + .seconds(2) { plant.second() }
        #expect(plant.cars[0][2].power >= 0 && self.segments(plant, .inject, slot: 2) == 0)
        let kept = try #require(plant.engine.snapshot().vehicles.first { $0.id == "v-0-2" }?.keptOut)
        #expect(kept.since == began && kept.reason.contains(source))
        #expect(self.kept(plant).map(\.source) == [source])
        // Another value of the same limit: since when it holds stays.
        plant.second(extra: [.overridden("w0", [self.note(6, kind, slot: 2, source: source, at: plant.now)])])
        #expect(plant.engine.points[0][2].outside.map(\.since) == [began])
    }

    @Test func anotherDepartureAndTargetCountWithTheNextPlanAndAreKept() throws {
        var plant = self.plant()
        #expect(plant.cars[0][4].power < 10_000 && self.kept(plant).isEmpty, "what a session begins with is no change")
        let departure = plant.now + .minutes(40)
        plant.cars[0][4].departure = departure
        plant.cars[0][4].target = 9_000
        let began = plant.now
        while plant.now < began + Plant.configuration().planPeriod + .seconds(2) { plant.second() }
        // 18 kWh and more in forty minutes: it charges at once with all it has.
        #expect(plant.engine.points[0][4].bounds.low > 15_000, "\(plant.engine.points[0][4].bounds)")
        #expect(plant.cars[0][4].power > 15_000, "\(plant.cars[0][4].power)")
        let records = self.kept(plant)
        #expect(records.map(\.kind) == [.departure, .target] && records.allSatisfy { $0.source == "car" })
        #expect(records.allSatisfy { $0.vehicle == "v-0-4" && $0.station == "st-0-4" && $0.evse == 1 })
        #expect(records.first?.after == "2008-01-10T22:00:20Z", "\(records)")
        // As the car's energy says it: within rounding.
        #expect(
            ["70.00 %", "69.99 %"].contains(records.last?.before)
                && ["90.00 %", "89.99 %"].contains(records.last?.after))
        _ = self.exporting(&plant)
        #expect(plant.cars[0].contains { $0.power < 0 } && plant.cars[0][4].power > 15_000, "the grid does not get it")
        #expect(self.kept(plant).count == 2, "once")
    }

    /// The site's target as the car rounds it, told with an earlier departure, is no other target.
    @Test func roundingBesideAnotherDepartureIsNoOtherTarget() {
        var plant = self.plant(target: nil)
        let usual = plant.engine.points[0][4].target.basisPoints
        plant.cars[0][4].departure = plant.now + .minutes(40)
        plant.cars[0][4].target = usual - 30
        for _ in 0..<10 { plant.second() }
        #expect(self.kept(plant).map(\.kind) == [.departure])
    }

    @Test func whatComesTwiceCountsOnceAndAReplayIsTheSame() throws {
        var plant = self.plant(cars: 4)
        let notes = [self.note(7, at: plant.now), self.note(8, .limit, slot: 1, source: "EMS", at: plant.now)]
        for _ in 0..<3 { plant.second(extra: [.overridden("w0", notes)]) }
        #expect(self.kept(plant).count == 2 && plant.engine.overridesTaken == ["w0": 8])
        let effects = plant.engine.step([.overridden("w0", notes)], at: plant.now + .seconds(1))
        #expect(effects.contains { $0.action == .overridesTaken("w0", upTo: 8) }, "also where they were taken before")
        var replayed = AggregatorEngine(configuration: Plant.configuration())
        for (at, events) in plant.journal { _ = replayed.step(events, at: at) }
        _ = replayed.step([.overridden("w0", notes)], at: plant.now + .seconds(1))
        #expect(replayed.fingerprint == plant.engine.fingerprint)
        let bytes = try JSONEncoder().encode(EngineCheckpoint(plant.engine))
        let restored = try #require(try JSONDecoder().decode(EngineCheckpoint.self, from: bytes).restored)
        #expect(restored.overridesTaken == ["w0": 8] && restored.points[0][0].outside.count == 1)
        // Of a station that nobody registered it is kept all the same.
        var stray = self.note(9, at: plant.now)
        stray.station = "nobody"
        plant.now = plant.now + .seconds(1)
        plant.second(extra: [.overridden("w0", [stray])])
        #expect(self.kept(plant).last?.station == "nobody" && self.kept(plant).last?.vehicle == "v-0-0")
    }
}
