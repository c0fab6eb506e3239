import Domain
import Twin

/// What a station does with charging profiles, whichever version brought them.
extension StationMachine {
    enum Verdict: Hashable, Sendable {
        case accepted
        /// With the specification's reason code.
        case rejected(String)
        /// No answer at all.
        case silent
    }

    mutating func install(_ profile: PlantProfile, evse: Int, transaction: String?) -> Verdict {
        switch self.spec.misbehaviour {
        case .rejects: return .rejected("UnspecifiedReason")
        case .mute: return .silent
        default: break
        }
        if profile.purpose == .transaction {
            guard self.phase == .charging, evse > 0 else { return .rejected("TxNotFound") }
            if let transaction, transaction != self.transactionId { return .rejected("TxNotFound") }
        }
        return self.plant.profiles.install(self.misread(profile)) ? .accepted : .rejected("TooManyElements")
    }

    mutating func update(id: Int, mode: PlantProfile.Mode) -> Verdict {
        switch self.spec.misbehaviour {
        case .rejects: return .rejected("UnspecifiedReason")
        case .mute: return .silent
        default: break
        }
        return self.plant.profiles.update(id: id, mode: mode, at: self.now)
            ? .accepted : .rejected("InvalidProfile")
    }

    /// What the station would follow now, for GetCompositeSchedule.
    var composite: Power {
        self.plant.profiles.target(
            at: self.now, milliHertz: self.milliHertz, offlineSince: nil,
            unlimited: self.spec.maxCharge)
    }

    /// Asked by TriggerMessage; false where there is nothing to say.
    mutating func trigger(_ message: String) -> Bool {
        switch message {
        case "BootNotification":
            self.enqueue(.boot)
        case "Heartbeat":
            self.enqueue(.heartbeat)
        case "StatusNotification":
            self.enqueue(.status(self.status, at: self.now))
        case "MeterValues", "TransactionEvent":
            guard self.phase == .charging else { return false }
            self.transaction(.triggered)
        default:
            return false
        }
        return true
    }

    mutating func reset() {
        self.isResetting = true
        self.isBooted = false
        self.bootAt = self.now
    }
}
