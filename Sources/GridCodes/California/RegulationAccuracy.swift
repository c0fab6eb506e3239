/// California's regulation pays capacity, and the instructed path by how accurately it was followed; every quarter of an
/// hour counts by itself, and one below the least accuracy is no regulation (from memory).
public struct RegulationAccuracy: Hashable, Sendable {
    /// Least accuracy of a quarter of an hour in 1/10,000.
    public var least: Int

    public init(least: Int) {
        self.least = least
    }

    /// Path that was asked for and followed, in W: Σ over quarters of the instructed path × their accuracy.
    /// - Parameter quarters: set-points and metered deviations of each quarter of an hour, W, + = up.
    public func followedPath(_ quarters: [(asked: [Int], came: [Int])]) -> Int {
        quarters.reduce(0) { sum, quarter in
            let accuracy = trackingAccuracy(asked: quarter.asked, came: quarter.came)
            let path = zip(quarter.asked, quarter.asked.dropFirst()).reduce(0) { $0 + Int(($1.1 - $1.0).magnitude) }
            return sum + (accuracy >= self.least ? path * accuracy / 10_000 : 0)
        }
    }
}
