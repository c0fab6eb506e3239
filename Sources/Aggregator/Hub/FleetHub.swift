package import Domain
import FleetLink
package import Logging
import Metrics
import ServiceLifecycle
import ZeroMQ

/// The aggregator's end of FleetLink and of the fast signal: four sockets on one thread, the hub's machine inline.
/// Events go to a sink in batches; effects come in from any thread.
package final class FleetHub: Service {
    private let group: SocketGroup
    private let context: Context
    private let owner: HubOwner
    private let untaken = Counter(label: "headroom.hub.work.refused")

    /// Opens the sockets.
    /// - Parameters:
    ///   - readings: up to where each worker's readings were journalled before.
    ///   - stops: all that are in force; nil = not known, so that workers keep those that they have.
    ///   - sink: takes events for the engine, all or none; false when it has no room.
    package init(
        _ configuration: HubConfiguration, epoch: Epoch, readings: [WorkerID: UInt64] = [:], stops: [StopOrder]? = nil,
        logger: Logger, sink: @escaping @Sendable ([Event]) -> Bool
    ) throws {
        let keys = try KeyPair.read(from: configuration.keyFile)
        let allow = try AllowList.read(from: configuration.allowFile)
        let context = try Context(allow: allow)
        self.context = context
        self.owner = HubOwner(
            epoch: epoch, utilities: configuration.utilities.map(Set.init), logger: logger,
            refusals: { context.refusals }, sink: sink)
        // Before anybody can say hello.
        self.owner.restore(readings, stops: stops)
        func bind(_ kind: SocketSpec.Kind, _ endpoint: String, _ queue: Int32) -> SocketSpec {
            SocketSpec(
                kind: kind, side: .bind, endpoint: endpoint, security: .server(keys), highWaterMark: queue,
                mostMessageBytes: ControlMessage.mostBytes)
        }
        self.group = try SocketGroup(
            context: context,
            sockets: [
                bind(.subscribe, configuration.telemetry, LinkQueue.telemetry),
                bind(.router, configuration.control, LinkQueue.control),
                bind(.publish, configuration.signal, LinkQueue.signal),
                bind(.router, configuration.fastSignal, LinkQueue.control),
            ], tick: 50, owner: self.owner)
    }

    /// Restores up to where each worker's readings were journalled, for the hellos to come.
    package func restore(_ readings: [WorkerID: UInt64]) {
        self.run { owner, _ in owner.restore(readings, stops: nil) }
    }

    /// Sends what of the effects is for workers and utilities.
    package func perform(_ effects: [Effect]) {
        self.run { $0.perform(effects, on: $1) }
    }

    /// Acknowledges a worker's readings, now that they are journalled.
    package func journalled(_ worker: WorkerID, _ sequence: UInt64) {
        self.run { $0.journalled(worker, sequence, on: $1) }
    }

    /// Plans and signals that find no room are told again by the engine's next round; the count is watched.
    private func run(_ work: @escaping @Sendable (HubOwner, SocketThread) -> Void) {
        let owner = self.owner
        if !self.group.perform({ work(owner, $0) }) { self.untaken.increment() }
    }

    /// Keys that knocked and are not on the allow-list.
    var refusals: Refusals { self.context.refusals }

    package func run() async throws {
        try? await gracefulShutdown()
        self.close()
    }

    /// Ends the thread and closes the sockets.
    package func close() {
        self.group.stop()
    }
}
