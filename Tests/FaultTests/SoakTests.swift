import Domain
import Foundation
import Synchronization
import TestSupport
import Testing
import Twin

/// For a stated time: thousands of simulated cars from several worker processes beside live stations, a signal made of a
/// real frequency, and faults at random. `ops/test` runs two minutes of it with 100,000 cars, on trial, `ops/soak` an hour.
@Suite(.wantsHeadroom, .ownThreads, .serialized) struct SoakTests {
    private static func number(_ name: String, _ usual: Int) -> Int {
        Int(ProcessInfo.processInfo.environment[name] ?? "") ?? usual
    }
    private static let isAsked = ProcessInfo.processInfo.environment["HEADROOM_SOAK_SECONDS"] != nil
    private static let seconds = number("HEADROOM_SOAK_SECONDS", 120)
    private static let vehicles = number("HEADROOM_SOAK_VEHICLES", 20_000)
    private static let stations = number("HEADROOM_SOAK_STATIONS", 100)
    /// A worker's plan travels whole, and a process of simulated cars has one thread for them.
    private static let workers = max(2, (vehicles + 24_999) / 25_000)
    private static let recording = "frequency-gb-2019-08-09/neso-frequency-2019-08-09-event-window.csv"

    /// What is looked at while it runs.
    private struct Watch: Sendable {
        /// |delivered − requested| of each look without a fault nearby, per unit of the award.
        var errors: [Double] = []
        /// Of the same looks, µs: a signal's age when a worker of simulated cars had it.
        var lag: [Double] = []
        /// By process: KiB at each look.
        var memory: [String: [Int]] = [:]
        var restarts = 0
    }

    /// What harm and looks share.
    private final class Board: Sendable {
        let watch = Mutex(Watch())
        let isCalm = Mutex(true)
    }

    @Test(.enabled(if: isAsked, "it takes the machine: ops/soak runs it alone"), .timeLimit(.minutes(180)))
    func soak() async throws {
        let seed = UInt64(Self.number("HEADROOM_SEED", Int.random(in: 1...9_999)))
        var terms = FaultPlant.Terms(name: "soak", seed: seed, seconds: Self.seconds + 40)
        terms.crowds = Array(repeating: Self.vehicles / Self.workers, count: Self.workers)
        terms.stations = Self.stations
        terms.signal = try Self.signal(seconds: Self.seconds + 40)
        terms.invariants = [.siteLimit, .promises, .readings, .energy, .books]
        terms.isOnTrial = true
        let board = Board()
        try await FaultPlant.run(terms) { plant in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.look(plant, board) }
                try await Self.harm(plant, seed, board)
                group.cancelAll()
            }
            try Self.judge(plant, board.watch.withLock { $0 }, seed)
        }
    }

    /// Kills, freezes and partitions drawn from the seed, with half a minute between them.
    private static func harm(
        _ plant: FaultPlant, _ seed: UInt64, _ board: Board
    ) async throws {
        var generator = SeededGenerator(seed: seed)
        let end = Double(FaultPlant.begin + FaultPlant.settle + Self.seconds)
        while true {
            let wait = Double.random(in: 15...30, using: &generator)
            guard plant.now + wait + 25 < end else { break }
            try await plant.pause(wait)
            board.isCalm.withLock { $0 = false }
            let victim = ["aggregator", "worker", "worker2"].randomElement(using: &generator) ?? "worker"
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                try await plant.kill9(victim)
                try plant.restart(victim)
                board.watch.withLock { if victim == "aggregator" { $0.restarts += 1 } }
            case 1:
                plant.signal(victim, SIGSTOP)
                try await plant.pause(Double.random(in: 0.5...5, using: &generator))
                plant.signal(victim, SIGCONT)
            default:
                let relays = plant.uplinks(of: [Int.random(in: 0...1, using: &generator)])
                for relay in relays { relay.set(.init(isHeld: true)) }
                try await plant.pause(Double.random(in: 1...20, using: &generator))
                for relay in relays { relay.set(.init()) }
            }
            plant.evidence.withLock {
                $0.faults.append(
                    .init(name: victim, at: plant.now, healed: plant.now, resume: 20, resumed: 0))
            }
            try await plant.pause(15)
            board.isCalm.withLock { $0 = true }
        }
        try await plant.plant.reach(Int(end))
    }

    private static func look(
        _ plant: FaultPlant, _ board: Board
    ) async throws {
        while !Task.isCancelled {
            if let live = try? plant.plant.live(), live.awardedUpWatts > 0 {
                let delivered = live.baselineWatts - plant.watts
                let error = Double((delivered - live.requestedWatts).magnitude) / Double(live.awardedUpWatts)
                let lag = plant.crowdPorts.compactMap {
                    plant.metric("headroom_twin_signal_lag_microseconds", port: $0)
                }
                let isCalm = board.isCalm.withLock { $0 }
                let memory = (["aggregator", "worker", "worker2"] + plant.crowdNames).map { ($0, plant.memory($0)) }
                board.watch.withLock {
                    if isCalm {
                        $0.errors.append(error)
                        $0.lag += lag
                    }
                    for (name, kibibytes) in memory { $0.memory[name, default: []].append(kibibytes) }
                }
            }
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }

    private static func judge(_ plant: FaultPlant, _ watch: Watch, _ seed: UInt64) throws {
        func share(_ values: [Double], _ perMille: Int) -> Double {
            let sorted = values.sorted()
            return sorted.isEmpty ? .infinity : sorted[min(sorted.count - 1, sorted.count * perMille / 1_000)]
        }
        let error = watch.errors.reduce(0, +) / Double(max(1, watch.errors.count))
        let lag = share(watch.lag, 990) / 1_000
        let gaps = plant.metric("headroom_hub_telemetry_gaps") ?? 0
        let dropped = plant.metric("headroom_engine_telemetry_dropped") ?? 0
        let memory = watch.memory.map { Memory(name: $0, kibibytes: $1) }.sorted { $0.late > $1.late }
        let words =
            "\(plant.cars) cars, \(Self.stations) of them real, \(Self.seconds) s: tracking error "
            + "\(Self.percent(error)) of the award in calm, signal lag there p99 \(Invariant.rounded(lag)) ms, "
            + "\(Int(gaps)) telemetry gaps healed, \(Int(dropped)) batches dropped, memory "
            + (memory.prefix(2).map(\.words) + ["all \(memory.reduce(0) { $0 + $1.late } / 1_024) MiB"])
            .joined(separator: ", ")
        let isFlat = memory.allSatisfy(\.isFlat)
        let isGood = error < 0.05 && lag < 500 && isFlat
        Verdicts.row(
            "soak", faults: plant.evidence.withLock { $0.faults.count }, seed: seed, words, isGood: isGood,
            isOnTrial: true)
        #expect(error < 0.05 && lag < 500, "\(words)")
        #expect(isFlat, "memory grows: \(words)")
        #expect(watch.errors.count > Self.seconds / 8, "there was hardly a calm second: \(watch.errors.count)")
    }

    /// What a process had in RAM at most, in the first half and in the second.
    private struct Memory {
        var name: String
        var early: Int
        var late: Int

        init(name: String, kibibytes: [Int]) {
            let half = kibibytes.count / 2
            self.name = name
            (self.early, self.late) = (kibibytes[..<half].max() ?? 0, kibibytes[half...].max() ?? 0)
        }

        /// A restart begins with less: memory is flat where the second half needs no more than the first and a fifth.
        var isFlat: Bool { self.late < self.early * 6 / 5 + 40_000 }
        var words: String { "\(self.name) \(self.early / 1_024) then \(self.late / 1_024) MiB" }
    }

    private static func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }

    /// What a droop makes of a real frequency, second by second, repeated as long as it takes: the recording, or a twin
    /// of it where this machine has none. Held to what four fifths of the award bear.
    private static func signal(seconds: Int) throws -> [(second: Int, value: Double)] {
        var milliHertz = (0..<600).map { 50_000 + Int(120 * sin(Double($0) / 37)) - ($0 % 200 > 150 ? 260 : 0) }
        if let file = Workspace.sharedData(Self.recording) {
            milliHertz = try SignalSeries.read(try String(contentsOf: file, encoding: .utf8), kind: .frequency).milli
        }
        let begin = FaultPlant.begin + 3
        return [(0, 0.0)]
            + (0..<seconds - 4).map { second in
                let deviation = Double(50_000 - milliHertz[second % milliHertz.count]) / 500
                return (begin + second, (min(max(deviation, -0.8), 0.8) * 100).rounded() / 100)
            } + [(begin + seconds - 4, 0.0)]
    }
}
