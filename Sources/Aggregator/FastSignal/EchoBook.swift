import Domain
import FleetLink

/// The aggregator's end of the fast signal stream: who sends for which resource, and so who gets the echo.
/// A signal under another's name, heard before, or over, changes nothing.
struct EchoBook {
    /// Most resources, and products of them, that are followed.
    static let limit = 1_000
    private var senders: [ResourceID: [UInt8]] = [:]
    private var sequences: [String: UInt64] = [:]
    private(set) var replayed = 0
    private(set) var strangers = 0
    private(set) var malformed = 0

    mutating func signal(
        _ bytes: [UInt8], from identity: [UInt8], key: String?, at now: Instant
    ) -> [GridSignal] {
        guard case .grid(let signal)? = try? SignalFrame(decoding: bytes) else {
            self.malformed += 1
            return []
        }
        let name = String(decoding: identity, as: UTF8.self)
        guard key == nil || key == name, self.senders[signal.resource].map({ $0 == identity }) ?? true,
            self.senders.count < Self.limit || self.senders[signal.resource] != nil
        else {
            self.strangers += 1
            return []
        }
        let stream = "\(signal.resource)/\(signal.product)"
        guard signal.sequence > self.sequences[stream] ?? 0, now < signal.expiry,
            self.sequences.count < Self.limit || self.sequences[stream] != nil
        else {
            self.replayed += 1
            return []
        }
        self.sequences[stream] = signal.sequence
        self.senders[signal.resource] = identity
        return [signal]
    }

    func listeners(of resource: ResourceID) -> [[UInt8]] {
        self.senders[resource].map { [$0] } ?? []
    }
}
