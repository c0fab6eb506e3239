import Domain
import NIOCore
import NIOWebSocket
import Runtime

/// Frames of one WebSocket in and out of a seat's machine. A client masks what it sends (RFC 6455 5.3).
final class StationHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let seat: Seat
    private let tally: StationsTally
    /// Called once when the connection is gone.
    private let onClose: (Seat) -> Void

    init(seat: Seat, tally: StationsTally, onClose: @escaping (Seat) -> Void) {
        self.seat = seat
        self.tally = tally
        self.onClose = onClose
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        self.seat.channel = context.channel
        self.seat.isDialling = false
        self.seat.backOff.succeeded()
        self.tally.connected(1)
        self.perform(self.seat.machine.connected(at: WallClock.now()), context: context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        switch frame.opcode {
        case .text, .binary:
            self.tally.received()
            let bytes = Array(frame.unmaskedData.readableBytesView)
            self.perform(self.seat.machine.received(bytes, at: WallClock.now()), context: context)
        case .ping:
            self.send(.pong, frame.unmaskedData, context: context)
        case .connectionClose:
            self.send(.connectionClose, frame.unmaskedData, context: context)
            context.close(promise: nil)
        default:
            break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if self.seat.channel === context.channel {
            self.seat.channel = nil
            self.tally.connected(-1)
            self.seat.machine.disconnected(at: WallClock.now())
            self.onClose(self.seat)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func perform(_ outputs: [StationMachine.Output], context: ChannelHandlerContext) {
        StationLink.perform(outputs, on: context.channel, tally: self.tally)
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, context: ChannelHandlerContext) {
        let frame = WebSocketFrame(
            fin: true, opcode: opcode, maskKey: StationLink.mask(), data: data)
        context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
    }
}

/// What a machine wants said on its channel.
enum StationLink {
    static func perform(
        _ outputs: [StationMachine.Output], on channel: any Channel, tally: StationsTally
    ) {
        guard !outputs.isEmpty else { return }
        for output in outputs {
            switch output {
            case .send(let bytes):
                let buffer = channel.allocator.buffer(bytes: bytes)
                let frame = WebSocketFrame(
                    fin: true, opcode: .text, maskKey: self.mask(), data: buffer)
                channel.write(frame, promise: nil)
                tally.sent()
            case .close:
                channel.flush()
                channel.close(promise: nil)
                return
            }
        }
        channel.flush()
    }

    static func mask() -> WebSocketMaskingKey { .random() }

    /// Says goodbye (1001: going away) and closes.
    static func goodbye(_ channel: any Channel) -> EventLoopFuture<Void> {
        var data = channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: .goingAway)
        let frame = WebSocketFrame(
            fin: true, opcode: .connectionClose, maskKey: self.mask(), data: data)
        return channel.writeAndFlush(frame).flatMap { channel.close() }.recover { _ in () }
    }
}
