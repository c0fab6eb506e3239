/// A dispatch message of any version. On the heap: it is handed on many times, and a profile is a big value to copy.
package indirect enum DispatchCall: Hashable, Sendable {
    case set(V2.SetChargingProfileRequest)
    case update(V2.UpdateDynamicScheduleRequest)
    case clear(V2.ClearChargingProfileRequest)
    /// A profile with the fields of 2.1, on a link of 2.0.1.
    case draft(V2.SetChargingProfileRequest)
    case set16(V16.SetChargingProfileRequest)
    case clear16(V16.ClearChargingProfileRequest)
    /// 2.1: a curve as a DER control.
    case control(V2.SetDERControlRequest)
    case clearControl(V2.ClearDERControlRequest)
    /// 2.1: an order as one number.
    case signal(V2.AFRRSignalRequest)

    /// Starts it on a session that is free.
    package func begin(on session: inout Session, tag: CallTag, at now: DateTime) -> [UInt8] {
        switch self {
        case .set(let message): session.begin(message, tag: tag, at: now)
        case .update(let message): session.begin(message, tag: tag, at: now)
        case .clear(let message): session.begin(message, tag: tag, at: now)
        case .draft(let message): session.begin(message, tag: tag, at: now, as: .v21)
        case .set16(let message): session.begin(message, tag: tag, at: now)
        case .clear16(let message): session.begin(message, tag: tag, at: now)
        case .control(let message): session.begin(message, tag: tag, at: now)
        case .clearControl(let message): session.begin(message, tag: tag, at: now)
        case .signal(let message): session.begin(message, tag: tag, at: now)
        }
    }
}

/// What an EVSE is to do; powers in W, + = charge.
package enum DispatchTarget: Hashable, Sendable {
    case setpoint(watts: Int)
    case curve(points: [CurveWatts], baseline: Int)
    case clear
}

/// A point of a resident curve: W to add to the baseline, + = charge.
package struct CurveWatts: Hashable, Sendable {
    package var milliHertz: Int
    package var watts: Int

    package init(milliHertz: Int, watts: Int) {
        self.milliHertz = milliHertz
        self.watts = watts
    }
}

/// What became of an order.
package struct DispatchReport: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case accepted
        case rejected(reason: String)
        case failed(code: String)
        case timedOut
        case superseded
        case disconnected
        case notSupported
    }
    /// The number that was given with the order.
    package var order: UInt64
    package var outcome: Outcome
    /// W that were asked after clamping and rounding.
    package var asked: Int?
}

/// What a station's answer to a dispatch call was, in the terms of all versions.
package enum DispatchAnswer: Hashable, Sendable {
    case accepted
    case rejected(reason: String)
    case failed(code: String)
    case timedOut
    case disconnected

    package init(_ outcome: CallOutcome) {
        switch outcome {
        case .accepted: self = .accepted
        case .result(let json):
            let status = json["status"]?.string ?? "no status"
            let reason = json["statusInfo"]?["reasonCode"]?.string ?? status
            self = status == "Accepted" ? .accepted : .rejected(reason: String(reason.prefix(50)))
        case .error(let code, _): self = .failed(code: String(code.prefix(50)))
        case .timedOut: self = .timedOut
        case .disconnected: self = .disconnected
        }
    }
}
