import Domain
package import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Twin

/// Runs a swarm of simulated stations until it is asked to stop; then they hang up.
package struct StationsService: Service {
    /// Event loops of a swarm: its work is small, and the machine has others.
    static let threads = 2

    package let options: StationsOptions
    package let tally: StationsTally
    private let logger: Logger

    package init(
        options: StationsOptions, logger: Logger, tally: StationsTally = StationsTally()
    ) {
        self.options = options
        self.logger = logger
        self.tally = tally
    }

    package func run() async throws {
        let tls = try self.makeTLS()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Self.threads)
        let loops = (0..<Self.threads).map { index in
            StationLoop(
                index: index, loop: group.next(), frequency: self.options.frequency, tls: tls,
                tally: self.tally)
        }
        self.start(loops)
        self.logger.info(
            "stations dial", metadata: ["count": "\(self.options.stations.count)"])
        await self.tellUntilShutdown()
        for loop in loops { await loop.stop() }
        try await group.shutdownGracefully()
        self.logger.info("stations hung up")
    }

    /// Says how it goes every ten seconds, until it is time to go.
    private func tellUntilShutdown() async {
        while true {
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(10)) }
            } catch {
                return
            }
            let figures = self.tally.figures
            self.logger.info(
                "stations",
                metadata: [
                    "connected": "\(figures.connected)", "charging": "\(figures.inTransaction)",
                    "watts": "\(figures.watts)",
                ])
        }
    }

    private func start(_ loops: [StationLoop]) {
        let endpoints = self.options.endpointsByStation()
        let entries = zip(self.options.stations, endpoints).enumerated().map { index, pair in
            StationEntry(
                spec: pair.0, endpoint: pair.1, secret: self.options.secrets[pair.0.station],
                backOff: self.options.backOff, seed: self.options.seed &* 1_000_003 &+ UInt64(index)
            )
        }
        let spacing = TimeSpan.microseconds(
            1_000_000 * loops.count / self.options.connectsPerSecond)
        for (index, loop) in loops.enumerated() {
            let mine = entries.enumerated().filter { $0.offset % loops.count == index }
            loop.start(mine.map(\.element), tick: self.options.tick, spacing: spacing)
        }
    }

    private func makeTLS() throws -> NIOSSLContext? {
        guard self.options.endpoints.contains(where: \.isTLS) else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let path = self.options.trustRoots { configuration.trustRoots = .file(path) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw StationsError(.tls, "cannot read --ca \(self.options.trustRoots ?? ""): \(error)")
        }
    }
}
