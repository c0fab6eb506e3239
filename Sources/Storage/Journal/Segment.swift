import Domain

/// A segment file as the journal knows it.
struct Segment: Sendable {
    var first: UInt64
    var path: String
    /// Bytes that hold whole entries; nothing after them is read.
    var bytes: Int
    /// The latest time in it, as far as known; decides when it is old.
    var latest: Instant

    static func path(in folder: String, first: UInt64) -> String {
        let digits = String(first)
        return "\(folder)/\(String(repeating: "0", count: 20 - digits.count) + digits).hrj"
    }

    /// The segments of a folder in order. A last one without a whole header was being made when the
    /// process died: it held nothing and is removed.
    static func list(in folder: String) throws(StorageError) -> [Segment] {
        let names = try DiskFolder.list(folder).filter { $0.hasSuffix(".hrj") }
        var segments: [Segment] = []
        for (place, name) in names.enumerated() {
            let path = "\(folder)/\(name)"
            guard let named = UInt64(name.dropLast(4)) else {
                throw StorageError(.corrupt, "\(path) is no segment of a journal: move it away")
            }
            let (header, size) = try self.header(path)
            if let first = EntryFormat.first(ofHeader: header), first == named {
                segments.append(
                    Segment(first: first, path: path, bytes: size, latest: .distantFuture))
            } else if place == names.count - 1, size <= EntryFormat.headerBytes {
                try DiskFolder.remove(path)
            } else {
                throw StorageError(.corrupt, "\(path) has a damaged header: restore it from a backup")
            }
        }
        return segments
    }

    private static func header(_ path: String) throws(StorageError) -> ([UInt8], Int) {
        let file = try DiskFile(path, .read)
        return (try file.read(EntryFormat.headerBytes, at: 0), try file.size())
    }

    /// What a scan of the last segment found.
    struct Scan {
        var next: UInt64
        var bytes: Int
        var latest: Instant
    }

    /// Reads all entries, and tells a torn tail (never acknowledged, cut off by the caller) from damage.
    func scan(limit: Int) throws(StorageError) -> Scan {
        let file = try DiskFile(self.path, .read)
        let bytes = try file.read(try file.size(), at: 0)
        var scan = Scan(next: self.first, bytes: EntryFormat.headerBytes, latest: .distantPast)
        while let decoded = EntryFormat.decode(bytes, at: scan.bytes, limit: limit),
            decoded.entry.index == scan.next
        {
            scan.next += 1
            scan.bytes = decoded.end
            scan.latest = max(scan.latest, decoded.entry.at)
        }
        if let proof = Self.proof(that: scan.next, wasDurable: bytes, after: scan.bytes, limit: limit) {
            throw StorageError(
                .corrupt,
                "\(self.path) is damaged at byte \(scan.bytes) (entry \(scan.next), later confirmed by "
                    + "entry \(proof)): restore it from a backup")
        }
        return scan
    }

    /// The index of a whole entry after `offset` that says that `index` was on disk when it was written.
    private static func proof(
        that index: UInt64, wasDurable bytes: [UInt8], after offset: Int, limit: Int
    ) -> UInt64? {
        guard offset < bytes.count else { return nil }
        let most = index + UInt64((bytes.count - offset) / EntryFormat.entryBytes) + 1
        var at = offset
        while at + EntryFormat.entryBytes <= bytes.count {
            let claimed = bytes.little64(at + 8)
            if claimed > index, claimed <= most, bytes.little64(at + 16) >= index,
                bytes.little64(at + 16) < claimed,
                EntryFormat.decode(bytes, at: at, limit: limit) != nil
            {
                return claimed
            }
            at += 1
        }
        return nil
    }
}
