import NIOCore

/// How the connections of a swarm behave.
enum SwarmRole: String, Sendable {
    /// Answers calls from the first byte on, without a handshake; for a bare server.
    case echo
    /// Shakes hands, boots, plugs in and answers every call.
    case station
    /// A station that reports again as soon as its last report is answered.
    case reporter
    /// The same, compressed.
    case compressor
}

/// The least that is a station of OCPP 2.1 on the wire: no tree of JSON, no state but how far it has come. So that what
/// is measured is the server.
final class SwarmStation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let role: SwarmRole
    private let name: String
    private let closed: () -> Void
    private var isUpgraded: Bool
    private var held: ByteBuffer?
    private var answers = 0

    init(_ role: SwarmRole, name: String, closed: @escaping () -> Void) {
        self.role = role
        self.name = name
        self.closed = closed
        self.isUpgraded = role == .echo
    }

    func channelActive(context: ChannelHandlerContext) {
        if !self.isUpgraded { self.shakeHands(context) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.closed()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func shakeHands(_ context: ChannelHandlerContext) {
        let extensions =
            self.role == .compressor
            ? "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover\r\n"
            : ""
        let request =
            "GET /ocpp/\(self.name) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Protocol: ocpp2.1\r\n" + extensions + "\r\n"
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        if var held = self.held {
            held.writeBuffer(&bytes)
            bytes = held
            self.held = nil
        }
        if !self.isUpgraded {
            guard let end = bytes.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) else {
                return self.held = bytes
            }
            guard bytes.readableBytesView.starts(with: "HTTP/1.1 101".utf8) else { return context.close(promise: nil) }
            bytes.moveReaderIndex(to: end.upperBound)
            self.isUpgraded = true
            context.write(self.wrapOutboundOut(SwarmFrames.boot), promise: nil)
        }
        while let payload = Self.frame(&bytes) { self.take(payload, context) }
        if bytes.readableBytes > 0 { self.held = bytes }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    /// The next whole frame of a server; close frames and pings are not answered, the server ends what it wants to end.
    private static func frame(_ bytes: inout ByteBuffer) -> ByteBuffer? {
        let start = bytes.readerIndex
        guard let short: UInt8 = bytes.getInteger(at: start + 1) else { return nil }
        guard short == 126 else { return Self.take(Int(short), after: 2, of: &bytes) }
        guard let long: UInt16 = bytes.getInteger(at: start + 2) else { return nil }
        return Self.take(Int(long), after: 4, of: &bytes)
    }

    private static func take(_ count: Int, after head: Int, of bytes: inout ByteBuffer) -> ByteBuffer? {
        guard let payload = bytes.getSlice(at: bytes.readerIndex + head, length: count) else { return nil }
        bytes.moveReaderIndex(forwardBy: head + count)
        return payload
    }

    private func take(_ payload: ByteBuffer, _ context: ChannelHandlerContext) {
        let view = payload.readableBytesView
        guard view.count > 6, view.first == UInt8(ascii: "[") else { return }
        switch view[view.startIndex + 1] {
        case UInt8(ascii: "2"): self.answer(view, context)
        case UInt8(ascii: "3"): self.answered(context)
        default: preconditionFailure("the server refuses: \(String(buffer: payload))")
        }
    }

    /// `[2,"id","Action",…`: the same id back.
    private func answer(_ view: ByteBufferView, _ context: ChannelHandlerContext) {
        let quote = UInt8(ascii: "\"")
        let id = view.dropFirst(4).prefix { $0 != quote }
        let action = view[(id.endIndex + 3)...].prefix { $0 != quote }
        let payload = SwarmFrames.answer(to: action)
        var frame = context.channel.allocator.buffer(capacity: 64 + payload.utf8CodeUnitCount)
        SwarmFrames.head(of: id.count + payload.utf8CodeUnitCount + 7, isCompressed: false, into: &frame)
        frame.writeStaticString("[3,\"")
        frame.writeBytes(id)
        frame.writeStaticString("\",")
        frame.writeStaticString(payload)
        frame.writeStaticString("]")
        context.write(self.wrapOutboundOut(frame), promise: nil)
    }

    /// Boot first, then the car; reporters go on.
    private func answered(_ context: ChannelHandlerContext) {
        self.answers += 1
        let next: ByteBuffer
        switch (self.answers, self.role) {
        case (1, _): next = SwarmFrames.started
        case (_, .reporter): next = SwarmFrames.reports[self.answers % 16]
        case (_, .compressor): next = SwarmFrames.compressedReports[self.answers % 16]
        default: return
        }
        context.write(self.wrapOutboundOut(next), promise: nil)
    }
}
