import Domain
import Engine
import GridCodes
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Aggregator

/// A journal in memory that can be held up and can fail.
private final class MemoryJournal: Sendable {
    private let state = Mutex((records: [[UInt8]](), isHeld: false, isBroken: false))

    var records: [[UInt8]] { self.state.withLock { $0.records } }
    func hold(_ isHeld: Bool) { self.state.withLock { $0.isHeld = isHeld } }
    func breakDown() { self.state.withLock { $0.isBroken = true } }

    func append(_ records: [[UInt8]]) async throws {
        while self.state.withLock({ $0.isHeld }) { try await Task.sleep(for: .milliseconds(2)) }
        guard !self.state.withLock({ $0.isBroken }) else {
            throw AggregatorError(.journalLost, "no space left")
        }
        self.state.withLock { $0.records += records }
    }
}

final class Heard: Sendable {
    let acknowledged = Mutex([UInt64]())
    let effects = Mutex([Effect]())
}

@Suite struct EngineServiceTests {
    let configuration = EngineConfiguration(
        tenant: "t", zone: "z",
        region: RegionPack(
            region: "test", validFrom: "2026", currency: .eur, nominalMilliHertz: 50_000,
            holdLoadBelowMilliHertz: 49_800,
            holdLoadAboveMilliHertz: 50_200, plausibleMilliHertz: [45_000, 55_000],
            frequencyStaleMilliseconds: 1_500,
            fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000, products: [], sources: []),
        epoch: Epoch(3), resources: [.init(id: "R", products: [])])

    func reading(_ sequence: UInt64) -> MeterReading {
        MeterReading(
            worker: "w", sequence: sequence, station: "s", evse: 1,
            token: sequence % 2 == 0 ? "tok" : nil,
            at: Instant(microseconds: 1_790_000_000_123_456),
            receivedAt: Instant(microseconds: 1_790_000_000_223_456),
            power: Power(watts: -11_000), importRegister: Energy(wattHours: 1),
            exportRegister: Energy(wattHours: 9),
            stateOfCharge: sequence % 3 == 0 ? nil : StateOfCharge(basisPoints: 5_000))
    }

    private func batch(_ sequence: UInt64) -> Event {
        .telemetry(
            TelemetryBatch(
                worker: "w", incarnation: Incarnation(7), sequence: sequence,
                sentAt: Instant(microseconds: 5), stride: 40,
                count: 1, bytes: Array(repeating: UInt8(truncatingIfNeeded: sequence), count: 40)))
    }

    private func service(_ journal: MemoryJournal, _ heard: Heard, engine: AggregatorEngine? = nil)
        -> EngineService
    {
        var options = EngineService.Options()
        options.tick = .milliseconds(10)
        options.markPeriod = .milliseconds(30)
        return EngineService(
            engine: engine, configuration: self.configuration, options: options,
            logger: Logger(label: "test"),
            sinks: EngineService.Sinks(
                perform: { effects in heard.effects.withLock { $0 += effects } },
                journalled: { _, sequence in heard.acknowledged.withLock { $0.append(sequence) } }),
            journal: { try await journal.append($0) })
    }

    func running(_ service: EngineService, _ body: () async throws -> Void) async throws {
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: service)], logger: Logger(label: "test"))
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    func waitUntil(_ condition: () -> Bool) async throws {
        for _ in 0..<2_000 where !condition() { try await Task.sleep(for: .milliseconds(5)) }
        #expect(condition())
    }

    @Test func recordsComeBackAsTheyWere() throws {
        let order = StopOrder(id: 9, scope: .zone("z"), at: Instant(seconds: 7), by: "op")
        let events: [Event] = [
            self.batch(1), .readings("w", [self.reading(1), self.reading(2), self.reading(3)]),
            .stopped(order), .tick,
            .workerJoined("w", Incarnation(.max)),
            .planAcknowledged("w", PlanID(epoch: Epoch(1), resource: "R", version: 2), hash: .max),
        ]
        for body in [
            StepRecord.Body.step(events), .step([]), .lead(self.configuration), .mark(.max),
        ] {
            let record = StepRecord(at: Instant(microseconds: 123_456_789), body: body)
            let bytes = try record.encoded()
            #expect(try StepRecord(decoding: bytes) == record)
            for cut in stride(from: 0, to: bytes.count, by: 7) {
                #expect(throws: AggregatorError.self) {
                    try StepRecord(decoding: Array(bytes[..<cut]))
                }
            }
            #expect(throws: AggregatorError.self) { try StepRecord(decoding: bytes + [0]) }
        }
    }

    @Test func theInboxDropsOldTelemetryAndRefusesFacts() {
        let inbox = EventInbox(telemetryLimit: 3, factLimit: 2)
        #expect(inbox.post([self.batch(1), .tick, self.batch(2), self.batch(3), self.batch(4)]))
        #expect(inbox.post([.workerLost("w")]))
        #expect(!inbox.post([self.batch(5), .tick]), "full of facts: all or none")
        #expect(
            inbox.drain() == [.tick, self.batch(2), self.batch(3), self.batch(4), .workerLost("w")])
        #expect(inbox.dropped == 1 && inbox.refused == 1 && inbox.drain().isEmpty)
        for number in 1...20 { _ = inbox.post([self.batch(UInt64(number))]) }
        #expect(
            inbox.drain() == [self.batch(18), self.batch(19), self.batch(20)] && inbox.dropped == 18
        )
    }

    @Test func theJournalOfAServiceReplaysToItsState() async throws {
        let journal = MemoryJournal()
        let heard = Heard()
        let service = self.service(journal, heard)
        try await self.running(service) {
            service.post([.workerJoined("w", Incarnation(7)), self.batch(1)])
            service.post([.readings("w", (1...5).map(self.reading))])
            try await self.waitUntil { heard.acknowledged.withLock { $0 } == [5] }
            let order = StopOrder(id: 9, scope: .zone("z"), at: Instant(seconds: 5), by: "op")
            service.post([.stopped(order)])
            try await self.waitUntil {
                heard.effects.withLock { $0.contains { $0.action == .stop(order) } }
            }
            try await self.waitUntil { journal.records.count > 12 }
        }
        var replay = EngineReplay()
        for record in journal.records { try replay.apply(record) }
        #expect(
            replay.marks > 0 && replay.steps > 3 && replay.engine?.snapshot() == service.snapshot)
        #expect(replay.engine?.readingsTaken == ["w": 5] && replay.engine?.stops.count == 1)
        // A second leader goes on from there, and its journal, behind the first, replays too.
        let second = self.service(journal, heard, engine: replay.engine)
        try await self.running(second) {
            second.post([.readings("w", (4...6).map(self.reading))])
            try await self.waitUntil { heard.acknowledged.withLock { $0.last } == 6 }
        }
        var both = EngineReplay()
        for record in journal.records { try both.apply(record) }
        #expect(both.engine?.snapshot() == second.snapshot && both.engine?.stops.count == 1)
        #expect(both.summary.contains(both.fingerprint))
        var broken = EngineReplay()
        try broken.apply(journal.records[0])
        #expect(throws: AggregatorError.self, "a step that is missing shows at the next mark") {
            for record in journal.records.dropFirst(3) { try broken.apply(record) }
        }
        var headless = EngineReplay()
        #expect(throws: AggregatorError.self) { try headless.apply(journal.records[1]) }
    }

    @Test func manyEventsMakeSeveralStepsInTheirOrder() {
        let wide = (1...6).map { number in
            Event.telemetry(
                TelemetryBatch(
                    worker: "w", incarnation: Incarnation(7), sequence: UInt64(number),
                    sentAt: .distantPast, stride: 40,
                    count: 50_000, bytes: Array(repeating: 0, count: 2_000_000)))
        }
        let parts = StepRecord.parts(of: [.tick] + wide)
        #expect(parts.map(\.count) == [3, 2, 2] && Array(parts.joined()) == [.tick] + wide)
        #expect(StepRecord.parts(of: []) == [[]], "time passes without events too")
    }

    @Test func readingsAreAcknowledgedOnlyOnceTheyAreJournalled() async throws {
        let journal = MemoryJournal()
        let heard = Heard()
        let service = self.service(journal, heard)
        try await self.running(service) {
            try await self.waitUntil { journal.records.count > 2 }
            journal.hold(true)
            service.post([.readings("w", [self.reading(1)])])
            try await Task.sleep(for: .milliseconds(60))
            #expect(heard.acknowledged.withLock { $0.isEmpty })
            journal.hold(false)
            try await self.waitUntil { heard.acknowledged.withLock { $0 } == [1] }
        }
    }

    @Test func aJournalThatFailsEndsTheService() async throws {
        let journal = MemoryJournal()
        let heard = Heard()
        let service = self.service(journal, heard)
        journal.breakDown()
        service.post([.readings("w", [self.reading(1)])])
        await #expect(throws: AggregatorError.self) { try await service.run() }
        #expect(heard.acknowledged.withLock { $0.isEmpty } && heard.effects.withLock { $0.isEmpty })
    }
}
