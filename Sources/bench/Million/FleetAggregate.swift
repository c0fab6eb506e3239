import CTelemetry
import Domain
import Fleet
import Foundation

/// The periodic scan of a million charging points that checks the running totals, by site (50,000 of them) and by
/// resource, while nothing was bound anew. Beside it what only reading the same 16 MB takes on this machine in the same
/// run, the plain sum over the lines, a total from the running ones, and what a random update costs with them.
let fleetAggregate = Benchmark(name: "fleet-aggregate") {
    var times: [Double] = []
    var beside: [String: Double] = [:]
    for count in MillionFleet.sizes {
        var fleet = MillionFleet(count)
        try fleet.report()
        var areRight = true
        let scan = medianNanoseconds(rounds: 101) { areRight = fleet.state.audit() && areRight }
        guard areRight, fleet.state.verify() else { throw WrongResult(description: "totals are wrong") }
        times.append(scan / 1e6)
        guard count == MillionFleet.sizes.last else { continue }
        var all: UInt64 = 0
        beside["only reading the same, ms"] = medianNanoseconds(rounds: 101) { all ^= fleet.state.readHot() } / 1e6
        guard all != 1 else { throw WrongResult(description: "nothing was read") }
        beside["plain sum over the lines, ms"] = medianNanoseconds { areRight = fleet.state.verify() } / 1e6
        beside["running totals of all resources, ns"] = totalNanoseconds(fleet.state)
        beside["random update with all totals, ns"] = try randomUpdateNanoseconds(&fleet.state, count)
    }
    return Measurement(
        name: "fleet-aggregate", unit: "ms", value: times[2], beside: beside.merging(exponents(times)) { $1 })
}

private func totalNanoseconds(_ fleet: FleetState) -> Double {
    let resources = Array(0..<MillionFleet.resources)
    var sum = 0
    let time = medianNanoseconds { for _ in 0..<1_000 { sum += fleet.total(of: resources).power } }
    return sum == 1 ? .nan : time / 1_000
}

/// One record each of points in random order, a batch of 256 from one worker after another.
private func randomUpdateNanoseconds(_ fleet: inout FleetState, _ count: Int) throws -> Double {
    var generator = SeededGenerator(seed: 3)
    let each = count / MillionFleet.workers
    var batches: [TelemetryBatch] = []
    for index in 0..<2_000 {
        var bytes: [UInt8] = []
        for _ in 0..<256 {
            var record = MillionFleet.record(Int.random(in: 0..<each, using: &generator), using: &generator)
            unsafe withUnsafeBytes(of: &record) { unsafe bytes.append(contentsOf: $0) }
        }
        batches.append(
            TelemetryBatch(
                worker: MillionFleet.id(index % MillionFleet.workers), incarnation: Incarnation(1), sequence: 1,
                sentAt: Instant(seconds: 2), stride: 40, count: 256, bytes: bytes))
    }
    var taken = 0
    let time = medianNanoseconds(rounds: 7) { for batch in batches { taken += fleet.ingest(batch) } }
    guard taken == 8 * 256 * batches.count, fleet.verify() else { throw WrongResult(description: "\(taken) taken") }
    return time / Double(256 * batches.count)
}
