import Dispatch
import Domain
import Synchronization

/// The journal's own thread: the only one that writes.
extension Journal {
    /// What one group commit writes.
    private struct Batch {
        var bytes: [UInt8]
        var last: UInt64
        var latest: Instant
        var first: UInt64
    }

    func writeUntilClosed() {
        var file: DiskFile?
        while true {
            self.work.wait()
            while let batch = self.take() {
                do {
                    try self.write(batch, with: &file)
                    self.confirm(batch)
                    try self.enforceRetention(at: batch.latest)
                } catch {
                    file = nil
                    self.fail(error)
                }
            }
            if self.state.withLock({ $0.isClosing }) { break }
        }
        self.fail(StorageError(.closed, "the journal is closed: open it again"))
    }

    private func take() -> Batch? {
        self.state.withLock { state in
            guard !state.pending.isEmpty, state.failure == nil else { return nil }
            var bytes: [UInt8] = []
            swap(&bytes, &state.pending)
            return Batch(
                bytes: bytes, last: state.next - 1, latest: state.pendingLatest,
                first: state.durable + 1)
        }
    }

    private func write(_ batch: Batch, with file: inout DiskFile?) throws(StorageError) {
        let active = self.state.withLock { $0.isActiveSpent ? nil : $0.segments.last }
        if let active, active.bytes < self.configuration.segmentBytes {
            try self.write(batch, to: active, with: &file)
            return
        }
        file = nil
        let path = Segment.path(in: self.folder, first: batch.first)
        // A file of that name can only be what a failed write left behind: it holds nothing durable.
        try DiskFolder.remove(path)
        let fresh = try DiskFile(path, .create)
        do {
            try fresh.write(EntryFormat.header(first: batch.first) + batch.bytes, at: 0)
            try fresh.synchronize()
            try DiskFolder.synchronize(self.folder)
        } catch {
            try? DiskFolder.remove(path)
            throw error
        }
        file = consume fresh
        let bytes = EntryFormat.headerBytes + batch.bytes.count
        self.state.withLock { state in
            // A spent segment of the same first index held nothing: this one takes its place.
            if state.segments.last?.first == batch.first { state.segments.removeLast() }
            state.segments.append(
                Segment(first: batch.first, path: path, bytes: bytes, latest: batch.latest))
            state.isActiveSpent = false
        }
    }

    private func write(
        _ batch: Batch, to active: Segment, with file: inout DiskFile?
    ) throws(StorageError) {
        if file == nil { file = try DiskFile(active.path, .existing) }
        do {
            try file?.write(batch.bytes, at: active.bytes)
            try file?.synchronize()
        } catch {
            try? file?.truncate(to: active.bytes)
            throw error
        }
        self.state.withLock { state in
            let last = state.segments.count - 1
            state.segments[last].bytes += batch.bytes.count
            state.segments[last].latest = max(state.segments[last].latest, batch.latest)
        }
    }

    private func confirm(_ batch: Batch) {
        let ready = self.state.withLock { state in
            state.durable = batch.last
            let ready = state.waiters.filter { $0.index <= batch.last }
            state.waiters.removeAll { $0.index <= batch.last }
            return ready
        }
        for waiter in ready { waiter.resume(.success(())) }
    }

    /// Nothing that waits will be written: everyone hears why, and indices start again after the durable one.
    private func fail(_ error: StorageError) {
        let waiters = self.state.withLock { state in
            defer { state.waiters = [] }
            state.failure = error
            state.pending = []
            state.next = state.durable + 1
            state.isActiveSpent = true
            return state.waiters
        }
        for waiter in waiters { waiter.resume(.failure(error)) }
    }

    /// Drops oldest segments beyond size or age (rolling retention only).
    private func enforceRetention(at now: Instant) throws(StorageError) {
        guard case .rolling(let age) = self.configuration.retention else { return }
        let limit = self.configuration.maximumBytes
        let paths = self.state.withLock { state in
            var paths: [String] = []
            while state.segments.count > 1, state.segments[1].first <= state.protected,
                state.size > limit || state.segments[0].latest + age < now
            {
                paths.append(state.segments.removeFirst().path)
            }
            return paths
        }
        for path in paths { try DiskFolder.remove(path) }
    }
}
