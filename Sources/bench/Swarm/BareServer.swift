import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization
import Worker

/// The least server that NIO makes: a frame to each connection, written and flushed on its loop, and what comes back is
/// counted. The limit that a server of stations is to be seen beside.
final class BareServer {
    /// An UpdateDynamicSchedule with its WebSocket header, as long as ours.
    static let frame: ByteBuffer = {
        let payload =
            #"[2,"1a2b3c4d5e-12","UpdateDynamicSchedule",{"chargingProfileId":1012,"scheduleUpdate":{"setpoint":5000}}]"#
        var frame = ByteBuffer()
        frame.writeInteger(UInt8(0x81))
        frame.writeInteger(UInt8(payload.utf8.count))
        frame.writeString(payload)
        return frame
    }()

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    private let shared = BareShared()
    private let channel: any Channel

    init(_ certificate: BenchCertificate?, port: Int = 0) throws {
        let shared = self.shared
        var tls: NIOSSLContext?
        if let certificate {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.chain)
                .map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(file: certificate.key, format: .pem)
            tls = try NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
        }
        let context = tls
        self.channel = try ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.addHandler(BareHandler(shared, hasTLS: context != nil))
                }
            }
            .bind(host: "127.0.0.1", port: port).wait()
    }

    var port: Int { self.channel.localAddress?.port ?? 0 }
    /// Connections that stand, over TLS after its handshake.
    var count: Int { self.shared.connections.withLock { $0.values.reduce(0) { $0 + $1.count } } }
    var answered: (count: Int, last: ContinuousClock.Instant) { self.shared.answered.withLock { $0 } }

    func clear() { self.shared.answered.withLock { $0.count = 0 } }

    /// A frame to everybody, and then `written` on each loop.
    func signal(written: @escaping @Sendable () -> Void) {
        for (loop, connections) in self.shared.connections.withLock({ $0.map { ($0.value.loop, $0.value.handlers) } }) {
            loop.execute {
                // Ahead of the stations as ours is, so that both have the same machine.
                LoopPriority.raised(for: connections.count) {
                    for handler in connections { handler.value.say(Self.frame) }
                }
                written()
            }
        }
    }

    func stop() { try? self.group.syncShutdownGracefully() }
}

/// What has come back over all connections.
private final class BareShared: Sendable {
    struct Connections {
        var loop: any EventLoop
        var handlers: [NIOLoopBound<BareHandler>] = []
        var count: Int { self.handlers.count }
    }
    let connections = Mutex<[ObjectIdentifier: Connections]>([:])
    let answered = Mutex((count: 0, last: ContinuousClock.now))
}

private final class BareHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let shared: BareShared
    private let hasTLS: Bool
    private var context: ChannelHandlerContext?

    init(_ shared: BareShared, hasTLS: Bool) {
        self.shared = shared
        self.hasTLS = hasTLS
    }

    func say(_ frame: ByteBuffer) {
        self.context?.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
    }

    private func opened(_ context: ChannelHandlerContext) {
        self.context = context
        let loop = context.eventLoop
        let me = NIOLoopBound(self, eventLoop: loop)
        self.shared.connections.withLock {
            $0[ObjectIdentifier(loop), default: BareShared.Connections(loop: loop)].handlers.append(me)
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        if !self.hasTLS { self.opened(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { self.opened(context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.shared.answered.withLock {
            $0.count += 1
            $0.last = .now
        }
    }

    func channelInactive(context: ChannelHandlerContext) { self.context = nil }
}
