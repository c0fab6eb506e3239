package import Domain
package import FleetLink
import Metrics
import Runtime
import ZeroMQ

/// Where the aggregator is and how the worker proves who it is; the keys of `fleetLink:` in a configuration.
package struct UplinkConfiguration: Codable, Hashable, Sendable {
    package var telemetry: String
    package var control: String
    package var signal: String
    package var keyFile: String
    /// The aggregator's public key, Z85.
    package var aggregatorKey: String

    package init(telemetry: String, control: String, signal: String, keyFile: String, aggregatorKey: String) {
        self.telemetry = telemetry
        self.control = control
        self.signal = signal
        self.keyFile = keyFile
        self.aggregatorKey = aggregatorKey
    }
}

/// The worker's end of FleetLink: three sockets on one thread, the link's machine inline.
package final class FleetUplink: Sendable {
    let group: SocketGroup
    private let owner: UplinkOwner
    private let untaken = Counter(label: "headroom.link.work.refused")

    /// - Parameters:
    ///   - journalEnd: the last reading that the worker's journal holds, where there is one.
    ///   - hear: what the aggregator says, on the link's thread; it must not wait.
    package init(
        _ configuration: UplinkConfiguration, worker: WorkerID, incarnation: Incarnation, journalEnd: UInt64? = nil,
        hear: @escaping @Sendable ([LinkAction]) -> Void
    ) throws {
        let keys = try KeyPair.read(from: configuration.keyFile)
        self.owner = UplinkOwner(worker: worker, incarnation: incarnation, journalEnd: journalEnd, hear: hear)
        func connect(_ kind: SocketSpec.Kind, _ endpoint: String, _ queue: Int32) -> SocketSpec {
            SocketSpec(
                kind: kind, side: .connect, endpoint: endpoint,
                security: .client(keys, server: configuration.aggregatorKey), highWaterMark: queue,
                mostMessageBytes: ControlMessage.mostBytes, isImmediate: kind.isDealer, refusesWhenFull: true)
        }
        self.group = try SocketGroup(
            context: Context(),
            sockets: [
                connect(.publish, configuration.telemetry, LinkQueue.telemetry),
                connect(.dealer(identity: nil), configuration.control, LinkQueue.control),
                connect(.subscribe, configuration.signal, LinkQueue.signal),
            ], tick: 50, owner: self.owner)
    }

    package func register(_ registrations: [Registration]) {
        self.run { machine, _ in machine.register(registrations) }
    }

    /// Publishes 40-byte records by slot.
    package func publish(_ records: [(slot: UInt32, bytes: [UInt8])]) {
        self.run { machine, now in machine.publish(records, at: now) }
    }

    /// Readings that stand in the journal, in order.
    package func enqueue(_ readings: [MeterReading]) {
        self.run { machine, now in machine.enqueue(readings, at: now) }
    }

    /// Decisions of others that stand on the worker's disk, all that nobody has taken, in order.
    package func note(_ notes: [OverrideNote]) {
        self.run { machine, now in machine.note(notes, at: now) }
    }

    package func answer(_ plan: PlanID, hash: UInt64, refusal: String?) {
        self.run { machine, _ in [machine.planAnswer(plan, hash: hash, refusal: refusal)] }
    }

    package func say(_ messages: [ControlMessage]) {
        self.run { _, _ in messages.map { .send($0) } }
    }

    /// Says goodbye, waits for the answer for at most a second, closes the sockets.
    package func stop() async {
        self.run { machine, _ in machine.leave() }
        for _ in 0..<20 where !self.owner.hasLeft { try? await Task.sleep(for: .milliseconds(50)) }
        self.group.stop()
    }

    /// Closes the sockets at once, without a goodbye.
    package func close() { self.group.stop() }

    private func run(_ work: @escaping @Sendable (inout LinkMachine, Instant) -> [LinkAction]) {
        let owner = self.owner
        // What finds no room is made up for: readings by a reload from the journal, records by the next whole round.
        if !self.group.perform({ owner.run(work, on: $0) }) { self.untaken.increment() }
    }
}

extension SocketSpec.Kind {
    fileprivate var isDealer: Bool {
        if case .dealer = self { return true }
        return false
    }
}
