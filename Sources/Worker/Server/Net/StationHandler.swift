import Domain
import Logging
import Metrics
import NIOCore
import NIOWebSocket
import OCPP
import Runtime

/// One station's WebSocket: frames in and out of its ``StationLink``. Lives on its event loop.
final class StationHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    let station: StationID
    private let shared: ServerShared
    private let version: OCPPVersion?
    /// The connection that this one replaces, found dead.
    private let replacing: StationDirectory.Seat?
    private let isDuplicate: Bool
    /// What that one knew.
    private let inherited: StationRecord?
    private var link: StationLink?
    private var generation: UInt64 = 0
    private var assembler = MessageAssembler()
    private var rate: RateLimit
    private var lastHeard: Instant
    private var pingedAt: Instant?
    private var probes: [EventLoopPromise<Probe>] = []

    /// Whether a connection lives, and what it knew of its station.
    struct Probe: Sendable {
        var isAlive: Bool
        var record: StationRecord?
    }
    private var context: ChannelHandlerContext?
    private var isClosing = false

    init(
        station: StationID, version: OCPPVersion?, shared: ServerShared,
        replacing: StationDirectory.Seat?, isDuplicate: Bool, inherited: StationRecord?
    ) {
        let now = WallClock.now()
        self.station = station
        self.version = version
        self.shared = shared
        self.replacing = replacing
        self.isDuplicate = isDuplicate
        self.inherited = inherited
        self.lastHeard = now
        self.rate = RateLimit(
            perSecond: shared.configuration.messagesPerSecond,
            burst: shared.configuration.messageBurst, at: now)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard let version = self.version else {
            self.shared.meters.refused("subprotocol")
            return self.close(1002, "offer ocpp1.6, ocpp2.0.1 or ocpp2.1")
        }
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        let seat =
            self.isDuplicate
            ? nil
            : self.shared.directory.sit(
                self.station, me, on: context.eventLoop, replacing: self.replacing?.generation,
                most: self.shared.configuration.mostConnections)
        guard let seat else {
            self.shared.meters.duplicates.increment()
            return self.close(1008, "this station is connected already, or the server is full")
        }
        if let old = self.replacing {
            old.eventLoop.execute { old.handler.value.close(1008, "replaced by a new connection") }
        }
        self.generation = seat.generation
        self.shared.meters.connections.record(self.shared.directory.count)
        self.shared.loops.enter(me, on: context.eventLoop)
        var link = StationLink(
            station: self.station, version: version, configuration: self.shared.link,
            record: self.inherited ?? seat.record, salt: UInt64.random(in: 1...UInt64.max),
            policy: self.shared.policy)
        let outputs = link.opened(at: self.lastHeard)
        self.link = link
        self.perform(outputs)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        let now = WallClock.now()
        self.lastHeard = now
        self.pingedAt = nil
        for probe in self.probes { probe.succeed(Probe(isAlive: true)) }
        self.probes = []
        guard !self.isClosing else { return }
        let piece = MessageAssembler.Piece(frame)
        switch self.assembler.take(piece) {
        case .more, .pong: break
        case .ping(let bytes): self.write(.pong, bytes)
        case .closing(let code):
            self.isClosing = true
            self.finish(code.map { WebSocketErrorCode(codeNumber: Int($0)) })
        case .breach(let code, let reason): self.close(code, reason)
        case .message(let bytes): self.message(bytes, at: now)
        }
    }

    private func message(_ bytes: [UInt8], at now: Instant) {
        guard self.rate.take(at: now), self.context?.channel.isWritable == true else {
            return self.close(1008, "too many messages")
        }
        self.shared.meters.received.increment()
        self.perform(self.link?.receive(bytes, at: now) ?? [])
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.left()
        self.context = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func left() {
        for probe in self.probes {
            probe.succeed(Probe(isAlive: false, record: self.link?.record))
        }
        self.probes = []
        guard let context = self.context, var link = self.link else { return }
        self.link = nil
        self.shared.loops.exit(
            NIOLoopBound(self, eventLoop: context.eventLoop), on: context.eventLoop)
        let outputs = link.closed(at: WallClock.now())
        let isLast = self.shared.directory.leave(
            self.station, generation: self.generation, record: link.record)
        self.shared.meters.connections.record(self.shared.directory.count)
        for output in outputs {
            // A replaced connection does not say that the station is gone.
            if case .facts = output, !isLast { continue }
            self.perform([output])
        }
    }

    // MARK: From the server, on the event loop

    func order(_ order: StationOrder, at now: Instant) {
        guard self.link != nil else {
            return self.shared.answered(StationLink.answer(order, .notConnected, nil, .zero))
        }
        self.perform(self.link?.order(order, at: now) ?? [])
    }

    func flush() {
        self.context?.flush()
    }

    func tick(at now: Instant) {
        guard self.link != nil, !self.isClosing else { return }
        self.perform(self.link?.tick(at: now) ?? [])
        let configuration = self.shared.configuration
        if let pinged = self.pingedAt {
            if now - pinged >= configuration.pingTimeout { self.context?.close(promise: nil) }
        } else if now - self.lastHeard >= configuration.pingInterval {
            self.pingedAt = now
            self.write(.ping, [])
        }
        self.context?.flush()
    }

    /// Somebody else claims to be this station: prove that this connection lives.
    func probe(_ promise: EventLoopPromise<Probe>) {
        guard let context = self.context, self.link != nil, self.probes.count < 4 else {
            return promise.succeed(
                Probe(isAlive: self.probes.count >= 4, record: self.link?.record))
        }
        self.probes.append(promise)
        self.write(.ping, [])
        context.flush()
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(
            in: .microseconds(Int64(self.shared.configuration.duplicateTimeout.microseconds))
        ) {
            let handler = me.value
            for probe in handler.probes {
                probe.succeed(Probe(isAlive: false, record: handler.link?.record))
            }
            me.value.probes = []
        }
    }

    /// Says goodbye and closes.
    func close(_ code: UInt16, _ reason: String) {
        guard !self.isClosing else { return }
        self.isClosing = true
        if code != 1001 { self.shared.meters.closed(code) }
        self.shared.logger.info(
            "connection closed",
            metadata: [
                "station.id": "\(self.station)", "code": "\(code)", "reason": "\(reason)",
            ])
        self.finish(WebSocketErrorCode(codeNumber: Int(code)), reason)
    }

    private func finish(_ code: WebSocketErrorCode?, _ reason: String = "") {
        guard let context = self.context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 2 + reason.utf8.count)
        if let code {
            buffer.write(webSocketErrorCode: code)
            buffer.writeString(String(reason.prefix(100)))
        }
        let channel = context.channel
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: buffer)
        context.writeAndFlush(self.wrapOutboundOut(frame)).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    private func write(_ opcode: WebSocketOpcode, _ bytes: [UInt8]) {
        guard let context = self.context else { return }
        let buffer = context.channel.allocator.buffer(bytes: bytes)
        context.write(
            self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: buffer)),
            promise: nil)
        if opcode == .text { self.shared.meters.sent.increment() }
    }

    // MARK: Outputs

    /// Frames are written, not flushed: whoever calls flushes once.
    private func perform(_ outputs: [LinkOutput]) {
        for output in outputs {
            switch output {
            case .send(let bytes): self.write(.text, bytes)
            case .counted(let what): self.shared.meters.counted(what)
            case .answered(let answer): self.shared.answered(answer)
            case .facts(let facts, let ticket): self.tell(facts, ticket: ticket)
            case .wantsTransactionID(let key, let ticket):
                self.askTransactionID(key, ticket: ticket)
            }
        }
    }

    private func tell(_ facts: [StationFact], ticket: Int?) {
        guard let ticket, let context = self.context else {
            self.shared.observer.station(
                self.station, said: facts, at: self.lastHeard, acknowledge: nil)
            return
        }
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        self.shared.observer.station(self.station, said: facts, at: self.lastHeard) {
            loop.execute {
                let handler = me.value
                handler.perform(handler.link?.acknowledged(ticket, at: WallClock.now()) ?? [])
                handler.flush()
            }
        }
    }

    private func askTransactionID(_ key: TransactionKey, ticket: Int) {
        guard let context = self.context else { return }
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        self.shared.policy.transactionID(key) { id in
            loop.execute {
                let handler = me.value
                handler.perform(handler.link?.issued(id, for: ticket, at: WallClock.now()) ?? [])
                handler.flush()
            }
        }
    }
}

extension MessageAssembler.Piece {
    init(_ frame: WebSocketFrame) {
        let opcode: MessageAssembler.Opcode =
            switch frame.opcode {
            case .continuation: .continuation
            case .text: .text
            case .binary: .binary
            case .connectionClose: .close
            case .ping: .ping
            case .pong: .pong
            default: .reserved
            }
        self.init(
            opcode: opcode, isFinal: frame.fin, isMasked: frame.maskKey != nil,
            hasReservedBits: frame.rsv1 || frame.rsv2 || frame.rsv3,
            bytes: Array(frame.unmaskedData.readableBytesView))
    }
}
