import Aggregator
import Domain
import Engine
import Foundation
import Logging
import Storage
import Synchronization
import Testing

extension EngineServiceTests {
    /// The journal on disk: closed in the middle, opened again, replayed.
    @Test func theJournalOnDiskReplays() async throws {
        let folder = "/tmp/headroom-engine-journal-\(UInt64.random(in: 1...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let heard = Heard()
        var journal = try EngineJournal(try Journal(folder: folder, configuration: .events))
        var options = EngineService.Options()
        options.tick = .milliseconds(10)
        options.markPeriod = .milliseconds(30)
        let writing = journal
        let service = EngineService(
            configuration: self.configuration, options: options, logger: Logger(label: "test"),
            sinks: EngineService.Sinks(
                perform: { _ in },
                journalled: { _, sequence in heard.acknowledged.withLock { $0.append(sequence) } }),
            journal: { try await writing.append($0) })
        try await self.running(service) {
            service.post([
                .workerJoined("w", Incarnation(7)), .readings("w", (1...5).map(self.reading)),
            ])
            try await self.waitUntil { heard.acknowledged.withLock { $0 } == [5] }
            try await Task.sleep(for: .milliseconds(80))
        }
        journal.journal.close()
        journal = try EngineJournal(try Journal(folder: folder, configuration: .events))
        defer { journal.journal.close() }
        var rows = 0
        let replay = try journal.replay { effects, _ in
            rows += effects.flatMap(\.records).count { if case .reading = $0 { true } else { false } }
        }
        #expect(replay.engine?.snapshot() == service.snapshot && replay.marks > 0 && rows == 5)
        // As it was in the middle: for those who ask why.
        let moment = service.snapshot.at - .milliseconds(40)
        let then = try journal.replay(through: moment)
        #expect(try #require(then.engine).now <= moment && then.steps < replay.steps && then.steps > 0)
    }

    /// A service that runs until it has taken some steps, with segments that are full after a few of them.
    /// - Parameter bytes: makes checkpoints due by what was journalled, and not by time.
    private func ran(_ folder: String, checkpoints: Bool, bytes: Int? = nil) async throws -> EngineSnapshot {
        var configuration = JournalConfiguration.events
        configuration.segmentBytes = 4_096
        let journal = try EngineJournal(try Journal(folder: folder, configuration: configuration))
        defer { journal.journal.close() }
        let heard = Heard()
        var options = EngineService.Options()
        options.tick = .milliseconds(10)
        options.markPeriod = .milliseconds(30)
        options.firstCheckpoint = bytes == nil ? .milliseconds(100) : .minutes(60)
        options.checkpointPeriod = options.firstCheckpoint
        let service = EngineService(
            configuration: self.configuration, options: options, logger: Logger(label: "test"),
            sinks: EngineService.Sinks(
                perform: { _ in },
                journalled: { _, sequence in heard.acknowledged.withLock { $0.append(sequence) } },
                checkpoint: { engine in
                    guard checkpoints else { return }
                    do {
                        try journal.keep(engine, after: journal.journal.nextIndex - 1)
                    } catch {
                        Issue.record("no checkpoint: \(error)")
                    }
                }, mostWithoutCheckpoint: { bytes ?? .max }),
            journal: { try await journal.append($0) })
        try await self.running(service) {
            service.post([.workerJoined("w", Incarnation(7))])
            for sequence in 1...40 as ClosedRange<UInt64> {
                service.post([.readings("w", [self.reading(sequence)])])
                try await Task.sleep(for: .milliseconds(15))
            }
            try await self.waitUntil { heard.acknowledged.withLock { $0.last } == 40 }
        }
        return service.snapshot
    }

    private func opened(_ folder: String) throws -> EngineJournal {
        try EngineJournal(try Journal(folder: folder, configuration: .events))
    }

    /// Many events ask for a checkpoint before its time, and few do not.
    @Test(arguments: [(2_000, true), (1 << 20, false)]) func aJournalThatGrowsIsCutShort(bytes: Int, isDue: Bool)
        async throws
    {
        let folder = "/tmp/headroom-engine-journal-\(UInt64.random(in: 1...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try await self.ran(folder, checkpoints: true, bytes: bytes)
        let journal = try self.opened(folder)
        defer { journal.journal.close() }
        #expect(try journal.journal.checkpoints().isEmpty != isDue)
        #expect(journal.mostWithoutCheckpoint == 512 << 20, "none was written by this process")
    }

    /// The journal's beginning rolled away: what a checkpoint holds makes up for it, and the fingerprints that follow
    /// are found again.
    @Test func aCheckpointStandsForTheBeginning() async throws {
        let folder = "/tmp/headroom-engine-journal-\(UInt64.random(in: 1...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let last = try await self.ran(folder, checkpoints: true)
        var journal = try self.opened(folder)
        let kept = try journal.journal.checkpoints()
        #expect(kept.count == Journal.keptCheckpoints)
        let oldest = try #require(kept.last)
        let whole = try journal.replay()
        try journal.journal.truncate(before: oldest.index + 1)
        #expect(journal.journal.firstIndex > 1)
        for certain in [Instant.distantPast, oldest.at, .distantFuture] {
            let replay = try journal.replay(upTo: certain)
            #expect(replay.engine?.snapshot() == last && replay.fingerprint == whole.fingerprint)
            #expect(replay.steps < whole.steps && replay.marks < whole.marks)
        }
        journal.journal.close()

        // The newest is damaged: the one before it serves.
        let newest =
            "\(folder)/"
            + (try FileManager.default.contentsOfDirectory(atPath: folder).filter {
                $0.hasSuffix(".hrc")
            }.sorted().last ?? "")
        var bytes = try #require(FileManager.default.contents(atPath: newest))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: newest))
        journal = try self.opened(folder)
        #expect(try journal.replay(upTo: .distantFuture).fingerprint == whole.fingerprint)
        journal.journal.close()
    }

    /// Without a checkpoint nothing is let go of; and where it went all the same, that is said.
    @Test func withoutACheckpointTheBeginningStays() async throws {
        let folder = "/tmp/headroom-engine-journal-\(UInt64.random(in: 1...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let last = try await self.ran(folder, checkpoints: false)
        let journal = try self.opened(folder)
        defer { journal.journal.close() }
        #expect(try journal.replay().engine?.snapshot() == last)
        try journal.journal.truncate(before: journal.journal.nextIndex)
        #expect(journal.journal.firstIndex > 1)
        #expect(throws: AggregatorError.self) { try journal.replay() }
    }
}
