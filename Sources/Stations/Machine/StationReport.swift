import Domain
import Twin

/// What a station tells its operator, whichever version it speaks.
enum StationReport: Hashable, Sendable {
    /// What a meter shows at an instant.
    struct Sample: Hashable, Sendable {
        var at: Instant
        var power: Power
        var importRegister: Energy
        var exportRegister: Energy
        var charge: StateOfCharge
        var milliHertz: Int
    }
    enum Status: Hashable, Sendable {
        case available
        /// 1.6 `Preparing`, 2.x `Occupied`.
        case preparing
        case charging
        /// 1.6 `Finishing`, 2.x `Occupied`.
        case finishing
    }
    enum Event: Hashable, Sendable {
        case started
        case charging
        case periodic
        case triggered
        case ended
    }
    case boot
    case heartbeat
    case status(Status, at: Instant)
    case authorize
    /// A step of the transaction, with the meter as it stood then.
    case transaction(Event, Sample, sequence: Int, isOffline: Bool)
    /// The car's wishes; the sample gives its state of charge.
    case chargingNeeds(Sample)
    /// The device model, as an answer to GetBaseReport.
    case deviceModel(requestId: Int, at: Instant)

    /// True for what may be thrown away when the queue is full: only momentary values.
    var isExpendable: Bool {
        switch self {
        case .heartbeat, .transaction(.periodic, _, _, _): true
        default: false
        }
    }
}

/// What came back for a report.
enum StationAnswer: Hashable, Sendable {
    /// BootNotification: accepted or not, and the heartbeat interval or the wait for the next try, s.
    case boot(isAccepted: Bool, interval: Int)
    case authorized(Bool)
    /// The transaction is known; on 1.6 with the id that the operator issued.
    case started(transaction: Int?, isAccepted: Bool)
    case needs(isAccepted: Bool)
    case other
    /// A CALLERROR, or an answer that makes no sense.
    case refused
}
