/// CRC-32C (Castagnoli), eight bytes a step; what guards each journal entry against torn writes and rot.
enum CRC32C {
    private static let tables: [[UInt32]] = {
        var first = [UInt32](repeating: 0, count: 256)
        for index in 0..<256 {
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
            first[index] = value
        }
        var tables = [first]
        for depth in 1..<8 {
            tables.append(tables[depth - 1].map { ($0 >> 8) ^ first[Int($0 & 0xFF)] })
        }
        return tables
    }()
    private static let flat: [UInt32] = CRC32C.tables.flatMap { $0 }

    /// The checksum of `bytes[range]`, or of what has the checksum `before` and them.
    static func checksum(_ bytes: [UInt8], in range: Range<Int>, after before: UInt32 = 0) -> UInt32 {
        let table = self.flat
        var crc = ~before
        var at = range.lowerBound
        while at + 8 <= range.upperBound {
            let low = crc ^ bytes.little32(at)
            let high = bytes.little32(at + 4)
            crc =
                table[1792 + Int(low & 0xFF)] ^ table[1536 + Int((low >> 8) & 0xFF)]
                ^ table[1280 + Int((low >> 16) & 0xFF)] ^ table[1024 + Int(low >> 24)]
                ^ table[768 + Int(high & 0xFF)] ^ table[512 + Int((high >> 8) & 0xFF)]
                ^ table[256 + Int((high >> 16) & 0xFF)] ^ table[Int(high >> 24)]
            at += 8
        }
        while at < range.upperBound {
            crc = (crc >> 8) ^ table[Int((crc ^ UInt32(bytes[at])) & 0xFF)]
            at += 1
        }
        return ~crc
    }
}

extension [UInt8] {
    /// Four bytes at `offset`, little-endian.
    func little32(_ offset: Int) -> UInt32 {
        UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
            | UInt32(self[offset + 3]) << 24
    }

    /// Eight bytes at `offset`, little-endian.
    func little64(_ offset: Int) -> UInt64 {
        UInt64(self.little32(offset)) | UInt64(self.little32(offset + 4)) << 32
    }

    /// Appends an integer, little-endian.
    mutating func append<Value: FixedWidthInteger>(little value: Value) {
        var rest = value
        for _ in 0..<(Value.bitWidth / 8) {
            self.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Overwrites four bytes at `offset`, little-endian.
    mutating func put(little32 value: UInt32, at offset: Int) {
        for byte in 0..<4 { self[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte))) }
    }
}
