package import Domain

/// What an operator asks a running worker: one line of JSON on its socket.
package struct OperatorRequest: Codable, Hashable, Sendable {
    /// Whom it is about; nil = all who are connected.
    package var station: StationID?
    /// The action of OCPP to say; nil = tell what is known.
    package var action: String?
    /// Its payload as JSON text; nil = `{}`.
    package var payload: String?
    /// Say it although dispatch decides over such messages.
    package var overrulesDispatch: Bool?

    package init(
        station: StationID? = nil, action: String? = nil, payload: String? = nil, overrulesDispatch: Bool? = nil
    ) {
        self.station = station
        self.action = action
        self.payload = payload
        self.overrulesDispatch = overrulesDispatch
    }
}

/// What the worker answers: one line of JSON.
package struct OperatorAnswer: Codable, Hashable, Sendable {
    package enum Outcome: String, Codable, Hashable, Sendable {
        /// What is known is in `stations`.
        case told
        /// The station answered; its payload may still say Rejected.
        case answered
        /// The station answered with CALLERROR: `code`, `reason`.
        case error
        case timedOut
        /// Not connected, or the connection broke before the answer.
        case disconnected
        /// Nothing was said to anybody; `reason` names what to do.
        case refused
    }
    package var outcome: Outcome
    /// The station's answer as JSON text.
    package var payload: String?
    package var code: String?
    package var reason: String?
    package var stations: [StationSummary]?

    package init(
        _ outcome: Outcome, payload: String? = nil, code: String? = nil, reason: String? = nil,
        stations: [StationSummary]? = nil
    ) {
        self.outcome = outcome
        self.payload = payload
        self.code = code
        self.reason = reason
        self.stations = stations
    }
}

/// A station that is connected, as its link knows it.
package struct StationSummary: Codable, Hashable, Sendable {
    package struct EVSE: Codable, Hashable, Sendable {
        package var evse: Int
        package var transaction: String?
        /// `none`, `curtail`, `setpoint` or `residentCurve`; nil while not found out.
        package var capability: String?
        /// Why it can do less than its kind.
        package var reason: String?
    }
    package var station: StationID
    package var ocpp: String
    package var vendor: String?
    package var model: String?
    package var firmware: String?
    package var dialect: String
    package var evses: [EVSE]
}
