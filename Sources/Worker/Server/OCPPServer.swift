import Domain
package import Logging
import NIOCore
package import NIOPosix
import OCPP
import Runtime
import ServiceLifecycle
import Synchronization

/// The OCPP server of a worker: stations dial `/ocpp/{stationId}` with 1.6, 2.0.1 or 2.1.
/// Plain NIO; one handler a connection, fan-out inside each event loop.
package final class OCPPServer: Service {
    private let shared: ServerShared
    private let group: MultiThreadedEventLoopGroup
    /// Each listener with its certificates; nil = plain.
    private let listeners: [(terms: OCPPListener, tls: ListenerTLS?)]
    private let bound = Mutex<[Int]?>(nil)

    /// - Throws: ``OCPPServerError`` for a configuration that cannot work.
    package init(
        configuration: OCPPServerConfiguration, secrets: StationSecrets, policy: StationPolicy,
        observer: any StationObserver, logger: Logger,
        group: MultiThreadedEventLoopGroup = .singleton
    ) throws(OCPPServerError) {
        guard !secrets.isOpen || configuration.isLoopback else {
            throw OCPPServerError(
                .invalidConfiguration,
                "stations without secrets may connect on loopback only: give a secrets file or host 127.0.0.1"
            )
        }
        guard (configuration.certificate == nil) == (configuration.privateKey == nil) else {
            throw OCPPServerError(
                .invalidConfiguration,
                "TLS needs a certificate and a private key: give both or none")
        }
        self.shared = try ServerShared(
            configuration: configuration, secrets: secrets, policy: policy, observer: observer,
            logger: logger)
        self.group = group
        var listeners: [(OCPPListener, ListenerTLS?)] = []
        for listener in configuration.allListeners {
            if let finding = listener.finding { throw OCPPServerError(.invalidConfiguration, finding) }
            listeners.append((listener, listener.profile == .basic ? nil : try ListenerTLS(listener)))
        }
        self.listeners = listeners
        for file in listeners.flatMap({ $0.1?.wildcards ?? [] }) {
            logger.warning(
                "stations refuse a wildcard certificate: name the server in it", metadata: ["file": "\(file)"])
        }
    }

    /// The port that it listens on, the first where there are several, once it does.
    package var port: Int? { self.ports?.first }

    /// The ports of all listeners in their order, once they listen.
    package var ports: [Int]? { self.bound.withLock { $0 } }

    func seat(of station: StationID) -> StationDirectory.Seat? { self.shared.directory.seat(of: station) }

    /// All seats, or that of one station.
    func seats(of station: StationID?) -> [StationDirectory.Seat] {
        guard let station else { return self.shared.directory.seats }
        return self.seat(of: station).map { [$0] } ?? []
    }

    /// Stations that are connected.
    package var connectionCount: Int { self.shared.directory.count }

    /// Sends the orders on their way, each station's latest one first. Returns at once; every order gets one
    /// ``StationObserver/answered(_:)``. Any thread.
    package func command(_ orders: [StationOrder]) {
        let arrived = WallClock.now()
        // The loops begin with the first thousand while more are sorted; then in ever larger parts, since between two
        // parts a loop reads answers, and whoever comes last would wait for them.
        var start = 0
        var count = 1_000
        while start < orders.count {
            let end = min(start + count, orders.count)
            self.command(orders[start..<end], arrived: arrived)
            start = end
            count *= 4
        }
    }

    private func command(_ orders: ArraySlice<StationOrder>, arrived: Instant) {
        let (batches, missing) = self.shared.directory.sorted(orders)
        for batch in batches.values {
            batch.eventLoop.execute {
                LoopPriority.raised(for: batch.orders.count) {
                    let now = WallClock.now()
                    for (handler, order) in batch.orders {
                        handler.value.order(order, arrived: arrived, at: now)
                        handler.value.flush()
                    }
                }
            }
        }
        for order in missing {
            self.shared.answered(StationLink.answer(order, .notConnected, nil, .zero))
        }
    }

    /// Listens until graceful shutdown; then says 1001 to every station and ends.
    package func run() async throws {
        let tickers = try await self.startTickers()
        defer { for ticker in tickers { ticker.cancel() } }
        let channels = try await self.listen()
        self.shared.logger.info(
            "OCPP server is up", metadata: ["port": "\(self.ports?.map(String.init).joined(separator: ",") ?? "")"])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.watchFiles() }
            try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    for channel in channels { try await channel.closeFuture.get() }
                } onGracefulShutdown: {
                    for channel in channels { channel.close(promise: nil) }
                }
            } onCancel: {
                for channel in channels { channel.close(promise: nil) }
            }
            tasks.cancelAll()
        }
        for seat in self.shared.directory.close() {
            seat.eventLoop.execute { seat.handler.value.close(1001, "the server goes away") }
        }
        try await self.waitUntilEmpty()
        self.saveProfiles()
    }

    private func listen() async throws -> [any Channel] {
        var channels: [any Channel] = []
        for (terms, tls) in self.listeners {
            do {
                channels.append(
                    try await self.bootstrap(terms, tls)
                        .bind(host: self.shared.configuration.host, port: terms.port).get())
            } catch {
                for channel in channels { channel.close(promise: nil) }
                throw OCPPServerError(
                    .addressInUse,
                    "cannot listen on \(self.shared.configuration.host):\(terms.port) for OCPP: stop what uses the port or set another one"
                )
            }
        }
        self.bound.withLock { $0 = channels.map { $0.localAddress?.port ?? 0 } }
        return channels
    }

    private func bootstrap(_ terms: OCPPListener, _ tls: ListenerTLS?) -> ServerBootstrap {
        let shared = self.shared
        return ServerBootstrap(group: self.group)
            .serverChannelOption(ChannelOptions.backlog, value: 4_096)
            // Sixteen, NIO's own number, starves who comes back while a signal goes out: a turn of the loop is long then.
            .serverChannelOption(ChannelOptions.maxMessagesPerRead, value: 256)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.socketOption(.so_keepalive), value: 1)
            .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try StationPipeline.configure(channel, shared: shared, listener: terms, tls: tls)
                }
            }
    }

    /// Looks for changed certificates and keeps which profile each station came with, until cancelled.
    private func watchFiles() async {
        let every = self.shared.configuration.certificateWatch.microseconds
        while !Task.isCancelled {
            do { try await Task.sleep(for: .microseconds(every)) } catch { return }
            self.reloadCertificates()
            self.saveProfiles()
        }
    }

    /// Reads certificates, keys and roots anew where a file has changed; whoever connects from now on gets them. What
    /// cannot be read changes nothing and is logged once. Reads files: not on an event loop.
    package func reloadCertificates() {
        for (terms, tls) in self.listeners {
            guard let tls else { continue }
            switch tls.reload() {
            case .unchanged, .failed(nil): break
            case .done: self.shared.logger.notice("certificates were read anew", metadata: ["port": "\(terms.port)"])
            case .failed(.some(let reason)):
                self.shared.logger.error(
                    "the old certificates stay in use", metadata: ["port": "\(terms.port)", "reason": "\(reason)"])
            }
        }
    }

    private func saveProfiles() {
        guard let reason = self.shared.floor.save() else { return }
        self.shared.complain("security profiles are not kept", reason, of: "profiles", [:])
    }

    /// Ten times a second each loop lets links see the time.
    private func startTickers() async throws -> [RepeatedTask] {
        var tickers: [RepeatedTask] = []
        for loop in self.group.makeIterator() {
            let registry = try await loop.submit { self.shared.loops.open(on: loop) }.get()
            tickers.append(
                loop.scheduleRepeatedTask(
                    initialDelay: .milliseconds(100), delay: .milliseconds(100)
                ) { _ in
                    registry.value.tick(at: WallClock.now())
                })
        }
        return tickers
    }

    /// At most as long as stations may take to say goodbye, and a little.
    private func waitUntilEmpty() async throws {
        for _ in 0..<150 where self.shared.directory.count > 0 {
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
