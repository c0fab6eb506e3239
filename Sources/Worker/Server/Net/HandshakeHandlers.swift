import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Stands first in the pipeline until the upgrade: a deadline for the handshake, a bound on its bytes.
final class HandshakeGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    static let mostBytes = 8_192

    private let timeout: TimeAmount
    private var deadline: Scheduled<Void>?
    private var bytes = 0

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        self.deadline = context.eventLoop.scheduleTask(in: self.timeout) {
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.deadline?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes += self.unwrapInboundIn(data).readableBytes
        guard self.bytes <= Self.mostBytes else {
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.deadline?.cancel()
        context.fireChannelInactive()
    }
}

/// Answers a request that is not upgraded, with the reason, and closes.
final class RefusalHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let decide: (HTTPRequestHead) -> (HTTPResponseStatus, String)
    private var answer: (HTTPResponseStatus, String)?

    init(decide: @escaping (HTTPRequestHead) -> (HTTPResponseStatus, String)) {
        self.decide = decide
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.answer = self.decide(head)
        case .body:
            break
        case .end:
            let (status, reason) = self.answer ?? (.badRequest, "bad request")
            self.respond(status, reason, context: context)
        }
    }

    private func respond(
        _ status: HTTPResponseStatus, _ reason: String, context: ChannelHandlerContext
    ) {
        var body = context.channel.allocator.buffer(capacity: reason.utf8.count + 1)
        body.writeString(reason + "\n")
        var headers: HTTPHeaders = [
            "content-type": "text/plain; charset=utf-8",
            "content-length": String(body.readableBytes),
            "connection": "close",
        ]
        if status == .unauthorized {
            headers.add(name: "www-authenticate", value: "Basic realm=\"ocpp\"")
        }
        if status == .upgradeRequired { headers.add(name: "upgrade", value: "websocket") }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(self.wrapOutboundOut(.end(nil))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    /// A refused upgrade comes as an error first and as the request itself afterwards.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOWebSocketUpgradeError { return }
        context.close(promise: nil)
    }
}
