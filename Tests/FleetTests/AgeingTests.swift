import CTelemetry
import Domain
import Fleet
import Testing

@Suite struct AgeingTests {
    private func fleet(_ count: UInt32) -> FleetState {
        var fleet = FleetState(resources: 1)
        fleet.join("w", incarnation: Incarnation(1))
        for slot in 0..<count {
            _ = fleet.register(
                registration(slot), worker: "w", vehicle: nil, site: nil, resource: 0)
        }
        _ = fleet.ingest(batch((0..<count).map { record($0, power: 100) }))
        return fleet
    }

    @Test func recordsGoStaleAndANewerOneBringsThePointBack() {
        var fleet = self.fleet(10)
        #expect(fleet.age(before: Instant(seconds: 1)) == 0, "as old as the limit is not older")
        #expect(fleet.age(before: Instant(seconds: 2)) == 10)
        #expect(
            fleet.totals[0].available == 0 && fleet.totals[0].power == 1_000
                && fleet.totals[0].plugged == 10)
        #expect(fleet.lines[3].reason == .staleMeter && !fleet.lines[3].isAvailable)
        #expect(fleet.age(before: Instant(seconds: 2)) == 0, "counted once")
        #expect(fleet.ingest(batch([record(3, power: 7)])) == 1)
        #expect(fleet.totals[0].available == 1 && fleet.lines[3].reason == .none && fleet.verify())
    }

    @Test func aReleasedSlotIsBoundByALaterGenerationOnly() {
        var fleet = self.fleet(4)
        let refused = [
            fleet.unregister(slot: 2, generation: 0, worker: "w"),
            fleet.unregister(slot: 9, generation: 1, worker: "w"),
            fleet.unregister(slot: 2, generation: 1, worker: "x"),
        ]
        #expect(
            refused == [false, false, false],
            "an older generation, an unknown slot, an unknown worker")
        #expect(fleet.unregister(slot: 2, generation: 1, worker: "w") == true)
        #expect(fleet.totals[0].power == 300 && fleet.totals[0].available == 3 && fleet.verify())
        #expect(fleet.ingest(batch([record(2, power: 5)])) == 0, "nobody is there")
        #expect(
            fleet.register(registration(2), worker: "w", vehicle: nil, site: nil, resource: 0)
                == nil)
        #expect(
            fleet.register(
                registration(2, generation: 2), worker: "w", vehicle: nil, site: nil, resource: 0)
                != nil)
        #expect(fleet.ingest(batch([record(2, power: 5)])) == 1)
        #expect(fleet.verify())
    }

    @Test func aFingerprintSeesEveryFieldOfARecord() {
        func mark(_ change: (inout headroom_record) -> Void) -> UInt64 {
            var fleet = self.fleet(2)
            var changed = record(1, power: 100)
            change(&changed)
            _ = fleet.ingest(batch([changed]))
            var mark = Fingerprint()
            fleet.fingerprint(into: &mark)
            return mark.value
        }
        let marks = [
            mark { _ in }, mark { $0.flags = 1 }, mark { $0.power = 1 }, mark { $0.max_charge = 1 },
            mark { $0.max_discharge = 1 }, mark { $0.capacity = 1 }, mark { $0.energy_needed = 1 },
            mark { $0.departure = 1 }, mark { $0.soc = 1 }, mark { $0.soc_error = 1 },
            mark { $0.reserve = 1 },
            mark { $0.age = 1 },
        ]
        #expect(Set(marks).count == marks.count)
        #expect(marks[0] == mark { _ in }, "equal states, equal marks")
    }

    /// A worker that joins, leaves, restarts, grows and releases in any order leaves the totals right.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func anyHistoryKeepsTheTotals(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var fleet = FleetState(resources: 2, rangeStep: 4)
        var incarnation: UInt64 = 1
        fleet.join("w", incarnation: Incarnation(incarnation))
        for _ in 0..<400 {
            let slot = UInt32.random(in: 0..<40, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0:
                if Bool.random(using: &generator) { incarnation += 1 }
                fleet.join("w", incarnation: Incarnation(incarnation))
            case 1: fleet.leave("w")
            case 2: fleet.age(before: Instant(seconds: 2))
            case 3:
                fleet.unregister(
                    slot: slot, generation: UInt32.random(in: 1...9, using: &generator), worker: "w"
                )
            case 4, 5:
                _ = fleet.register(
                    registration(slot, generation: UInt32.random(in: 1...9, using: &generator)),
                    worker: "w",
                    vehicle: nil, site: nil, resource: Int.random(in: 0...1, using: &generator))
            default:
                let power = Int32.random(in: -22_000...22_000, using: &generator)
                _ = fleet.ingest(
                    batch(
                        [
                            record(
                                slot, power: power,
                                flags: Int.random(in: 0...127, using: &generator))
                        ],
                        incarnation: incarnation))
            }
            #expect(fleet.verify())
        }
    }
}
