import Foundation
package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
package import Runtime
import ServiceLifecycle
import Synchronization

/// Serves the portal: plain HTTP on loopback, and HTTPS where it is configured.
package final class PortalService: Service {
    let routes: PortalRoutes
    private let configuration: PortalConfiguration
    private let tls: HTTPServerBuilder?
    private let more: @Sendable (Router<PortalContext>) -> Void
    private let ports = Mutex<(plain: Int?, tls: Int?)>((nil, nil))

    /// - Parameter more: adds what else is served on the same ports, such as the webhook of a VEN.
    /// - Throws: ``Runtime/RuntimeError`` with one line for a configuration that cannot be right.
    package init(
        configuration: PortalConfiguration, dependencies: PortalDependencies,
        more: @escaping @Sendable (Router<PortalContext>) -> Void = { _ in }
    ) throws(RuntimeError) {
        try configuration.check()
        self.configuration = configuration
        self.more = more
        self.routes = PortalRoutes(dependencies, configuration: configuration)
        self.tls = try Self.tls(configuration)
    }

    /// The ports once they listen: of use where 0 was configured.
    package var port: Int? { self.ports.withLock { $0.plain } }
    package var tlsPort: Int? { self.ports.withLock { $0.tls } }

    /// A client that says nothing for a minute is let go.
    private static var http: HTTPServerBuilder {
        .http1(configuration: .init(idleTimeout: .seconds(60)))
    }

    private static func tls(
        _ configuration: PortalConfiguration
    ) throws(RuntimeError) -> HTTPServerBuilder? {
        guard configuration.tlsPort != nil, let certificate = configuration.certificate,
            let key = configuration.privateKey
        else { return nil }
        do {
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map {
                    .certificate($0)
                }, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            tls.minimumTLSVersion = .tlsv12
            return try .tls(self.http, tlsConfiguration: tls)
        } catch {
            throw RuntimeError(
                .invalidConfiguration,
                "portal: cannot read certificate \(certificate) and privateKey \(key): name two PEM files")
        }
    }

    /// Runs until graceful shutdown; pages that listen are let go then.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.serve(
                    Self.http, host: self.configuration.plainHost, port: self.configuration.port,
                    secure: false)
            }
            if let tls = self.tls, let port = self.configuration.tlsPort {
                group.addTask {
                    try await self.serve(tls, host: self.configuration.host, port: port, secure: true)
                }
            }
            try await group.next()
            group.cancelAll()
            while try await group.next() != nil {}
        }
    }

    private func serve(
        _ server: HTTPServerBuilder, host: String, port: Int, secure: Bool
    ) async throws {
        let router = Router(context: PortalContext.self)
        self.routes.add(to: router, secure: secure)
        self.more(router)
        let logger = self.routes.dependencies.logger
        let application = Application(
            router: router, server: server,
            configuration: .init(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    self.configuration.connections)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port
                self.ports.withLock { if secure { $0.tls = port } else { $0.plain = port } }
                logger.info(
                    "portal is up",
                    metadata: ["address": "\(secure ? "https" : "http")://\(host):\(port ?? 0)"])
            }, logger: logger)
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw RuntimeError(
                .addressInUse,
                "cannot listen on \(host):\(port): stop what uses the port or set another port")
        }
    }
}
