import Dispatch
import Domain
import FleetLink
import Logging
import Metrics
import Storage
import Synchronization

/// Meter readings on the local disk before anybody is told: the journal's index is the reading's sequence.
/// Kept until the aggregator has journalled them too.
final class ReadingJournal: Sendable {
    private struct Waiting {
        var readings: [MeterReading] = []
        var acknowledges: [Acknowledge] = []
        var scheduled = false
    }
    private let journal: Journal
    private let queue = DispatchQueue(label: "headroom.readings")
    private let waiting = Mutex(Waiting())
    private let logger: Logger
    private let kept = Counter(label: "headroom.readings.journalled")
    private let hand: Mutex<@Sendable ([MeterReading]) -> Void> = Mutex({ _ in })
    /// Most readings that wait for the disk; beyond it a station gets no answer and sends again.
    private static let limit = 50_000

    init(folder: String, logger: Logger) throws {
        self.journal = try Journal(folder: folder, configuration: .lossless)
        self.logger = logger
    }

    /// Who takes readings once they are on disk.
    func onDurable(_ hand: @escaping @Sendable ([MeterReading]) -> Void) {
        self.hand.withLock { $0 = hand }
    }

    /// Queues readings; `acknowledge` is called when they are on disk.
    func keep(_ readings: [MeterReading], then acknowledge: Acknowledge?) {
        let schedule = self.waiting.withLock { waiting -> Bool in
            guard waiting.readings.count + readings.count <= Self.limit else { return false }
            waiting.readings += readings
            if let acknowledge { waiting.acknowledges.append(acknowledge) }
            defer { waiting.scheduled = true }
            return !waiting.scheduled
        }
        if schedule { self.queue.async { self.write() } }
    }

    /// Writes all that waits as one group, then tells everybody.
    private func write() {
        let (readings, acknowledges) = self.waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return (waiting.readings, waiting.acknowledges)
        }
        do {
            var kept: [MeterReading] = []
            for var reading in readings {
                let message = ControlMessage.readings(from: 0, [reading])
                reading.sequence = try self.journal.append(kind: 1, at: reading.receivedAt, payload: message.encoded())
                kept.append(reading)
            }
            if let last = kept.last { try self.journal.waitUntilDurable(last.sequence) }
            self.kept.increment(by: kept.count)
            for acknowledge in acknowledges { acknowledge() }
            self.hand.withLock { $0 }(kept)
        } catch {
            // Not acknowledged: the stations send again.
            self.logger.error("readings could not be journalled", metadata: ["error": "\(error)"])
            try? self.journal.recover()
        }
    }

    /// Hands over again what the journal holds from a sequence on.
    func replay(from sequence: UInt64) {
        self.queue.async {
            var reader = self.journal.reader(from: max(sequence, self.journal.firstIndex))
            while let entries = try? reader.next(count: 500), !entries.isEmpty {
                let readings = entries.compactMap { entry -> MeterReading? in
                    guard case .readings(_, let all)? = try? ControlMessage(decoding: entry.payload),
                        var reading = all.first
                    else { return nil }
                    reading.sequence = entry.index
                    return reading
                }
                self.hand.withLock { $0 }(readings)
            }
        }
    }

    var firstSequence: UInt64 { self.journal.firstIndex }
    var lastSequence: UInt64 { self.journal.nextIndex - 1 }

    func drop(upTo sequence: UInt64) {
        self.queue.async { try? self.journal.truncate(before: sequence + 1) }
    }

    func close() {
        self.queue.sync {}
        self.journal.close()
    }
}
