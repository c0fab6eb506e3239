public import Domain

/// Whether a support of the fast frequency reserve was one: full in time, held, and released as its kind allows.
public struct FastReserveSupport: Hashable, Sendable {
    /// A trigger with the time until full activation, as the unit chose at prequalification (Fingrid).
    public struct Option: Hashable, Sendable {
        public var triggerMilliHertz: Int
        public var fullMilliseconds: Int
    }
    /// 49.7 Hz in 1.3 s, 49.6 Hz in 1.0 s, 49.5 Hz in 0.7 s.
    public static let options = [
        Option(triggerMilliHertz: 49_700, fullMilliseconds: 1_300),
        Option(triggerMilliHertz: 49_600, fullMilliseconds: 1_000),
        Option(triggerMilliHertz: 49_500, fullMilliseconds: 700),
    ]
    public var option: Option
    /// True for 30 s of support with a free release; false for 5 s, released at 20 % of the award per second at most.
    public var isLong: Bool

    public init(option: Option, isLong: Bool) {
        self.option = option
        self.isLong = isLong
    }

    /// Why a recording does not pass, or nil where it does.
    /// - Parameters:
    ///   - response: metered deviations at 100 ms from the crossing of the trigger on, W, + = up.
    ///   - award: power sold, W.
    public func fault(response: [Int], award: Power) -> String? {
        let full = (self.option.fullMilliseconds + 99) / 100
        let end = full + (self.isLong ? 300 : 50)
        guard response.count > end else {
            return "the recording ends after \(response.count / 10) s: keep at least \(end / 10 + 1) s of it"
        }
        if let late = response[full...end].firstIndex(where: { $0 < award.watts }) {
            return late == full
                ? "not full after \(self.option.fullMilliseconds) ms: arm a faster trigger or sell less"
                : "let go after \(late / 10) s: hold until \(end / 10) s"
        }
        guard !self.isLong else { return nil }
        let most = award.watts / 50
        let steps = zip(response[end...], response[(end + 1)...])
        if steps.contains(where: { $0 - $1 > most }) {
            return "released faster than 20 % of the award per second: ramp down"
        }
        // The release takes five seconds at that rate, and has to be seen.
        return response.count > end + 50
            ? nil : "the release is not whole: keep at least \(end / 10 + 6) s of recording"
    }
}
