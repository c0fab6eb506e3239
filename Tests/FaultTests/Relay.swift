import NIOCore
import NIOPosix
import Synchronization

/// A TCP relay between a worker and its aggregator, which makes the weather of the way between them: late and uneven,
/// held (nothing arrives, nobody is told, as behind a router that died), or cut (closed, and closed again at once).
final class Relay: Sendable {
    struct Weather: Sendable {
        var delayMilliseconds = 0
        var jitterMilliseconds = 0
        var isHeld = false
        var isCut = false
    }
    fileprivate struct State: Sendable {
        var weather = Weather()
        var channels: [ObjectIdentifier: any Channel] = [:]
    }
    let port: Int
    fileprivate let state = Mutex(State())
    private let server: any Channel

    init(port: Int, to target: Int) async throws {
        self.port = port
        let hold = Holder()
        self.server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { near in hold.accept(near, target) }
            .bind(host: "127.0.0.1", port: port).get()
        hold.relay.withLock { $0 = self }
    }

    /// From now on; what was held goes on its way when it is held no longer.
    func set(_ weather: Weather) {
        let channels = self.state.withLock { state in
            state.weather = weather
            return Array(state.channels.values)
        }
        for channel in channels {
            if weather.isCut {
                channel.close(promise: nil)
            } else {
                channel.pipeline.fireUserInboundEventTriggered(Change())
            }
        }
    }

    func close() {
        self.set(Weather(isCut: true))
        self.server.close(promise: nil)
    }

    fileprivate struct Change: Sendable {}

    /// Accepts before the relay itself is whole.
    private final class Holder: Sendable {
        let relay: Mutex<Relay?> = Mutex(nil)

        /// Whoever comes in waits for the other end; nothing is read of it before.
        func accept(_ near: any Channel, _ target: Int) -> EventLoopFuture<Void> {
            guard let relay = self.relay.withLock({ $0 }), !relay.state.withLock({ $0.weather.isCut }) else {
                return near.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
            }
            ClientBootstrap(group: near.eventLoop).channelOption(.autoRead, value: false)
                .connect(host: "127.0.0.1", port: target)
                .flatMap { far in relay.join(near, far) }
                .whenFailure { _ in near.close(promise: nil) }
            return near.eventLoop.makeSucceededVoidFuture()
        }
    }

    private func join(_ near: any Channel, _ far: any Channel) -> EventLoopFuture<Void> {
        self.state.withLock {
            $0.channels[ObjectIdentifier(near)] = near
            $0.channels[ObjectIdentifier(far)] = far
        }
        for channel in [near, far] {
            channel.closeFuture.whenComplete { _ in
                self.state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
            }
        }
        return near.eventLoop.submit {
            try near.pipeline.syncOperations.addHandler(Pipe(relay: self, peer: far))
            try far.pipeline.syncOperations.addHandler(Pipe(relay: self, peer: near))
        }
    }
}

/// One direction: what is read waits for its time, in order, and reading goes on once it is written.
private final class Pipe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private static let mostWaiting = 1_024
    private let relay: Relay
    private let peer: any Channel
    private var waiting: [(due: NIODeadline, bytes: ByteBuffer)] = []
    private var isScheduled = false

    init(relay: Relay, peer: any Channel) {
        self.relay = relay
        self.peer = peer
    }

    /// Whoever came in may be known to its loop later than the other end is reached: what is to be read then is lost.
    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { context.read() } }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let weather = self.relay.state.withLock { $0.weather }
        let late = weather.delayMilliseconds + Int.random(in: 0...max(0, weather.jitterMilliseconds))
        let due = NIODeadline.now() + .milliseconds(Int64(late))
        self.waiting.append((max(due, self.waiting.last?.due ?? due), self.unwrapInboundIn(data)))
        self.forward(context)
        if self.waiting.count < Self.mostWaiting { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is Relay.Change else { return context.fireUserInboundEventTriggered(event) }
        self.forward(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.peer.close(promise: nil)
    }

    private func forward(_ context: ChannelHandlerContext) {
        guard !self.relay.state.withLock({ $0.weather.isHeld }) else { return }
        let wasFull = self.waiting.count >= Self.mostWaiting
        let now = NIODeadline.now()
        while let first = self.waiting.first, first.due <= now {
            self.waiting.removeFirst()
            self.peer.writeAndFlush(first.bytes, promise: nil)
        }
        if wasFull, self.waiting.count < Self.mostWaiting { context.read() }
        guard let next = self.waiting.first, !self.isScheduled else { return }
        self.isScheduled = true
        context.eventLoop.assumeIsolated().scheduleTask(deadline: next.due) {
            self.isScheduled = false
            self.forward(context)
        }
    }
}
