import NIOCore
import NIOHTTP1

/// Stands first in the pipeline until the upgrade: a deadline for the handshake, a bound on its bytes.
final class HandshakeGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    static let mostBytes = 8_192

    private let timeout: TimeAmount
    private let failed: (any Error) -> Void
    private var deadline: Scheduled<Void>?
    private var bytes = 0

    /// - Parameter failed: hears of an error below, such as a certificate that TLS does not accept.
    init(timeout: TimeAmount, failed: @escaping (any Error) -> Void = { _ in }) {
        self.timeout = timeout
        self.failed = failed
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

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.failed(error)
        context.fireErrorCaught(error)
    }
}

/// Answers a request that is not upgraded, with the reason, and closes.
final class RefusalHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let handshake: Handshake
    private var answer: Admission.Refusal?

    init(_ handshake: Handshake) {
        self.handshake = handshake
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.answer = self.handshake.answer(head, on: context.channel)
        case .body:
            break
        case .end:
            self.respond(self.answer ?? Admission.Refusal(.badRequest, "bad request"), context: context)
        }
    }

    private func respond(_ refusal: Admission.Refusal, context: ChannelHandlerContext) {
        var body = context.channel.allocator.buffer(capacity: refusal.reason.utf8.count + 1)
        body.writeString(refusal.reason + "\n")
        var headers: HTTPHeaders = [
            "content-type": "text/plain; charset=utf-8",
            "content-length": String(body.readableBytes),
            "connection": "close",
        ]
        switch refusal.status {
        case .unauthorized: headers.add(name: "www-authenticate", value: "Basic realm=\"ocpp\"")
        case .upgradeRequired:
            headers.add(name: "upgrade", value: "websocket")
            headers.add(name: "sec-websocket-version", value: "13")
        default: break
        }
        if let seconds = refusal.retryAfter { headers.add(name: "retry-after", value: "\(seconds)") }
        let head = HTTPResponseHead(version: .http1_1, status: refusal.status, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(self.wrapOutboundOut(.end(nil))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    /// A refused upgrade comes as an error first and as the request itself afterwards.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is StationUpgrader.Refused { return }
        context.close(promise: nil)
    }
}
