public import Domain

/// Whether a contingency reserve came: all of the award ten minutes after the order, and held until the recall.
public enum ContingencyReserve {
    /// Metered part of what was due after the activation time, in 1/10,000, over-delivery left out; 0 without samples.
    /// - Parameters:
    ///   - response: metered deviations at 1 s from the order on, W, + = up.
    ///   - award: power sold, W, above 0.
    ///   - activation: time until all of it is due.
    public static func held(response: [Int], award: Power, activation: TimeSpan) -> Int {
        precondition(award.watts > 0, "an award is for some power")
        let due = response.dropFirst(activation.seconds)
        guard !due.isEmpty else { return 0 }
        let sum = due.reduce(Int128(0)) { $0 + Int128(max(0, min($1, award.watts))) }
        return Int(sum * 10_000 / (Int128(due.count) * Int128(award.watts)))
    }
}
