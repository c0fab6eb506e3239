import Domain
import Foundation
import Hummingbird
import HummingbirdTesting
import NIOSSL
import Runtime
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Portal

@Suite(.ownThreads) struct ServiceTests {
    private func service(
        _ configuration: PortalConfiguration, _ desk: PortalDesk
    ) throws -> PortalService {
        try PortalService(configuration: configuration, dependencies: desk.routes.dependencies) {
            $0.get("/hook") { _, _ in "heard" }
        }
    }

    /// Runs the service, then shuts it down gracefully; it has to end by itself.
    private func running(
        _ service: PortalService, _ body: () async throws -> Void
    ) async throws {
        let group = ServiceGroup(
            configuration: .init(services: [service], logger: PortalDesk.quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            while try await tasks.next() != nil {}
        }
    }

    private func wait(_ find: () -> Int?) async throws -> Int {
        for _ in 0..<1_000 {
            if let found = find() { return found }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw RuntimeError(.failed, "the portal did not come up")
    }

    @Test(.timeLimit(.minutes(1))) func itListensAndLetsGoOfListeners() async throws {
        var configuration = PortalConfiguration()
        configuration.port = 0
        configuration.openLive = true
        let desk = try await PortalDesk()
        let service = try self.service(configuration, desk)
        try await self.running(service) {
            let port = try await self.wait { service.port }
            try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                #expect(try await client.get("/healthz").status == .ok)
                let hook = try await client.get("/hook")
                #expect(hook.body.map { String(buffer: $0) } == "heard")
                #expect(try await client.get("/api/v1/live").status == .ok, "open to this machine")
                #expect(try await client.get("/control").status == .seeOther)
            }
            // A page that listens holds its connection until the portal lets it go.
            let open = desk.now.withLock { $0 }
            let token = service.routes.sessions.open(
                name: "op", role: .vppOperator, tenant: "t", owner: nil, at: open)
            let listener = TestClient(host: "127.0.0.1", port: port)
            listener.connect()
            try await listener.executeAndDontWaitForResponse(
                .init(
                    "/events", method: .get,
                    headers: [.cookie: "\(SessionMiddleware.cookie)=\(token)"]))
            _ = try await self.wait { service.routes.feed.listeners == 1 ? 1 : nil }
        }
        #expect(service.routes.feed.listeners == 0)
        await desk.close()
    }

    @Test(.timeLimit(.minutes(1))) func othersComeOverTLS() async throws {
        guard let openssl = Program.find("openssl") else {
            print("skipped: no openssl on the search path")
            return
        }
        let desk = try await PortalDesk()
        let certificate = desk.folder.path + "/cert.pem"
        let key = desk.folder.path + "/key.pem"
        let made = try Program.run(
            openssl,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate,
            ])
        #expect(made.status == 0)
        var configuration = PortalConfiguration()
        configuration.host = "0.0.0.0"
        configuration.port = 0
        configuration.tlsPort = 0
        configuration.certificate = certificate
        configuration.privateKey = key
        let service = try self.service(configuration, desk)
        try await self.running(service) {
            let port = try await self.wait { service.tlsPort }
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(certificate)
            try await TestClient.withClient(
                host: "127.0.0.1", port: port,
                configuration: .init(tlsConfiguration: tls, serverName: "localhost")
            ) { client in
                let health = try await client.get("/healthz")
                #expect(health.status == .ok)
            }
        }
        configuration.privateKey = certificate
        #expect(throws: RuntimeError.self) { try self.service(configuration, desk) }
        await desk.close()
    }

    @Test(.timeLimit(.minutes(1))) func aPortInUseIsSaid() async throws {
        var configuration = PortalConfiguration()
        configuration.port = 0
        let desk = try await PortalDesk()
        let first = try self.service(configuration, desk)
        try await self.running(first) {
            configuration.port = try await self.wait { first.port }
            let second = try self.service(configuration, desk)
            await #expect { try await second.run() } throws: { error in
                "\(error)".contains("stop what uses the port or set another port")
            }
        }
        await desk.close()
    }

    @Test func aConfigurationThatCannotBeRightIsRefused() throws {
        let read = try StrictYAML.decode(
            PortalConfiguration.self, from: "port: 9090\nopenLive: true\n", name: "portal.yaml")
        #expect(read.host == "127.0.0.1" && read.port == 9_090 && read.openLive)
        #expect(read.tlsPort == nil && read.listeners == 64)
        try read.check()
        #expect(throws: RuntimeError.self) {
            try StrictYAML.decode(PortalConfiguration.self, from: "prot: 1\n", name: "portal.yaml")
        }
        let wrong: [(inout PortalConfiguration) -> Void] = [
            { $0.host = "0.0.0.0" }, { $0.port = 70_000 }, { $0.port = -1 }, { $0.tlsPort = 8_443 },
            { $0.listeners = 0 }, { $0.connections = 0 },
        ]
        for spoil in wrong {
            var configuration = PortalConfiguration()
            spoil(&configuration)
            #expect(throws: RuntimeError.self) { try configuration.check() }
        }
    }
}
