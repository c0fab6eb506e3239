import Domain
import OCPP

/// Who boots, and whether it may work (B01 to B03). A station that is held back is answered and may be set up, but to
/// everybody else it is not there.
extension StationLink {
    /// Seconds after which a station that is held back tries again.
    static let heldSeconds = 60

    var isHeld: Bool { self.admission != .accepted }

    /// Looks whether the station may work now; what the others are to hear of it.
    mutating func admit() -> [StationFact] {
        let before = self.admission
        self.admission = self.policy.boot(self.station)
        switch (before == .accepted, self.admission == .accepted) {
        case (true, false): return [.disconnected]
        case (false, true): return [.connected(version: self.version.number)]
        default: return []
        }
    }

    mutating func answerBoot(_ call: Call, _ fact: StationFact, at now: Instant) -> [LinkOutput] {
        let admission = self.admit()
        let answer = V2.BootNotificationResponse(
            currentTime: now.wire, interval: self.isHeld ? Self.heldSeconds : self.configuration.heartbeatSeconds,
            status: self.admission.rawValue)
        if self.admission != .rejected { self.configure() }
        guard !self.isHeld else { return self.reply(call, answer, telling: admission) }
        return self.reply(call, answer, telling: admission + [fact]) + self.tellCapabilities()
    }

    /// Whatever else a station says before it is accepted is no concern of ours (B02.FR.09, B03.FR.07); what the set-up
    /// asked it to report is.
    func refusal(_ call: Call) -> OCPPError? {
        guard self.isHeld, call.action != "BootNotification" else { return nil }
        if self.admission == .pending, call.action == "NotifyReport" { return nil }
        return OCPPError(.securityError, "not before this station is accepted: boot again")
    }
}
