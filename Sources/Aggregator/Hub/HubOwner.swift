import Domain
import FleetLink
import Logging
import Metrics
import Runtime
import ZeroMQ

/// What happens on the hub's own thread. Nothing of it is touched from elsewhere.
@safe
final class HubOwner: SocketOwner, @unchecked Sendable {
    // Confined to the socket group's thread: `perform` closures and callbacks run there alone.
    private enum Place {
        static let telemetry = 0
        static let control = 1
        static let signal = 2
        static let fast = 3
    }
    private var machine: HubMachine
    private var echo: EchoBook
    private let sink: @Sendable ([Event]) -> Bool
    private let refusals: @Sendable () -> Refusals
    /// Keys that were refused and stand in the log.
    private var keysTold = 0
    private let logger: Logger
    private let frames = Counter(label: "headroom.hub.telemetry.frames")
    private let gaps = Gauge(label: "headroom.hub.telemetry.gaps")
    private let replayed = Gauge(label: "headroom.hub.replayed")
    private let strangers = Gauge(label: "headroom.hub.strangers")
    private let malformed = Gauge(label: "headroom.hub.malformed")
    private let present = Gauge(label: "headroom.hub.workers")
    private let clocks = Gauge(label: "headroom.hub.clock.errors")
    private let refusedKeys = Gauge(label: "headroom.hub.keys.refused")
    private let unsent = Counter(label: "headroom.hub.unsent")

    init(
        epoch: Epoch, utilities: Set<String>?, logger: Logger, refusals: @escaping @Sendable () -> Refusals,
        sink: @escaping @Sendable ([Event]) -> Bool
    ) {
        self.refusals = refusals
        self.machine = HubMachine(epoch: epoch)
        self.echo = EchoBook(utilities: utilities)
        self.sink = sink
        self.logger = logger
    }

    func restore(_ readings: [WorkerID: UInt64], stops: [StopOrder]?) {
        for (worker, sequence) in readings { self.machine.restore(readings: sequence, of: worker) }
        if let stops { self.machine.restore(stops: stops) }
    }

    func received(_ messages: [Incoming], on group: SocketThread) {
        let now = WallClock.now()
        var actions: [HubAction] = []
        for message in messages {
            switch message.socket {
            case Place.telemetry:
                guard let bytes = message.frames.first else { continue }
                self.frames.increment()
                actions += self.machine.telemetry(bytes, from: message.userID.map { WorkerID($0) }, at: now)
            case Place.control:
                actions += self.control(message, at: now)
            case Place.fast:
                guard message.frames.count == 2 else { continue }
                actions += self.echo.signal(
                    message.frames[1], from: Self.name(message), route: message.frames[0], at: now
                ).map { .event(.signal($0)) }
            default: break
            }
        }
        self.perform(actions, on: group)
    }

    /// Who speaks: the name of the key, and only where CURVE is off the identity that a socket gave itself.
    private static func name(_ message: Incoming) -> String {
        message.userID ?? String(decoding: message.frames[0], as: UTF8.self)
    }

    private func control(_ message: Incoming, at now: Instant) -> [HubAction] {
        guard message.frames.count == 2 else { return [] }
        let name = Self.name(message)
        guard !(self.echo.utilities?.contains(name) ?? false) else {
            return [.refuse(route: message.frames[0], reason: "this key is a utility's: use the fast signal's port")]
        }
        return self.machine.control(message.frames[1], from: WorkerID(name), route: message.frames[0], at: now)
    }

    func ticked(on group: SocketThread) {
        self.perform(self.machine.tick(at: WallClock.now()), on: group)
        self.gaps.record(self.machine.counts.gaps)
        self.replayed.record(self.machine.counts.replayed + self.echo.replayed)
        self.strangers.record(self.machine.counts.strangers + self.echo.strangers)
        self.malformed.record(self.machine.counts.malformed + self.echo.malformed)
        self.present.record(self.machine.present.count)
        self.clocks.record(self.machine.counts.clockErrors)
        self.tellRefusedKeys()
    }

    /// Says once of each key that it is not on the allow-list; the other end only sees that nobody answers.
    private func tellRefusedKeys() {
        let refusals = self.refusals()
        self.refusedKeys.record(refusals.count)
        for key in refusals.keys.dropFirst(self.keysTold) {
            self.logger.warning(
                "a key that is not on the allow-list was refused: add it there if it is one of ours",
                metadata: ["key.public": "\(key)"])
        }
        self.keysTold = refusals.keys.count
    }

    private func perform(_ actions: [HubAction], on group: SocketThread) {
        var events: [Event] = []
        for action in actions {
            switch action {
            case .event(let event):
                self.note(event)
                events.append(event)
            case .send(let worker, let message): self.send(message, to: worker, on: group)
            case .refuse(let route, let reason):
                group.send([route, ControlMessage.refused(reason: reason).encoded()], on: Place.control)
            }
        }
        guard !events.isEmpty, !self.sink(events) else { return }
        self.logger.error("the engine's inbox is full: workers have to say hello again")
        for case .send(let worker, let message) in self.machine.expelAll() { self.send(message, to: worker, on: group) }
    }

    private func note(_ event: Event) {
        switch event {
        case .workerJoined(let worker, let incarnation):
            self.logger.info(
                "a worker joined", metadata: ["worker.id": "\(worker)", "incarnation": "\(incarnation.value)"])
        case .workerLost(let worker): self.logger.warning("a worker is lost", metadata: ["worker.id": "\(worker)"])
        case .planRefused(let worker, let plan, let reason):
            self.logger.notice(
                "a plan was refused",
                metadata: ["worker.id": "\(worker)", "plan": "\(plan.resource)/\(plan.version)", "reason": "\(reason)"])
        default: break
        }
    }

    private func send(_ message: ControlMessage, to worker: WorkerID, on group: SocketThread) {
        guard let route = self.machine.route(of: worker) else { return }
        guard !group.send([route, message.encoded()], on: Place.control) else { return }
        self.unsent.increment()
        self.machine.unreachable(worker)
    }

    func journalled(_ worker: WorkerID, _ sequence: UInt64, on group: SocketThread) {
        self.perform(self.machine.journalled(readings: sequence, of: worker), on: group)
    }

    func perform(_ effects: [Effect], on group: SocketThread) {
        for effect in effects {
            switch effect.action {
            case .prepare(let plan, let hash, let change):
                self.perform(self.machine.prepare(plan, hash: hash, change: change), on: group)
            case .renew(let worker, let plan, let until):
                self.send(.renew(plan, validUntil: until), to: worker, on: group)
            case .broadcast(let signal): group.send([SignalFrame.dispatch(signal).encoded()], on: Place.signal)
            case .relayFrequency(let signal): group.send([SignalFrame.grid(signal).encoded()], on: Place.signal)
            case .stop(let order): self.perform(self.machine.stop(order), on: group)
            case .release(let order): self.perform(self.machine.release(order), on: group)
            case .report(let sample):
                for utility in self.echo.listeners(of: sample.resource) {
                    group.send([utility, SignalFrame.delivered(sample).encoded()], on: Place.fast)
                }
            case .overridesTaken(let worker, let sequence):
                self.perform(self.machine.journalled(overrides: sequence, of: worker), on: group)
            case .bid, .performance, .record, .recordReadings: break
            }
        }
    }
}
