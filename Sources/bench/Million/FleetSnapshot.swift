import CTelemetry
import Domain
import Fleet
import FleetLink
import Foundation

/// A hub that finds a gap in the telemetry of a worker with 10,000 points, until its state is right again: the request, the
/// worker's snapshot, every message encoded and decoded, the fleet. Thread CPU of both ends together, without the sockets
/// (`fleet-telemetry` has them). Beside it a tenth and ten times as many points, and the bytes that go over the wire.
let fleetSnapshot = Benchmark(name: "fleet-snapshot") {
    var times: [Double] = []
    var bytes = 0.0
    for count in [1_000, 10_000, 100_000] {
        var repair = try SnapshotRepair(count)
        var spent: [Int] = []
        for round in 0..<15 { spent.append(try repair.round(round)) }
        times.append(Double(spent.sorted()[7]) / 1e6)
        if count == 10_000 { bytes = Double(repair.bytes) }
    }
    return Measurement(
        name: "fleet-snapshot", unit: "ms", value: times[1],
        beside: [
            "1,000 points, ms": times[0], "100,000 points, ms": times[2], "bytes": bytes,
            "exponent 1,000 to 10,000": (log10(times[1] / times[0]) * 1_000).rounded() / 1_000,
            "exponent 10,000 to 100,000": (log10(times[2] / times[1]) * 1_000).rounded() / 1_000,
        ])
}

/// Both ends of a link with a worker of so many points, connected and in step.
private struct SnapshotRepair {
    private let count: Int
    private var link = LinkMachine(worker: "depot-0", incarnation: Incarnation(1))
    private var hub = HubMachine(epoch: Epoch(1))
    private var fleet = FleetState(resources: 1)
    private var now = Instant(seconds: 1_000)
    private(set) var bytes = 0

    init(_ count: Int) throws {
        self.count = count
        _ = self.link.register((0..<count).map { MillionFleet.registration(worker: 0, slot: $0) })
        // The hello, its welcome and all that follows from them.
        try self.carry(self.link.tick(at: self.now))
        try self.publish(0, isLost: false)
        guard self.fleet.range(0).count == count, self.fleet.verify() else {
            throw WrongResult(description: "\(self.fleet.range(0).count) points are known")
        }
    }

    /// Carries what the worker says to the hub, and what that answers back, until nobody says anything.
    private mutating func carry(_ actions: [LinkAction], isLost: Bool = false) throws {
        var open = actions[...]
        while let action = open.popFirst() {
            var answers: [HubAction] = []
            switch action {
            case .send(let message):
                let encoded = message.encoded()
                self.bytes += encoded.count
                answers = self.hub.control(encoded, from: "depot-0", at: self.now)
            case .publish(let frame) where !isLost: answers = self.hub.telemetry(frame, from: "depot-0", at: self.now)
            default: break
            }
            for answer in answers {
                switch answer {
                case .event(.workerJoined(let worker, let incarnation)):
                    self.fleet.join(worker, incarnation: incarnation)
                case .event(.registered(let worker, _, let registrations)):
                    for one in registrations {
                        _ = self.fleet.register(one, worker: worker, vehicle: nil, site: nil, resource: 0)
                    }
                case .event(.telemetry(let batch)): _ = self.fleet.ingest(batch)
                case .send(_, let message): open += self.link.control(message.encoded(), at: self.now)
                default: break
                }
            }
        }
    }

    private mutating func publish(_ round: Int, isLost: Bool) throws {
        var generator = SeededGenerator(seed: UInt64(round) + 1)
        let records = (0..<self.count).map { slot in
            var record = MillionFleet.record(slot, using: &generator)
            return (slot: UInt32(slot), bytes: unsafe withUnsafeBytes(of: &record) { unsafe Array($0) })
        }
        try self.carry(self.link.publish(records, at: self.now), isLost: isLost)
    }

    /// Loses a whole second of telemetry; nanoseconds of CPU from the frame that shows it until everything is right.
    mutating func round(_ round: Int) throws -> Int {
        self.now = self.now + .seconds(2)
        try self.publish(2 * round + 1, isLost: true)
        var generator = SeededGenerator(seed: UInt64(2 * round + 2))
        var expected = (0..<self.count).reduce(0) { $0 + Int(MillionFleet.record($1, using: &generator).power) }
        var lone = MillionFleet.record(0, using: &generator)
        var first = SeededGenerator(seed: UInt64(2 * round + 2))
        expected += Int(lone.power) - Int(MillionFleet.record(0, using: &first).power)
        let next = unsafe withUnsafeBytes(of: &lone) { unsafe Array($0) }
        self.bytes = 0
        let actions = self.link.publish([(slot: 0, bytes: next)], at: self.now)
        let start = threadNanoseconds()
        try self.carry(actions)
        let spent = threadNanoseconds() - start
        guard self.fleet.totals[0].power == expected, self.fleet.verify() else {
            throw WrongResult(description: "the snapshot left \(self.fleet.totals[0].power - expected) W")
        }
        return spent
    }
}
