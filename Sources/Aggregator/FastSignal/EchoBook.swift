import Domain
import FleetLink

/// The aggregator's end of the fast signal stream: who sends for which resource, and so who gets the echo.
/// A signal under another's name, heard before, or over, changes nothing.
struct EchoBook {
    /// Most resources, and products of them, that are followed.
    static let limit = 1_000
    /// Names of keys that may send signals; nil = every key on the allow-list.
    let utilities: Set<String>?
    private var senders: [ResourceID: String] = [:]
    /// The connection that each sender was heard on last.
    private var routes: [String: [UInt8]] = [:]
    private var sequences: [String: UInt64] = [:]
    private(set) var replayed = 0
    private(set) var strangers = 0
    private(set) var malformed = 0

    init(utilities: Set<String>? = nil) {
        self.utilities = utilities
    }

    /// - Parameters:
    ///   - name: whom the key belongs to; the first who sends for a resource is the one who may.
    ///   - route: the connection that it came over, for the echo.
    mutating func signal(
        _ bytes: [UInt8], from name: String, route: [UInt8], at now: Instant
    ) -> [GridSignal] {
        guard case .grid(let signal)? = try? SignalFrame(decoding: bytes) else {
            self.malformed += 1
            return []
        }
        guard self.utilities?.contains(name) ?? true, self.senders[signal.resource] ?? name == name,
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
        self.senders[signal.resource] = name
        self.routes[name] = route
        return [signal]
    }

    func listeners(of resource: ResourceID) -> [[UInt8]] {
        self.senders[resource].flatMap { self.routes[$0] }.map { [$0] } ?? []
    }
}
