package import Domain
package import Logging
import ServiceLifecycle
import Synchronization

/// Tells a running aggregator what was enrolled behind its back: by `headroom enrol`, or by another process.
/// The portal tells it at once; what comes from here again changes nothing more.
package final class EnrolmentWatch: Service {
    private let store: Store
    private let zone: ZoneID
    private let period: Duration
    private let logger: Logger
    private let now: @Sendable () -> Instant
    private let sink: @Sendable ([EnrolmentChange]) -> Bool
    private let state = Mutex(State())

    private struct State {
        var revision = -1
        var known: Set<EnrolmentChange> = []
    }

    /// Most changes that are told at a time: the engine's inbox is bounded.
    static let chunk = 5_000
    /// How long a departure stays known after its time: a car may be late.
    private static let late = TimeSpan.hours(48)

    /// - Parameters:
    ///   - scheduled: departures that the engine knows from before it started.
    ///   - now: the clock.
    ///   - sink: takes changes for the engine, all or none; false: they are told again at the next turn.
    package init(
        store: Store, zone: ZoneID, period: Duration = .seconds(2), scheduled: [DepartureTerms] = [],
        logger: Logger, now: @escaping @Sendable () -> Instant, sink: @escaping @Sendable ([EnrolmentChange]) -> Bool
    ) {
        self.store = store
        self.zone = zone
        self.period = period
        self.logger = logger
        self.now = now
        self.sink = sink
        self.state.withLock { $0.known = Set(scheduled.map { .departure($0) }) }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: self.period)) != nil { await self.look() }
        }
    }

    private func look() async {
        do {
            let count = try await self.turn()
            if count > 0 { self.logger.info("the enrolment changed", metadata: ["changes": "\(count)"]) }
        } catch {
            // The outbox says that the database is away; the enrolment that is known goes on counting.
            self.logger.debug("the enrolment was not read", metadata: ["error": "\(error)"])
        }
    }

    /// Looks once; returns how many changes were told.
    @discardableResult
    package func turn() async throws -> Int {
        let revision = try await self.store.enrolmentRevision(zone: self.zone)
        let before = self.state.withLock { $0 }
        guard revision != before.revision else { return 0 }
        let all = try await self.store.enrolment(zone: self.zone, since: self.now() - Self.late)
        let current = Set(all)
        let cancelled = before.known.subtracting(current).compactMap { change -> EnrolmentChange? in
            guard case .departure(let terms) = change else { return nil }
            return .cancelled(terms.vehicle, departure: terms.departure)
        }
        // A departure that only changed its target is cancelled and scheduled: in this order.
        let changes = cancelled + all.filter { !before.known.contains($0) }
        var told = 0
        while told < changes.count {
            let part = Array(changes[told..<min(told + Self.chunk, changes.count)])
            guard self.sink(part) else { break }
            told += part.count
        }
        let isWhole = told == changes.count
        self.state.withLock { state in
            state.revision = isWhole ? revision : state.revision
            state.known = isWhole ? current : self.known(before.known, changes[..<told])
        }
        return told
    }

    /// What the engine knows after a part of the changes.
    private func known(
        _ before: Set<EnrolmentChange>, _ told: ArraySlice<EnrolmentChange>
    ) -> Set<EnrolmentChange> {
        let gone = Set(
            told.compactMap { change -> [String]? in
                guard case .cancelled(let vehicle, let at) = change else { return nil }
                return [vehicle.rawValue, "\(at.microseconds)"]
            })
        return before.filter { change in
            guard case .departure(let terms) = change else { return true }
            return !gone.contains([terms.vehicle.rawValue, "\(terms.departure.microseconds)"])
        }.union(told)
    }
}
