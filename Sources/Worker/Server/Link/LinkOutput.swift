import Domain
import OCPP

/// What a link wants done.
enum LinkOutput: Sendable {
    case send([UInt8])
    /// Tell the observer. With a number, the station's answer waits for ``StationLink/acknowledged(_:at:)``.
    case facts([StationFact], acknowledge: Int?)
    case answered(OrderAnswer)
    /// Ask for a transaction id and come back with ``StationLink/issued(_:for:at:)``.
    case wantsTransactionID(TransactionKey, ticket: Int)
    /// Ask about certificates and come back with ``StationLink/told(_:for:at:)``.
    case asks(CertificateQuestion, ticket: Int)
    /// Nothing came of a frame; for a counter.
    case counted(String)
}

/// What a call of ours was for.
enum CallTag: Hashable, Sendable {
    case dispatch(evse: Int)
    case variables
    case configuration
    case housekeeping
    /// Somebody waits for the outcome (``StationLink/ask(_:at:done:)``).
    case asked(Int)
}

/// How a link behaves.
struct LinkConfiguration: Sendable {
    var dialects = DialectBook()
    var fallback = FallbackPolicy()
    /// Seconds between two meter samples during a transaction.
    var meterIntervalSeconds = 1
    var heartbeatSeconds = 300
    var limits = Session<CallTag>.Limits()
    /// A station that has not booted after this, and is not known, is asked to.
    var bootWait = TimeSpan.seconds(3)
}

extension Instant {
    var wire: DateTime { DateTime(microseconds: self.microseconds) }
}

extension DateTime {
    var instant: Instant { Instant(microseconds: self.microseconds) }
}
