/// Load relief programmes pay the reservation by how much of the pledge the events of a month showed (assumption: the mean
/// over event hours, not above one), and energy by what was relieved.
public enum PerformanceFactor {
    /// The factor in 1/10,000; full where the month had no event, for readiness is what the reservation pays.
    /// - Parameters:
    ///   - relieved: baseline less metered load of each event hour, W; below zero where load rose.
    ///   - pledged: W, above 0.
    public static func factor(relieved: [Int], pledged: Int) -> Int {
        precondition(pledged > 0, "a pledge is for some power")
        guard !relieved.isEmpty else { return 10_000 }
        let mean = relieved.reduce(0, +) / relieved.count
        return max(0, min(10_000, mean * 10_000 / pledged))
    }
}
