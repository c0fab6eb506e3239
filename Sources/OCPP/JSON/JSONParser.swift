/// The one pass over a text. Recursion is bounded by the depth limit.
struct JSONParser {
    private let bytes: [UInt8]
    private var at = 0
    private(set) var nodes: [JSONDocument.Node] = []

    init(bytes: [UInt8]) {
        self.bytes = bytes
        self.nodes.reserveCapacity(min(bytes.count / 8 + 8, 512))
    }

    /// Parses the whole text; nil when all is well.
    mutating func run() -> JSONFault? {
        do throws(JSONFault) {
            try self.value(depth: 1)
            self.skipSpace()
            guard self.at == self.bytes.count else { throw self.fault(.malformed) }
            return nil
        } catch {
            return error
        }
    }

    private func fault(_ kind: JSONFault.Kind) -> JSONFault {
        JSONFault(kind: kind, offset: self.at)
    }

    private mutating func skipSpace() {
        while self.at < self.bytes.count {
            switch self.bytes[self.at] {
            case 0x20, 0x09, 0x0A, 0x0D: self.at += 1
            default: return
            }
        }
    }

    private var here: UInt8 { self.at < self.bytes.count ? self.bytes[self.at] : 0 }

    private mutating func value(depth: Int) throws(JSONFault) {
        self.skipSpace()
        guard self.nodes.count < JSONDocument.mostNodes else { throw self.fault(.tooLarge) }
        switch self.here {
        case UInt8(ascii: "{"): try self.object(depth: depth)
        case UInt8(ascii: "["): try self.array(depth: depth)
        case UInt8(ascii: "\""): try self.string()
        case UInt8(ascii: "t"): try self.word("true", .yes)
        case UInt8(ascii: "f"): try self.word("false", .no)
        case UInt8(ascii: "n"): try self.word("null", .null)
        default: try self.number()
        }
    }

    private mutating func open(_ kind: JSONDocument.NodeKind, depth: Int) throws(JSONFault) -> Int {
        guard depth <= JSONDocument.mostDepth else { throw self.fault(.tooDeep) }
        let index = self.nodes.count
        self.nodes.append(
            JSONDocument.Node(
                kind: kind, start: UInt32(self.at), end: UInt32(self.at), next: UInt32(index)))
        self.at += 1
        return index
    }

    private mutating func close(_ index: Int) {
        self.at += 1
        self.nodes[index].end = UInt32(self.at)
        self.nodes[index].next = UInt32(self.nodes.count)
    }

    private mutating func array(depth: Int) throws(JSONFault) {
        let index = try self.open(.array, depth: depth)
        self.skipSpace()
        if self.here == UInt8(ascii: "]") { return self.close(index) }
        while true {
            try self.value(depth: depth + 1)
            self.skipSpace()
            if self.here == UInt8(ascii: "]") { return self.close(index) }
            guard self.here == UInt8(ascii: ",") else { throw self.fault(.malformed) }
            self.at += 1
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) {
        let index = try self.open(.object, depth: depth)
        self.skipSpace()
        if self.here == UInt8(ascii: "}") { return self.close(index) }
        var count = 0
        while true {
            self.skipSpace()
            guard self.here == UInt8(ascii: "\"") else { throw self.fault(.malformed) }
            count += 1
            guard count <= JSONDocument.mostKeys else { throw self.fault(.tooLarge) }
            let key = self.nodes.count
            try self.string()
            guard !self.isDoubled(key: key, in: index) else { throw self.fault(.duplicateKey) }
            self.skipSpace()
            guard self.here == UInt8(ascii: ":") else { throw self.fault(.malformed) }
            self.at += 1
            try self.value(depth: depth + 1)
            self.skipSpace()
            if self.here == UInt8(ascii: "}") { return self.close(index) }
            guard self.here == UInt8(ascii: ",") else { throw self.fault(.malformed) }
            self.at += 1
        }
    }

    private func isDoubled(key: Int, in object: Int) -> Bool {
        var other = object + 1
        let new = self.nodes[key]
        while other < key {
            let old = self.nodes[other]
            if new.kind == .escaped || old.kind == .escaped {
                if JSONText.decoded(self.bytes, new) == JSONText.decoded(self.bytes, old) {
                    return true
                }
            } else if old.end - old.start == new.end - new.start,
                self.bytes[Int(old.start)..<Int(old.end)]
                    .elementsEqual(self.bytes[Int(new.start)..<Int(new.end)])
            {
                return true
            }
            other = Int(self.nodes[other + 1].next)
        }
        return false
    }

    private mutating func leaf(_ kind: JSONDocument.NodeKind, _ start: Int, _ end: Int) {
        let next = UInt32(self.nodes.count + 1)
        self.nodes.append(
            JSONDocument.Node(kind: kind, start: UInt32(start), end: UInt32(end), next: next))
    }

    private mutating func word(
        _ word: StaticString, _ kind: JSONDocument.NodeKind
    ) throws(JSONFault) {
        let start = self.at
        let count = word.utf8CodeUnitCount
        guard start + count <= self.bytes.count else { throw self.fault(.malformed) }
        let matches = word.withUTF8Buffer {
            unsafe $0.elementsEqual(self.bytes[start..<start + count])
        }
        guard matches else { throw self.fault(.malformed) }
        self.at += count
        self.leaf(kind, start, self.at)
    }

    private mutating func digits() throws(JSONFault) {
        let start = self.at
        while (48...57).contains(self.here) { self.at += 1 }
        guard self.at > start else { throw self.fault(.malformed) }
    }

    private mutating func number() throws(JSONFault) {
        let start = self.at
        if self.here == UInt8(ascii: "-") { self.at += 1 }
        let first = self.here
        let integer = self.at
        try self.digits()
        if first == UInt8(ascii: "0"), self.at > integer + 1 { throw self.fault(.malformed) }
        if self.here == UInt8(ascii: ".") {
            self.at += 1
            try self.digits()
        }
        if self.here | 0x20 == UInt8(ascii: "e") {
            self.at += 1
            if self.here == UInt8(ascii: "+") || self.here == UInt8(ascii: "-") { self.at += 1 }
            try self.digits()
        }
        self.leaf(.number, start, self.at)
    }

    private mutating func string() throws(JSONFault) {
        self.at += 1
        let start = self.at
        var isEscaped = false
        var isASCII = true
        while self.at < self.bytes.count {
            let byte = self.bytes[self.at]
            switch byte {
            case UInt8(ascii: "\""):
                if !isASCII, !JSONText.isUTF8(self.bytes[start..<self.at]) {
                    throw self.fault(.invalidUTF8)
                }
                self.leaf(isEscaped ? .escaped : .string, start, self.at)
                self.at += 1
                return
            case UInt8(ascii: "\\"):
                isEscaped = true
                try self.escape()
            case 0..<0x20:
                throw self.fault(.malformed)
            default:
                if byte >= 0x80 { isASCII = false }
                self.at += 1
            }
        }
        throw self.fault(.malformed)
    }

    private mutating func escape() throws(JSONFault) {
        self.at += 1
        switch self.here {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.at += 1
        case UInt8(ascii: "u"):
            guard self.at + 4 < self.bytes.count,
                self.bytes[self.at + 1...self.at + 4].allSatisfy({ JSONText.hex($0) != nil })
            else { throw self.fault(.malformed) }
            self.at += 5
        default:
            throw self.fault(.malformed)
        }
    }
}

/// Strings out of the bytes of a document.
enum JSONText {
    static func hex(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 48...57: UInt32(byte) - 48
        case 65...70: UInt32(byte) - 55
        case 97...102: UInt32(byte) - 87
        default: nil
        }
    }

    static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }

    static func decoded(_ bytes: [UInt8], _ node: JSONDocument.Node) -> String {
        let slice = bytes[Int(node.start)..<Int(node.end)]
        guard node.kind == .escaped else { return String(decoding: slice, as: UTF8.self) }
        var out: [UInt8] = []
        out.reserveCapacity(slice.count)
        var at = slice.startIndex
        while at < slice.endIndex {
            guard slice[at] == UInt8(ascii: "\\") else {
                out.append(slice[at])
                at += 1
                continue
            }
            switch slice[at + 1] {
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "u"):
                at += self.appendUnicode(slice, at, to: &out)
                continue
            default: out.append(slice[at + 1])
            }
            at += 2
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// A `\uXXXX`, or a pair of surrogates; a lone one becomes U+FFFD. Returns how many bytes it took.
    private static func appendUnicode(_ slice: ArraySlice<UInt8>, _ at: Int, to out: inout [UInt8])
        -> Int
    {
        func unit(_ at: Int) -> UInt32? {
            guard at + 6 <= slice.endIndex, slice[at] == UInt8(ascii: "\\"),
                slice[at + 1] == UInt8(ascii: "u")
            else { return nil }
            return slice[at + 2..<at + 6].reduce(0) { $0 << 4 | (Self.hex($1) ?? 0) }
        }
        let first = unit(at) ?? 0xFFFD
        var scalar = first
        var taken = 6
        if (0xD800..<0xDC00).contains(first), let second = unit(at + 6),
            (0xDC00..<0xE000).contains(second)
        {
            scalar = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
            taken = 12
        }
        let character = Unicode.Scalar(scalar) ?? "\u{FFFD}"
        out.append(contentsOf: Array(String(Character(character)).utf8))
        return taken
    }
}
