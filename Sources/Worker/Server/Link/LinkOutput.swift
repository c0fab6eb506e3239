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
enum CallPurpose: Hashable, Sendable {
    case dispatch(evse: Int)
    case variables
    case configuration
    case housekeeping
    /// Somebody waits for the outcome (``StationLink/ask(_:at:done:)``).
    case asked(Int)
}

extension CallTag {
    static var housekeeping: CallTag { CallTag(code: -1) }
    static var variables: CallTag { CallTag(code: -2) }
    static var configuration: CallTag { CallTag(code: -3) }
    static func dispatch(evse: Int) -> CallTag { CallTag(code: evse) }
    static func asked(_ number: Int) -> CallTag { CallTag(code: DeviceModel.mostEVSEs + number) }

    var purpose: CallPurpose {
        switch self.code {
        case -3: .configuration
        case -2: .variables
        case ...(-1): .housekeeping
        case ...DeviceModel.mostEVSEs: .dispatch(evse: self.code)
        default: .asked(self.code - DeviceModel.mostEVSEs)
        }
    }
}

/// How a link behaves.
struct LinkConfiguration: Sendable {
    var dialects = DialectBook()
    var fallback = FallbackPolicy()
    /// Seconds between two meter samples during a transaction.
    var meterIntervalSeconds = 1
    var heartbeatSeconds = 300
    var limits = Session.Limits()
    /// A station that has not booted after this, and is not known, is asked to.
    var bootWait = TimeSpan.seconds(3)
}

extension Instant {
    var wire: DateTime { DateTime(microseconds: self.microseconds) }
}

extension DateTime {
    var instant: Instant { Instant(microseconds: self.microseconds) }
}
