package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// `/metrics`, `/healthz` and `/readyz` of a process, on a port of its own (9464 unless configured).
package struct OpsServer: Service {
    private let host: String
    private let port: Int
    private let registry: PrometheusRegistry
    private let readiness: Readiness
    private let logger: Logger

    package init(
        host: String, port: Int, registry: PrometheusRegistry, readiness: Readiness, logger: Logger
    ) {
        self.host = host
        self.port = port
        self.registry = registry
        self.readiness = readiness
        self.logger = logger
    }

    package func run() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: 64)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(
                        OpsHandler(registry: self.registry, readiness: self.readiness))
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.bind(host: self.host, port: self.port).get()
        } catch {
            throw RuntimeError(
                .addressInUse,
                "cannot listen on \(self.host):\(self.port) for metrics: stop what uses the port or set another metricsPort"
            )
        }
        self.logger.info("metrics and health are up", metadata: ["port": "\(self.port)"])
        try await withGracefulShutdownHandler {
            try await channel.closeFuture.get()
        } onGracefulShutdown: {
            channel.close(promise: nil)
        }
    }
}

/// Answers the three paths; anything else is 404.
private final class OpsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let registry: PrometheusRegistry
    private let readiness: Readiness
    private var path = ""

    init(registry: PrometheusRegistry, readiness: Readiness) {
        self.registry = registry
        self.readiness = readiness
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.path = String(head.uri.prefix { $0 != "?" })
        case .body:
            break
        case .end:
            let (status, body) = self.answer()
            var buffer = context.channel.allocator.buffer(capacity: body.utf8.count)
            buffer.writeString(body)
            let headers: HTTPHeaders = [
                "content-type": "text/plain; version=0.0.4; charset=utf-8",
                "content-length": String(buffer.readableBytes),
            ]
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(self.wrapOutboundOut(.head(head)), promise: nil)
            context.write(self.wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    private func answer() -> (HTTPResponseStatus, String) {
        switch self.path {
        case "/metrics": return (.ok, self.registry.text())
        case "/healthz": return (.ok, "ok\n")
        case "/readyz":
            let waiting = self.readiness.waiting
            return waiting.isEmpty
                ? (.ok, "ready\n" + self.readiness.degraded.map { "degraded: \($0)\n" }.joined())
                : (.serviceUnavailable, "waiting for \(waiting.joined(separator: ", "))\n")
        default: return (.notFound, "try /metrics, /healthz or /readyz\n")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
