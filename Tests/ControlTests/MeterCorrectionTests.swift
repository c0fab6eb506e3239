import Domain
import Testing

@testable import Control

@Suite struct MeterCorrectionTests {
    /// Stations that follow late, make more or less of what they are told, and are not always heard.
    private struct Fleet {
        var gain: Int
        var delay: Int
        var meterDelay: Int
        var lossPerMille: Int
        private var asked: [Int] = []
        private var powers: [Int] = []

        init(_ generator: inout SeededGenerator, gains: ClosedRange<Int>) {
            self.gain = Int.random(in: gains, using: &generator)
            self.delay = Int.random(in: 0...7, using: &generator)
            self.meterDelay = Int.random(in: 1...3, using: &generator)
            self.lossPerMille = Int.random(in: 0...500, using: &generator)
        }

        /// What the meters show this second of what was asked, nil where it is not known.
        mutating func second(_ watts: Int, _ generator: inout SeededGenerator) -> Int? {
            self.asked.append(watts)
            let told = self.asked[max(0, self.asked.count - 1 - self.delay)]
            self.powers.append(told * self.gain / 1_000)
            let isLost = Int.random(in: 0..<1_000, using: &generator) < self.lossPerMille
            return isLost ? nil : self.powers[max(0, self.powers.count - 1 - self.meterDelay)]
        }
    }

    private static let award = 1_000_000

    /// Runs a request that jumps each five minutes; returns the greatest error of each last minute before a jump.
    private func run(_ fleet: inout Fleet, _ generator: inout SeededGenerator, seconds: Int) -> [Int] {
        var correction = MeterCorrection()
        var request = 0
        var since = 0
        var worst: [Int] = []
        for second in 0..<seconds {
            if second % 300 == 0 {
                request = Int.random(in: -Self.award...Self.award, using: &generator)
                since = second
                worst.append(0)
            }
            let shown = fleet.second(request + correction.watts, &generator)
            correction.see(error: shown.map { request - $0 }, isSteady: second - since >= 5, award: Self.award)
            #expect(correction.watts.magnitude <= UInt(Self.award / MeterCorrection.limit))
            guard second - since >= 240, let shown else { continue }
            worst[worst.count - 1] = max(worst[worst.count - 1], abs(request - shown))
        }
        return worst
    }

    @Test func itSettlesWhateverTheDelayTheGainAndTheLosses() {
        var generator = SeededGenerator(seed: 99)
        for round in 0..<200 {
            var fleet = Fleet(&generator, gains: 920...1_090)
            let worst = self.run(&fleet, &generator, seconds: 3_000)
            #expect(worst.allSatisfy { $0 <= Self.award / 50 }, "round \(round): \(fleet.gain) \(fleet.delay) \(worst)")
        }
    }

    /// Who gives half cannot be made up for by this: it stops at its bound and does not swing.
    @Test func itIsBounded() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<50 {
            var fleet = Fleet(&generator, gains: 400...600)
            let worst = self.run(&fleet, &generator, seconds: 1_500)
            #expect(worst.allSatisfy { $0 <= Self.award * 6 / 10 })
        }
    }

    @Test func whatNobodySeesIsNotSummedUp() {
        var correction = MeterCorrection()
        for _ in 0..<10 { correction.see(error: 30_000, isSteady: true, award: Self.award) }
        #expect(correction.watts == 10_000)
        for _ in 0..<7_200 { correction.see(error: nil, isSteady: true, award: Self.award) }
        #expect(correction.watts == 10_000, "two hours without a link")
        for _ in 0..<60 { correction.see(error: 900_000, isSteady: false, award: Self.award) }
        #expect(correction.watts == 10_000, "a request that moves")
        correction.see(error: nil, isSteady: true, award: 50_000)
        #expect(correction.watts == 5_000, "never more than a tenth of what is sold")
        correction.see(error: 900_000, isSteady: true, award: 0)
        #expect(correction.watts == 0)
    }
}
