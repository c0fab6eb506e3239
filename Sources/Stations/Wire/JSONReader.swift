/// Reads one JSON value out of bytes; nil where they are not exactly one, or nested too deep.
struct JSONReader {
    static let deepest = 32
    private let bytes: [UInt8]
    private var at = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static func read(_ bytes: [UInt8]) -> JSON? {
        var reader = JSONReader(bytes)
        guard let value = reader.value(depth: 0) else { return nil }
        reader.space()
        return reader.at == bytes.count ? value : nil
    }

    private mutating func space() {
        while let byte = self.peek, byte == 32 || 9...13 ~= byte { self.at += 1 }
    }

    private var peek: UInt8? { self.at < self.bytes.count ? self.bytes[self.at] : nil }

    private mutating func take(_ character: Character) -> Bool {
        guard let byte = self.peek, byte == character.asciiValue else { return false }
        self.at += 1
        return true
    }

    private mutating func word(_ text: StaticString, _ value: JSON) -> JSON? {
        for byte in "\(text)".utf8 {
            guard self.peek == byte else { return nil }
            self.at += 1
        }
        return value
    }

    private mutating func value(depth: Int) -> JSON? {
        guard depth < Self.deepest else { return nil }
        self.space()
        switch self.peek {
        case UInt8(ascii: "{"): return self.object(depth: depth)
        case UInt8(ascii: "["): return self.array(depth: depth)
        case UInt8(ascii: "\""): return self.string().map(JSON.string)
        case UInt8(ascii: "t"): return self.word("true", .bool(true))
        case UInt8(ascii: "f"): return self.word("false", .bool(false))
        case UInt8(ascii: "n"): return self.word("null", .null)
        default: return self.number()
        }
    }

    private mutating func object(depth: Int) -> JSON? {
        self.at += 1
        var members: [String: JSON] = [:]
        self.space()
        if self.take("}") { return .object(members) }
        repeat {
            self.space()
            guard let key = self.string() else { return nil }
            self.space()
            guard self.take(":"), let value = self.value(depth: depth + 1) else { return nil }
            members[key] = value
            self.space()
        } while self.take(",")
        return self.take("}") ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> JSON? {
        self.at += 1
        var items: [JSON] = []
        self.space()
        if self.take("]") { return .array(items) }
        repeat {
            guard let value = self.value(depth: depth + 1) else { return nil }
            items.append(value)
            self.space()
        } while self.take(",")
        return self.take("]") ? .array(items) : nil
    }

    private mutating func number() -> JSON? {
        let start = self.at
        while let byte = self.peek, 48...57 ~= byte || [43, 45, 46, 69, 101].contains(byte) {
            self.at += 1
        }
        let text = String(decoding: self.bytes[start..<self.at], as: UTF8.self)
        return Double(text) == nil ? nil : .number(text)
    }

    private mutating func string() -> String? {
        guard self.take("\"") else { return nil }
        var plain: [UInt8] = []
        while let byte = self.peek {
            self.at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: plain, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = self.escape() else { return nil }
                plain += Array(String(Character(scalar)).utf8)
            default: plain.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        guard let byte = self.peek else { return nil }
        self.at += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"): return self.unicode()
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        default: return nil
        }
    }

    private mutating func unicode() -> Unicode.Scalar? {
        guard let high = self.fourHex() else { return nil }
        guard 0xD800...0xDBFF ~= high else { return Unicode.Scalar(high) }
        guard self.take("\\"), self.take("u"), let low = self.fourHex(), 0xDC00...0xDFFF ~= low
        else { return nil }
        return Unicode.Scalar(0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00))
    }

    private mutating func fourHex() -> UInt32? {
        guard self.at + 4 <= self.bytes.count else { return nil }
        let text = String(decoding: self.bytes[self.at..<(self.at + 4)], as: UTF8.self)
        self.at += 4
        return UInt32(text, radix: 16)
    }
}
