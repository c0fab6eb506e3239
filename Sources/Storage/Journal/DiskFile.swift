import Glibc

/// An open file with whole reads and writes at offsets, and errors that say what to do.
struct DiskFile: ~Copyable {
    let path: String
    private let descriptor: Int32

    enum Mode {
        case create
        case existing
        case read
    }

    init(_ path: String, _ mode: Mode) throws(StorageError) {
        self.path = path
        let flags: Int32
        switch mode {
        case .create: flags = O_RDWR | O_CREAT | O_CLOEXEC
        case .existing: flags = O_RDWR | O_CLOEXEC
        case .read: flags = O_RDONLY | O_CLOEXEC
        }
        self.descriptor = unsafe open(path, flags, 0o600)
        guard self.descriptor >= 0 else { throw systemError("open", path) }
    }

    deinit {
        _ = close(self.descriptor)
    }

    /// Takes the file for this process alone until it is closed. Whoever is just starting a program has a copy of every
    /// open file for a moment, of locks that were let go of, too: so it is tried for half a second.
    func lock() throws(StorageError) {
        for _ in 0..<10 {
            if flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            _ = poll(nil, 0, 50)
        }
        throw StorageError(.locked, "\(self.path) is in use: stop the other process first")
    }

    func size() throws(StorageError) -> Int {
        let end = lseek(self.descriptor, 0, SEEK_END)
        guard end >= 0 else { throw systemError("read", self.path) }
        return Int(end)
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress else { return 0 }
                return unsafe pwrite(
                    self.descriptor, base + done, buffer.count - done, off_t(offset + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw systemError("write", self.path) }
            done += count
        }
    }

    /// Up to `count` bytes from `offset`; fewer at the end of the file.
    func read(_ count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count, let base = buffer.baseAddress {
                let got = unsafe pread(
                    self.descriptor, base + filled, count - filled, off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                failed = got < 0
                guard got > 0 else { break }
                filled += got
            }
        }
        guard !failed else { throw systemError("read", self.path) }
        return bytes
    }

    func truncate(to size: Int) throws(StorageError) {
        guard ftruncate(self.descriptor, off_t(size)) == 0 else {
            throw systemError("truncate", self.path)
        }
    }

    /// Returns once what was written is on the disk.
    func synchronize() throws(StorageError) {
        guard fdatasync(self.descriptor) == 0 else { throw systemError("synchronise", self.path) }
    }
}

/// The error of the last call that failed on `path`.
func systemError(_ verb: String, _ path: String) -> StorageError {
    let number = errno
    if number == ENOSPC || number == EDQUOT || number == EFBIG {
        return StorageError(.full, "cannot \(verb) \(path): no space left: free some on its disk")
    }
    let reason = unsafe String(cString: strerror(number))
    return StorageError(.system, "cannot \(verb) \(path): \(reason): check the path and its permissions")
}

/// Folders: made, listed, made durable.
package enum DiskFolder {
    static func make(_ path: String) throws(StorageError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            if unsafe mkdir(made, 0o700) != 0 && errno != EEXIST { throw systemError("make", made) }
        }
    }

    static func list(_ path: String) throws(StorageError) -> [String] {
        guard let folder = unsafe opendir(path) else { throw systemError("list", path) }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let item = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &item.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func remove(_ path: String) throws(StorageError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw systemError("remove", path) }
    }

    /// Makes creations, removals and renames in the folder durable.
    static func synchronize(_ path: String) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("open", path) }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("synchronise", path) }
    }

    /// Replaces a file as a whole: after a crash it is the old one or the new one.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(StorageError) {
        let temporary = path + ".new"
        try self.remove(temporary)
        let file = try DiskFile(temporary, .create)
        try file.write(bytes, at: 0)
        try file.synchronize()
        try self.replace(path, by: temporary)
    }

    /// Gives a file of the same folder, whose bytes are on the disk, another's place.
    static func replace(_ path: String, by temporary: String) throws(StorageError) {
        guard unsafe rename(temporary, path) == 0 else { throw systemError("replace", path) }
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        try self.synchronize(parent.isEmpty ? "." : parent.joined(separator: "/") + "/")
    }
}
