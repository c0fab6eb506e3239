import CTelemetry
import Domain
import Testing

@testable import Engine

/// Two workers that claim one car: it is one car in the figures, at the point that has it.
@Suite struct ClaimTests {
    /// A third worker says that a car is at a station of its own, or at the very station where it is.
    private func claim(_ plant: inout Plant, station: StationID, flags: Int) {
        let worker: WorkerID = "rogue"
        var record = headroom_record()
        record.flags = UInt32(flags)
        record.power = -9_000
        record.soc = 5_000
        record.capacity = 60_000
        let bytes = unsafe withUnsafeBytes(of: record) { unsafe Array($0) }
        var registration = plant.registration(0, 3)
        registration.station = station
        registration.slot = 0
        plant.second(extra: [
            .workerJoined(worker, Incarnation(1)), .registered(worker, Incarnation(1), [registration]),
            .telemetry(
                TelemetryBatch(
                    worker: worker, incarnation: Incarnation(1), sequence: 1, sentAt: plant.now, stride: 40, count: 1,
                    bytes: bytes[...])),
        ])
    }

    @Test(arguments: ["elsewhere", "st-0-3"] as [StationID])
    func oneCarCountsOnce(station: StationID) {
        var plant = Plant(cars: 20)
        for _ in 0..<5 { plant.second() }
        let before = plant.engine.snapshot()
        #expect(before.plugged == 20)
        self.claim(&plant, station: station, flags: HEADROOM_PLUGGED | HEADROOM_ONLINE | HEADROOM_AVAILABLE)
        let after = plant.engine.snapshot()
        #expect(after.plugged == 20 && after.vehicles.count == 20 && after.capacity == before.capacity)
        #expect(after.vehicles.first { $0.id == "v-0-3" }?.station == "st-0-3")
        #expect(after.discharging == 0, "the claim's power is nobody's")
    }

    /// A car that drove on is where it is plugged in, whatever the first station still says of it.
    @Test func aCarThatDroveOnIsWhereItIsPluggedIn() {
        var plant = Plant(cars: 20)
        for _ in 0..<5 { plant.second() }
        plant.cars[0][3].isPlugged = false
        for _ in 0..<2 { plant.second() }
        #expect(plant.engine.snapshot().plugged == 19)
        self.claim(&plant, station: "elsewhere", flags: HEADROOM_PLUGGED | HEADROOM_ONLINE)
        let after = plant.engine.snapshot()
        #expect(after.plugged == 20 && after.vehicles.count == 20 && after.discharging == 1)
        #expect(after.vehicles.first { $0.id == "v-0-3" }?.station == "elsewhere")
    }
}
