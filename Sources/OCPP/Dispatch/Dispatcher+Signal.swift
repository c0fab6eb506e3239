/// Orders as one whole number each (`AFRRSignal`, Q08.FR.12), for stations whose dialect says `signal`: a
/// `LocalFrequency` profile that holds the curve, or a flat one for a set-point, with a signal curve on which a signal of
/// n means n W more. While it lasts, another baseline is one signal instead of a whole profile.
///
/// It is no better than a Dynamic profile where a station takes those: a signal does not lengthen anything, so that the
/// profile is said anew at half of its time, and whether a station keeps the last signal over a new profile is said
/// nowhere. So it is chosen by a dialect only.
extension Dispatcher {
    /// The profile that stands, and the signal upon it.
    struct Signalled: Hashable, Sendable {
        var points: [CurveWatts]
        var isSetpoint: Bool
        var baseline: Int
        var duration: Int
        var at: DateTime
        /// W, nil while a station may hold one from the profile before.
        var signal: Int?

        func lapses() -> DateTime { self.at + self.duration }
        /// More than half of it is left.
        func isFresh(_ now: DateTime) -> Bool {
            now < self.lapses() && now.microseconds - self.at.microseconds < self.duration * 500_000
        }
    }

    var usesSignal: Bool { self.dialect.signal && self.holdsCurve && !self.usesControl }

    /// Curve and baseline of an order, the latter as it may be asked for.
    private func meaning(of target: DispatchTarget) -> (points: [CurveWatts], watts: Int, isSetpoint: Bool)? {
        switch target {
        case .setpoint(let watts): (Self.flat, self.quantized(watts).watts, true)
        case .curve(let points, let baseline): (points, baseline, false)
        case .clear: nil
        }
    }

    /// Answers no frequency.
    private static let flat = [
        CurveWatts(milliHertz: 40_000, watts: 0), CurveWatts(milliHertz: 70_000, watts: 0),
    ]

    mutating func signalled(_ now: DateTime, _ reports: inout [DispatchReport]) -> DispatchCall? {
        guard let order = self.order, let meant = self.meaning(of: order.target) else { return nil }
        guard Self.isSound(meant.points) else {
            if !order.isReported { self.report(.rejected(reason: "NoFreqWattCurve"), nil, &reports) }
            return nil
        }
        if let notBefore = self.notBefore, now < notBefore { return nil }
        let left = max((order.until.microseconds - now.microseconds) / 1_000_000, 1)
        let duration = meant.isSetpoint ? min(left, self.spread(self.dialect.watchdogSeconds)) : left
        let standing = self.signalStanding.flatMap { standing in
            standing.points == meant.points && standing.isSetpoint == meant.isSetpoint && now < standing.lapses()
                ? standing : nil
        }
        let isTooLong = !order.isReported && (standing.map { $0.duration > left } ?? false)
        guard let standing, !isTooLong, standing.isFresh(now) || standing.lapses() >= order.until else {
            return self.profile(meant.points, meant.watts, meant.isSetpoint, duration: duration, now)
        }
        let delta = meant.watts - standing.baseline
        guard standing.signal != delta else {
            if !order.isReported { self.report(.accepted, meant.isSetpoint ? meant.watts : nil, &reports) }
            return nil
        }
        self.inFlight = .main(order: order.number)
        self.sent = .signal(delta, watts: meant.isSetpoint ? meant.watts : nil)
        return self.builder.signal(delta, now)
    }

    private mutating func profile(
        _ points: [CurveWatts], _ watts: Int, _ isSetpoint: Bool, duration: Int, _ now: DateTime
    ) -> DispatchCall? {
        guard let order = self.order else { return nil }
        // The last signal may outlive its profile: it is said to be none once the new one stands.
        let signal = self.signalStanding?.signal == 0 ? 0 : nil
        self.inFlight = .main(order: order.number)
        self.sent = .signalled(
            Signalled(
                points: points, isSetpoint: isSetpoint, baseline: watts, duration: duration, at: now, signal: signal))
        let past = self.dialect.startsInPastSeconds
        return self.builder.signalled(
            points, baseline: watts, start: Self.whole(now) + -past, duration: duration + past,
            span: 2 * max(self.nameplate ?? self.policy.nameplateWatts, 1),
            maxOffline: isSetpoint ? min(duration, self.offlineSeconds) : nil,
            transaction: self.transaction)
    }

    /// What an accepted frame of it changed.
    mutating func signalAccepted(_ sent: Sent, _ now: DateTime) {
        switch sent {
        case .signalled(let standing):
            self.signalStanding = standing
            self.curveUntil = standing.lapses()
        case .signal(let delta, _): self.signalStanding?.signal = delta
        case .setpoint, .curve: break
        }
    }
}

extension ProfileBuilder {
    /// A signal of n is n W more, within `span`.
    func signalled(
        _ points: [CurveWatts], baseline: Int, start: DateTime, duration: Int, span: Int, maxOffline: Int?,
        transaction: String?
    ) -> DispatchCall {
        let signals = [-span, span].map { watts in
            var point = V2.SignalWattPoint()
            point.signal = watts
            point.power = Milli(watts)
            return point
        }
        return self.curve(
            points, baseline: baseline, start: start, duration: duration, transaction: transaction, signals: signals,
            maxOffline: maxOffline)
    }

    func signal(_ delta: Int, _ now: DateTime) -> DispatchCall {
        var request = V2.AFRRSignalRequest()
        request.timestamp = now
        request.signal = delta
        return .signal(request)
    }
}
