/// What to say next, and what the answers mean.
extension Dispatcher {
    /// The next frame, when one is due; reports of orders that need none are added to `reports`.
    /// ``completed(_:at:)`` must follow before the next call.
    package mutating func next(at now: DateTime, reports: inout [DispatchReport]) -> DispatchCall? {
        guard self.inFlight == nil else { return nil }
        self.dropLapsed(now, &reports)
        if case .clear = self.order?.target { return self.clearing(&reports) }
        guard self.isPaced(now) else { return nil }
        let call = self.due(now, &reports)
        if call != nil { self.lastProfile = now }
        return call
    }

    private mutating func due(_ now: DateTime, _ reports: inout [DispatchReport]) -> DispatchCall? {
        if let call = self.bottomFirst(now) ?? self.beneathFirst(now) { return call }
        switch self.order?.target {
        case .setpoint where self.usesSignal, .curve where self.usesSignal:
            if let call = self.signalled(now, &reports) { return call }
        case .setpoint(let watts):
            if let call = self.setpoint(watts, now, &reports) { return call }
        case .curve(let points, let baseline):
            if let call = self.curve(points, baseline, now, &reports) { return call }
        case .clear, nil:
            break
        }
        return self.renewBeneath(now) ?? self.renewBottom(now)
    }

    private mutating func dropLapsed(_ now: DateTime, _ reports: inout [DispatchReport]) {
        guard let order = self.order, now >= order.until else { return }
        if !order.isReported {
            reports.append(DispatchReport(order: order.number, outcome: .timedOut, asked: nil))
        }
        self.order = nil
    }

    // MARK: The setpoint

    private mutating func setpoint(
        _ watts: Int, _ now: DateTime, _ reports: inout [DispatchReport]
    ) -> DispatchCall? {
        guard let order = self.order else { return nil }
        let value = self.quantized(watts)
        let left = max((order.until.microseconds - now.microseconds) / 1_000_000, 1)
        let duration = min(left, self.spread(self.dialect.watchdogSeconds))
        let standing = self.installed.flatMap { now < $0.lapses() ? $0 : nil }
        // A new order may be valid for less than the watchdog that stands; one that ages is kept alive until it
        // ends, never beyond.
        let isTooLong = !order.isReported && (standing.map { $0.duration > left } ?? false)
        let isDue = standing.map { $0.isDue(now) && $0.lapses() < order.until } ?? true
        if let standing, standing.wire == value.wire, !isDue, !isTooLong {
            if !order.isReported { self.report(.accepted, value.watts, &reports) }
            return self.curveUntil == nil && !self.controlMayStand ? nil : self.clear(.curve, order.number)
        }
        if let notBefore = self.notBefore, now < notBefore { return nil }
        self.inFlight = .main(order: order.number)
        self.sent = .setpoint(wire: value.wire, watts: value.watts, duration: duration)
        guard self.usesDynamic else {
            let past = self.dialect.startsInPastSeconds
            return self.builder.limits(
                .setpoint, [(0, value.wire)], start: Self.whole(now) + -past,
                duration: duration + past, transaction: self.transaction)
        }
        // Past its watchdog the profile sleeps; an update wakes it (K28.FR.14).
        if let installed = self.installed, installed.duration <= left, self.dialect.updates, self.version == .v21 {
            self.sent = .setpoint(
                wire: value.wire, watts: value.watts, duration: installed.duration)
            return self.builder.update(value.wire)
        }
        return self.builder.dynamic(
            value.wire, duration: duration, transaction: self.transaction,
            maxOffline: min(duration, self.offlineSeconds))
    }

    /// A third more or less of a watchdog, by the station's place in the spread: many that lose us in the same second
    /// must not all let go in the same second.
    func spread(_ seconds: Int) -> Int { seconds + seconds * (self.share - 500) / 1_500 }

    /// How long a set-point outlives the link, by the same place.
    var offlineSeconds: Int {
        let (least, most) = (ProfileBuilder.offline.lowerBound, ProfileBuilder.offline.upperBound)
        return least + (most - least) * self.share / 1_000
    }

    /// Schedules start on a whole second, rounded down: the schemas of 1.6 know no fractions in practice.
    static func whole(_ now: DateTime) -> DateTime {
        DateTime(microseconds: now.microseconds / 1_000_000 * 1_000_000)
    }

    mutating func report(
        _ outcome: DispatchReport.Outcome, _ asked: Int?, _ reports: inout [DispatchReport]
    ) {
        guard let order = self.order else { return }
        self.order?.isReported = true
        reports.append(DispatchReport(order: order.number, outcome: outcome, asked: asked))
    }

    // MARK: The curve

    private mutating func curve(
        _ points: [CurveWatts], _ baseline: Int, _ now: DateTime, _ reports: inout [DispatchReport]
    ) -> DispatchCall? {
        guard let order = self.order else { return nil }
        if !order.isReported {
            guard Self.isSound(points) else {
                self.report(.rejected(reason: "NoFreqWattCurve"), nil, &reports)
                return nil
            }
            if self.usesControl { return self.control(points, baseline, now) }
            self.inFlight = .main(order: order.number)
            let left = max((order.until.microseconds - now.microseconds) / 1_000_000, 1)
            let past = self.dialect.startsInPastSeconds
            self.sent = .curve(order.target, until: order.until)
            return self.builder.curve(
                points, baseline: baseline, start: Self.whole(now) + -past, duration: left + past,
                transaction: self.transaction)
        }
        if self.usesControl { return nil }
        // The curve lies beneath the setpoint, which has to go.
        guard self.armed == order.target, self.installed != nil else { return nil }
        return self.clear(.setpoint, order.number)
    }

    static func isSound(_ points: [CurveWatts]) -> Bool {
        (2...20).contains(points.count)
            && zip(points, points.dropFirst()).allSatisfy { $0.milliHertz < $1.milliHertz }
    }

    // MARK: Clearing

    private mutating func clear(_ slot: ProfileBuilder.Slot, _ order: UInt64) -> DispatchCall {
        self.inFlight = .clearing(slot, order: order)
        return slot == .curve && self.usesControl ? self.builder.clearControl() : self.builder.clear(slot)
    }

    private mutating func clearing(_ reports: inout [DispatchReport]) -> DispatchCall? {
        guard let order = self.order else { return nil }
        self.wantsBeneath = false
        if self.installed != nil { return self.clear(.setpoint, order.number) }
        if self.curveUntil != nil || self.controlMayStand { return self.clear(.curve, order.number) }
        switch self.beneath {
        case .charging, .holding: return self.clear(.fallback, order.number)
        case .nothing, .refused: break
        }
        if !order.isReported { self.report(.accepted, nil, &reports) }
        self.order = nil
        return nil
    }

    // MARK: What lies beneath

    /// Before anything signed, something must lie beneath it, or a station that loses us charges without limit (Q11).
    /// Where the bottom stands the way back may follow the setpoint.
    private mutating func beneathFirst(_ now: DateTime) -> DispatchCall? {
        guard self.dialect.fallback, !self.hasBottom, self.transaction != nil, self.builder.hasRoomBeneath else {
            return nil
        }
        switch self.beneath {
        case .nothing: break
        case .refused(let until): if now < until { return nil }
        case .charging, .holding: return nil
        }
        guard self.order != nil || self.wantsBeneath else { return nil }
        return self.putBeneath(now)
    }

    private mutating func renewBeneath(_ now: DateTime) -> DispatchCall? {
        guard self.dialect.fallback, self.order != nil, self.transaction != nil,
            self.builder.hasRoomBeneath
        else { return nil }
        switch self.beneath {
        case .charging: return self.putBeneath(now)
        case .holding(let renew): return now >= renew ? self.putBeneath(now) : nil
        // Over the bottom it is worth saying only where it can say more than that.
        case .nothing: return self.hasBottom && self.canHold ? self.putBeneath(now) : nil
        case .refused(let until): return self.hasBottom && now >= until ? self.putBeneath(now) : nil
        }
    }

    /// What the EVSE charges with at first once its setpoint has lapsed, W: 0, or at once its share.
    package var fallsTo: Int {
        if self.dialect.fallback, self.builder.hasRoomBeneath, self.canHold { return 0 }
        let most = self.nameplate ?? self.maxCharge ?? self.policy.nameplateWatts
        return self.dialect.fallback ? min(most, self.beneathLimit ?? most) : most
    }

    /// 0 W first and charging later takes two periods, and a start that the station knows.
    private var canHold: Bool { self.mostPeriods >= 2 && self.dialect.kind != "Relative" }

    private mutating func putBeneath(_ now: DateTime) -> DispatchCall {
        self.inFlight = .fallback
        let past = self.dialect.startsInPastSeconds
        let most = min(self.maxCharge ?? self.policy.nameplateWatts, self.beneathLimit ?? Int.max)
        let steps =
            self.order == nil || self.mostPeriods < 2
            ? [FallbackPolicy.Step(start: 0, watts: most)]
            : self.policy.steps(
                maxWatts: most, minimum: self.dialect.minimumWatts, past: past, share: self.share,
                mostPeriods: self.mostPeriods)
        let wire = steps.map { step in
            (
                start: step.start,
                wire: self.dialect.quantized(
                    watts: step.watts, canDischarge: false, maxCharge: nil, maxDischarge: nil
                ).wire
            )
        }
        // Over the bottom it ends where the bottom says the same; alone it must never end.
        let duration = self.hasBottom ? steps.last.map { $0.start + FallbackPolicy.tailSeconds } : nil
        return self.builder.limits(
            .fallback, wire, start: Self.whole(now) + -past, duration: duration,
            transaction: self.transaction)
    }

    // MARK: Answers

    /// The answer to the frame of the last ``next(at:reports:)``.
    package mutating func completed(_ answer: DispatchAnswer, at now: DateTime) -> [DispatchReport] {
        guard let step = self.inFlight else { return [] }
        self.inFlight = nil
        switch step {
        case .bottom(let profile):
            self.completedBottom(profile, answer, now)
            return []
        case .fallback:
            self.wantsBeneath = false
            guard answer == .accepted else {
                self.beneath = .refused(until: now + 60)
                return []
            }
            self.beneath =
                self.order == nil ? .charging : .holding(renew: now + self.policy.refreshSeconds)
            return []
        case .clearing(let slot, _):
            // Whatever the station says, it is not asked twice; Unknown means that it was gone.
            switch slot {
            case .setpoint: self.installed = nil
            case .curve:
                self.curveUntil = nil
                self.armed = nil
                self.controlMayStand = false
                self.signalStanding = nil
            case .fallback: self.beneath = .nothing
            case .bottom: self.bottom = .nothing
            }
            return []
        case .base(let number):
            return self.completedBase(number, answer, now)
        case .main(let number):
            return self.completedMain(number, answer, now)
        }
    }

    private mutating func completedMain(
        _ number: UInt64, _ answer: DispatchAnswer, _ now: DateTime
    ) -> [DispatchReport] {
        let sent = self.sent
        self.sent = nil
        let isCurrent = self.order?.number == number
        let wasReported = isCurrent && (self.order?.isReported ?? false)
        if answer == .accepted {
            self.accepted(sent, now)
        } else if self.retries(answer, isCurrent: isCurrent) {
            return []
        } else if wasReported {
            self.notBefore = now + 5
        } else if isCurrent {
            self.order = nil
        }
        if isCurrent { self.order?.isReported = true }
        guard !wasReported else { return [] }
        return [DispatchReport(order: number, outcome: answer.outcome, asked: sent?.asked)]
    }

    private mutating func accepted(_ sent: Sent?, _ now: DateTime) {
        switch sent {
        case .curve(let target, let until):
            self.armed = target
            self.curveUntil = until
        case .setpoint(let wire, _, let duration):
            self.installed = Installed(wire: wire, duration: duration, at: now)
        case .some(let sent): self.signalAccepted(sent, now)
        case nil:
            break
        }
    }

    /// A refused update may only mean that the station has dropped the profile: it is said whole, once.
    private mutating func retries(_ answer: DispatchAnswer, isCurrent: Bool) -> Bool {
        let hadDynamic = self.usesDynamic && self.installed != nil || self.signalStanding != nil
        self.installed = nil
        self.signalStanding = nil
        guard isCurrent, hadDynamic, self.order?.hasRetried == false, case .rejected = answer else {
            return false
        }
        self.order?.hasRetried = true
        return true
    }
}

extension DispatchAnswer {
    var outcome: DispatchReport.Outcome {
        switch self {
        case .accepted: .accepted
        case .rejected(let reason): .rejected(reason: reason)
        case .failed(let code): .failed(code: code)
        case .timedOut: .timedOut
        case .disconnected: .disconnected
        }
    }
}
