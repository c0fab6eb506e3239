package import Domain

/// When a station dials again (OCPP-J Part 4 section 5.4): minimum + random(0 … range), doubled up to
/// `repeatTimes`, back to the minimum after success.
package struct BackOff: Hashable, Sendable {
    package var minimum: TimeSpan
    package var randomRange: TimeSpan
    package var repeatTimes: Int
    private var failures = 0

    package init(
        minimum: TimeSpan = .seconds(1), randomRange: TimeSpan = .seconds(2), repeatTimes: Int = 4
    ) {
        self.minimum = minimum
        self.randomRange = randomRange
        self.repeatTimes = repeatTimes
    }

    package mutating func succeeded() {
        self.failures = 0
    }

    /// The wait before the next attempt.
    package mutating func next(with generator: inout SeededGenerator) -> TimeSpan {
        let doubled = self.minimum * (1 << min(self.failures, self.repeatTimes))
        self.failures += 1
        let width = max(self.randomRange.microseconds, 0)
        return doubled + .microseconds(Int.random(in: 0...width, using: &generator))
    }
}
