package import Domain

/// A point of a curve that a station holds itself: power (+ = charge) to add to the baseline at a frequency.
package struct FrequencyWatts: Hashable, Sendable {
    package var milliHertz: Int
    package var power: Power

    package init(milliHertz: Int, power: Power) {
        self.milliHertz = milliHertz
        self.power = power
    }
}

/// What an EVSE is to do from now on. A newer command replaces one that has not been sent yet.
package enum StationCommand: Hashable, Sendable {
    /// Follow this power (+ = charge) for at most `validFor`; unheard beyond it, the fallback beneath takes over.
    case setpoint(Power, validFor: TimeSpan)
    /// Answer the local frequency with this curve (2–20 points, rising) on top of `baseline`.
    case armCurve([FrequencyWatts], baseline: Power, validFor: TimeSpan)
    /// Drop every order of ours; the station charges as it likes within its share of the site's limit.
    case clear
}

/// One command on its way to one EVSE, with the trace of the signal that caused it.
package struct StationOrder: Hashable, Sendable {
    package var station: StationID
    /// EVSE (2.x) or connector (1.6) number, from 1.
    package var evse: Int
    package var command: StationCommand
    package var trace: TraceID

    package init(station: StationID, evse: Int, command: StationCommand, trace: TraceID) {
        self.station = station
        self.evse = evse
        self.command = command
        self.trace = trace
    }
}

/// What became of an order. `accepted` means received: delivery is what the meter shows.
package enum OrderOutcome: Hashable, Sendable {
    case accepted
    /// The station's status was not Accepted; with its reason code where it gave one.
    case rejected(reason: String)
    /// The station answered with CALLERROR; with the code as it came.
    case failed(code: String)
    case timedOut
    /// A newer order overtook it before it was sent.
    case superseded
    /// No connection, or it broke before the answer.
    case notConnected
    /// The dialect has no way to say it (a curve on 1.6, say).
    case notSupported
}

/// The answer to an order, once per order.
package struct OrderAnswer: Hashable, Sendable {
    package var station: StationID
    package var evse: Int
    package var command: StationCommand
    package var trace: TraceID
    package var outcome: OrderOutcome
    /// The power that was really asked after clamping to the dialect and rounding; nil for curves and `clear`.
    package var asked: Power?
    /// From the order's arrival at the server to the last answer it needed.
    package var latency: TimeSpan

    package init(
        station: StationID, evse: Int, command: StationCommand, trace: TraceID,
        outcome: OrderOutcome, asked: Power?, latency: TimeSpan
    ) {
        self.station = station
        self.evse = evse
        self.command = command
        self.trace = trace
        self.outcome = outcome
        self.asked = asked
        self.latency = latency
    }
}
