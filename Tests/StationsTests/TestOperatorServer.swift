import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

@testable import Stations

/// A permissive operator on a real socket: takes any station of the right secret and answers each CALL.
final class TestOperatorServer: Sendable {
    struct State {
        var identities: [String] = []
        var boots = 0
        var actions: [String: Int] = [:]
        var channels: [ObjectIdentifier: any Channel] = [:]
        var answered = 0
    }
    let state = Mutex(State())
    let secret: String?
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let tls: NIOSSLContext?

    init(secret: String?, tls: NIOSSLContext? = nil) {
        self.secret = secret
        self.tls = tls
    }

    func start() async throws -> Int {
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(self.headers(for: head))
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    self.state.withLock {
                        $0.identities.append(String(head.uri.split(separator: "/").last ?? ""))
                        $0.channels[ObjectIdentifier(channel)] = channel
                    }
                    try channel.pipeline.syncOperations.addHandler(Desk(server: self))
                }
            })
        let channel = try await ServerBootstrap(group: self.group)
            .childChannelInitializer { channel in
                if let tls = self.tls {
                    do {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: tls))
                    } catch {
                        return channel.eventLoop.makeFailedFuture(error)
                    }
                }
                return channel.pipeline.configureHTTPServerPipeline(
                    withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return channel.localAddress?.port ?? 0
    }

    /// nil refuses the upgrade.
    private func headers(for head: HTTPRequestHead) -> HTTPHeaders? {
        if let secret = self.secret {
            let given = head.headers.first(name: "Authorization")
            guard given == "Basic \(secret)" else { return nil }
        }
        let offered = head.headers.first(name: "Sec-WebSocket-Protocol") ?? ""
        return HTTPHeaders([("Sec-WebSocket-Protocol", offered)])
    }

    /// Sends one text frame to every station.
    func broadcast(_ text: String) {
        for channel in self.state.withLock({ Array($0.channels.values) }) {
            let buffer = channel.allocator.buffer(string: text)
            channel.writeAndFlush(
                WebSocketFrame(fin: true, opcode: .text, data: buffer), promise: nil)
        }
    }

    func hangUp() {
        for channel in self.state.withLock({ Array($0.channels.values) }) {
            channel.close(promise: nil)
        }
    }

    func stop() async throws {
        try await self.group.shutdownGracefully()
    }

    private final class Desk: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        typealias OutboundOut = WebSocketFrame
        let server: TestOperatorServer

        init(server: TestOperatorServer) {
            self.server = server
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = self.unwrapInboundIn(data)
            guard frame.opcode == .text,
                let parts = JSONReader.read(Array(frame.unmaskedData.readableBytesView))?.array
            else { return }
            guard parts[0].int == 2, let id = parts[1].string, let action = parts[2].string else {
                self.server.state.withLock { $0.answered += 1 }
                return
            }
            self.server.state.withLock { state in
                state.actions[action, default: 0] += 1
            }
            let answer =
                #"[3,"\#(id)",{"status":"Accepted","interval":300,"transactionId":5,"#
                + #""idTokenInfo":{"status":"Accepted"},"idTagInfo":{"status":"Accepted"}}]"#
            let buffer = context.channel.allocator.buffer(string: answer)
            context.writeAndFlush(
                self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: buffer)),
                promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.server.state.withLock { $0.channels[ObjectIdentifier(context.channel)] = nil }
        }
    }
}
