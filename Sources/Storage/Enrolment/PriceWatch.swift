package import Domain
import Foundation
package import Logging
import ServiceLifecycle
import Synchronization

/// Tells a running aggregator the prices of a file, once at the start and each time that the file changes.
package final class PriceWatch: Service {
    private let path: String
    private let period: Duration
    private let logger: Logger
    private let sink: @Sendable ([PriceCurve]) -> Bool
    private let told = Mutex<Data?>(nil)

    /// - Parameter sink: takes curves for the engine, all or none; false: they are told again at the next turn.
    package init(
        path: String, period: Duration = .seconds(30), logger: Logger,
        sink: @escaping @Sendable ([PriceCurve]) -> Bool
    ) {
        self.path = path
        self.period = period
        self.logger = logger
        self.sink = sink
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: self.period)) != nil { self.look() }
        }
    }

    /// A file that is wrong for once, or half written, leaves the prices that are known.
    private func look() {
        do {
            try self.turn()
        } catch {
            self.logger.warning("the prices were not read: those that are known count", metadata: ["error": "\(error)"])
        }
    }

    /// Looks once; returns how many curves were told.
    @discardableResult
    package func turn() throws -> Int {
        guard let data = FileManager.default.contents(atPath: self.path) else {
            throw StorageError(.invalid, "no prices at \(self.path): correct `prices`, or leave it out")
        }
        guard self.told.withLock({ $0 != data }) else { return 0 }
        let curves = try PriceCSV.read(path: self.path)
        guard self.sink(curves) else { return 0 }
        self.told.withLock { $0 = data }
        return curves.count
    }
}
