package import Domain
package import Engine
import Fleet
package import Logging
import Metrics
import Runtime
import ServiceLifecycle
import Synchronization

/// The one owner of the engine. Takes what waits in its inbox, journals it, steps, hands out the effects,
/// acknowledges readings and publishes a snapshot: in that order, and nothing is applied that is not journalled.
package final class EngineService: Service {
    package struct Options: Sendable {
        /// Time passes for the engine at least this often.
        package var tick: Duration = .milliseconds(100)
        /// A snapshot is taken at most this often, and looks at cars for so long.
        package var snapshotPeriod: TimeSpan = .milliseconds(250)
        package var mostLook: Duration = .milliseconds(10)
        /// A step that takes longer is told in the log.
        package var slowStep: Duration = .milliseconds(250)
        /// How often the fingerprint goes into the journal, so that a replay can prove itself.
        package var markPeriod: TimeSpan = .minutes(1)
        /// The first checkpoint is taken so long after the lead began, the others so far apart.
        package var firstCheckpoint: TimeSpan = .minutes(1)
        package var checkpointPeriod: TimeSpan = .minutes(30)

        package init() {}
    }
    /// Where the engine's words go. Neither may wait: each has a bounded queue of its own behind it.
    package struct Sinks: Sendable {
        /// Every effect of a step, in order: hub, VEN, outbox, each picks its own.
        package var perform: @Sendable ([Effect]) -> Void
        /// Readings of a worker up to a sequence are journalled and may be acknowledged.
        package var journalled: @Sendable (WorkerID, UInt64) -> Void
        /// The engine as it is after everything that is journalled, now and then.
        package var checkpoint: @Sendable (AggregatorEngine) -> Void
        /// So many bytes of records make another checkpoint due before its time.
        package var mostWithoutCheckpoint: @Sendable () -> Int

        package init(
            perform: @escaping @Sendable ([Effect]) -> Void,
            journalled: @escaping @Sendable (WorkerID, UInt64) -> Void,
            checkpoint: @escaping @Sendable (AggregatorEngine) -> Void = { _ in },
            mostWithoutCheckpoint: @escaping @Sendable () -> Int = { .max }
        ) {
            self.perform = perform
            self.journalled = journalled
            self.checkpoint = checkpoint
            self.mostWithoutCheckpoint = mostWithoutCheckpoint
        }
    }

    package let inbox: EventInbox
    private let options: Options
    private let journal: @Sendable ([[UInt8]]) async throws -> Void
    private let sinks: Sinks
    private let logger: Logger
    private let engine: Mutex<AggregatorEngine?>
    private let published: Mutex<EngineSnapshot>
    private let book = Mutex(SnapshotBook())
    private let traces: Mutex<TraceLog>
    private let nudges: AsyncStream<Void>
    private let nudge: AsyncStream<Void>.Continuation
    private let dropped = Gauge(label: "headroom.engine.telemetry.dropped")
    private let refused = Gauge(label: "headroom.engine.events.refused")
    private let unbound = Gauge(label: "headroom.fleet.records.unbound")
    private let absurd = Gauge(label: "headroom.fleet.records.absurd")
    private let repairs = Gauge(label: "headroom.fleet.repairs")
    private let steps = Metrics.Timer(label: "headroom.engine.step")
    private let taken = Counter(label: "headroom.engine.events")

    /// - Parameters:
    ///   - engine: fresh, or from a replay; it begins to lead with `configuration`.
    ///   - journal: returns once the records would survive a power cut; throwing ends the service.
    package init(
        engine: AggregatorEngine? = nil, configuration: EngineConfiguration,
        options: Options = Options(),
        inbox: EventInbox = EventInbox(), logger: Logger, sinks: Sinks,
        journal: @escaping @Sendable ([[UInt8]]) async throws -> Void
    ) {
        var leading = engine ?? AggregatorEngine(configuration: configuration)
        if engine != nil {
            leading.resume(configuration, at: max(leading.now, WallClock.now()))
        }
        self.published = Mutex(leading.snapshot())
        self.engine = Mutex(leading)
        self.options = options
        self.inbox = inbox
        self.logger = logger
        self.traces = Mutex(TraceLog(logger: logger))
        self.sinks = sinks
        self.journal = journal
        (self.nudges, self.nudge) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes events for the next step and returns at once. False: the inbox is full, nothing of them was
    /// taken; say so to whoever sent them, and do not acknowledge.
    @discardableResult
    package func post(_ events: [Event]) -> Bool {
        let isTaken = self.inbox.post(events)
        if events.contains(where: \.isUrgent) { self.nudge.yield() }
        return isTaken
    }

    /// The figures of the last step.
    package var snapshot: EngineSnapshot { self.published.withLock { $0 } }

    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await self.clock() }
                group.addTask { try await self.lead() }
                defer { group.cancelAll() }
                try await group.next()
            }
        } onGracefulShutdown: {
            self.nudge.finish()
        }
    }

    private func clock() async {
        while (try? await Task.sleep(for: self.options.tick)) != nil { self.nudge.yield() }
    }

    /// Steps at every nudge until the stream ends, then once more for what still waits.
    private func lead() async throws {
        guard var engine = self.engine.withLock({ $0.take() }) else { return }
        let began = StepRecord(at: engine.now, body: .lead(engine.configuration))
        try await self.write([try began.encoded()])
        self.logger.info(
            "the engine leads",
            metadata: [
                "zone": "\(engine.configuration.zone)",
                "epoch": "\(engine.configuration.epoch.value)",
            ])
        var markedAt = engine.now
        // A fresh engine has no time of its own yet.
        var checkpointAt = max(engine.now, WallClock.now()) + self.options.firstCheckpoint
        var bytes = 0
        for await _ in self.nudges {
            bytes += try await self.turn(&engine, &markedAt)
            guard engine.now >= checkpointAt || bytes >= self.sinks.mostWithoutCheckpoint() else { continue }
            checkpointAt = engine.now + self.options.checkpointPeriod
            bytes = 0
            self.sinks.checkpoint(engine)
        }
        try await self.turn(&engine, &markedAt)
        let last = engine.snapshot()
        self.published.withLock { $0 = last }
        self.engine.withLock { $0 = engine }
    }

    /// - Returns: bytes that were journalled.
    @discardableResult
    private func turn(_ engine: inout AggregatorEngine, _ markedAt: inout Instant) async throws -> Int {
        let parts = StepRecord.parts(of: self.inbox.drain())
        let now = max(engine.now, WallClock.now())
        var records: [[UInt8]] = []
        if now - markedAt >= self.options.markPeriod {
            markedAt = now
            records.append(try StepRecord(at: now, body: .mark(engine.fingerprint)).encoded())
        }
        for events in parts {
            records.append(try StepRecord(at: now, body: .step(events)).encoded())
        }
        try await self.write(records)
        for events in parts { self.step(&engine, events, at: now) }
        self.dropped.record(self.inbox.dropped)
        self.refused.record(self.inbox.refused)
        self.unbound.record(engine.fleet.refused.unbound)
        self.absurd.record(engine.fleet.refused.absurd)
        self.repairs.record(engine.fleet.repairs)
        if now - self.snapshot.at >= self.options.snapshotPeriod { self.publish(engine) }
        return records.reduce(0) { $0 + $1.count }
    }

    /// A snapshot for whoever shows it. Of a large fleet some cars are looked at each time: it must not wait for pages.
    private func publish(_ engine: borrowing AggregatorEngine) {
        let began = ContinuousClock.now
        let snapshot = self.book.withLock { book in
            book.look(at: engine) { ContinuousClock.now - began < self.options.mostLook }
            return book.snapshot(of: engine)
        }
        self.published.withLock { $0 = snapshot }
        self.show(snapshot.standings)
    }

    /// The scores of running blocks, 1/10,000, one series per resource, product and direction.
    private func show(_ standings: [EngineSnapshot.Standing]) {
        for standing in standings {
            Gauge(
                label: "headroom.delivery.score",
                dimensions: [
                    ("resource", standing.award.resource.rawValue), ("product", standing.award.product.rawValue),
                    ("direction", standing.award.direction.rawValue),
                ]
            ).record(standing.score)
        }
    }

    private func step(_ engine: inout AggregatorEngine, _ events: [Event], at now: Instant) {
        let began = ContinuousClock.now
        let effects = engine.step(events, at: now)
        let took = ContinuousClock.now - began
        self.steps.recordNanoseconds(took.nanoseconds)
        if took > self.options.slowStep { self.tellSlow(took, events.count, effects.count) }
        self.taken.increment(by: events.count)
        if !effects.isEmpty { self.sinks.perform(effects) }
        self.tell(effects)
        self.traces.withLock { traces in
            traces.heard(events, at: now)
            traces.said(effects)
        }
        self.acknowledge(events)
    }

    /// While a step lasts no signal is answered.
    private func tellSlow(_ took: Duration, _ events: Int, _ effects: Int) {
        self.logger.warning(
            "a step took long: signals waited for it",
            metadata: [
                "took.ms": "\(took.nanoseconds / 1_000_000)", "events": "\(events)", "effects": "\(effects)",
            ])
    }

    /// Most decisions of others that one step tells one by one: a depot that comes back says all of its cars' wishes.
    private static let mostTold = 20

    /// Who else decides over what is moved is in the log: seldom, and asked for later.
    private func tell(_ effects: [Effect]) {
        var count = 0
        for effect in effects {
            guard case .record(.override(let record, _, _)) = effect.action else { continue }
            count += 1
            guard count <= Self.mostTold else { continue }
            self.logger.notice(
                "somebody else decides over what is moved",
                metadata: [
                    "kind": "\(record.kind.rawValue)", "over": "\(record.isOver)", "by": "\(record.source)",
                    "vehicle": "\(record.vehicle?.rawValue ?? "")", LogKey.station: "\(record.station?.rawValue ?? "")",
                    "before": "\(record.before)", "after": "\(record.after)",
                ])
        }
        guard count > Self.mostTold else { return }
        self.logger.notice(
            "more decisions of others: headroom audit prints them", metadata: ["count": "\(count - Self.mostTold)"])
    }

    private func write(_ records: [[UInt8]]) async throws {
        do {
            try await self.journal(records)
        } catch {
            throw AggregatorError(
                .journalLost,
                "the journal cannot be written, so this process must not lead: \(error)")
        }
    }

    private func acknowledge(_ events: [Event]) {
        for case .readings(let worker, let readings) in events {
            if let last = readings.map(\.sequence).max() { self.sinks.journalled(worker, last) }
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        self.components.seconds * 1_000_000_000 + self.components.attoseconds / 1_000_000_000
    }
}
