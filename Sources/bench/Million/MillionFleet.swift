import CTelemetry
import Domain
import Fleet
import FleetLink
import Foundation

/// A fleet of many workers as its aggregator sees it: sites of twenty charging points on five resources, names as long as
/// real ones are, and one record from each point.
struct MillionFleet {
    static let workers = 10
    static let sizes = [10_000, 100_000, 1_000_000]
    static let pointsOfASite = 20
    static let resources = 5

    let count: Int
    var state: FleetState

    /// Registers everybody in messages of 500, a message from each worker in turn, as they come over FleetLink.
    init(_ count: Int) {
        self.count = count
        self.state = FleetState(resources: Self.resources)
        for worker in 0..<Self.workers { self.state.join(Self.id(worker), incarnation: Incarnation(1)) }
        let each = count / Self.workers
        for start in stride(from: 0, to: each, by: 500) {
            for worker in 0..<Self.workers {
                for slot in start..<min(start + 500, each) {
                    let site = (worker * each + slot) / Self.pointsOfASite
                    _ = self.state.register(
                        Self.registration(worker: worker, slot: slot), worker: Self.id(worker),
                        vehicle: worker * each + slot, site: site, resource: site * Self.resources * 20 / max(count, 1))
                }
            }
        }
    }

    static func id(_ worker: Int) -> WorkerID { WorkerID("depot-\(worker)") }

    static func registration(worker: Int, slot: Int) -> Registration {
        let number = String(10_000_000 + worker * 1_000_000 + slot)
        let kind = slot % 7
        return Registration(
            slot: UInt32(slot), generation: 1, station: StationID("DE*HDR*E\(number)*A1"), evse: 1 + slot % 2,
            token: TokenID("NL-HDR-C\(number)-K"), capability: kind == 0 ? .curtail : .setpoint,
            maxCharge: Power(watts: kind < 3 ? 11_000 : 22_000),
            maxDischarge: Power(watts: kind == 0 ? 0 : kind < 3 ? 11_000 : 22_000), minimumPower: Power(watts: 1_380),
            step: Power(watts: 230), responseTime: .milliseconds(500 + kind * 250))
    }

    /// A record of a plugged-in car that may be moved, its figures drawn.
    static func record(_ slot: Int, using generator: inout SeededGenerator) -> headroom_record {
        let draw = generator.next()
        var record = headroom_record()
        record.slot = UInt32(slot)
        record.flags = UInt32(HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_ONLINE | HEADROOM_SOC_KNOWN)
        if draw % 10 == 0 { record.flags = UInt32(HEADROOM_ONLINE) }
        record.power = Int32(draw >> 8 & 0x3FFF) - 8_192
        record.max_charge = 11_000
        record.max_discharge = 11_000
        record.capacity = 60_000
        record.soc = UInt16(draw >> 32 & 0x1FFF)
        record.departure = 1_800_000_000 + UInt32(draw >> 48)
        return record
    }

    /// Hands over frames of all points one after another, worker by worker, as they would be published once a second.
    static func eachFrame(
        _ count: Int, at second: Int, sequence: inout [UInt64], seed: UInt64, _ body: ([UInt8]) throws -> Void
    ) rethrows {
        var generator = SeededGenerator(seed: seed)
        let each = count / Self.workers
        for worker in 0..<Self.workers {
            for start in stride(from: 0, to: each, by: TelemetryFrame.mostRecords) {
                let end = min(each, start + TelemetryFrame.mostRecords)
                var bytes: [UInt8] = []
                bytes.reserveCapacity((end - start) * 40)
                for slot in start..<end {
                    var record = Self.record(slot, using: &generator)
                    unsafe withUnsafeBytes(of: &record) { unsafe bytes.append(contentsOf: $0) }
                }
                sequence[worker] += 1
                try body(
                    TelemetryFrame(
                        worker: Self.id(worker), incarnation: Incarnation(1), sequence: sequence[worker],
                        epoch: Epoch(1), sentAt: Instant(seconds: second), trace: .none, stride: 40,
                        count: end - start, records: bytes
                    ).encoded())
            }
        }
    }

    /// Takes one record from every point.
    mutating func report(seed: UInt64 = 1) throws {
        var sequence = Array(repeating: UInt64(0), count: Self.workers)
        try Self.eachFrame(self.count, at: 1, sequence: &sequence, seed: seed) { frame in
            _ = self.state.ingest(try TelemetryFrame(decoding: frame).batch)
        }
    }
}

/// The exponents with which a cost grows from one size to the next: 1 is linear. `costs` are of `MillionFleet.sizes`.
func exponents(_ costs: [Double], _ what: String = "") -> [String: Double] {
    let suffix = what.isEmpty ? "" : ", \(what)"
    return [
        "exponent 10,000 to 100,000\(suffix)": (log10(costs[1] / costs[0]) * 1_000).rounded() / 1_000,
        "exponent 100,000 to 1,000,000\(suffix)": (log10(costs[2] / costs[1]) * 1_000).rounded() / 1_000,
    ]
}
