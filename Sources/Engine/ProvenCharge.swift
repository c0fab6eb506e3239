/// The charge power that can be counted on: a slowly following 5 % quantile of what the meter showed while as much,
/// or more, was commanded (DESIGN section 7). Of one session: station, cable and car have their share in it.
struct ProvenCharge: Sendable, Hashable, Codable {
    /// In per cent of the limits, before anything was measured.
    private static let share = 95
    /// Steps from nothing to all of it: a charger that gives half is known after a minute of plans.
    private static let steps = 400
    /// A quantile falls 19 steps for each one that it rises, where 5 % lie below it.
    private static let fall = 19

    /// nil until the meter showed less than was asked.
    private(set) var watts: Int?

    /// W under the limits of the moment.
    func power(limit: Int) -> Int {
        let most = limit * Self.share / 100
        return min(most, self.watts ?? most)
    }

    /// Takes what a steady second showed. Who falls short of a set-point is counted on for the same share of the
    /// limit; a set-point that was followed says nothing of more than itself, and one near the station's dead band
    /// (`minimum`, W) nothing of its share.
    mutating func measure(commanded: Int, metered: Int, limit: Int, minimum: Int = 0) {
        guard commanded > 0, commanded >= max(limit / 10, 2 * minimum) else { return }
        let most = limit * Self.share / 100
        let now = self.power(limit: limit)
        let step = max(1, most / Self.steps)
        let shown = min(most, max(0, metered) * limit / commanded)
        if commanded - metered > max(300, commanded / 20), shown < now {
            self.watts = max(shown, now - Self.fall * step)
        } else if self.watts != nil, metered > now {
            self.watts = min(most, metered, now + step)
        }
    }

    /// In words where it is clearly less than the limits allow, and else nothing.
    func shortfall(limit: Int) -> String {
        let now = self.power(limit: limit)
        guard now * 100 < limit * (Self.share - 10) else { return "" }
        return "metered charging proves \(now) W of \(limit) W"
    }
}
