import Domain
import Foundation
import Testing

/// A decoder with good inputs. What it must do with every input: understand it, or refuse it; neither trap, nor hang.
struct Target: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
        case understood
        case refused
        /// It was understood, and what was understood does not hold together.
        case broken(String)
    }
    var name: String
    var seeds: [[UInt8]]
    var take: @Sendable ([UInt8]) -> Outcome
    /// Longest time that one input may cost.
    var patience = Duration.milliseconds(200)

    var testDescription: String { self.name }

    /// Seconds of CPU for each target: `HEADROOM_MUTATION_SECONDS`, 60 in `ops/soak`. The usual two are a compromise: there
    /// are 28 targets.
    static let seconds = Double(ProcessInfo.processInfo.environment["HEADROOM_MUTATION_SECONDS"] ?? "") ?? 2

    struct Tally: Sendable {
        var tried = 0
        var understood = 0
        var refused = 0
        var slowest = Duration.zero
        var broken: (input: [UInt8], words: String)?
    }

    /// Feeds mutants until the time is over or something breaks.
    func run(seed: UInt64, seconds: Double = Self.seconds) -> Tally {
        var mutator = Mutator(generator: SeededGenerator(seed: seed))
        var tally = Tally()
        let end = Self.spent + .seconds(seconds)
        while Self.spent < end, tally.broken == nil {
            let input = mutator.mutant(of: self.seeds)
            let began = Self.spent
            let outcome = self.take(input)
            tally.slowest = max(tally.slowest, Self.spent - began)
            tally.tried += 1
            switch outcome {
            case .understood: tally.understood += 1
            case .refused: tally.refused += 1
            case .broken(let words): tally.broken = (input, words)
            }
        }
        return tally
    }

    /// CPU time of this thread: what others do on the machine does not count.
    private static var spent: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
