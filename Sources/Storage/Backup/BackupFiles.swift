import Crypto
import Foundation
import Glibc

/// Files of a backup: read in pieces, checked, on the disk before they count.
enum BackupFiles {
    private static let piece = 1 << 20

    /// Bytes and SHA-256 of a file, whatever its size.
    static func sum(_ path: String) throws -> (bytes: Int, checksum: String) {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw StorageError(.system, "cannot read \(path): check that it is there and may be read")
        }
        defer { try? file.close() }
        var hash = SHA256()
        var bytes = 0
        while let data = try file.read(upToCount: self.piece), !data.isEmpty {
            hash.update(data: data)
            bytes += data.count
        }
        let digits = hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return (bytes, digits.joined())
    }

    /// Makes a folder that only its owner may look into.
    /// - Throws: `constraint` when something is in it already.
    static func makeEmpty(_ folder: String) throws {
        if let there = try? FileManager.default.contentsOfDirectory(atPath: folder), !there.isEmpty {
            throw StorageError(.constraint, "\(folder) is not empty: give a new folder")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StorageError(.system, "cannot make the folder \(folder): give one that can be written")
        }
    }

    static func write(_ data: Data, to path: String, mode: Int) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: data, attributes: [.posixPermissions: mode])
        else { throw StorageError(.system, "cannot write \(path): check its folder and the space on the disk") }
        try self.sync(path)
    }

    static func copy(_ from: String, to: String, mode: Int) throws {
        guard let source = FileHandle(forReadingAtPath: from) else {
            throw StorageError(.system, "cannot read \(from): check that it is there and may be read")
        }
        defer { try? source.close() }
        try self.write(Data(), to: to, mode: mode)
        guard let target = FileHandle(forWritingAtPath: to) else {
            throw StorageError(.system, "cannot write \(to): check its folder")
        }
        defer { try? target.close() }
        while let data = try source.read(upToCount: self.piece), !data.isEmpty { try target.write(contentsOf: data) }
        try target.synchronize()
    }

    /// Waits until a file or folder is on the disk.
    static func sync(_ path: String) throws {
        let descriptor = unsafe open(path, O_RDONLY)
        guard descriptor >= 0 else { throw StorageError(.system, "cannot open \(path): check its folder") }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StorageError(.system, "\(path) did not reach the disk: check the disk")
        }
    }
}
