import Domain
import OCPP

/// Whether enough is known of a station to lay a profile that stays: what it says of itself decides ids and units.
struct BottomReadiness: Sendable {
    /// A device model that is on its way is waited for so long.
    static let reportWait = TimeSpan.seconds(5)

    var answersDue = 0
    private(set) var isReady = false
    private var readyAt: Instant?

    /// One of our questions about it came to an end, with or without an answer.
    mutating func answered(_ version: OCPPVersion, at now: Instant) {
        self.answersDue = max(0, self.answersDue - 1)
        guard self.answersDue == 0, self.readyAt == nil else { return }
        self.readyAt = version == .v16 ? now : now + Self.reportWait
    }

    /// The device model is told to its end.
    mutating func reported(at now: Instant) {
        if self.answersDue == 0 { self.readyAt = now }
    }

    /// True once, when it has become ready.
    mutating func becomes(at now: Instant) -> Bool {
        guard !self.isReady, let at = self.readyAt, now >= at else { return false }
        self.isReady = true
        return true
    }
}

/// The TxDefaultProfile at the bottom of each EVSE's stack: laid once the station is known, and anew when its share of
/// the site's limit changes.
extension StationLink {
    static let limitEvery = TimeSpan.seconds(60)

    mutating func lookAtBottoms(at now: Instant) {
        let isNew = self.readiness.becomes(at: now)
        let isDue = self.limitLookAt.map { now >= $0 } ?? true
        guard isNew || isDue else { return }
        self.limitLookAt = now + Self.limitEvery
        for evse in self.dispatchers.evses {
            if isNew { self.dispatchers[evse]?.becomeReady() }
            let share = self.policy.fallbackLimit(self.station, evse)?.watts
            self.dispatchers[evse]?.beneathLimit = share
        }
    }
}
