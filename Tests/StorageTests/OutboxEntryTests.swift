import Domain
import Foundation
import Logging
import TestSupport
import Testing

@testable import Storage

/// Records on their way through the outbox's journal: small ones, thousands of readings, blocks of large fleets.
@Suite struct OutboxEntryTests {
    private func entry(_ record: Record) throws -> JournalEntry {
        let (kind, payload) = try OutboxEntry.encode(record)
        return JournalEntry(index: 1, at: Instant(seconds: 1), kind: kind, payload: payload)
    }

    @Test func readingsComeBackOneByOne() throws {
        guard case .readings(let sent, let vehicles, let tenant, let region) = Conformance.readings(1...9) else {
            return
        }
        let expected = sent.indices.map {
            Record.reading(sent[$0], tenant: tenant, region: region, vehicle: vehicles[$0])
        }
        let entry = try self.entry(Conformance.readings(1...9))
        #expect(OutboxEntry.decode(entry) == expected)
        #expect(entry.payload.count < 9 * 140, "a reading is some hundred bytes")
        #expect(OutboxEntry.decode(try self.entry(Conformance.reading(7))) == [Conformance.reading(7)])
    }

    @Test func bytesThatAreNoRecordAreNone() throws {
        let entry = try self.entry(Conformance.readings(1...5))
        for count in 0..<entry.payload.count {
            var cut = entry
            cut.payload = Array(entry.payload.prefix(count))
            #expect(OutboxEntry.decode(cut) == nil)
        }
        var longer = entry
        longer.payload.append(0)
        #expect(OutboxEntry.decode(longer) == nil)
        longer.kind = 9
        #expect(OutboxEntry.decode(longer) == nil)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            var mutated = entry
            for _ in 0..<3 {
                mutated.payload[.random(in: mutated.payload.indices, using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
            _ = OutboxEntry.decode(mutated)
        }
    }

    @Test func partsComeBeforeWhatTheyBelongTo() {
        let block = Conformance.large("a", cars: 25)
        let parts = Record.block(block).parts(of: 10)
        var shares: [BlockResult.Share] = []
        for part in parts.dropLast() {
            guard case .shares(let some, let first, let award, "acme", "demo") = part else {
                Issue.record("\(part)")
                continue
            }
            #expect(first == shares.count && award == block.award)
            shares += some
        }
        guard case .block(var last)? = parts.last else { return #expect(Bool(false)) }
        #expect(last.shares.isEmpty && parts.count == 4)
        last.shares = shares
        #expect(last == block)
        #expect(Record.block(block).parts(of: 25) == [.block(block)])
        #expect(Record.transaction(Conformance.transaction("t")).parts(of: 2).count == 1)
        #expect(Record.transaction(Conformance.transaction("t")).parts(of: 1).count == 3)
    }

    /// A block that is longer than an entry of the journal may be: it is in the database, whole, and so is what came behind.
    @Test func aBlockOfALargeFleetArrives() async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = Store(database: try await DatabaseURL("sqlite:\(folder.path)/o.db").open())
        var configuration = JournalConfiguration.lossless
        configuration.maximumPayload = 4_500_000
        let journal = try Journal(folder: folder.path + "/outbox", configuration: configuration)
        let outbox = Outbox(
            journal: journal, store: store, zone: "z", source: "o", epoch: nil, logger: Logger(label: "test"))
        let block = Conformance.large("a", cars: 12_000)
        try outbox.put(.block(block), at: Instant(seconds: 1))
        try outbox.put(Conformance.readings(1...3), at: Instant(seconds: 1))
        let last = try outbox.put(Conformance.reading(9), at: Instant(seconds: 2))
        try await outbox.durable(last)
        while try await outbox.deliver(limit: 2) > 0 {}
        #expect(outbox.depth == 0 && outbox.oldest == nil)
        let kept = try await store.settledBlock(tenant: acme, award: "a")
        #expect(kept?.shares.count == 12_000 && kept == block)
        #expect(try await store.readingCount(tenant: acme) == 4)
        journal.close()
        await store.database.close()
    }

    /// What was read and could not be written is there for the next try, and what came meanwhile behind it.
    @Test func aTryThatFailedIsMadeAgain() async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let journal = try Journal(folder: folder.path + "/outbox", configuration: .lossless)
        let flaky = FlakyDatabase(inner: try await DatabaseURL("sqlite:\(folder.path)/o.db").open())
        let outbox = Outbox(
            journal: journal, store: Store(database: flaky), zone: "z", source: "o", epoch: nil,
            logger: Logger(label: "test"))
        for sequence in 1...40 {
            flaky.isFlaky = sequence.isMultiple(of: 3)
            let last = try outbox.put(Conformance.reading(UInt64(sequence)), at: Instant(seconds: sequence))
            try await outbox.durable(last)
            while (try? await outbox.deliver(limit: 2)) ?? 0 > 0 {}
            #expect(outbox.oldest == (flaky.isFlaky ? Instant(seconds: sequence) : nil))
        }
        flaky.isFlaky = false
        while try await outbox.deliver() > 0 {}
        #expect(try await Store(database: flaky).readingCount(tenant: acme) == 40)
        journal.close()
        await flaky.close()
    }
}
