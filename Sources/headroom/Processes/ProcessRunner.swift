import Domain
import Logging
import Metrics
import Runtime
import ServiceLifecycle
import UnixSignals

/// Runs a process's services until SIGTERM or SIGINT; everything ends within two seconds.
enum ProcessRunner {
    /// Sets up logs and metrics, once, and gives the logger.
    static func start(_ name: String, level: Logger.Level = .info) -> (logger: Logger, registry: PrometheusRegistry) {
        Logs.bootstrap(level: level)
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        return (Logger(label: name), registry)
    }

    /// - Parameters:
    ///   - services: in the order of dependence; they end in reverse.
    ///   - readiness: what `/readyz` answers from; its part `services` is set here.
    static func run(
        _ services: [any Service], metricsPort: Int, readiness: Readiness = Readiness(parts: ["services"]),
        registry: PrometheusRegistry, logger: Logger
    ) async throws {
        let ops = OpsServer(
            host: "127.0.0.1", port: metricsPort, registry: registry, readiness: readiness, logger: logger)
        var terms = ServiceGroupConfiguration(
            services: ([ops] + services).map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        terms.maximumGracefulShutdownDuration = .milliseconds(1_800)
        readiness.set("services", true)
        Gauge(label: "headroom.process.started.seconds").record(WallClock.now().seconds)
        try await ServiceGroup(configuration: terms).run()
    }
}
