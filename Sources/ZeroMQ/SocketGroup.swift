import CZeroMQ
import Foundation
import Synchronization

/// A message that came in.
package struct Incoming: Sendable {
    /// Which socket of the group, by its place in the list of specifications.
    package var socket: Int
    package var frames: [[UInt8]]
    /// Name of the key that it came under, from the allow-list; nil where CURVE is off.
    package var userID: String?
}

/// What a socket is and where.
package struct SocketSpec: Sendable {
    package enum Kind: Sendable {
        case publish
        case subscribe
        case router
        /// Without an identity the router draws one for each connection: nobody can take another's.
        case dealer(identity: String?)
    }
    package enum Side: Sendable {
        case bind
        case connect
    }
    package var kind: Kind
    package var side: Side
    package var endpoint: String
    package var security: Security
    /// Most messages queued each way and peer; beyond it the others refuse, and PUB drops unless it is told to refuse.
    package var highWaterMark: Int32
    /// Most bytes of a message that comes in; whoever sends more is disconnected.
    package var mostMessageBytes: Int
    /// Queue only for a connection that stands: what cannot be said now is refused at once, not said later.
    package var isImmediate: Bool
    /// A publisher refuses what a subscriber has no room for, for all of them, instead of leaving that one out unseen.
    package var refusesWhenFull: Bool

    package init(
        kind: Kind, side: Side, endpoint: String, security: Security, highWaterMark: Int32 = 10_000,
        mostMessageBytes: Int = 4 << 20, isImmediate: Bool = false, refusesWhenFull: Bool = false
    ) {
        self.kind = kind
        self.side = side
        self.endpoint = endpoint
        self.security = security
        self.highWaterMark = highWaterMark
        self.mostMessageBytes = mostMessageBytes
        self.isImmediate = isImmediate
        self.refusesWhenFull = refusesWhenFull
    }
}

/// What the owner of a group does on the group's own thread: state needs no lock there.
package protocol SocketOwner: AnyObject {
    func received(_ messages: [Incoming], on group: SocketThread)
    func ticked(on group: SocketThread)
}

/// The sending side, usable on the group's thread only.
@safe
package struct SocketThread {
    fileprivate let sockets: [UnsafeMutableRawPointer]

    /// Sends without waiting; false when the queue is full or the peer unknown.
    @discardableResult
    package func send(_ frames: [[UInt8]], on socket: Int) -> Bool {
        unsafe sendFrames(self.sockets[socket], frames)
    }
}

/// One thread that owns some sockets: it polls them and a wake-up descriptor, and handles messages inline.
/// (performance.md section 3: as fast as C; an async element per message is fifty times slower.)
@safe
package final class SocketGroup: @unchecked Sendable {
    // Sockets and owner are touched by the thread alone; work and the stop flag are behind a lock.
    private struct Inbox {
        var work: [(SocketThread) -> Void] = []
        var stopping = false
    }
    private static let mostWork = 100_000
    private let context: Context
    private let sockets: [UnsafeMutableRawPointer]
    private let owner: any SocketOwner
    private let wake: Int32
    private let tick: Int
    private let inbox = Mutex(Inbox())
    private let done = DispatchSemaphore(value: 0)

    /// Opens the sockets and starts the thread.
    /// - Parameter tick: milliseconds between two calls of `ticked`.
    package init(context: Context, sockets specs: [SocketSpec], tick: Int, owner: any SocketOwner) throws {
        self.context = context
        self.owner = owner
        self.tick = tick
        self.wake = eventfd(0, Int32(EFD_NONBLOCK))
        var opened: [UnsafeMutableRawPointer] = unsafe []
        do {
            for spec in specs { unsafe opened.append(try unsafe open(spec, context.handle)) }
        } catch {
            unsafe opened.forEach { _ = unsafe zmq_close($0) }
            close(self.wake)
            throw error
        }
        unsafe self.sockets = opened
        let thread = Thread { [self] in self.run() }
        thread.name = "zeromq"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Does `work` on the group's thread; false when too much waits there already.
    @discardableResult
    package func perform(_ work: @escaping @Sendable (SocketThread) -> Void) -> Bool {
        let taken = self.inbox.withLock { inbox in
            guard inbox.work.count < Self.mostWork else { return false }
            inbox.work.append(work)
            return true
        }
        if taken { self.nudge() }
        return taken
    }

    private func nudge() {
        var one: UInt64 = 1
        _ = unsafe write(self.wake, &one, 8)
    }

    /// Ends the thread and closes the sockets; returns when they are closed.
    package func stop() {
        self.inbox.withLock { $0.stopping = true }
        self.nudge()
        self.done.wait()
        self.done.signal()
    }

    private func run() {
        let thread = unsafe SocketThread(sockets: self.sockets)
        var next = ContinuousClock.now
        while true {
            self.poll(until: next)
            let (work, stopping) = self.inbox.withLock { inbox in
                defer { inbox.work.removeAll() }
                return (inbox.work, inbox.stopping)
            }
            for unit in work { unit(thread) }
            if stopping { break }
            self.drain(thread)
            if ContinuousClock.now >= next {
                self.owner.ticked(on: thread)
                next = ContinuousClock.now.advanced(by: .milliseconds(self.tick))
            }
        }
        unsafe self.sockets.forEach { _ = unsafe zmq_close($0) }
        close(self.wake)
        self.done.signal()
    }

    private func poll(until next: ContinuousClock.Instant) {
        let left = next - ContinuousClock.now
        let wait = max(0, Int(left / .milliseconds(1)) + 1)
        var items = unsafe self.sockets.map {
            unsafe zmq_pollitem_t(socket: $0, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
        }
        unsafe items.append(zmq_pollitem_t(socket: nil, fd: self.wake, events: Int16(ZMQ_POLLIN), revents: 0))
        _ = unsafe zmq_poll(&items, Int32(items.count), CLong(min(wait, self.tick)))
        var count: UInt64 = 0
        _ = unsafe read(self.wake, &count, 8)
    }

    /// Takes what is there, up to a bound a round, so that no flood starves the tick.
    private func drain(_ thread: SocketThread) {
        var messages: [Incoming] = []
        for index in unsafe self.sockets.indices {
            var left = 512
            while left > 0, let frames = unsafe receiveFrames(self.sockets[index], flags: ZMQ_DONTWAIT) {
                messages.append(
                    Incoming(socket: index, frames: frames.map(\.bytes), userID: frames.last?.userID))
                left -= 1
            }
        }
        if !messages.isEmpty { self.owner.received(messages, on: thread) }
    }
}

/// Opens one socket with every limit set: message size, handshake time, queues, heartbeats, linger.
@unsafe
private func open(_ spec: SocketSpec, _ context: UnsafeMutableRawPointer) throws -> UnsafeMutableRawPointer {
    let kind =
        switch spec.kind {
        case .publish: ZMQ_PUB
        case .subscribe: ZMQ_SUB
        case .router: ZMQ_ROUTER
        case .dealer: ZMQ_DEALER
        }
    guard let socket = unsafe zmq_socket(context, kind) else { throw ZeroMQError.last(spec.endpoint) }
    do {
        for (option, value) in [
            (ZMQ_LINGER, 500), (ZMQ_SNDHWM, spec.highWaterMark), (ZMQ_RCVHWM, spec.highWaterMark),
            (ZMQ_HANDSHAKE_IVL, 1_000), (ZMQ_HEARTBEAT_IVL, 2_000), (ZMQ_HEARTBEAT_TIMEOUT, 6_000),
            (ZMQ_RECONNECT_IVL, 100), (ZMQ_RECONNECT_IVL_MAX, 2_000),
            // The kernel waits twice as long after each lost SYN: a way that is back would be tried half a minute later.
            (ZMQ_CONNECT_TIMEOUT, 2_000), (ZMQ_IMMEDIATE, spec.isImmediate ? 1 : 0),
        ] as [(Int32, Int32)] { try unsafe set(socket, option, value) }
        var size = Int64(spec.mostMessageBytes)
        guard unsafe zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size, 8) == 0 else {
            throw ZeroMQError.last(spec.endpoint)
        }
        switch spec.kind {
        case .subscribe: try unsafe set(socket, ZMQ_SUBSCRIBE, "")
        // No ROUTER_HANDOVER: with it one key of the list could take another worker's route.
        case .router: try unsafe set(socket, ZMQ_ROUTER_MANDATORY, 1)
        case .dealer(let identity?): try unsafe set(socket, ZMQ_ROUTING_ID, identity)
        case .dealer(nil): break
        case .publish: try unsafe set(socket, ZMQ_XPUB_NODROP, spec.refusesWhenFull ? 1 : 0)
        }
        try unsafe secure(socket, spec)
        let code =
            spec.side == .bind ? unsafe zmq_bind(socket, spec.endpoint) : unsafe zmq_connect(socket, spec.endpoint)
        guard code == 0 else { throw ZeroMQError.last(spec.endpoint) }
    } catch {
        unsafe zmq_close(socket)
        throw error
    }
    return unsafe socket
}

@unsafe
private func secure(_ socket: UnsafeMutableRawPointer, _ spec: SocketSpec) throws {
    switch spec.security {
    case .server(let keys):
        try unsafe set(socket, ZMQ_CURVE_SERVER, 1)
        try unsafe set(socket, ZMQ_CURVE_SECRETKEY, keys.secretKey)
        try unsafe set(socket, ZMQ_ZAP_DOMAIN, "headroom")
    case .client(let keys, let server):
        try unsafe set(socket, ZMQ_CURVE_SERVERKEY, server)
        try unsafe set(socket, ZMQ_CURVE_PUBLICKEY, keys.publicKey)
        try unsafe set(socket, ZMQ_CURVE_SECRETKEY, keys.secretKey)
    case .none:
        guard spec.endpoint.hasPrefix("ipc://") || spec.endpoint.hasPrefix("inproc://") else {
            throw ZeroMQError(.invalidKey, "\(spec.endpoint): CURVE may be off on ipc:// only: give a key file")
        }
    }
}

@unsafe
private func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: Int32) throws {
    var value = value
    guard unsafe zmq_setsockopt(socket, option, &value, 4) == 0 else { throw ZeroMQError.last("option \(option)") }
}

@unsafe
private func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: String) throws {
    let bytes = Array(value.utf8)
    let code = unsafe bytes.withUnsafeBytes { unsafe zmq_setsockopt(socket, option, $0.baseAddress, $0.count) }
    guard code == 0 else { throw ZeroMQError.last("option \(option)") }
}
