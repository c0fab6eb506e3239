/// Walks JSON bytes once, forwards, and keeps nothing: the reader of the hot path.
///
/// It takes a subset of what ``JSONParser`` takes (ASCII, no escapes in what is read, no doubled keys) and gives up
/// on everything else: ``failed`` then says that the frame goes to the reader with the tree, which has the complaint.
struct HotScanner {
    /// Frames beyond this are left to the tree, so that its bound on nodes holds by itself.
    static let mostBytes = 16_384
    /// Of values that are walked over; well within ``JSONDocument/mostDepth`` wherever they stand.
    static let mostSkippedDepth = 6
    static let mostSkippedKeys = 64

    private(set) var at = 0
    /// Something came that is not for this reader.
    private(set) var failed = false
    /// The string or key that was read last: its bytes without the quotes.
    private(set) var text = 0..<0
    private var isFresh = false
    /// Keys of the objects that are being walked over, for finding doubled ones.
    private var skippedKeys: [Range<Int>] = []

    mutating func giveUp() { self.failed = true }

    @inline(__always)
    mutating func takeByte() { self.at += 1 }

    /// Makes ``text`` a piece that was read before.
    mutating func refer(to text: Range<Int>) { self.text = text }

    @inline(__always)
    mutating func advance(to at: Int) { self.at = at }

    // MARK: Structure

    @inline(__always)
    mutating func skipSpace(_ bytes: Span<UInt8>) {
        while self.at < bytes.count, bytes[self.at] <= 0x20 {
            switch bytes[self.at] {
            case 0x20, 0x09, 0x0A, 0x0D: self.at += 1
            default: return self.giveUp()
            }
            if self.failed { return }
        }
    }

    /// The next byte that is no space, without taking it; 0 at the end.
    @inline(__always)
    mutating func peek(_ bytes: Span<UInt8>) -> UInt8 {
        self.skipSpace(bytes)
        return self.at < bytes.count ? bytes[self.at] : 0
    }

    /// Takes this byte, after spaces.
    @inline(__always)
    mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) {
        guard self.peek(bytes) == byte else { return self.giveUp() }
        self.at += 1
    }

    /// Only spaces are left.
    mutating func isAtEnd(_ bytes: Span<UInt8>) -> Bool {
        self.skipSpace(bytes)
        return !self.failed && self.at == bytes.count
    }

    mutating func enterObject(_ bytes: Span<UInt8>) {
        self.take(UInt8(ascii: "{"), bytes)
        self.isFresh = true
    }

    mutating func enterArray(_ bytes: Span<UInt8>) {
        self.take(UInt8(ascii: "["), bytes)
        self.isFresh = true
    }

    /// Goes to the value of the next key, which then stands in ``text``; false behind the last one.
    mutating func nextKey(_ bytes: Span<UInt8>) -> Bool {
        guard self.goOn(UInt8(ascii: "}"), bytes) else { return false }
        self.string(bytes)
        self.take(UInt8(ascii: ":"), bytes)
        return !self.failed
    }

    /// Goes to the next element; false behind the last one.
    mutating func nextElement(_ bytes: Span<UInt8>) -> Bool {
        self.goOn(UInt8(ascii: "]"), bytes)
    }

    private mutating func goOn(_ end: UInt8, _ bytes: Span<UInt8>) -> Bool {
        if self.failed { return false }
        let byte = self.peek(bytes)
        let isFirst = self.isFresh
        self.isFresh = false
        if byte == end {
            self.at += 1
            return false
        }
        if !isFirst { self.take(UInt8(ascii: ","), bytes) }
        return !self.failed
    }

    /// Marks a key of the object at hand; a doubled one is not for this reader.
    @inline(__always)
    mutating func once(_ bit: UInt32, in seen: inout UInt32) {
        if seen & bit != 0 { self.giveUp() }
        seen |= bit
    }

    // MARK: Strings

    /// A string of plain characters, into ``text``.
    mutating func string(_ bytes: Span<UInt8>) {
        self.take(UInt8(ascii: "\""), bytes)
        let start = self.at
        var at = start
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                self.text = start..<at
                self.at = at + 1
                return
            }
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\\") { break }
            at += 1
        }
        self.giveUp()
    }

    /// Whether ``text`` is this word.
    @inline(__always)
    func isText(_ word: StaticString, _ bytes: Span<UInt8>) -> Bool {
        let count = word.utf8CodeUnitCount
        guard count == self.text.count else { return false }
        // Sound: a literal holds `count` bytes.
        let start = unsafe word.utf8Start
        for index in 0..<count where unsafe start[index] != bytes[self.text.lowerBound + index] {
            return false
        }
        return true
    }

    func string(of bytes: Span<UInt8>) -> String {
        let text = self.text
        return unsafe String(unsafeUninitializedCapacity: text.count) { target in
            for index in 0..<text.count { unsafe target[index] = bytes[text.lowerBound + index] }
            return text.count
        }
    }

    /// True where the value is `null`, which is taken and counts as absent.
    @inline(__always)
    mutating func isNull(_ bytes: Span<UInt8>) -> Bool {
        guard self.peek(bytes) == UInt8(ascii: "n") else { return false }
        self.word("null", bytes)
        return true
    }

    mutating func word(_ word: StaticString, _ bytes: Span<UInt8>) {
        let count = word.utf8CodeUnitCount
        guard self.at + count <= bytes.count else { return self.giveUp() }
        self.text = self.at..<self.at + count
        guard self.isText(word, bytes) else { return self.giveUp() }
        self.at += count
    }

    mutating func bool(_ bytes: Span<UInt8>) -> Bool {
        let isTrue = self.peek(bytes) == UInt8(ascii: "t")
        self.word(isTrue ? "true" : "false", bytes)
        return isTrue
    }

    // MARK: Values that are not read

    /// Walks over any value, checking its grammar.
    mutating func skip(_ bytes: Span<UInt8>, depth: Int = 0) {
        guard !self.failed, depth < Self.mostSkippedDepth else { return self.giveUp() }
        switch self.peek(bytes) {
        case UInt8(ascii: "\""): self.string(bytes)
        case UInt8(ascii: "t"): self.word("true", bytes)
        case UInt8(ascii: "f"): self.word("false", bytes)
        case UInt8(ascii: "n"): self.word("null", bytes)
        case UInt8(ascii: "{"): self.skipObject(bytes, depth: depth)
        case UInt8(ascii: "["):
            self.enterArray(bytes)
            while self.nextElement(bytes) { self.skip(bytes, depth: depth + 1) }
        default: _ = self.number(bytes)
        }
    }

    private mutating func skipObject(_ bytes: Span<UInt8>, depth: Int) {
        let first = self.skippedKeys.count
        self.enterObject(bytes)
        while self.nextKey(bytes) {
            let key = self.text
            for other in self.skippedKeys[first...] where Self.areEqual(key, other, bytes) { self.giveUp() }
            guard self.skippedKeys.count < Self.mostSkippedKeys else { return self.giveUp() }
            self.skippedKeys.append(key)
            self.skip(bytes, depth: depth + 1)
        }
        self.skippedKeys.removeLast(self.skippedKeys.count - first)
    }

    private static func areEqual(_ one: Range<Int>, _ two: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard one.count == two.count else { return false }
        for index in 0..<one.count where bytes[one.lowerBound + index] != bytes[two.lowerBound + index] {
            return false
        }
        return true
    }
}
