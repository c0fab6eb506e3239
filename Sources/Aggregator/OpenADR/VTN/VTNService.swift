package import Domain
package import Hummingbird
package import Logging
import Runtime
import ServiceLifecycle

/// A VTN inside a process that has a web server of its own: its routes are added there, and this delivers what
/// subscribers are to be told until shutdown.
package struct VTNService: Service {
    private let vtn: VTN

    /// Opens the file that keeps the objects, where one is configured.
    package init(
        _ configuration: VTNConfiguration, now: @escaping @Sendable () -> Instant = { WallClock.now() }, logger: Logger
    ) throws {
        self.vtn = try VTN(
            configuration, journal: try configuration.stateFile.map { try FileObjectJournal(path: $0) }, now: now,
            logger: logger)
    }

    package func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>) {
        self.vtn.addRoutes(to: router)
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.vtn.deliverNotifications() }
    }
}
