/// Rows of bits of one length, for sets that are intersected again and again.
struct BitRows: Hashable {
    /// Of 64 bits, per row.
    let words: Int
    private var bits: [UInt64]

    init(_ rows: Int, of count: Int) {
        self.words = max(1, (count + 63) / 64)
        self.bits = Array(repeating: 0, count: rows * self.words)
    }

    var isEmpty: Bool { self.bits.allSatisfy { $0 == 0 } }

    func has(_ row: Int, _ bit: Int) -> Bool { self.bits[row * self.words + bit >> 6] & 1 << UInt64(bit & 63) != 0 }

    mutating func set(_ row: Int, _ bit: Int, to isSet: Bool = true) {
        let word = row * self.words + bit >> 6
        let mask: UInt64 = 1 << UInt64(bit & 63)
        if isSet { self.bits[word] |= mask } else { self.bits[word] &= ~mask }
    }

    mutating func clear() {
        for word in self.bits.indices { self.bits[word] = 0 }
    }

    /// The first bit of a row that is in `other` and not in `out`, each of one row; nil where there is none.
    func first(_ row: Int, in other: BitRows, notIn out: BitRows? = nil) -> Int? {
        for word in 0..<self.words {
            var both = self.bits[row * self.words + word] & other.bits[word]
            if let out { both &= ~out.bits[word] }
            if both != 0 { return word << 6 | both.trailingZeroBitCount }
        }
        return nil
    }

    /// Appends the bits of a row that are not in `seen`, of one row, and sets them there.
    func take(_ row: Int, notIn seen: inout BitRows, into list: inout [Int]) {
        for word in 0..<self.words {
            var new = self.bits[row * self.words + word] & ~seen.bits[word]
            seen.bits[word] |= new
            while new != 0 {
                list.append(word << 6 | new.trailingZeroBitCount)
                new &= new - 1
            }
        }
    }
}
