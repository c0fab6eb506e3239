import Domain
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Runtime
import Twin

/// The stations of one event loop: dials, ticks and hangs up. Its state is touched on that loop only.
final class StationLoop: Sendable {
    /// A CALL of a profile with a thousand periods fits; more is refused.
    static let maxFrameSize = 1 << 18

    private struct State {
        var seats: [Seat] = []
        var isClosing = false
        var ticker: RepeatedTask?
    }

    private let index: Int
    private let loop: any EventLoop
    private let state: NIOLoopBoundBox<State>
    private let frequency: SignalSeries?
    private let tls: NIOSSLContext?
    private let tally: StationsTally

    init(
        index: Int, loop: any EventLoop, frequency: SignalSeries?, tls: NIOSSLContext?,
        tally: StationsTally
    ) {
        self.index = index
        self.loop = loop
        self.state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: loop)
        self.frequency = frequency
        self.tls = tls
        self.tally = tally
    }

    /// Seats `entries`, starts the clock and dials one after the other, `spacing` apart.
    func start(_ entries: [StationEntry], tick: TimeSpan, spacing: TimeSpan) {
        self.loop.execute {
            let seats = entries.map { $0.seat(at: WallClock.now()) }
            self.state.value.seats = seats
            for (turn, seat) in seats.enumerated() {
                self.dial(seat, after: spacing * turn)
            }
            let period = TimeAmount.microseconds(Int64(tick.microseconds))
            self.state.value.ticker = self.loop.scheduleRepeatedTask(
                initialDelay: period, delay: period
            ) { _ in self.tick() }
        }
    }

    /// Hangs up and dials no more.
    func stop() async {
        let closed = self.loop.flatSubmit {
            self.state.value.isClosing = true
            self.state.value.ticker?.cancel()
            let goodbyes = self.state.value.seats.compactMap(\.channel).map(StationLink.goodbye)
            return EventLoopFuture.andAllComplete(goodbyes, on: self.loop)
        }
        try? await closed.get()
    }

    private func tick() {
        let now = WallClock.now()
        let milliHertz = self.frequency?.value(at: now) ?? 50_000
        var watts = 0
        var inTransaction = 0
        for seat in self.state.value.seats {
            let outputs = seat.machine.tick(at: now, milliHertz: milliHertz)
            if let channel = seat.channel {
                StationLink.perform(outputs, on: channel, tally: self.tally)
            }
            watts += seat.machine.plant.power.watts
            inTransaction += seat.machine.isInTransaction ? 1 : 0
        }
        self.tally.report(loop: self.index, watts: watts, inTransaction: inTransaction)
    }

    private func dial(_ seat: Seat, after wait: TimeSpan) {
        guard !seat.isDialling, seat.channel == nil, !self.state.value.isClosing else { return }
        seat.isDialling = true
        seat.attempt += 1
        let bound = NIOLoopBound(seat, eventLoop: self.loop)
        self.loop.scheduleTask(in: .microseconds(Int64(wait.microseconds))) {
            guard !self.state.value.isClosing else { return }
            self.connect(bound.value)
        }
    }

    private func redial(_ seat: Seat) {
        seat.isDialling = false
        self.dial(seat, after: seat.backOff.next(with: &seat.generator))
    }

    private func connect(_ seat: Seat) {
        let bound = NIOLoopBound(seat, eventLoop: self.loop)
        let attempt = seat.attempt
        ClientBootstrap(group: self.loop)
            .connectTimeout(.seconds(10))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.addHandlers(to: channel, seat: bound.value)
                }
            }
            .connect(host: seat.endpoint.host, port: seat.endpoint.port)
            .whenComplete { result in
                let seat = bound.value
                switch result {
                case .failure:
                    self.redial(seat)
                case .success(let channel):
                    // Ended before it was a WebSocket: refused, or the wrong protocol.
                    channel.closeFuture.whenComplete { _ in
                        let seat = bound.value
                        if seat.isDialling, seat.attempt == attempt { self.redial(seat) }
                    }
                }
            }
    }

    private func addHandlers(to channel: any Channel, seat: Seat) throws {
        let pipeline = channel.pipeline.syncOperations
        if seat.endpoint.isTLS, let tls = self.tls {
            // An address is no server name (RFC 6066 section 3).
            let host = seat.endpoint.host
            let isName = !host.contains(":") && host.contains { $0.isLetter }
            let name = isName ? host : nil
            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
        }
        let bound = NIOLoopBound(seat, eventLoop: self.loop)
        let upgrader = NIOWebSocketClientUpgrader(maxFrameSize: Self.maxFrameSize) {
            channel, response in
            channel.eventLoop.makeCompletedFuture {
                try self.upgraded(channel, response: response, seat: bound.value)
            }
        }
        let dial = DialHandler(seat: seat)
        let removable = NIOLoopBound(dial, eventLoop: self.loop)
        try pipeline.addHTTPClientHandlers(
            withClientUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(removable.value, promise: nil)
                }
            ))
        try pipeline.addHandler(dial)
    }

    /// A server that chose another subprotocol, or none, gets no OCPP from us.
    private func upgraded(_ channel: any Channel, response: HTTPResponseHead, seat: Seat) throws {
        let chosen = response.headers.first(name: "Sec-WebSocket-Protocol")
        guard chosen == seat.spec.version.subprotocol else {
            channel.close(promise: nil)
            return
        }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 64,
                maxAccumulatedFrameSize: Self.maxFrameSize))
        try pipeline.addHandler(
            StationHandler(seat: seat, tally: self.tally) { seat in self.redial(seat) })
    }
}

/// What a seat is made of; crosses to the event loop, where the seat is made.
struct StationEntry: Sendable {
    var spec: StationSpec
    var endpoint: StationsEndpoint
    var secret: String?
    var backOff: BackOff
    var seed: UInt64

    func seat(at now: Instant) -> Seat {
        Seat(
            spec: self.spec, endpoint: self.endpoint, secret: self.secret,
            machine: StationMachine(spec: self.spec, seed: self.seed, at: now),
            backOff: self.backOff, seed: self.seed ^ 0x5EA7)
    }
}
