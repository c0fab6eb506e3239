import Domain
import FleetLink
import Metrics
import Runtime
import Synchronization
import ZeroMQ

/// What happens on the link's own thread.
@safe
final class UplinkOwner: SocketOwner, @unchecked Sendable {
    // Confined to the socket group's thread, but for the flag that `stop` waits for.
    private var machine: LinkMachine
    private let hear: @Sendable ([LinkAction]) -> Void
    private let left = Atomic<Bool>(false)
    private let frames = Counter(label: "headroom.link.telemetry.frames")
    private let coalesced = Counter(label: "headroom.link.telemetry.coalesced")
    private let unsent = Counter(label: "headroom.link.unsent")
    private let connected = Gauge(label: "headroom.link.connected")
    private let waiting = Gauge(label: "headroom.link.readings.unacknowledged")
    private let malformed = Gauge(label: "headroom.link.malformed")
    private let replayed = Gauge(label: "headroom.link.replayed")
    private let expired = Gauge(label: "headroom.link.expired")
    private let olderEpochs = Gauge(label: "headroom.link.older.epochs")
    private let clockErrors = Gauge(label: "headroom.link.clock.errors")

    init(
        worker: WorkerID, incarnation: Incarnation, journalEnd: UInt64?,
        hear: @escaping @Sendable ([LinkAction]) -> Void
    ) {
        self.machine = LinkMachine(worker: worker, incarnation: incarnation, journalEnd: journalEnd)
        self.hear = hear
    }

    var hasLeft: Bool { self.left.load(ordering: .acquiring) }

    func run(_ work: (inout LinkMachine, Instant) -> [LinkAction], on group: SocketThread) {
        self.perform(work(&self.machine, WallClock.now()), on: group)
    }

    func received(_ messages: [Incoming], on group: SocketThread) {
        for message in messages {
            guard let bytes = message.frames.first else { continue }
            // Of each by itself: where one took long, the next may be over by now.
            let now = WallClock.now()
            let actions =
                message.socket == 1 ? self.machine.control(bytes, at: now) : self.machine.signal(bytes, at: now)
            self.perform(actions, on: group)
        }
    }

    func ticked(on group: SocketThread) {
        self.perform(self.machine.tick(at: WallClock.now()), on: group)
        self.connected.record(self.machine.isConnected ? 1 : 0)
        self.waiting.record(self.machine.unacknowledged)
        self.malformed.record(self.machine.malformed)
        self.replayed.record(self.machine.replayed)
        self.expired.record(self.machine.expired)
        self.olderEpochs.record(self.machine.olderEpochs)
        self.clockErrors.record(self.machine.clockErrors)
    }

    private func perform(_ actions: [LinkAction], on group: SocketThread) {
        var heard: [LinkAction] = []
        var isFull = false
        for action in actions {
            switch action {
            case .send(let message):
                guard !group.send([message.encoded()], on: 1) else { continue }
                if self.machine.isConnected { self.unsent.increment() }
                self.machine.unsent()
            case .publish(let frame):
                isFull = isFull || !group.send([frame], on: 0)
                guard isFull else {
                    self.frames.increment()
                    continue
                }
                self.coalesced.increment()
                self.machine.unpublished(frame)
            case .left: self.left.store(true, ordering: .releasing)
            default: heard.append(action)
            }
        }
        if !heard.isEmpty { self.hear(heard) }
    }
}
