/// Curves for stations that hold them as a DER control (R04) and know no `LocalFrequency`: a frequency-watt curve moves
/// the set-point's power, and the set-point at the baseline stands beneath it for as long as the curve does. A control is
/// the whole station's, so only one with a single EVSE is told so.
extension Dispatcher {
    /// Says the base first, then the curve; both are said anew with each order, which lengthens them.
    mutating func control(
        _ points: [CurveWatts], _ baseline: Int, _ now: DateTime
    ) -> DispatchCall? {
        guard let order = self.order else { return nil }
        let left = max((order.until.microseconds - now.microseconds) / 1_000_000, 1)
        let base = self.quantized(baseline)
        let isStanding = self.installed.map { $0.wire == base.wire && $0.lapses() >= order.until + -1 } ?? false
        if !isStanding {
            self.inFlight = .base(order: order.number)
            self.sent = .setpoint(wire: base.wire, watts: base.watts, duration: left)
            return self.builder.base(base.wire, duration: left, transaction: self.transaction)
        }
        guard !order.isReported else { return nil }
        self.inFlight = .main(order: order.number)
        self.sent = .curve(order.target, until: order.until)
        return self.builder.control(points, baseline: baseline, maxWatts: self.controlWatts, duration: left)
    }

    /// What 100 % of a control's curve is.
    private var controlWatts: Int { max(self.controlMax ?? self.nameplate ?? self.policy.nameplateWatts, 1) }

    /// The set-point beneath the curve is in, or the order fails with it.
    mutating func completedBase(
        _ number: UInt64, _ answer: DispatchAnswer, _ now: DateTime
    ) -> [DispatchReport] {
        let sent = self.sent
        self.sent = nil
        guard answer != .accepted else {
            if case .setpoint(let wire, _, let duration) = sent {
                self.installed = Installed(wire: wire, duration: duration, at: now)
            }
            return []
        }
        self.installed = nil
        guard self.order?.number == number, let order = self.order else { return [] }
        self.order = nil
        return order.isReported ? [] : [DispatchReport(order: number, outcome: answer.outcome, asked: nil)]
    }
}

extension ProfileBuilder {
    /// The set-point beneath a control: it lasts as long as the curve, link or no link.
    func base(_ setpoint: Milli, duration: Int, transaction: String?) -> DispatchCall {
        self.dynamic(setpoint, duration: duration, transaction: transaction, maxOffline: nil)
    }

    private var controlId: String { "headroom-\(self.evse)" }

    /// Percent of `maxWatts` over frequency, + = feeding in, as inverters count (IEEE 1547, IEEE 2030.5).
    func control(_ points: [CurveWatts], baseline: Int, maxWatts: Int, duration: Int) -> DispatchCall {
        var curve = V2.DERCurve()
        curve.curveData = Self.thinned(points).map { point in
            V2.DERCurve.Point(
                x: Milli(thousandths: point.milliHertz),
                y: Milli(thousandths: -Self.rounded((baseline + point.watts) * 100_000, over: maxWatts)))
        }
        curve.priority = 0
        curve.yUnit = "PctMaxW"
        curve.duration = Milli(duration)
        var request = V2.SetDERControlRequest()
        request.controlId = self.controlId
        request.controlType = "FreqWatt"
        request.curve = curve
        return .control(request)
    }

    /// To the nearest, half away from 0.
    private static func rounded(_ number: Int, over divisor: Int) -> Int {
        (number + (number < 0 ? -divisor : divisor) / 2) / divisor
    }

    func clearControl() -> DispatchCall {
        var request = V2.ClearDERControlRequest()
        request.controlId = self.controlId
        return .clearControl(request)
    }

    /// A control takes ten points: those that bend the curve least are left out, never its ends.
    static func thinned(_ points: [CurveWatts], to most: Int = 10) -> [CurveWatts] {
        var points = points
        while points.count > most, points.count > 2 {
            let bends = (1..<points.count - 1).map { index -> Int in
                let (before, after) = (points[index - 1], points[index + 1])
                let rise = (after.watts - before.watts) * (points[index].milliHertz - before.milliHertz)
                return abs(points[index].watts - before.watts - rise / max(1, after.milliHertz - before.milliHertz))
            }
            let least = bends.indices.min { bends[$0] < bends[$1] } ?? 0
            points.remove(at: least + 1)
        }
        return points
    }
}
