/// Notices that days are not what they were: a two-sided cumulative sum over how far each day's ratio of what came to
/// what was expected lies from 1, in units of its usual distance. A step is seen within days; noise is not.
public struct RegimeWatch: Hashable, Sendable, Codable {
    /// Slack and alarm in 1/1,000 of the usual distance.
    private static let slack = 750
    private static let alarm = 9_000

    /// Usual distance of a day's ratio from 1, in 1/10,000; and of how many days.
    private var spread = 0
    private var days = 0
    private var above = 0
    private var below = 0
    /// First day of the sums that grow.
    private var aboveSince: Int?
    private var belowSince: Int?

    public init() {}

    /// Takes a day's ratio, in 1/10,000; returns the day on which things changed once that is sure.
    public mutating func take(day: Int, ratio: Int) -> Int? {
        let distance = min(20_000, max(-10_000, ratio - 10_000))
        guard self.days >= 14 else {
            self.learn(distance)
            return nil
        }
        let step = distance * 1_000 / max(100, self.spread)
        // One wild day alone is a holiday and no regime.
        let held = min(2_500, max(-2_500, step))
        self.above = max(0, self.above + held - Self.slack)
        self.below = max(0, self.below - held - Self.slack)
        self.aboveSince = self.above == 0 ? nil : self.aboveSince ?? day
        self.belowSince = self.below == 0 ? nil : self.belowSince ?? day
        let since = self.above > Self.alarm ? self.aboveSince : self.below > Self.alarm ? self.belowSince : nil
        guard let since else {
            self.learn(min(2 * max(100, self.spread), Int(distance.magnitude)))
            return nil
        }
        (self.above, self.below, self.aboveSince, self.belowSince) = (0, 0, nil, nil)
        return since
    }

    private mutating func learn(_ distance: Int) {
        self.days = min(60, self.days + 1)
        self.spread += (Int(distance.magnitude) - self.spread) / self.days
    }
}
