import Synchronization

/// Takes the bytes of a checkpoint in their order, so that the whole never stands in memory.
package final class CheckpointWriter: Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var written = 0
        var crc: UInt32 = 0
    }

    private static let most = 1 << 20
    private let file: DiskFile
    private let state = Mutex(State())

    init(_ path: String) throws(StorageError) {
        try DiskFolder.remove(path)
        self.file = try DiskFile(path, .create)
    }

    /// Bytes taken so far.
    package var count: Int { self.state.withLock { $0.written + $0.waiting.count } }

    package func write(_ bytes: [UInt8]) throws(StorageError) {
        try self.state.withLock { state throws(StorageError) in
            state.waiting += bytes
            if state.waiting.count >= Self.most { try self.flush(&state) }
        }
    }

    /// Ends with the checksum; returns once everything is on the disk.
    func finish() throws(StorageError) {
        try self.state.withLock { state throws(StorageError) in
            try self.flush(&state)
            var end: [UInt8] = []
            end.append(little: state.crc)
            try self.file.write(end, at: state.written)
            try self.file.synchronize()
        }
    }

    private func flush(_ state: inout State) throws(StorageError) {
        try self.file.write(state.waiting, at: state.written)
        state.written += state.waiting.count
        state.crc = CRC32C.checksum(state.waiting, in: 0..<state.waiting.count, after: state.crc)
        state.waiting.removeAll(keepingCapacity: true)
    }
}

/// Hands out the bytes of a checkpoint that were found whole.
package final class CheckpointReader: Sendable {
    private static let most = 1 << 20
    private let file: DiskFile
    /// Bytes without the checksum.
    package let count: Int

    /// Nil where the bytes are not those that were kept.
    init?(_ path: String) throws(StorageError) {
        self.file = try DiskFile(path, .read)
        self.count = try self.file.size() - 4
        guard self.count >= 0 else { return nil }
        var crc: UInt32 = 0
        var place = 0
        while place < self.count {
            let bytes = try self.file.read(min(Self.most, self.count - place), at: place)
            guard !bytes.isEmpty else { return nil }
            crc = CRC32C.checksum(bytes, in: 0..<bytes.count, after: crc)
            place += bytes.count
        }
        let end = try self.file.read(4, at: self.count)
        guard end.count == 4, end.little32(0) == crc else { return nil }
    }

    /// Fewer than `count` bytes at the end.
    package func read(_ count: Int, at place: Int) throws(StorageError) -> [UInt8] {
        try self.file.read(max(0, min(count, self.count - place)), at: place)
    }
}
