import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// So many bytes a frame has: an UpdateDynamicSchedule in its WebSocket frame, and about what its answer has.
private let frameBytes = 160
/// Asks this program to be the other side of ``bareEcho(count:)``.
let echoPeerArgument = "--echo-peer"

/// What the same exchange costs with nothing but NIO and TCP: a frame to each connection and back from a process of
/// its own, on the same cores. The limit that a server of stations is to be seen beside.
func bareEcho(count: Int) throws -> SignalFigures {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    defer { try? group.syncShutdownGracefully() }
    let counter = EchoCounter()
    let server = try ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 4_096)
        .childChannelInitializer { $0.pipeline.addHandler(EchoCounterHandler(counter)) }
        .bind(host: "127.0.0.1", port: 0).wait()
    let peer = Process()
    peer.executableURL = URL(filePath: CommandLine.arguments[0])
    peer.arguments = [echoPeerArgument, String(server.localAddress?.port ?? 0), String(count)]
    // Open for as long as this process lives and needs it.
    let lifeline = Pipe()
    peer.standardInput = lifeline
    try peer.run()
    defer { try? lifeline.fileHandleForWriting.close() }
    try waitFor("\(count) bare connections", seconds: 60) { counter.channels.count == count }
    let frame = ByteBuffer(repeating: 7, count: frameBytes)
    var rounds: [SignalFigures] = []
    for round in 0..<6 {
        counter.clear()
        let channels = counter.channels
        let (start, began) = (ContinuousClock.now, processMicroseconds())
        for channel in channels { channel.writeAndFlush(frame, promise: nil) }
        try waitFor("all echoes", seconds: 30) { counter.bytes == count * frameBytes }
        let (passed, spent) = (start.duration(to: counter.last), processMicroseconds() - began)
        guard round > 0 else { continue }
        let milliseconds = Double(passed.components.attoseconds) / 1e15 + Double(passed.components.seconds) * 1e3
        rounds.append(
            SignalFigures(
                count: count, all: milliseconds, p99: milliseconds, microseconds: Double(spent) / Double(count)))
    }
    return .median(rounds)
}

/// The other side: opens the connections, sends back what comes, and ends with its parent.
func runEchoPeer(port: Int, count: Int) throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let bootstrap = ClientBootstrap(group: group).channelInitializer { $0.pipeline.addHandler(EchoHandler()) }
    for first in stride(from: 0, to: count, by: 500) {
        let some = (first..<min(count, first + 500)).map { _ in bootstrap.connect(host: "127.0.0.1", port: port) }
        for channel in some { _ = try channel.wait() }
    }
    _ = try FileHandle.standardInput.readToEnd()
}

/// CPU of all threads of this process, microseconds.
func processMicroseconds() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
}

/// What has come back over all connections.
private final class EchoCounter: Sendable {
    private struct State {
        var channels: [any Channel] = []
        var bytes = 0
        var last = ContinuousClock.now
    }
    private let state = Mutex(State())

    var channels: [any Channel] { self.state.withLock { $0.channels } }
    var bytes: Int { self.state.withLock { $0.bytes } }
    var last: ContinuousClock.Instant { self.state.withLock { $0.last } }

    func open(_ channel: any Channel) { self.state.withLock { $0.channels.append(channel) } }

    func came(_ bytes: Int) {
        self.state.withLock { state in
            state.bytes += bytes
            state.last = .now
        }
    }

    func clear() { self.state.withLock { $0.bytes = 0 } }
}

private final class EchoCounterHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let counter: EchoCounter

    init(_ counter: EchoCounter) { self.counter = counter }

    func channelActive(context: ChannelHandlerContext) { self.counter.open(context.channel) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.counter.came(self.unwrapInboundIn(data).readableBytes)
    }
}

private final class EchoHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
}
