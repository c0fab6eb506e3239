import Domain
import Logging
import NIOCore
import Runtime
import Synchronization

/// What all connections share.
final class ServerShared: Sendable {
    let configuration: OCPPServerConfiguration
    let link: LinkConfiguration
    let secrets: StationSecrets
    let policy: StationPolicy
    let observer: any StationObserver
    let directory = StationDirectory()
    let loops = LoopRegistries()
    let meters = ServerMeters()
    let complaints = Complaints()
    let floor: ProfileFloor
    /// How often an address connects, and how often a station does.
    let addressBuckets: BucketTable
    let stationBuckets: BucketTable
    let sockets: SocketCount
    let logger: Logger

    init(
        configuration: OCPPServerConfiguration, secrets: StationSecrets, policy: StationPolicy,
        observer: any StationObserver, logger: Logger
    ) throws(OCPPServerError) {
        self.configuration = configuration
        self.floor = try ProfileFloor(
            file: configuration.profilesFile, allows3To2: configuration.allowsDowngradeFrom3To2)
        let limits = configuration.limits
        self.addressBuckets = BucketTable(
            milliPerSecond: limits.connectionsPerAddressPerSecond * 1_000, burst: limits.connectionsPerAddress)
        self.stationBuckets = BucketTable(
            milliPerSecond: limits.connectionsPerStationPerMinute * 1_000 / 60, burst: limits.connectionsPerStation)
        // Some room for those who are still shaking hands while all places are taken.
        self.sockets = SocketCount(most: configuration.mostConnections + configuration.mostConnections / 10 + 100)
        self.link = configuration.link
        self.secrets = secrets
        self.policy = policy
        self.observer = observer
        self.logger = logger
    }

    /// Logs what is wrong with somebody, once an hour for each `what` and `who`.
    func complain(_ message: Logger.Message, _ what: String, of who: String, _ metadata: Logger.Metadata) {
        guard let repeats = self.complaints.say(what, of: who, at: WallClock.now()) else { return }
        var metadata = metadata
        metadata["reason"] = "\(what)"
        if repeats > 0 { metadata["repeats"] = "\(repeats)" }
        self.logger.notice(message, metadata: metadata)
    }

    /// An order has its answer: counted, logged with its trace, told.
    func answered(_ answer: OrderAnswer) {
        self.meters.answered(answer)
        let level: Logger.Level =
            switch answer.outcome {
            case .accepted, .superseded: .debug
            default: .notice
            }
        self.logger.log(
            level: level, "order answered",
            metadata: [
                LogKey.station: "\(answer.station)", "evse": "\(answer.evse)",
                LogKey.trace: "\(answer.trace.hex)", "outcome": "\(answer.outcome)",
                LogKey.latency: "\(answer.latency.microseconds)",
            ])
        self.observer.answered(answer)
    }
}

/// The handlers of each event loop, for ticks. A loop touches only its own.
final class LoopRegistries: Sendable {
    final class Registry {
        /// Fewer are all looked at each tick.
        static let fewest = 500

        private var handlers: [StationHandler] = []
        private var next = 0
        /// zlib for all of them.
        let codec = DeflateCodec()

        func add(_ handler: StationHandler) {
            handler.place = self.handlers.count
            self.handlers.append(handler)
        }

        /// The last one takes its place.
        func remove(_ handler: StationHandler) {
            guard let place = handler.place, let last = self.handlers.popLast() else { return }
            handler.place = nil
            guard last !== handler else { return }
            last.place = place
            self.handlers[place] = last
        }

        /// Lets links see the time, a tenth of them where there are many: each tick touches cold memory, and nothing
        /// that waits for one is due to less than a second.
        func tick(at now: Instant) {
            let count = self.handlers.count
            let most = min(count, max(Self.fewest, (count + 9) / 10))
            // Who hangs up meanwhile has no link any more.
            let some = (0..<most).map { self.handlers[(self.next + $0) % count] }
            self.next = count == 0 ? 0 : (self.next + most) % count
            for handler in some { handler.tick(at: now) }
        }
    }

    private let registries = Mutex<[ObjectIdentifier: NIOLoopBound<Registry>]>([:])

    /// Makes the registry of a loop; called on that loop.
    func open(on eventLoop: any EventLoop) -> NIOLoopBound<Registry> {
        let made = NIOLoopBound(Registry(), eventLoop: eventLoop)
        self.registries.withLock { $0[ObjectIdentifier(eventLoop)] = made }
        return made
    }

    /// That of the loop that calls.
    func registry(of eventLoop: any EventLoop) -> Registry? {
        self.registries.withLock { $0[ObjectIdentifier(eventLoop)] }?.value
    }
}

/// Open sockets, with those that have not finished the handshake.
final class SocketCount: Sendable {
    private let most: Int
    private let count = Mutex(0)

    init(most: Int) {
        self.most = most
    }

    /// Counts one more either way; false when it is one too many.
    func enter() -> Bool {
        self.count.withLock {
            $0 += 1
            return $0 <= self.most
        }
    }

    func leave() {
        self.count.withLock { $0 -= 1 }
    }
}
