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
    let logger: Logger

    init(
        configuration: OCPPServerConfiguration, secrets: StationSecrets, policy: StationPolicy,
        observer: any StationObserver, logger: Logger
    ) {
        self.configuration = configuration
        self.link = configuration.link
        self.secrets = secrets
        self.policy = policy
        self.observer = observer
        self.logger = logger
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
        var handlers: [ObjectIdentifier: StationHandler] = [:]
    }

    private let registries = Mutex<[ObjectIdentifier: NIOLoopBound<Registry>]>([:])

    /// Makes the registry of a loop; called on that loop.
    func open(on eventLoop: any EventLoop) -> NIOLoopBound<Registry> {
        let made = NIOLoopBound(Registry(), eventLoop: eventLoop)
        self.registries.withLock { $0[ObjectIdentifier(eventLoop)] = made }
        return made
    }

    private func registry(of eventLoop: any EventLoop) -> Registry? {
        self.registries.withLock { $0[ObjectIdentifier(eventLoop)] }?.value
    }

    func enter(_ handler: NIOLoopBound<StationHandler>, on eventLoop: any EventLoop) {
        let value = handler.value
        self.registry(of: eventLoop)?.handlers[ObjectIdentifier(value)] = value
    }

    func exit(_ handler: NIOLoopBound<StationHandler>, on eventLoop: any EventLoop) {
        self.registry(of: eventLoop)?.handlers[ObjectIdentifier(handler.value)] = nil
    }
}
