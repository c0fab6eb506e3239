import CTelemetry
import Domain
import Fleet
import Testing

func registration(_ slot: UInt32, generation: UInt32 = 1) -> Registration {
    Registration(
        slot: slot, generation: generation, station: StationID("s\(slot)"), evse: 1, token: nil,
        capability: .setpoint, maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
        minimumPower: .zero, step: Power(watts: 1), responseTime: .seconds(1))
}

func batch(
    _ records: [headroom_record], worker: WorkerID = "w", incarnation: UInt64 = 1, stride: Int = 40
) -> TelemetryBatch {
    var bytes: [UInt8] = []
    for record in records {
        var one = [UInt8](repeating: 0, count: stride)
        unsafe one.withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: record, as: headroom_record.self)
        }
        bytes += one
    }
    return TelemetryBatch(
        worker: worker, incarnation: Incarnation(incarnation), sequence: 1,
        sentAt: Instant(seconds: 1),
        stride: stride, count: records.count, bytes: bytes)
}

func record(
    _ slot: UInt32, power: Int32,
    flags: Int = HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_ONLINE
)
    -> headroom_record
{
    var record = headroom_record()
    record.slot = slot
    record.power = power
    record.flags = UInt32(flags)
    return record
}

@Suite struct FleetStateTests {
    @Test func aLineIsOneCacheLine() {
        #expect(MemoryLayout<VehicleLine>.stride == 64)
        // `ingest` writes to it as the C struct.
        #expect(MemoryLayout<VehicleLine>.offset(of: \.record) == MemoryLayout<headroom_line>.offset(of: \.record))
        #expect(
            MemoryLayout<VehicleLine>.offset(of: \.receivedAt) == MemoryLayout<headroom_line>.offset(of: \.received_at))
        #expect(MemoryLayout<VehicleLine>.offset(of: \.site) == MemoryLayout<headroom_line>.offset(of: \.site))
        #expect(MemoryLayout<VehicleLine>.offset(of: \.resource) == MemoryLayout<headroom_line>.offset(of: \.resource))
        #expect(MemoryLayout<VehicleLine>.offset(of: \.bound) == MemoryLayout<headroom_line>.offset(of: \.bound))
    }

    @Test func totalsFollowEveryUpdate() {
        var fleet = FleetState(resources: 2)
        fleet.join("w", incarnation: Incarnation(1))
        for slot in 0..<10 as Range<UInt32> {
            _ = fleet.register(
                registration(slot), worker: "w", vehicle: nil, site: nil, resource: Int(slot % 2))
        }
        #expect(fleet.ingest(batch((0..<10).map { record($0, power: 1000 + Int32($0)) })) == 10)
        #expect(fleet.totals[0].power == 5020 && fleet.totals[1].available == 5)
        #expect(fleet.ingest(batch([record(3, power: -500, flags: HEADROOM_PLUGGED)])) == 1)
        #expect(fleet.totals[1].available == 4 && fleet.totals[1].plugged == 5)
        fleet.leave("w")
        #expect(fleet.totals[0].available == 0 && fleet.totals[0].plugged == 5)
        #expect(fleet.verify())
    }

    /// Between good records those that make no sense are left out, and what is taken is counted apart from what is not.
    @Test func aRecordWithANegativeLimitChangesNothingAndIsCounted() {
        var fleet = FleetState(resources: 1)
        fleet.join("w", incarnation: Incarnation(1))
        for slot in 0..<4 as Range<UInt32> {
            _ = fleet.register(registration(slot), worker: "w", vehicle: nil, site: 0, resource: 0)
        }
        var records = (0..<6 as Range<UInt32>).map { record($0, power: 10) }
        records[1].max_charge = -1
        records[2].max_discharge = .min
        records[5].max_charge = -1
        #expect(fleet.ingest(batch(records)) == 2)
        #expect(fleet.refused.unbound == 2 && fleet.refused.absurd == 2)
        #expect(fleet.totals[0].plugged == 2 && fleet.totals[0].power == 20 && fleet.verify())
        #expect(fleet.lines[1].record.flags == 0 && fleet.lines[1].receivedAt == 0)
        _ = fleet.ingest(batch([records[2]]))
        #expect(fleet.refused.absurd == 3, "added up over batches")
    }

    @Test func strangersChangeNothing() {
        var fleet = FleetState(resources: 1)
        fleet.join("w", incarnation: Incarnation(1))
        _ = fleet.register(registration(0), worker: "w", vehicle: nil, site: nil, resource: 0)
        #expect(fleet.ingest(batch([record(0, power: 1)], worker: "x")) == 0)
        #expect(fleet.ingest(batch([record(0, power: 1)], incarnation: 2)) == 0)
        #expect(fleet.ingest(batch([record(7, power: 1)])) == 0, "an unregistered slot")
        #expect(fleet.refused.unbound == 1 && fleet.refused.absurd == 0)
        var short = batch([record(0, power: 1)])
        short.count = 5
        #expect(fleet.ingest(short) == 0, "fewer bytes than records")
        #expect(fleet.totals[0].power == 0)
        #expect(
            fleet.register(registration(0), worker: "x", vehicle: nil, site: nil, resource: 0)
                == nil)
    }

    @Test func aNewIncarnationVoidsTheSlotsAndAnOldGenerationChangesNothing() {
        var fleet = FleetState(resources: 1)
        fleet.join("w", incarnation: Incarnation(1))
        _ = fleet.register(
            registration(0, generation: 5), worker: "w", vehicle: nil, site: nil, resource: 0)
        #expect(
            fleet.register(
                registration(0, generation: 4), worker: "w", vehicle: nil, site: nil, resource: 0)
                == nil)
        _ = fleet.ingest(batch([record(0, power: 9)]))
        fleet.join("w", incarnation: Incarnation(2))
        #expect(fleet.totals[0].power == 0 && fleet.range(0).isEmpty && fleet.verify())
    }

    @Test func aWorkerThatOutgrowsItsRangeMovesWhole() {
        var fleet = FleetState(resources: 1, rangeStep: 4)
        for worker in ["a", "b"] as [WorkerID] {
            fleet.join(worker, incarnation: Incarnation(1))
            for slot in 0..<20 as Range<UInt32> {
                _ = fleet.register(
                    registration(slot), worker: worker, vehicle: nil, site: nil, resource: 0)
            }
            #expect(
                fleet.ingest(
                    batch((0..<20).map { record($0, power: 10) }, worker: worker, stride: 48)) == 20
            )
        }
        #expect(fleet.totals[0].power == 400 && fleet.verify())
    }

    @Test func randomUpdatesKeepTheTotals() {
        var generator = SeededGenerator(seed: 7)
        var fleet = FleetState(resources: 3)
        fleet.join("w", incarnation: Incarnation(1))
        for slot in 0..<100 as Range<UInt32> {
            _ = fleet.register(
                registration(slot), worker: "w", vehicle: nil, site: nil, resource: Int(slot % 3))
        }
        for _ in 0..<200 {
            let records = (0..<16).map { _ in
                record(
                    UInt32.random(in: 0..<120, using: &generator),
                    power: Int32.random(in: -22_000...22_000, using: &generator),
                    flags: Int.random(in: 0...127, using: &generator))
            }
            _ = fleet.ingest(batch(records))
        }
        #expect(fleet.verify())
    }
}
