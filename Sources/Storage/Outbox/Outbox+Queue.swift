import Dispatch
package import Domain
import Logging
import Synchronization

// Rows on their way into the outbox: whoever leads hands them over and goes on. To write down a block of a large fleet
// takes seconds, which no grid waits.
extension Outbox {
    /// Rows that may wait for the outbox's thread; beyond them whoever brings more waits, too.
    private static let mostWaiting = 500_000

    /// Takes records to be put in their order, on a thread of the outbox's own. One that it does not take is told in the
    /// log, and missing until a replay restores it.
    package func enqueue(_ records: [Record], at now: Instant) {
        guard !records.isEmpty else { return }
        let rows = records.reduce(0) { $0 + $1.rowCount }
        let waiting = self.progress.withLock { progress in
            progress.queued += rows
            return progress.queued
        }
        self.queue.async {
            for record in records { self.take(record, at: now) }
            self.progress.withLock { $0.queued -= rows }
        }
        if waiting > Self.mostWaiting { self.flush() }
    }

    /// Returns when all that was handed over is in the outbox.
    package func flush() { self.queue.sync {} }

    private func take(_ record: Record, at now: Instant) {
        do {
            try self.restore(record, at: now)
        } catch {
            self.noteMissing(at: now)
            self.logger.error("the outbox did not take a row", metadata: ["error": "\(error)"])
        }
    }
}

extension Record {
    fileprivate var rowCount: Int {
        switch self {
        case .readings(let readings, _, _, _): readings.count
        case .block(let block): 1 + block.shares.count
        case .transaction(let transaction): 1 + transaction.entries.count
        default: 1
        }
    }
}
