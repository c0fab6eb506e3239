package import Domain

/// Tells the server that what it handed over is safe, so that the station gets its answer. Call it once,
/// from any thread; a second call does nothing.
package typealias Acknowledge = @Sendable () -> Void

/// Who hears what stations say. Called on event loops: it must not block; it may call back into the server.
package protocol StationObserver: AnyObject, Sendable {
    /// `facts` come from one message, in order. `acknowledge` is given where the station waits for an answer
    /// that must not be sent before the facts are kept (meter readings); it is nil otherwise.
    func station(
        _ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?)
    /// Once per order.
    func answered(_ answer: OrderAnswer)
}

/// What is known of a token when somebody wants to charge by it.
package struct TokenVerdict: Hashable, Sendable {
    /// As the specification spells it; 1.6 has no `Unknown` and hears `Invalid`.
    package enum Status: String, Hashable, Sendable, CaseIterable {
        case accepted = "Accepted"
        case blocked = "Blocked"
        case expired = "Expired"
        case invalid = "Invalid"
        case unknown = "Unknown"
    }
    package var status: Status
    /// Who has the same group may end the other's transaction (C09); a station's master pass is a group, too (C16).
    package var group: String?

    package static let accepted = TokenVerdict(.accepted)

    package init(_ status: Status, group: String? = nil) {
        self.status = status
        self.group = group
    }
}

/// Whether a station that boots may work (B01 to B03).
package enum BootVerdict: String, Hashable, Sendable {
    case accepted = "Accepted"
    /// It may be asked and told what to set, and is not used.
    case pending = "Pending"
    case rejected = "Rejected"
}

/// Decisions that the server asks of its owner. All are called on event loops and must not block.
package struct StationPolicy: Sendable {
    /// May this token charge at this station?
    package var verdict: @Sendable (_ token: TokenID, _ station: StationID) -> TokenVerdict
    /// May this station, which is known, work?
    package var boot: @Sendable (_ station: StationID) -> BootVerdict = { _ in .accepted }
    /// The next transaction id for 1.6, unique over restarts and workers, ≥ 1. The same key (station,
    /// connector, token, start time) asked again gets the same id.
    package var transactionID: @Sendable (_ key: TransactionKey, _ done: @escaping @Sendable (Int32) -> Void) -> Void

    /// The power up to which an EVSE may charge by itself once nobody speaks to it: its share of the site's limit.
    /// nil = the nameplate.
    package var fallbackLimit: @Sendable (_ station: StationID, _ evse: Int) -> Power?

    /// Who knows about certificates; nil = nobody here, and stations are told so.
    package var certificates: (any CertificateService)?
    /// What was found out of a station in an earlier life of the worker.
    package var recalls: @Sendable (_ station: StationID) -> StationMemory? = { _ in nil }
    /// Keeps it.
    package var remembers: @Sendable (_ station: StationID, _ memory: StationMemory) -> Void = { _, _ in }

    package init(
        accepts: @escaping @Sendable (_ token: TokenID, _ station: StationID) -> Bool,
        transactionID:
            @escaping @Sendable (
                _ key: TransactionKey, _ done: @escaping @Sendable (Int32) -> Void
            ) -> Void,
        fallbackLimit: @escaping @Sendable (_ station: StationID, _ evse: Int) -> Power? = { _, _ in
            nil
        }
    ) {
        self.verdict = { accepts($0, $1) ? .accepted : TokenVerdict(.invalid) }
        self.transactionID = transactionID
        self.fallbackLimit = fallbackLimit
    }
}

/// What makes a StartTransaction of 1.6 the same one when it is sent again.
package struct TransactionKey: Hashable, Sendable {
    package var station: StationID
    package var connector: Int
    package var token: TokenID
    package var start: Instant

    package init(station: StationID, connector: Int, token: TokenID, start: Instant) {
        self.station = station
        self.connector = connector
        self.token = token
        self.start = start
    }
}
