import Testing

@testable import Runtime

/// A wall clock that is stepped, slewed and stepped back.
@Suite struct ClockTests {
    private static let start = 1_795_464_000_000_000

    /// Looks each 100 ms for so many seconds while the wall clock is off by `step` seconds; returns the last error, µs.
    private func run(_ clock: inout ClockDiscipline, _ steady: inout Int, seconds: Int, step: Double) -> Int {
        var error = 0
        for _ in 0..<seconds * 10 {
            steady += 100_000
            let right = Self.start + steady
            error = clock.now(wall: right + Int(step * 1e6), steady: steady) - right
        }
        return error
    }

    @Test(arguments: [300.0, -300, 3_600, 1.5, -86_400])
    func aStepThatIsTakenBackChangesNothing(_ step: Double) {
        var clock = ClockDiscipline()
        var steady = 0
        #expect(self.run(&clock, &steady, seconds: 10, step: 0) == 0 && clock.step == nil)
        #expect(self.run(&clock, &steady, seconds: 75, step: step) == 0)
        #expect(clock.step == Int(step * 1e6), "it is told of")
        #expect(self.run(&clock, &steady, seconds: 10, step: 0) == 0 && clock.step == nil)
    }

    @Test func aStepThatStandsIsBelieved() {
        var clock = ClockDiscipline()
        var steady = 0
        _ = self.run(&clock, &steady, seconds: 5, step: 0)
        #expect(self.run(&clock, &steady, seconds: 115, step: -300) == 0)
        #expect(self.run(&clock, &steady, seconds: 10, step: -300) == -300_000_000 && clock.step == nil)
    }

    /// What a time server does all the time, up to half a millisecond a second, is followed.
    @Test func slewingIsFollowed() {
        var clock = ClockDiscipline()
        var steady = 0
        var error = 0
        for tenth in 0..<36_000 {
            steady += 100_000
            let wall = Self.start + steady + tenth * 50
            error = clock.now(wall: wall, steady: steady) - wall
            guard error == 0 else { break }
        }
        #expect(error == 0 && clock.step == nil)
    }

    /// Steps upon steps: none is believed before it has stood, and time goes on evenly.
    @Test func aClockThatJumpsAboutIsNotFollowed() {
        var clock = ClockDiscipline()
        var steady = 0
        _ = self.run(&clock, &steady, seconds: 5, step: 0)
        for round in 1...20 {
            #expect(self.run(&clock, &steady, seconds: 60, step: Double(round % 2 == 0 ? 400 : -70 * round)) == 0)
        }
    }
}
