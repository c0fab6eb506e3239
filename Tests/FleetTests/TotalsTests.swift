import CTelemetry
import Domain
import Testing

@testable import Fleet

@Suite struct TotalsTests {
    @Test func upAndDownAreWhatAnAvailablePointCouldBeMovedBy() {
        var fleet = FleetState(resources: 2)
        fleet.join("w", incarnation: Incarnation(1))
        for slot in 0..<3 as Range<UInt32> {
            _ = fleet.register(registration(slot), worker: "w", vehicle: nil, site: Int(slot / 2), resource: 0)
        }
        var records = (0..<3).map { record($0, power: 4_000) }
        for index in records.indices {
            records[index].max_charge = 11_000
            records[index].max_discharge = 10_000
        }
        records[2].flags = UInt32(HEADROOM_PLUGGED | HEADROOM_ONLINE)
        #expect(fleet.ingest(batch(records)) == 3)
        #expect(fleet.siteTotals[0].up == 28_000 && fleet.siteTotals[0].down == 14_000)
        #expect(fleet.siteTotals[1].up == 0 && fleet.siteTotals[1].power == 4_000 && fleet.siteTotals[1].plugged == 1)
        #expect(fleet.total(of: [0, 1]) == fleet.totals[0], "a zone is its resources")
        #expect(fleet.totals[0].power == 12_000 && fleet.totals[0].up == 28_000 && fleet.verify())
    }

    @Test func aScanThatFindsAnotherTotalPutsItRight() {
        #expect(MemoryLayout<FleetState.Totals>.size == MemoryLayout<headroom_sums>.size)
        #expect(MemoryLayout<FleetState.Totals>.offset(of: \.power) == MemoryLayout<headroom_sums>.offset(of: \.power))
        #expect(MemoryLayout<FleetState.Totals>.offset(of: \.down) == MemoryLayout<headroom_sums>.offset(of: \.down))
        #expect(
            MemoryLayout<FleetState.Totals>.offset(of: \.plugged) == MemoryLayout<headroom_sums>.offset(of: \.plugged))
        var fleet = FleetState(resources: 1)
        fleet.join("w", incarnation: Incarnation(1))
        _ = fleet.register(registration(0), worker: "w", vehicle: nil, site: 4, resource: 0)
        _ = fleet.ingest(batch([record(0, power: 5)]))
        let right = fleet.siteTotals
        fleet.siteTotals[2].up += 1
        #expect(!fleet.verify())
        var found = fleet.audit()
        #expect(!found && fleet.repairs == 1 && fleet.siteTotals == right && fleet.verify())
        found = fleet.audit()
        #expect(found)
    }

    @Test func absurdRecordsNeitherTrapNorWrap() {
        var fleet = FleetState(resources: 1)
        fleet.join("w", incarnation: Incarnation(1))
        _ = fleet.register(registration(0), worker: "w", vehicle: nil, site: 0, resource: 0)
        for (power, most) in [(Int32.min, Int32.max), (.max, .min), (.max, .max), (.min, .min)] {
            var absurd = record(0, power: power)
            absurd.max_charge = most
            absurd.max_discharge = most
            _ = fleet.ingest(batch([absurd]))
            #expect(fleet.totals[0].up >= 0 && fleet.totals[0].down >= 0 && fleet.verify())
        }
    }

    /// Whatever happened, the scan of the column and the plain sum of the lines agree with the running totals, also where
    /// sites and resources change from point to point and some belong to none.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func theScanFindsTheRunningTotals(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var fleet = FleetState(resources: 3, rangeStep: 8)
        for worker in ["a", "b"] as [WorkerID] { fleet.join(worker, incarnation: Incarnation(1)) }
        for round in 0..<600 {
            let worker: WorkerID = Bool.random(using: &generator) ? "a" : "b"
            let slot = UInt32.random(in: 0..<90, using: &generator)
            if round % 3 == 0 {
                _ = fleet.register(
                    registration(slot, generation: UInt32(round)), worker: worker, vehicle: nil,
                    site: slot % 11 == 0 ? nil : Int(slot / UInt32(seed)),
                    resource: round % 4 == 0 ? nil : Int(slot % 3))
            } else {
                let power = Int32.random(in: -22_000...22_000, using: &generator)
                _ = fleet.ingest(
                    batch(
                        [record(slot, power: power, flags: Int.random(in: 0...127, using: &generator))], worker: worker)
                )
            }
            let areRight = fleet.audit()
            #expect(areRight)
        }
        #expect(fleet.verify())
    }
}
