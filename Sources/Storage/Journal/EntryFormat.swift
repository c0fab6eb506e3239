import Domain

/// The bytes of a segment file, little-endian: a header of 20 bytes, then entries of 36 bytes + payload.
///
/// Header: magic `HRJ1`, version UInt32, first index UInt64, CRC-32C of the 16 bytes before.
/// Entry: payload length UInt32, CRC-32C UInt32 over all that follows and the length, index UInt64,
/// durable UInt64 (highest index known to be on disk when this one was written), at Int64 µs,
/// kind UInt8, three zero bytes, payload.
enum EntryFormat {
    static let headerBytes = 20
    static let entryBytes = 36
    private static let magic: UInt32 = 0x314A_5248
    private static let version: UInt32 = 1

    static func header(first: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: self.magic)
        bytes.append(little: self.version)
        bytes.append(little: first)
        bytes.append(little: CRC32C.checksum(bytes, in: 0..<16))
        return bytes
    }

    /// The first index that a header announces; nil where the bytes are no header of ours.
    static func first(ofHeader bytes: [UInt8]) -> UInt64? {
        guard bytes.count >= self.headerBytes, bytes.little32(0) == self.magic,
            bytes.little32(4) == self.version,
            bytes.little32(16) == CRC32C.checksum(bytes, in: 0..<16)
        else { return nil }
        return bytes.little64(8)
    }

    static func append(_ entry: JournalEntry, durable: UInt64, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.reserveCapacity(start + self.entryBytes + entry.payload.count)
        bytes.append(little: UInt32(entry.payload.count))
        bytes.append(little: UInt32(0))
        bytes.append(little: entry.index)
        bytes.append(little: durable)
        bytes.append(little: Int64(entry.at.microseconds))
        bytes.append(little: UInt32(entry.kind))
        bytes.append(contentsOf: entry.payload)
        bytes.put(little32: self.checksum(bytes, start..<bytes.count), at: start + 4)
    }

    /// The CRC covers the length too: it is mixed into the CRC of what follows it.
    private static func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        let body = CRC32C.checksum(bytes, in: range.lowerBound + 8..<range.upperBound)
        return body ^ (bytes.little32(range.lowerBound) &* 0x9E37_79B1)
    }

    /// An entry as read, with what it claims of others.
    struct Decoded {
        var entry: JournalEntry
        var durable: UInt64
        var end: Int
    }

    /// The length of the entry at `offset` with its fixed part, as it claims; nil when that is not all there.
    static func extent(_ bytes: [UInt8], at offset: Int, limit: Int) -> Int? {
        guard offset + self.entryBytes <= bytes.count else { return nil }
        let length = Int(bytes.little32(offset))
        guard length <= limit else { return nil }
        return self.entryBytes + length
    }

    /// The entry at `offset`; nil when its bytes are incomplete or not what was written.
    static func decode(_ bytes: [UInt8], at offset: Int, limit: Int) -> Decoded? {
        guard let extent = self.extent(bytes, at: offset, limit: limit),
            offset + extent <= bytes.count,
            bytes.little32(offset + 4) == self.checksum(bytes, offset..<offset + extent)
        else { return nil }
        let entry = JournalEntry(
            index: bytes.little64(offset + 8),
            at: Instant(microseconds: Int(Int64(bitPattern: bytes.little64(offset + 24)))),
            kind: bytes[offset + 32],
            payload: Array(bytes[offset + self.entryBytes..<offset + extent]))
        return Decoded(entry: entry, durable: bytes.little64(offset + 16), end: offset + extent)
    }
}
