import Control
import Domain
import Testing

/// What a station's meter proves, held against stations whose truth is known.
@Suite struct TrustTests {
    /// A station with a delay, a ramp, a share of what it is told, a step and an offset; its meter is read now and then.
    struct Station {
        var delay = 800
        var ramp = 5_000
        var gain = 1_000
        var step = 1
        var offset = 0
        var ignores = false
        /// ms between readings.
        var cadence = 1_000
        var noise = 20
        var power = 0.0
        var aim = 0
        var last = 0
        var pending: [(at: Int, watts: Int)] = []
        var trust = StationTrust()
        var now = 0
        var generator = SeededGenerator(seed: 7)
        private static let start = Instant(seconds: 1_795_694_400)

        var instant: Instant { Self.start + .milliseconds(self.now) }

        func made(of watts: Int) -> Int { watts * self.gain / 1_000 / self.step * self.step + self.offset }

        mutating func told(_ watts: Int, isTimed: Bool = true) {
            self.last = watts
            self.trust.command(watts, metered: self.meter(), isTimed: isTimed, at: self.instant)
            if !self.ignores { self.pending.append((self.now + self.delay, self.made(of: watts))) }
        }

        private mutating func meter() -> Int {
            Int(self.power) + (self.noise > 0 ? Int.random(in: -self.noise...self.noise, using: &self.generator) : 0)
        }

        mutating func run(seconds: Int) {
            for _ in 0..<seconds * 10 {
                self.now += 100
                while let first = self.pending.first, first.at <= self.now {
                    self.aim = first.watts
                    self.pending.removeFirst()
                }
                let most = Double(self.ramp) / 10
                self.power += min(max(Double(self.aim) - self.power, -most), most)
                if self.now % self.cadence == 0 { self.trust.measure(self.meter(), at: self.instant) }
            }
        }

        /// Set-points anywhere, a while apart.
        mutating func dispatch(_ count: Int, apart: Int = 40) {
            for _ in 0..<count {
                var next = Int.random(in: -11_000...22_000, using: &self.generator)
                if abs(next - self.last) < 4_000 { next += next > 5_000 ? -9_000 : 9_000 }
                self.told(next)
                self.run(seconds: apart)
            }
        }
    }

    private func proven(_ change: (inout Station) -> Void, dispatches: Int = 12, apart: Int = 40) -> Station {
        var station = Station()
        change(&station)
        station.dispatch(dispatches, apart: apart)
        return station
    }

    @Test func nothingIsKnownBeforeThreeDispatches() {
        let station = self.proven({ $0.gain = 500 }, dispatches: 3)
        #expect(station.trust.proofs.count == 2, "the first set-point only begins")
        #expect(station.trust.gainPerMille == 1_000 && station.trust.delay == nil && station.trust.line == nil)
        #expect(!station.trust.isIgnoring && station.trust.derating == 1_000)
    }

    @Test(arguments: [1_000, 800, 500, 300]) func theGainIsFound(gain: Int) {
        for seed in UInt64(1)...20 {
            let station = self.proven {
                $0.gain = gain
                $0.generator = SeededGenerator(seed: seed)
            }
            #expect(abs(station.trust.gainPerMille - gain) <= 15, "\(station.trust.gainPerMille)")
            #expect(!station.trust.isIgnoring)
            #expect(gain == 1_000 ? station.trust.derating == 1_000 : abs(station.trust.derating - gain) <= 15)
        }
    }

    @Test(arguments: [1_000, 2_000, 5_000, 10_000, 30_000, 60_000])
    func theDelayLiesBetweenItsBounds(cadence: Int) throws {
        for delay in [300, 2_000, 6_500] {
            let station = self.proven(
                { station in
                    station.delay = delay
                    station.cadence = cadence
                }, apart: 160)
            let found = try #require(station.trust.delay)
            #expect(found.least.milliseconds <= delay + 100, "\(cadence) \(delay) \(found)")
            // A tenth of the step has to be there before a move is told from noise.
            #expect(found.most.milliseconds + 700 >= delay && found.most > found.least)
            #expect((found.most - found.least).milliseconds <= cadence + 100, "no finer than the meter, nor coarser")
        }
    }

    @Test func theRampIsFoundAndASlowMeterShowsLessOfIt() throws {
        let fine = try #require(self.proven { $0.ramp = 1_000 }.trust.ramp).watts
        #expect((900...1_150).contains(fine), "\(fine)")
        let coarse = try #require(self.proven({ ($0.ramp, $0.cadence) = (1_000, 30_000) }, apart: 160).trust.ramp).watts
        #expect(coarse > 100 && coarse <= 1_050)
    }

    @Test func theFullResponseOfASlowOneIsProvenSlow() throws {
        let slow = self.proven({ ($0.delay, $0.ramp) = (3_000, 500) }, apart: 100)
        #expect(slow.trust.provenSlowness > .seconds(8), "\(slow.trust.provenSlowness)")
        let quick = self.proven { $0.ramp = 20_000 }
        #expect(quick.trust.provenSlowness <= .seconds(2))
        let unknown = self.proven({ ($0.ramp, $0.cadence) = (20_000, 60_000) }, apart: 160)
        #expect(unknown.trust.provenSlowness == .zero, "a meter of a minute proves nobody slow")
        #expect(unknown.trust.fullResponse.map { $0.most > .seconds(10) } ?? false)
    }

    @Test func offsetAndStepAreFound() throws {
        let shifted = try #require(self.proven({ ($0.offset, $0.noise) = (400, 5) }).trust.line)
        #expect(
            abs(shifted.offset.watts - 400) < 60 && abs(shifted.gainPerMille - 1_000) < 8 && shifted.step.watts < 60)
        var steps: [Int] = []
        for seed in UInt64(1)...30 {
            let station = self.proven {
                ($0.step, $0.noise) = (690, 5)
                $0.generator = SeededGenerator(seed: seed)
            }
            steps.append(try #require(station.trust.line).step.watts)
        }
        steps.sort()
        #expect((450...950).contains(steps[15]), "\(steps)")
    }

    /// Gain, offset and step at once, over many stations: the line is found within a step and the meter's noise.
    @Test(arguments: [1, 100, 230, 690]) func theLineIsFoundForAnyStation(step: Int) throws {
        var errors: [(offset: Int, gain: Int, step: Int)] = []
        for seed in UInt64(1)...40 {
            var generator = SeededGenerator(seed: seed)
            let gain = Int.random(in: 600...1_000, using: &generator)
            let offset = Int.random(in: -800...800, using: &generator)
            let station = self.proven(
                { station in
                    (station.gain, station.offset, station.step) = (gain, offset, step)
                    station.generator = SeededGenerator(seed: seed)
                }, dispatches: 14)
            let line = try #require(station.trust.line)
            // Rounded down (towards 0): half a step is lost on average.
            errors.append((abs(line.offset.watts - offset), abs(line.gainPerMille - gain), line.step.watts))
        }
        #expect(errors.allSatisfy { $0.offset <= 40 + step }, "\(errors)")
        #expect(errors.allSatisfy { $0.gain <= 4 + step / 10 }, "\(errors)")
        let steps = errors.map(\.step).sorted()
        #expect(step == 1 ? steps[20] < 60 : (step / 2...step * 2).contains(steps[20]), "\(steps)")
    }

    @Test func oneOutlierMovesNothing() {
        var station = self.proven { _ in }
        let before = station.trust
        station.ignores = true
        station.told(station.last > 5_000 ? -8_000 : 15_000)
        station.run(seconds: 60)
        #expect(station.trust.proofs.last.map { !$0.isFollowed } ?? false)
        #expect(abs(station.trust.gainPerMille - before.gainPerMille) <= 15 && !station.trust.isIgnoring)
        #expect(station.trust.delay?.least == before.delay?.least)
    }

    @Test func anotherBehaviourIsKnownAfterFiveDispatches() {
        var station = self.proven { _ in }
        station.gain = 500
        station.dispatch(6)
        #expect(abs(station.trust.gainPerMille - 500) <= 30, "\(station.trust.gainPerMille)")
        station.gain = 1_000
        station.dispatch(6)
        #expect(abs(station.trust.gainPerMille - 1_000) <= 30)
    }

    @Test func whoIgnoresIsKnownAfterTwoAndAskedAgainByASchedule() throws {
        var station = self.proven { _ in }
        station.ignores = true
        station.dispatch(3)
        #expect(station.trust.isIgnoring && station.trust.derating == 0)
        let since = try #require(station.trust.ignoresSince)
        let last = try #require(station.trust.lastProof)
        #expect(try #require(station.trust.lastFollowed) < last && since <= last)
        #expect(station.trust.retryAt == last + .minutes(10))
        station.dispatch(2)
        #expect(station.trust.retryAt.map { $0 > last + .minutes(30) } ?? false, "longer each time")
        station.ignores = false
        station.told(station.last + 2_000)
        station.run(seconds: 40)
        station.told(station.last + 2_000)
        station.run(seconds: 40)
        #expect(!station.trust.isIgnoring, "two that were followed")
        station.dispatch(2)
        #expect(!station.trust.isIgnoring && station.trust.retryAt == nil && station.trust.gainPerMille > 950)
    }

    @Test func whatIsNotKnownIsNoTest() {
        var station = self.proven { _ in }
        let before = station.trust.proofs
        station.told(-9_000)
        station.trust.void()
        station.run(seconds: 60)
        #expect(station.trust.proofs == before, "its link was lost meanwhile")
        station.told(5_000)
        station.run(seconds: 30)
        station.told(14_000)
        station.run(seconds: 5)
        station.told(-3_000)
        station.run(seconds: 60)
        #expect(station.trust.proofs == before, "there and back tells nothing")
        station.told(-3_500)
        station.run(seconds: 60)
        #expect(station.trust.proofs == before, "nor does a step within rounding")
    }

    @Test func memoryIsBounded() {
        let station = self.proven({ _ in }, dispatches: 200, apart: 45)
        #expect(station.trust.proofs.count == StationTrust.most)
        #expect(MemoryLayout<StationTrust>.size + StationTrust.most * MemoryLayout<StationProof>.stride <= 600)
    }
}
