import Dispatch
package import Domain
import Foundation
import Synchronization

/// An append-only log on the local disk: what decides or pays goes here before it is applied or acknowledged.
///
/// Appending is immediate and only queues; the journal's own thread writes whatever waits and makes it
/// durable with one `fdatasync` (group commit). ``durable(_:)`` waits for that. A failed write or
/// synchronisation fails every entry that waits, and the journal refuses more until ``recover()``.
package final class Journal: Sendable {
    typealias Waiter = @Sendable (Result<Void, StorageError>) -> Void

    struct State {
        var segments: [Segment]
        var next: UInt64
        var durable: UInt64
        var pending: [UInt8] = []
        var pendingLatest = Instant.distantPast
        var waiters: [(index: UInt64, resume: Waiter)] = []
        var failure: StorageError?
        var isClosing = false
        /// The active segment must not be written again.
        var isActiveSpent: Bool
        var protected = UInt64.max
    }

    let folder: String
    let configuration: JournalConfiguration
    let state: Mutex<State>
    let work = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)

    /// Opens the journal in a folder, made where it is missing; cuts off a tail that a crash tore.
    /// - Throws: `corrupt` where bytes that were once confirmed are damaged, `locked` where another
    ///   process has it open.
    package init(folder: String, configuration: JournalConfiguration) throws {
        try DiskFolder.make(folder)
        let lock = try DiskFile(folder + "/lock", .create)
        try lock.lock()
        var segments = try Segment.list(in: folder)
        var next: UInt64 = 1
        if var last = segments.popLast() {
            let scan = try last.scan(limit: configuration.maximumPayload)
            if scan.bytes < last.bytes {
                let file = try DiskFile(last.path, .existing)
                try file.truncate(to: scan.bytes)
                try file.synchronize()
            }
            last.bytes = scan.bytes
            last.latest = scan.latest
            segments.append(last)
            next = scan.next
        }
        self.folder = folder
        self.configuration = configuration
        self.state = Mutex(
            State(segments: segments, next: next, durable: next - 1, isActiveSpent: segments.isEmpty))
        let thread = Thread { [self, lock = LockHolder(lock)] in
            self.writeUntilClosed()
            lock.release()
            self.ended.signal()
        }
        thread.name = "journal"
        thread.start()
    }

    /// The oldest index that can still be read.
    package var firstIndex: UInt64 {
        self.state.withLock { $0.segments.first?.first ?? $0.next }
    }
    /// The index that the next entry gets.
    package var nextIndex: UInt64 { self.state.withLock { $0.next } }
    /// Every entry up to this one is on disk.
    package var durableIndex: UInt64 { self.state.withLock { $0.durable } }
    /// The latest time of an entry in the newest segment; nil where there is none.
    package var latest: Instant? {
        self.state.withLock { $0.segments.last?.latest }.flatMap { $0 > .distantPast ? $0 : nil }
    }
    /// Bytes of all segments and of what waits.
    package var size: Int { self.state.withLock { $0.size } }

    /// Queues an entry and returns its index. It is not safe yet: see ``durable(_:)``.
    /// - Throws: `full`, `overloaded`, `invalid` (too large), or why an earlier write failed.
    @discardableResult
    package func append(kind: UInt8, at: Instant, payload: [UInt8]) throws(StorageError) -> UInt64 {
        let configuration = self.configuration
        guard payload.count <= configuration.maximumPayload else {
            throw StorageError(
                .invalid,
                "an entry of \(payload.count) bytes: at most \(configuration.maximumPayload)")
        }
        let result = self.state.withLock { state -> Result<UInt64, StorageError> in
            if let refusal = state.refusal(of: payload.count, configuration, self.folder) {
                return .failure(refusal)
            }
            let entry = JournalEntry(index: state.next, at: at, kind: kind, payload: payload)
            EntryFormat.append(entry, durable: state.durable, to: &state.pending)
            state.pendingLatest = max(state.pendingLatest, at)
            state.next += 1
            return .success(entry.index)
        }
        self.work.signal()
        return try result.get()
    }

    /// Returns once the entry is on disk; throws when it will never be.
    package func durable(_ index: UInt64) async throws {
        try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Void, any Error>) in
            self.wait(for: index) { result in
                continuation.resume(with: result.mapError { $0 as any Error })
            }
        }
    }

    /// As ``durable(_:)``, blocking: for threads of their own only.
    package func waitUntilDurable(_ index: UInt64) throws(StorageError) {
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Void, StorageError>>(.success(()))
        let box = OutcomeBox(outcome)
        self.wait(for: index) { result in
            box.outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        try box.outcome.withLock { $0 }.get()
    }

    private func wait(for index: UInt64, _ resume: @escaping Waiter) {
        let result = self.state.withLock { state -> Result<Void, StorageError>? in
            if index <= state.durable { return .success(()) }
            if let failure = state.failure { return .failure(failure) }
            guard index < state.next else {
                return .failure(StorageError(.invalid, "entry \(index) was never appended"))
            }
            state.waiters.append((index, resume))
            return nil
        }
        if let result { resume(result) }
    }

    /// Gives up entries below `index`: whole segments of them are removed.
    package func truncate(before index: UInt64) throws(StorageError) {
        let paths = self.state.withLock { state in
            var paths: [String] = []
            while state.segments.count > 1, state.segments[1].first <= index {
                paths.append(state.segments.removeFirst().path)
            }
            return paths
        }
        for path in paths { try DiskFolder.remove(path) }
        if !paths.isEmpty { try DiskFolder.synchronize(self.folder) }
    }

    /// Keeps what is needed to replay from `index`, whatever size and age say (rolling retention).
    package func protect(from index: UInt64) {
        self.state.withLock { $0.protected = index }
    }

    /// Takes entries again after a failure, from the first one that is not durable.
    package func recover() throws(StorageError) {
        let closed = self.state.withLock { state in
            state.failure = state.isClosing ? state.failure : nil
            return state.isClosing
        }
        if closed { throw StorageError(.closed, "the journal is closed: open it again") }
    }

    /// Writes what waits, makes it durable and ends the journal's thread.
    package func close() {
        let first = self.state.withLock { state in
            defer { state.isClosing = true }
            return !state.isClosing
        }
        guard first else { return }
        self.work.signal()
        self.ended.wait()
    }
}

extension Journal.State {
    var size: Int { self.segments.reduce(self.pending.count) { $0 + $1.bytes } }

    /// Why an entry cannot be taken now.
    func refusal(
        of payload: Int, _ configuration: JournalConfiguration, _ folder: String
    ) -> StorageError? {
        if let failure = self.failure { return failure }
        if self.isClosing { return StorageError(.closed, "the journal is closed: open it again") }
        let length = payload + EntryFormat.entryBytes
        guard self.pending.count + length <= configuration.maximumPending else {
            return StorageError(
                .overloaded, "the journal in \(folder) cannot keep up: its disk is too slow")
        }
        if configuration.retention == .untilTruncated,
            self.size + length + EntryFormat.headerBytes > configuration.maximumBytes
        {
            return StorageError(
                .full,
                "the journal in \(folder) is at its limit of \(configuration.maximumBytes) bytes: "
                    + "let its reader catch up or raise the limit")
        }
        return nil
    }
}

/// Keeps the lock file open as long as the journal's thread runs.
private final class LockHolder: Sendable {
    private let file: Mutex<DiskFile?>

    init(_ file: consuming DiskFile) {
        self.file = Mutex(file)
    }

    func release() {
        self.file.withLock { $0 = nil }
    }
}

private final class OutcomeBox: Sendable {
    let outcome: Mutex<Result<Void, StorageError>>

    init(_ outcome: consuming sending Mutex<Result<Void, StorageError>>) {
        self.outcome = outcome
    }
}
