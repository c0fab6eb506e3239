import Foundation
import TestSupport
import Testing

/// The fleet discharges for the grid and one link of the chain dies: the export ends by itself within the stated time
/// (`ops/RUNBOOK.md`, What silence does), nothing else starts in its place, and the plant comes back when the dead one
/// does. Power is read at the stations themselves: they live on.
@Suite(.wantsHeadroom, .ownThreads) struct DeadManChainTests {
    /// Seconds after the start at which the link dies.
    private static let death = 62
    private static let signal: [(second: Int, value: Double)] = [(0, 0), (45, 0.9), (130, 0)]

    /// What became of the export after the death.
    private struct Silence {
        /// Seconds until the sum of all stations was no export any more.
        var ended: Double?
        /// The deepest export and the highest charging seen, W.
        var lowest = 0.0
        var highest = 0.0
    }

    @Test(.timeLimit(.minutes(5))) func aKilledWorkerEndsTheExport() async throws {
        try await self.plant("worker") { plant, running in
            kill(running["worker"]?.processIdentifier ?? 0, SIGKILL)
            let silence = try await self.silence(plant)
            self.expect(silence, within: 45)
            running["worker"] = try plant.run("worker")
            try await self.isWhole(plant)
        }
    }

    @Test(.timeLimit(.minutes(5))) func aFrozenWorkerEndsTheExport() async throws {
        try await self.plant("worker") { plant, running in
            // Its sockets stay open and say nothing: a cable that was cut looks like this.
            let worker = running["worker"]?.processIdentifier ?? 0
            kill(worker, SIGSTOP)
            defer { kill(worker, SIGCONT) }
            let silence = try await self.silence(plant)
            self.expect(silence, within: 45)
            kill(worker, SIGCONT)
            try await self.isWhole(plant)
        }
    }

    @Test(.timeLimit(.minutes(5))) func aKilledAggregatorEndsTheExport() async throws {
        try await self.plant("aggregator") { plant, running in
            kill(running["aggregator"]?.processIdentifier ?? 0, SIGKILL)
            let silence = try await self.silence(plant)
            self.expect(silence, within: 60)
            running["aggregator"] = try plant.run("aggregator")
            try await self.isWhole(plant)
        }
    }

    /// A plant that exports when `death` comes; what is in `running` at the end is ended.
    private func plant(
        _ victim: String, _ body: @escaping (SmallPlant, inout [String: Process]) async throws -> Void
    ) async throws {
        try await Program.withHeadroom { headroom, folder in
            let plant = try SmallPlant(
                headroom: headroom, folder: folder, database: "sqlite:" + folder.appending(path: "h.db").path,
                signal: Self.signal)
            var running: [String: Process] = [:]
            defer { for process in running.values where process.isRunning { process.terminate() } }
            for name in ["aggregator", "utility", "worker", "stations"] { running[name] = try plant.run(name) }
            try await plant.reach(Self.death)
            let live = try plant.live()
            let power = self.power(plant) ?? 0
            #expect(live.vehiclesPlugged == SmallPlant.stations, "\(live)\n\(plant.log("worker"))")
            #expect(power < -50_000, "\(power) W: nobody exports\n\(live)\n\(plant.log("aggregator"))")
            try await body(plant, &running)
        }
    }

    /// Watches the stations until their sum has been no export for eight seconds.
    private func silence(_ plant: SmallPlant) async throws -> Silence {
        let began = Date()
        var silence = Silence(lowest: self.power(plant) ?? 0)
        while Date().timeIntervalSince(began) < 75 {
            try await Task.sleep(for: .milliseconds(250))
            guard let power = self.power(plant) else { continue }
            let passed = Date().timeIntervalSince(began)
            silence.lowest = min(silence.lowest, power)
            silence.highest = max(silence.highest, power)
            if power < -1_000 { silence.ended = nil } else if silence.ended == nil { silence.ended = passed }
            if let ended = silence.ended, passed - ended > 8 { break }
        }
        return silence
    }

    private func expect(_ silence: Silence, within seconds: Double) {
        print(
            "DeadManChainTests: export ended after \(silence.ended ?? -1) s, \(silence.lowest) to \(silence.highest) W")
        let ended = silence.ended ?? .infinity
        #expect(ended <= seconds, "the export ended after \(ended) s")
        // Nobody exports more than was asked, and nobody starts to charge at full power at once.
        let most = Double(SmallPlant.stations * 22_000)
        #expect(silence.lowest >= -most && silence.highest <= most / 2, "\(silence)")
    }

    /// Everybody is back, the books hold and no promise was broken.
    private func isWhole(_ plant: SmallPlant) async throws {
        let live = try await plant.live(by: SmallPlant.block.upperBound + 90) {
            $0.vehiclesPlugged == SmallPlant.stations && $0.blocksSettled == 2
        }
        #expect(live.vehiclesPlugged == SmallPlant.stations, "\(live)\n\(plant.log("worker"))")
        #expect(live.blocksSettled == 2 && live.ledgerBalanced && live.promisesBroken == 0, "\(live)")
        let books = try plant.command(["ledger", "verify", "--tenant", "t"])
        #expect(books.contains(" 0 findings"), "\(books)")
    }

    /// Sum of all stations, W, + = charge.
    private func power(_ plant: SmallPlant) -> Double? {
        let text = try? plant.get("http://127.0.0.1:\(plant.ports[9])/metrics")
        let line = text?.split(separator: "\n").first { $0.hasPrefix("headroom_stations_power_watts ") }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
    }
}
