/// What a station does by itself once nobody speaks to it: 0 W first, then back to charging in steps and spread
/// in time, never discharge (silence is safe for the driver and for the grid).
package struct FallbackPolicy: Hashable, Sendable {
    /// Least time at 0 W after the last setpoint lapsed, s.
    package var holdSeconds = 60
    /// Stations start again spread over this, s, each always at the same place in it.
    package var spreadSeconds = 120
    /// From the first step to full power, s.
    package var rampSeconds = 120
    /// The profile beneath is renewed this often while setpoints come, s.
    package var refreshSeconds = 300
    /// Power of a charging point whose station does not tell it, W.
    package var nameplateWatts = 22_000

    /// For how long the way back says full power, s, before it ends in the bottom, which says the same.
    static let tailSeconds = 60

    package init() {}

    struct Step: Hashable, Sendable {
        var start: Int
        var watts: Int
    }

    /// Seconds from now until charging may begin.
    func resume(spread share: Int) -> Int {
        self.refreshSeconds + self.holdSeconds + self.spreadSeconds * share / 1_000
    }

    /// Steps of a schedule that began `past` seconds ago; `share` of 1,000 places the station in the spread.
    func steps(maxWatts: Int, minimum: Int, past: Int, share: Int, mostPeriods: Int) -> [Step] {
        let start = past + self.resume(spread: share)
        var steps = [Step(start: 0, watts: 0)]
        if mostPeriods >= 4, self.rampSeconds > 1 {
            for (index, part) in [maxWatts / 3, maxWatts * 2 / 3].enumerated() where part >= minimum {
                steps.append(Step(start: start + self.rampSeconds * index / 2, watts: part))
            }
            steps.append(Step(start: start + self.rampSeconds, watts: maxWatts))
        } else {
            steps.append(Step(start: start, watts: maxWatts))
        }
        return steps
    }
}
