import Domain
import Foundation
import TestSupport
import Testing

/// Processes die and freeze at random instants while the fleet exports, and are started again at once, as a service
/// manager does.
@Suite(.wantsHeadroom, .ownThreads) struct KillFaultTests {
    /// How often; `HEADROOM_FAULTS=200` as `ops/soak` has it.
    static let count = Int(ProcessInfo.processInfo.environment["HEADROOM_FAULTS"] ?? "") ?? 20
    private static let seed =
        UInt64(ProcessInfo.processInfo.environment["HEADROOM_SEED"] ?? "") ?? .random(in: 1...9_999)

    @Test(.timeLimit(.minutes(90))) func killedAndFrozenAtRandomInstants() async throws {
        print("fault: seed \(Self.seed); HEADROOM_SEED=\(Self.seed) draws the same faults again")
        var terms = FaultPlant.Terms(name: "kill -9 and freeze, aggregator and workers", seed: Self.seed)
        terms.seconds = 30 + 10 * Self.count
        terms.isOnTrial = true
        try await FaultPlant.run(terms) { plant in
            var generator = SeededGenerator(seed: plant.terms.seed)
            for number in 0..<Self.count {
                let victim = ["aggregator", "worker", "worker2"].randomElement(using: &generator) ?? "worker"
                let isKilled = Bool.random(using: &generator)
                let wait = Double.random(in: 0...3, using: &generator)
                let frozen = Double.random(in: 0.5...5, using: &generator)
                guard plant.now + wait < Double(plant.end) - 25 else { break }
                try await plant.pause(wait)
                let name = "\(number): \(victim) \(isKilled ? "killed" : "frozen for \(Invariant.rounded(frozen)) s")"
                try await plant.fault(name, resume: 15) {
                    if isKilled {
                        try await plant.kill9(victim)
                        try plant.restart(victim)
                    } else {
                        plant.signal(victim, SIGSTOP)
                        try await plant.pause(frozen)
                        plant.signal(victim, SIGCONT)
                    }
                }
            }
        }
    }
}
