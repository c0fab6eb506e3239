/// What is asked beyond a request so that the meter shows the request: a slow integral over the error, for products that
/// follow a signal. Droop must not become an integrator, so products with a local curve have none (dispatch.md section 2).
///
/// Bounded by a tenth of the award. It stands still while the request moves, since stations that are on their way are not
/// in error, and while somebody's meters are not heard: an error that nobody sees cannot be summed up.
public struct MeterCorrection: Hashable, Sendable, Codable {
    /// Share of the error that is made up for each second. With what stations and meters need until a change shows (10 s)
    /// the sum follows without overshooting: 10 / 30 is below 1/e, the limit of an integral with a delay.
    public static let share = 30
    /// Most of it, as a share of the award.
    public static let limit = 10

    /// W, + = up.
    public private(set) var watts = 0

    public init() {}

    /// Takes one second. `error` is what was requested less what was delivered, W, + = up; nil where it is not known.
    /// `award` ≥ 0 is the larger of both directions; without one nothing is corrected.
    public mutating func see(error: Int?, isSteady: Bool, award: Int) {
        let most = max(0, award) / Self.limit
        self.watts = min(max(self.watts, -most), most)
        guard let error, isSteady else { return }
        // The last watts of an error are no more than rounding.
        self.watts = min(max(self.watts + error / Self.share, -most), most)
    }

    public mutating func clear() { self.watts = 0 }
}
