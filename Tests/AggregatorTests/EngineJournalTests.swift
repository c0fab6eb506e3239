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
        var journal = EngineJournal(try Journal(folder: folder, configuration: .events))
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
        journal = EngineJournal(try Journal(folder: folder, configuration: .events))
        defer { journal.journal.close() }
        var rows = 0
        let replay = try journal.replay { effects, _ in
            rows += effects.flatMap(\.records).count { if case .reading = $0 { true } else { false } }
        }
        #expect(replay.engine?.snapshot() == service.snapshot && replay.marks > 0 && rows == 5)
    }
}
