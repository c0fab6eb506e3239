import Domain
import Foundation
import TestSupport
import Testing

/// Seeded mutation of the input of every decoder (libFuzzer does the same by hand, for hours: `ops/README.md`).
@Suite(.ownThreads) struct MutationTests {
    private static let seed =
        UInt64(ProcessInfo.processInfo.environment["HEADROOM_SEED"] ?? "") ?? .random(in: 1...999_999)

    @Test(.timeLimit(.minutes(10)), arguments: Targets.all) func nothingTrapsNorHangs(_ target: Target) throws {
        #expect(!target.seeds.isEmpty && target.seeds.allSatisfy { !$0.isEmpty }, "the good inputs are there")
        for seed in target.seeds {
            if case .understood = target.take(seed) { continue }
            // Messages that a link answers, and those of the other side, tell nothing.
            #expect(
                target.name.hasSuffix("link"),
                "\(target.name) refuses \(String(decoding: seed.prefix(300), as: UTF8.self))")
        }
        let tally = target.run(seed: Self.seed)
        print(
            "mutation: \(target.name): \(tally.tried) inputs of seed \(Self.seed), \(tally.understood) understood, slowest \(tally.slowest)"
        )
        #expect(tally.broken == nil, "\(tally.broken?.words ?? "") : \(tally.broken?.input ?? [])")
        #expect(tally.understood > 0 && tally.refused > 0, "\(target.name) does not tell good from bad: \(tally)")
        #expect(tally.slowest < target.patience, "\(target.name): an input costs \(tally.slowest)")
    }

    /// A decoder with a fault that hides behind its magic, a length and a sign: found within the usual time.
    @Test func canary() {
        let planted = Target(name: "planted", seeds: [[7, 3, 1, 2, 3]]) { bytes in
            guard bytes.count > 2, bytes[0] == 7 else { return .refused }
            let end = 2 + Int(Int8(bitPattern: bytes[1]))
            return end >= 2 ? (end <= bytes.count ? .understood : .refused) : .broken("a negative length")
        }
        let tally = planted.run(seed: 5, seconds: 5)
        #expect(tally.broken?.words == "a negative length" && tally.tried < 1_000_000)
    }

    @Test func theSameSeedIsTheSameInput() {
        let seeds = [Array("[2,\"a\",\"b\",{}]".utf8)]
        var one = Mutator(generator: SeededGenerator(seed: 9))
        var other = Mutator(generator: SeededGenerator(seed: 9))
        for _ in 0..<1_000 { #expect(one.mutant(of: seeds) == other.mutant(of: seeds)) }
    }
}
