import CTelemetry
import Domain
import Fleet
import FleetLink
import Foundation

/// FleetLink frames as they come off the wire into the fleet's state: 100,000 points of one worker in
/// order, sites of 50 in turn on two resources.
/// Beside it the same bytes copied by memcpy.
let telemetryDecode = Benchmark(name: "telemetry-decode") {
    let count = 100_000
    let frames = telemetryFrames(count)
    var fleet = FleetState(resources: 2, rangeStep: count)
    fleet.join("bench", incarnation: Incarnation(1))
    for slot in 0..<UInt32(count) {
        _ = fleet.register(
            benchRegistration(slot), worker: "bench", vehicle: Int(slot), site: 0,
            // The charging points of a site lie side by side and share its resource.
            resource: Int(slot / 50 % 2))
    }
    var taken = 0
    let decoding = try medianNanoseconds(rounds: 51) {
        taken = 0
        for frame in frames {
            // The bytes of a frame are decoded and its batch is taken: what the hub does with each.
            taken += fleet.ingest(try TelemetryFrame(decoding: frame).batch)
        }
    }
    guard taken == count, fleet.verify() else {
        throw WrongResult(description: "\(taken) records were taken")
    }
    let copying = copyNanoseconds(frames)
    return Measurement(
        name: "telemetry-decode", unit: "ns/record", value: decoding / Double(count),
        beside: ["memcpy of the same bytes": copying / Double(count)])
}

private func telemetryFrames(_ count: Int) -> [[UInt8]] {
    var generator = SeededGenerator(seed: 1)
    return stride(from: 0, to: count, by: TelemetryFrame.mostRecords).map { start in
        let end = min(count, start + TelemetryFrame.mostRecords)
        var bytes: [UInt8] = []
        for slot in start..<end {
            var record = headroom_record()
            record.slot = UInt32(slot)
            record.flags = UInt32(HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_ONLINE)
            record.power = Int32.random(in: -11_000...11_000, using: &generator)
            unsafe withUnsafeBytes(of: &record) { unsafe bytes.append(contentsOf: $0) }
        }
        return TelemetryFrame(
            worker: "bench", incarnation: Incarnation(1),
            sequence: UInt64(start / TelemetryFrame.mostRecords + 1),
            epoch: Epoch(1), sentAt: Instant(seconds: 1), trace: .none,
            stride: MemoryLayout<headroom_record>.stride, count: end - start, records: bytes
        ).encoded()
    }
}

/// The time of a plain copy of the frames, one after another, to memory that is there already.
private func copyNanoseconds(_ frames: [[UInt8]]) -> Double {
    let size = frames.reduce(0) { $0 + $1.count }
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    defer { unsafe target.deallocate() }
    return medianNanoseconds(rounds: 51) {
        var offset = 0
        for frame in frames {
            unsafe frame.withUnsafeBytes { bytes in
                guard let source = bytes.baseAddress, let start = target.baseAddress else { return }
                // Sound: the target holds all frames one after another.
                unsafe memcpy(start + offset, source, bytes.count)
            }
            offset += frame.count
        }
    }
}

/// A charging point of 22 kW that takes signed set-points.
func benchRegistration(_ slot: UInt32) -> Registration {
    Registration(
        slot: slot, generation: 1, station: StationID("s\(slot)"), evse: 1, token: nil,
        capability: .setpoint,
        maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
        minimumPower: Power(watts: 1_380),
        step: Power(watts: 230), responseTime: .seconds(1))
}
