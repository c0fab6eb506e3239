import Domain
import Foundation
import Synchronization
import TestSupport
import Testing
import Twin

/// All links are cut at 48.9 Hz while the fleet exports: the worst moment to fall silent (dispatch.md, silence is safe
/// for the grid too).
@Suite(.wantsHeadroom, .ownThreads) struct FrequencyFaultTests {
    private static let cut = 64
    /// Seconds after the start, mHz: low from just before the cut on for three quarters of a minute.
    private static let low: [(second: Int, milliHertz: Int)] = [
        (-60, 50_000), (58, 50_000), (61, 48_900), (109, 48_900), (112, 50_000), (900, 50_000),
    ]

    private static func terms(_ name: String, seed: UInt64) -> FaultPlant.Terms {
        var terms = FaultPlant.Terms(name: name, seed: seed, seconds: 150, milliHertz: Self.low)
        terms.adapt = { plant in
            let start = Instant(seconds: Int(plant.start.timeIntervalSince1970))
            let rows = (-60...900).map { second -> String in
                let after = Self.low.firstIndex { $0.second >= second } ?? Self.low.count - 1
                let (one, next) = (Self.low[max(0, after - 1)], Self.low[after])
                let width = max(1, next.second - one.second)
                let value = one.milliHertz + (next.milliHertz - one.milliHertz) * (second - one.second) / width
                return "\(Timestamp.format(start + .seconds(second))),\(DecimalText.thousandths(value))\n"
            }
            try plant.write("time,value\n" + rows.joined(), "frequency.csv")
            for name in ["worker.yaml", "worker2.yaml"] {
                try plant.edit(
                    name, "edgeMilliseconds: 100",
                    "edgeMilliseconds: 100\nfrequencyFile: \(plant.path("frequency.csv"))")
            }
        }
        return terms
    }

    /// Aggregator unreachable: the workers see the frequency, and hold the export until it is back.
    @Test(.timeLimit(.minutes(8))) func workersLoseTheirAggregator() async throws {
        try await FaultPlant.run(Self.terms("all workers cut off at 48.9 Hz while exporting", seed: 4)) { plant in
            try await plant.plant.reach(Self.cut)
            // The lease of a minute is over, and the frequency back since: half a minute of ramp is what remains.
            try await plant.fault("uplinks cut at 48.9 Hz", resume: 20, fallback: ([0, 1], 90)) {
                for relay in plant.uplinks() { relay.set(.init(isHeld: true)) }
                try await plant.plant.reach(Self.cut + 96)
                for relay in plant.uplinks() { relay.set(.init()) }
            }
            Self.expectHeld(plant, from: Self.cut, to: 110)
        }
    }

    /// The stations lose their workers too: each lets go by itself, not all at once.
    @Test(.timeLimit(.minutes(8))) func stationsLoseEverybody() async throws {
        var terms = Self.terms("every link cut at 48.9 Hz while exporting", seed: 5)
        // What stations do while nobody hears them is in their registers alone; seconds are settled by straight lines.
        terms.invariants.removeAll { $0 == .energy }
        terms.ownStep = 22_000
        try await FaultPlant.run(terms) { plant in
            try await plant.plant.reach(Self.cut)
            try await plant.fault("all links cut at 48.9 Hz", resume: 25, fallback: ([0, 1], 60)) {
                for relay in plant.relays.joined() { relay.set(.init(isHeld: true)) }
                try await plant.plant.reach(Self.cut + 80)
                for relay in plant.relays.joined() { relay.set(.init()) }
            }
        }
    }

    /// While the frequency is low the load does not rise at all, but for the twentieth that stations' steps are.
    private static func expectHeld(_ plant: FaultPlant, from: Int, to: Int) {
        let samples = plant.evidence.withLock { $0.samples }.filter { Double(from)...Double(to) ~= $0.at }
        let before = samples.first?.sum ?? 0
        let highest = samples.map(\.sum).max() ?? 0
        #expect(before < -100_000 && highest <= before * 19 / 20, "\(before) W at the cut, then up to \(highest) W")
    }
}
