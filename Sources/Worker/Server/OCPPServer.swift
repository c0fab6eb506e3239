import Domain
package import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
package import NIOPosix
import NIOSSL
import NIOWebSocket
import OCPP
import Runtime
import ServiceLifecycle
import Synchronization

/// The OCPP server of a worker: stations dial `/ocpp/{stationId}` with 1.6, 2.0.1 or 2.1.
/// Plain NIO; one handler a connection, fan-out inside each event loop.
package final class OCPPServer: Service {
    private let shared: ServerShared
    private let group: MultiThreadedEventLoopGroup
    private let bound = Mutex<Int?>(nil)

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
        self.shared = ServerShared(
            configuration: configuration, secrets: secrets, policy: policy, observer: observer,
            logger: logger)
        self.group = group
    }

    /// The port that it listens on, once it does.
    package var port: Int? { self.bound.withLock { $0 } }

    /// Stations that are connected.
    package var connectionCount: Int { self.shared.directory.count }

    /// Sends the orders on their way, each station's latest one first. Returns at once; every order gets one
    /// ``StationObserver/answered(_:)``. Any thread.
    package func command(_ orders: [StationOrder]) {
        let (batches, missing) = self.shared.directory.sorted(orders)
        for batch in batches.values {
            batch.eventLoop.execute {
                let now = WallClock.now()
                for (handler, order) in batch.orders {
                    handler.value.order(order, at: now)
                    handler.value.flush()
                }
            }
        }
        for order in missing {
            self.shared.answered(StationLink.answer(order, .notConnected, nil, .zero))
        }
    }

    /// Listens until graceful shutdown; then says 1001 to every station and ends.
    package func run() async throws {
        let tls = try self.tlsContext()
        let shared = self.shared
        let bootstrap = ServerBootstrap(group: self.group)
            .serverChannelOption(ChannelOptions.backlog, value: 1_024)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.socketOption(.so_keepalive), value: 1)
            .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: tls))
                    }
                    try StationPipeline.configure(channel, shared: shared)
                }
            }
        let configuration = shared.configuration
        let listener: any Channel
        do {
            listener = try await bootstrap.bind(host: configuration.host, port: configuration.port)
                .get()
        } catch {
            throw OCPPServerError(
                .addressInUse,
                "cannot listen on \(configuration.host):\(configuration.port) for OCPP: stop what uses the port or set another ocppPort"
            )
        }
        self.bound.withLock { $0 = listener.localAddress?.port }
        let tickers = try await self.startTickers()
        shared.logger.info(
            "OCPP server is up", metadata: ["port": "\(listener.localAddress?.port ?? 0)"])
        try await withGracefulShutdownHandler {
            try await listener.closeFuture.get()
        } onGracefulShutdown: {
            listener.close(promise: nil)
        }
        for ticker in tickers { ticker.cancel() }
        self.sayGoodbye()
        try await self.waitUntilEmpty()
    }

    private func tlsContext() throws -> NIOSSLContext? {
        guard let certificate = self.shared.configuration.certificate,
            let key = self.shared.configuration.privateKey
        else { return nil }
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map {
                    .certificate($0)
                },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw OCPPServerError(
                .invalidConfiguration,
                "cannot read \(certificate) or \(key): give PEM files of a certificate and its key")
        }
    }

    /// Ten times a second each loop lets its links see the time.
    private func startTickers() async throws -> [RepeatedTask] {
        var tickers: [RepeatedTask] = []
        for loop in self.group.makeIterator() {
            let registry = try await loop.submit { self.shared.loops.open(on: loop) }.get()
            tickers.append(
                loop.scheduleRepeatedTask(
                    initialDelay: .milliseconds(100), delay: .milliseconds(100)
                ) { _ in
                    let now = WallClock.now()
                    for handler in registry.value.handlers.values { handler.tick(at: now) }
                })
        }
        return tickers
    }

    private func sayGoodbye() {
        for station in self.shared.directory.stations {
            guard let seat = self.shared.directory.seat(of: station) else { continue }
            seat.eventLoop.execute { seat.handler.value.close(1001, "the server goes away") }
        }
    }

    private func waitUntilEmpty() async throws {
        for _ in 0..<100 where self.shared.directory.count > 0 {
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
