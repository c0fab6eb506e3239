/// The bottom of the stack: a TxDefaultProfile that charges up to the EVSE's share and never ends, so that a station
/// whose other profiles are all gone does not charge without any limit (2.1 Q11).
package struct BottomProfile: Hashable, Sendable {
    /// What tells two of them apart; when they begin does not.
    var id: Int
    var level: Int
    var limit: Milli
    var unit: String
    var kind: String
}

/// How far the bottom got.
enum BottomState: Hashable, Sendable {
    case nothing
    case standing(BottomProfile)
    /// The station did not take it; not asked again before the instant.
    case refused(until: DateTime)
}

extension Dispatcher {
    /// Seconds until a bottom that was refused is said again: a station may count its writes (K01.FR.56 to 59).
    static let bottomRetrySeconds = 600

    /// The bottom that the station holds, for whoever keeps it over a lost link; nil while it is not known to.
    package var standingBottom: BottomProfile? {
        if case .standing(let profile) = self.bottom { profile } else { nil }
    }

    var hasBottom: Bool { if case .standing = self.bottom { true } else { false } }

    /// True while the frame in flight is the bottom's.
    package var isBottomInFlight: Bool { if case .bottom = self.inFlight { true } else { false } }

    /// True while the answer to the frame in flight decides over what stands at the bottom.
    package var movesBottom: Bool {
        switch self.inFlight {
        case .bottom, .clearing(.bottom, _): true
        default: false
        }
    }

    /// What a station holds from an earlier link: profiles of this purpose outlive it.
    package mutating func recall(_ bottom: BottomProfile?) {
        if let bottom { self.bottom = .standing(bottom) }
    }

    /// What can be known of the station is known: its bottom may be laid without a transaction or an order.
    package mutating func becomeReady() { self.isReady = true }

    /// Lays it ahead of everything else where none stands.
    mutating func bottomFirst(_ now: DateTime) -> DispatchCall? {
        guard self.isReady || self.order != nil || self.transaction != nil else { return nil }
        switch self.bottom {
        case .nothing: return self.putBottom(now)
        case .refused(let until): return now < until ? nil : self.putBottom(now)
        case .standing: return nil
        }
    }

    /// Lays another one where the limit, or the way to say it, changed; a setpoint goes first.
    mutating func renewBottom(_ now: DateTime) -> DispatchCall? {
        guard !self.isBottomRight, self.isReady || self.order != nil, let standing = self.standingBottom else {
            return nil
        }
        guard standing != self.wantedBottom else {
            self.isBottomRight = true
            return nil
        }
        if let notBefore = self.bottomNotBefore, now < notBefore { return nil }
        guard standing.id != self.wantedBottom.id else { return self.putBottom(now) }
        // Two of one level and purpose are one too many (K01.FR.39).
        self.inFlight = .clearing(.bottom, order: 0)
        return self.builder.clear(id: standing.id)
    }

    private var wantedBottom: BottomProfile {
        let most = min(self.nameplate ?? self.policy.nameplateWatts, self.beneathLimit ?? Int.max)
        let limit = self.dialect.quantized(watts: most, canDischarge: false, maxCharge: nil, maxDischarge: nil)
        return BottomProfile(
            id: self.builder.id(.bottom), level: self.builder.level(.bottom), limit: limit.wire,
            unit: self.dialect.unit, kind: self.dialect.kind)
    }

    private mutating func putBottom(_ now: DateTime) -> DispatchCall? {
        guard self.dialect.fallback, self.dialect.bottom, self.builder.hasRoomForBottom else { return nil }
        let wanted = self.wantedBottom
        self.inFlight = .bottom(wanted)
        return self.builder.bottom(wanted.limit, now: Self.whole(now))
    }

    /// The station's answer to it. One that refuses it gets the older way: a TxProfile without end.
    mutating func completedBottom(_ profile: BottomProfile, _ answer: DispatchAnswer, _ now: DateTime) {
        switch answer {
        case .accepted:
            self.bottom = .standing(profile)
            self.wantsBeneath = false
        case .disconnected: break
        case .rejected, .failed, .timedOut:
            let wait = answer == .timedOut ? 60 : Self.bottomRetrySeconds
            self.bottomNotBefore = now + wait
            // The one before stands on where there was one: a refusal changes nothing.
            guard !self.hasBottom else { return }
            self.bottom = .refused(until: now + wait)
            self.wantsBeneath = self.dialect.fallback && self.transaction != nil
        }
    }
}
