/// Finds out what no file and no device model tells, from the answers to frames of dispatch, in a bounded number of
/// tries. Pure; kept with the station as long as its firmware stays.
package struct CapabilityProbe: Hashable, Sendable, Codable {
    /// What to do about an answer.
    package enum Verdict: Hashable, Sendable {
        /// Nothing was learned: the answer stands.
        case stands
        /// Something was learned, the answer stands.
        case learned
        /// Say it anew in the dialect that ``amend(_:)`` makes now.
        case sayAnew
    }

    /// Ways to say it otherwise, the likeliest first; each is tried once.
    private static let plans: [Set<Dialect.Trait>] = [
        [.stackLevel], [.purpose], [.kind], [.unit], [.pause], [.stackLevel, .purpose], [.stackLevel, .kind],
        [.stackLevel, .unit], [.purpose, .kind], [.purpose, .unit], [.stackLevel, .purpose, .kind],
        [.stackLevel, .purpose, .kind, .unit],
    ]
    /// Links that may end on an unanswered profile before profiles are taken for the cause.
    package static let mostDrops = 3
    /// Updates that may stay unanswered before whole profiles are said instead.
    package static let mostSilentUpdates = 2

    /// The ways in which this station is spoken to otherwise than its dialect says.
    package private(set) var changed: Set<Dialect.Trait> = []
    /// Seen to work as they are.
    package private(set) var proven: Set<Dialect.Trait> = []
    private var tried: [Set<Dialect.Trait>] = []
    private var drops = 0
    private var silentUpdates = 0
    private var takesUpdates = true
    package private(set) var refusesDischarge = false
    /// The TxDefaultProfile at the bottom is refused although profiles are taken; nil = not known to be.
    package private(set) var refusesBottom: Bool?
    /// Signals are refused although the dialect says them; nil = not known to be.
    package private(set) var refusesSignal: Bool?
    /// Every way was refused: no more is tried, answers stand as they come.
    package private(set) var isExhausted = false
    /// Why no profile is said to it any more.
    package private(set) var unusable: String?

    package init() {}

    package var tries: Int { self.tried.count }

    package var isBlank: Bool { self == CapabilityProbe() }

    /// Whether a later life would miss it: a station that takes what its dialect says has nothing to remember.
    package var isWorthKeeping: Bool {
        !self.changed.isEmpty || self.refusesDischarge || self.isExhausted || self.unusable != nil
            || !self.takesUpdates || self.refusesBottom == true || self.refusesSignal == true
    }

    /// What was found out, put into the dialect.
    func amend(_ dialect: inout Dialect) {
        if self.changed.contains(.stackLevel) {
            dialect.stackLevel = 0
            dialect.mostStackLevel = 0
        }
        if self.changed.contains(.purpose) { dialect.purpose = "TxDefaultProfile" }
        if self.changed.contains(.kind) { dialect.kind = "Relative" }
        if self.changed.contains(.unit) { dialect.speak("A") }
        if self.changed.contains(.pause), dialect.pauseTenths == 0 { dialect.pauseTenths = dialect.leastTenths }
        if !self.takesUpdates { dialect.updates = false }
        if self.refusesBottom == true { dialect.bottom = false }
        if self.refusesSignal == true { dialect.signal = false }
        if self.refusesDischarge, dialect.discharge == .negativeLimit {
            dialect.capability = .curtailOnly
            dialect.reason = "the station refused a negative limit"
        }
    }

    /// The station's answer to a frame of dispatch; `open` are the traits that may be tried.
    package mutating func heard(
        _ answer: DispatchAnswer, to call: DispatchCall, open: Set<Dialect.Trait>, isBottom: Bool = false
    ) -> Verdict {
        if isBottom { return self.heardOfBottom(answer) }
        guard let shape = ProfileShape(call) else {
            if case .signal = call { return self.heardOfSignal(answer) }
            guard case .update = call else { return .stands }
            return self.heardOfUpdate(answer)
        }
        switch answer {
        case .accepted: return self.accepted(shape)
        case .rejected(let reason): return self.refused(reason, shape, open)
        case .failed(let code): return self.refused(code, shape, open)
        case .disconnected: return self.dropped()
        case .timedOut: return .stands
        }
    }

    private mutating func accepted(_ shape: ProfileShape) -> Verdict {
        let before = self
        self.drops = 0
        self.proven.formUnion([.purpose, .kind, .unit])
        if shape.level > 0 || self.changed.contains(.stackLevel) { self.proven.insert(.stackLevel) }
        if shape.hasZero || self.changed.contains(.pause) { self.proven.insert(.pause) }
        return self == before || !self.isWorthKeeping ? .stands : .learned
    }

    private mutating func refused(_ reason: String, _ shape: ProfileShape, _ open: Set<Dialect.Trait>) -> Verdict {
        if reason == "NotSupported" || reason == "NotImplemented" {
            self.unusable = "the station answers SetChargingProfile with \(reason)"
            return .learned
        }
        if shape.isNegative {
            // Nothing else is tried with a discharge: the station charges on, and is curtailed from now on.
            guard !self.refusesDischarge else { return .stands }
            self.refusesDischarge = true
            return .learned
        }
        guard !self.isExhausted, !shape.isSigned else { return .stands }
        let usable = open.subtracting(self.proven)
        let candidates = Self.plans.filter { plan in
            plan.isSubset(of: usable) && !self.tried.contains(plan) && shape.isTouched(by: plan)
        }
        let hinted = Self.hint(reason).flatMap { trait in candidates.first { $0 == [trait] } }
        guard let plan = hinted ?? candidates.first else { return self.giveUp() }
        self.tried.append(plan)
        self.changed = plan.union(self.changed.intersection(self.proven))
        return .sayAnew
    }

    /// Back to the dialect as it is written, for good.
    private mutating func giveUp() -> Verdict {
        guard !self.tried.isEmpty else { return .stands }
        self.changed.formIntersection(self.proven)
        self.isExhausted = true
        return .learned
    }

    private mutating func dropped() -> Verdict {
        guard self.proven.isEmpty else { return .stands }
        self.drops += 1
        if self.drops >= Self.mostDrops { self.unusable = "the station hangs up on SetChargingProfile" }
        return .learned
    }

    /// No other way is tried with it: the frames of a transaction find the way, and then it is said once more in that
    /// way. What refuses it then refuses it as such.
    private mutating func heardOfBottom(_ answer: DispatchAnswer) -> Verdict {
        switch answer {
        case .accepted:
            self.drops = 0
            return .stands
        case .rejected, .failed:
            if case .failed("NotImplemented") = answer {
                self.unusable = "the station answers SetChargingProfile with NotImplemented"
                return .learned
            }
            guard answer != .rejected(reason: "RateLimitExceeded") else { return .stands }
            guard self.proven.isSuperset(of: [.purpose, .kind, .unit]) || self.isExhausted else { return .stands }
            self.refusesBottom = true
            return .learned
        case .disconnected: return self.dropped()
        case .timedOut: return .stands
        }
    }

    /// One refusal is enough: set-points are there as well.
    private mutating func heardOfSignal(_ answer: DispatchAnswer) -> Verdict {
        switch answer {
        case .rejected, .failed:
            self.refusesSignal = true
            return .sayAnew
        case .accepted, .timedOut, .disconnected: return .stands
        }
    }

    private mutating func heardOfUpdate(_ answer: DispatchAnswer) -> Verdict {
        switch answer {
        case .accepted:
            self.silentUpdates = 0
            return .stands
        case .failed("NotImplemented"), .failed("NotSupported"), .rejected("NotSupported"):
            self.takesUpdates = false
            return .sayAnew
        case .timedOut:
            self.silentUpdates += 1
            guard self.silentUpdates >= Self.mostSilentUpdates else { return .stands }
            self.takesUpdates = false
            return .sayAnew
        case .rejected, .failed, .disconnected:
            return .stands
        }
    }

    /// Reason codes of 2.x name the culprit (sheet, section 2.17).
    private static func hint(_ reason: String) -> Dialect.Trait? {
        let reason = reason.lowercased()
        if reason.contains("stacklevel") { return .stackLevel }
        if reason.contains("purpose") { return .purpose }
        if reason.contains("kind") { return .kind }
        return reason.contains("rateunit") ? .unit : nil
    }
}

/// What a profile frame looks like to a station that looks for a fault in it.
struct ProfileShape {
    var level: Int
    var isRelative: Bool
    var isDefault: Bool
    var isWatts: Bool
    var hasZero: Bool
    /// A limit below 0.
    var isNegative: Bool
    /// A setpoint or curve of 2.1: its shape is the specification's.
    var isSigned: Bool

    init?(_ call: DispatchCall) {
        switch call {
        case .set(let request), .draft(let request):
            let profile = request.chargingProfile
            let periods = profile.chargingSchedule.flatMap(\.chargingSchedulePeriod)
            self.init(
                level: profile.stackLevel, isRelative: profile.chargingProfileKind == .relative,
                isDefault: profile.chargingProfilePurpose == .txDefaultProfile,
                isWatts: profile.chargingSchedule.first?.chargingRateUnit == .watts,
                limits: periods.compactMap(\.limit),
                isSigned: periods.contains { $0.limit == nil })
        case .set16(let request):
            let profile = request.csChargingProfiles
            self.init(
                level: profile.stackLevel, isRelative: profile.chargingProfileKind == .relative,
                isDefault: profile.chargingProfilePurpose == .txDefaultProfile,
                isWatts: profile.chargingSchedule.chargingRateUnit == .watts,
                limits: profile.chargingSchedule.chargingSchedulePeriod.map(\.limit), isSigned: false)
        case .update, .clear, .clear16, .control, .clearControl, .signal: return nil
        }
    }

    private init(level: Int, isRelative: Bool, isDefault: Bool, isWatts: Bool, limits: [Milli], isSigned: Bool) {
        self.level = level
        self.isRelative = isRelative
        self.isDefault = isDefault
        self.isWatts = isWatts
        self.hasZero = limits.contains(.zero)
        self.isNegative = limits.contains { $0 < .zero }
        self.isSigned = isSigned
    }

    /// Whether each change would show in the frame; a pause changes frames that say 0 only.
    func isTouched(by plan: Set<Dialect.Trait>) -> Bool {
        plan.allSatisfy { trait in
            switch trait {
            case .stackLevel: self.level > 0 || plan.count > 1
            case .purpose: !self.isDefault || plan.count > 1
            case .kind: !self.isRelative || plan.count > 1
            case .unit: self.isWatts || plan.count > 1
            case .pause: self.hasZero
            }
        }
    }
}

extension Dialect {
    /// 6 A on each phase, the least that charges (IEC 61851-1), in tenths of the unit.
    var leastTenths: Int { self.unit == "A" ? 60 : 60 * self.voltage * self.phases }
}
