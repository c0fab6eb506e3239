import Domain
import Logging
import Metrics
import NIOCore
import OCPP
import Runtime

/// A link on the heap by itself: it is a big value, and merely to ask an optional one whether it is there copies it.
final class LinkBox {
    var value: StationLink

    init(_ value: StationLink) { self.value = value }
}

/// One station's WebSocket: bytes in and out of its ``StationLink``. Lives on its event loop.
final class StationHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Whether a connection lives, and what it knew of its station.
    struct Probe: Sendable {
        var isAlive: Bool
        var record: StationRecord?
    }

    /// Newcomers that wait for one probe; more are refused at once.
    static let mostProbes = 128

    private static let allocator = ByteBufferAllocator()

    let station: StationID
    let shared: ServerShared
    /// Until the seat is taken; the connection before, which it names, is not held longer.
    private var arrival: StationPipeline.Arrival?
    private let deflate: DeflateTerms?
    private var registry: LoopRegistries.Registry?
    /// Where in the registry; the registry's.
    var place: Int?
    private(set) var link: LinkBox?
    private var generation: UInt64 = 0
    private let mark = SeatMark()
    private var reader: FrameReader
    private var assembler = MessageAssembler()
    private var rate: RateLimit
    private var lastHeard: Instant
    private var pingedAt: Instant?
    /// Since when a message or a frame has been unfinished.
    private var openSince: Instant?
    /// Newcomers that wait for the answer to the ping of this round.
    var probes: [EventLoopPromise<Probe>] = []
    var probeRound: UInt64 = 0
    private(set) var context: ChannelHandlerContext?
    /// The close frame is written; what the station still says counts no more.
    private(set) var isClosing = false
    /// Frames were written since the last flush.
    private var hasWritten = false
    /// A rule was broken: not even frames are looked for any more.
    private var isDeaf = false

    init(_ arrival: StationPipeline.Arrival, shared: ServerShared) {
        let now = WallClock.now()
        self.station = arrival.station
        self.arrival = arrival
        self.deflate = arrival.deflate
        self.shared = shared
        self.reader = FrameReader(allowsCompression: arrival.deflate != nil)
        self.lastHeard = now
        self.rate = RateLimit(
            perSecond: shared.configuration.messagesPerSecond,
            burst: shared.configuration.messageBurst, at: now)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard let arrival = self.arrival else { return }
        self.arrival = nil
        guard let version = arrival.version else {
            self.shared.meters.refused("subprotocol")
            return self.close(1002, "offer ocpp1.6, ocpp2.0.1 or ocpp2.1")
        }
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        let old = arrival.old
        let seat =
            arrival.isDuplicate
            ? nil
            : self.shared.directory.sit(
                self.station, me, self.mark, on: context.eventLoop, replacing: old?.generation,
                most: self.shared.configuration.mostConnections)
        guard let seat else {
            self.shared.meters.duplicates.increment()
            return self.close(1008, "this station is connected already, or the server is full")
        }
        if let old { old.eventLoop.execute { old.handler.value.replaced() } }
        self.generation = seat.generation
        self.shared.meters.connections.record(self.shared.directory.count)
        self.registry = self.shared.loops.registry(of: context.eventLoop)
        self.registry?.add(self)
        var link = StationLink(
            station: self.station, version: version, configuration: self.shared.link,
            record: arrival.inherited ?? seat.record, salt: UInt64.random(in: 1...UInt64.max),
            policy: self.shared.policy)
        let outputs = link.opened(at: self.lastHeard)
        self.link = LinkBox(link)
        self.perform(outputs)
        self.flush()
    }

    // MARK: From the wire

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = WallClock.now()
        self.lastHeard = now
        self.pingedAt = nil
        guard !self.isDeaf else { return }
        self.reader.append(self.unwrapInboundIn(data))
        while !self.isDeaf {
            switch self.reader.next() {
            case .more:
                let isOpen = self.assembler.isOpen || self.reader.heldBytes > 0
                self.openSince = isOpen ? self.openSince ?? now : nil
                return
            case .breach(let code, let reason): self.broke(code, reason)
            case .piece(let piece): self.take(piece, at: now)
            }
        }
    }

    private func take(_ piece: MessageAssembler.Piece, at now: Instant) {
        guard !self.isClosing else {
            // Only the goodbye is waited for.
            if piece.opcode == .close { self.context?.close(promise: nil) }
            return
        }
        guard self.rate.take(at: now) else { return self.broke(1008, "too many messages") }
        let codec = self.registry?.codec
        let verdict = self.assembler.take(piece) { bytes in
            codec?.inflate(bytes, most: MessageAssembler.mostBytes) ?? .malformed
        }
        switch verdict {
        case .more: break
        case .ping(let bytes): self.write(.pong, bytes)
        case .pong(let bytes): self.heardPong(bytes)
        case .closing(let code): self.goodbye(code)
        case .breach(let code, let reason): self.broke(code, reason)
        case .message(let bytes):
            self.openSince = nil
            self.shared.meters.received.increment()
            self.perform(self.link?.value.receive(bytes, at: now) ?? [])
        }
    }

    /// The station closes: the same code back, then the socket.
    private func goodbye(_ code: UInt16?) {
        self.isClosing = true
        self.isDeaf = true
        guard let channel = self.context?.channel else { return }
        self.write(.close, FrameWriter.closing(code, ""))
        channel.flush()
        channel.close(promise: nil)
    }

    private func broke(_ code: UInt16, _ reason: String) {
        self.shared.complain(
            "a station breaks the rules of WebSocket", reason, of: self.station.rawValue,
            [LogKey.station: "\(self.station)", "code": "\(code)"])
        self.isDeaf = true
        self.close(code, reason)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.flush()
        context.fireChannelReadComplete()
    }

    /// A station that does not take what we say is not listened to either, so that nothing piles up; it is pinged
    /// and given up like any silent one.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.channel.setOption(ChannelOptions.autoRead, value: context.channel.isWritable).whenFailure { _ in }
        context.fireChannelWritabilityChanged()
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
        self.settleProbes(isAlive: false)
        self.registry?.remove(self)
        self.registry = nil
        guard let link = self.link else { return }
        self.link = nil
        let outputs = link.value.closed(at: WallClock.now())
        let isLast = self.shared.directory.leave(
            self.station, generation: self.generation, record: link.value.record)
        self.shared.meters.connections.record(self.shared.directory.count)
        for output in outputs {
            // A replaced connection does not say that the station is gone.
            if case .facts = output, !isLast { continue }
            self.perform([output])
        }
    }

    // MARK: From the server, on the event loop

    /// `arrived` is when the server was given the order.
    func order(_ order: StationOrder, arrived: Instant? = nil, at now: Instant) {
        guard self.link != nil, !self.isClosing else {
            return self.shared.answered(StationLink.answer(order, .notConnected, nil, .zero))
        }
        self.perform(self.link?.value.order(order, arrived: arrived, at: now) ?? [])
    }

    /// An operator's word; `done` hears once what became of it.
    func say(_ action: String, _ payload: [UInt8], done: @escaping @Sendable (OperatorAnswer) -> Void) {
        guard self.link != nil, !self.isClosing else { return done(OperatorAnswer(.disconnected)) }
        do throws(OCPPError) {
            let outputs = try self.link?.value.say(action, payload, at: WallClock.now()) { done(OperatorAnswer($0)) }
            self.perform(outputs ?? [])
        } catch {
            done(OperatorAnswer(.refused, code: error.code.rawValue, reason: error.message))
        }
    }

    /// What is known of the station; nil once it is gone.
    var summary: StationSummary? { self.link?.value.summary }

    /// A way through the pipeline for nothing costs, ten times a second for each station.
    func flush() {
        guard self.hasWritten else { return }
        self.hasWritten = false
        self.context?.flush()
    }

    func tick(at now: Instant) {
        guard self.link != nil, !self.isClosing else { return }
        let configuration = self.shared.configuration
        if let since = self.openSince, now - since >= configuration.messageTimeout {
            return self.broke(1008, "a message takes too long")
        }
        self.perform(self.link?.value.tick(at: now) ?? [])
        if let pinged = self.pingedAt {
            if now - pinged >= configuration.pingTimeout {
                self.shared.meters.counted("half_open")
                return self.abort()
            }
        } else if now - self.lastHeard >= configuration.pingInterval {
            self.pingedAt = now
            self.write(.ping, [])
        }
        self.flush()
    }

    // MARK: Closing

    /// Says goodbye, waits a moment for the same, and closes.
    func close(_ code: UInt16, _ reason: String) {
        guard !self.isClosing, let context = self.context else { return }
        self.isClosing = true
        if code != 1001 { self.shared.meters.closed(code) }
        self.shared.logger.debug(
            "connection closed",
            metadata: [
                LogKey.station: "\(self.station)", "code": "\(code)", "reason": "\(reason)",
            ])
        self.write(.close, FrameWriter.closing(code, reason))
        context.flush()
        // Closed at once with bytes unread, TCP would take the goodbye back.
        let channel = context.channel
        context.eventLoop.scheduleTask(
            in: .microseconds(Int64(self.shared.configuration.closeTimeout.microseconds))
        ) {
            channel.close(promise: nil)
        }
    }

    /// A new connection has taken the seat; this one was found dead.
    func replaced() {
        self.shared.meters.counted("replaced")
        self.isClosing = true
        self.isDeaf = true
        self.write(.close, FrameWriter.closing(1008, "replaced by a new connection"))
        self.flush()
        self.abort()
    }

    /// Without waiting for a peer that does not answer.
    private func abort() {
        self.isClosing = true
        self.isDeaf = true
        self.context?.close(promise: nil)
    }

    // MARK: Outputs

    func write(_ opcode: MessageAssembler.Opcode, _ bytes: [UInt8]) {
        guard let context = self.context else { return }
        var payload = bytes
        var isCompressed = false
        if opcode == .text {
            self.shared.meters.sent.increment()
            if let deflate = self.deflate, bytes.count >= self.shared.configuration.compressAbove,
                let shorter = self.registry?.codec.deflate(bytes, windowBits: deflate.serverWindowBits)
            {
                payload = shorter
                isCompressed = true
            }
        }
        let frame = FrameWriter.frame(
            opcode, payload, isCompressed: isCompressed, allocator: Self.allocator)
        self.hasWritten = true
        context.write(self.wrapOutboundOut(frame), promise: nil)
    }

    /// Frames are written, not flushed: whoever calls flushes once.
    private func perform(_ outputs: [LinkOutput]) {
        for output in outputs {
            switch output {
            case .send(let bytes): if !self.isClosing { self.write(.text, bytes) }
            case .counted(let what): self.shared.meters.counted(what)
            case .answered(let answer): self.answered(answer)
            case .facts(let facts, let ticket): self.tell(facts, ticket: ticket)
            case .wantsTransactionID(let key, let ticket):
                self.askTransactionID(key, ticket: ticket)
            case .asks(let question, let ticket): self.ask(question, ticket: ticket)
            }
        }
    }

    /// An answer counts while this connection is the station's; after that nobody knows what the station does.
    private func answered(_ answer: OrderAnswer) {
        var answer = answer
        if self.link != nil, answer.outcome != .superseded, !self.mark.isCurrent {
            self.shared.meters.counted("stale_answer")
            answer.outcome = .notConnected
            answer.asked = nil
        }
        self.shared.answered(answer)
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
                handler.perform(handler.link?.value.acknowledged(ticket, at: WallClock.now()) ?? [])
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
                handler.perform(handler.link?.value.issued(id, for: ticket, at: WallClock.now()) ?? [])
                handler.flush()
            }
        }
    }

    private func ask(_ question: CertificateQuestion, ticket: Int) {
        guard let context = self.context else { return }
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let tell: @Sendable (CertificateAnswer?) -> Void = { answer in
            loop.execute {
                let handler = me.value
                handler.perform(handler.link?.value.told(answer, for: ticket, at: WallClock.now()) ?? [])
                handler.flush()
            }
        }
        let isTaken = self.shared.policy.certificates?.ask(
            question, of: self.station, at: WallClock.now(), done: { tell($0) })
        if isTaken != true { tell(nil) }
    }
}
