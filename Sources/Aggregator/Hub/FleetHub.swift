package import Domain
import FleetLink
package import Logging
import ServiceLifecycle
import ZeroMQ

/// The aggregator's end of FleetLink and of the fast signal: four sockets on one thread, the hub's machine inline.
/// Events go to a sink in batches; effects come in from any thread.
package final class FleetHub: Service {
    private let group: SocketGroup
    private let owner: HubOwner

    /// Opens the sockets.
    /// - Parameter sink: takes events for the engine, all or none; false when it has no room.
    package init(
        _ configuration: HubConfiguration, epoch: Epoch, logger: Logger,
        sink: @escaping @Sendable ([Event]) -> Bool
    ) throws {
        let keys = try KeyPair.read(from: configuration.keyFile)
        let allow = try AllowList.read(from: configuration.allowFile)
        self.owner = HubOwner(epoch: epoch, logger: logger, sink: sink)
        func bind(_ kind: SocketSpec.Kind, _ endpoint: String) -> SocketSpec {
            SocketSpec(kind: kind, side: .bind, endpoint: endpoint, security: .server(keys))
        }
        self.group = try SocketGroup(
            context: Context(allow: allow),
            sockets: [
                bind(.subscribe, configuration.telemetry), bind(.router, configuration.control),
                bind(.publish, configuration.signal), bind(.router, configuration.fastSignal),
            ], tick: 50, owner: self.owner)
    }

    /// Restores up to where each worker's readings were journalled, before anybody says hello.
    package func restore(_ readings: [WorkerID: UInt64]) {
        let owner = self.owner
        self.group.perform { _ in owner.restore(readings) }
    }

    /// Sends what of the effects is for workers and utilities.
    package func perform(_ effects: [Effect]) {
        let owner = self.owner
        self.group.perform { owner.perform(effects, on: $0) }
    }

    /// Acknowledges a worker's readings, now that they are journalled.
    package func journalled(_ worker: WorkerID, _ sequence: UInt64) {
        let owner = self.owner
        self.group.perform { owner.journalled(worker, sequence, on: $0) }
    }

    package func run() async throws {
        try? await gracefulShutdown()
        self.close()
    }

    /// Ends the thread and closes the sockets.
    package func close() {
        self.group.stop()
    }
}
