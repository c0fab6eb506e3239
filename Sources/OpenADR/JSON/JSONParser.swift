/// Reads one JSON text (RFC 8259) into a tree. Stops at depth 64 and at the size it is given.
package struct JSONParser {
    /// Greatest nesting that is read.
    package static let maximumDepth = 64

    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value that `bytes` spell, with nothing but white space around it.
    package static func parse(_ bytes: [UInt8], maximumBytes: Int = 1 << 20) throws -> JSON {
        guard bytes.count <= maximumBytes else {
            throw OpenADRError(
                .limit, "the text has \(bytes.count) bytes: send \(maximumBytes) or fewer")
        }
        var parser = JSONParser(bytes)
        parser.skipSpace()
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.unexpected("the end of the text") }
        return value
    }

    /// As ``parse(_:maximumBytes:)``, from a string.
    package static func parse(_ text: String) throws -> JSON {
        try Self.parse(Array(text.utf8))
    }

    private var current: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    private func unexpected(_ wanted: String) -> OpenADRError {
        OpenADRError(.malformedJSON, "not JSON at byte \(self.index): expected \(wanted)")
    }

    private mutating func skipSpace() {
        while let byte = self.current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            self.index += 1
        }
    }

    private mutating func value(depth: Int) throws -> JSON {
        guard depth < Self.maximumDepth else {
            throw OpenADRError(
                .limit, "nested deeper than \(Self.maximumDepth) levels: send a flatter text")
        }
        switch self.current {
        case UInt8(ascii: "{"): return .object(try self.object(depth: depth))
        case UInt8(ascii: "["): return .array(try self.array(depth: depth))
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        default: return .number(try self.number())
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws -> JSON {
        let text = word.description.utf8
        guard self.bytes[self.index...].starts(with: text) else { throw self.unexpected("a value") }
        self.index += text.count
        return value
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws {
        guard self.current == byte else { throw self.unexpected(what) }
        self.index += 1
    }

    private mutating func object(depth: Int) throws -> JSONObject {
        self.index += 1
        var members: [JSONObject.Member] = []
        self.skipSpace()
        if self.current == UInt8(ascii: "}") {
            self.index += 1
            return JSONObject()
        }
        while true {
            self.skipSpace()
            guard self.current == UInt8(ascii: "\"") else {
                throw self.unexpected("a name in quotes")
            }
            let name = try self.string()
            self.skipSpace()
            try self.expect(UInt8(ascii: ":"), "a colon")
            self.skipSpace()
            members.append(JSONObject.Member(name, try self.value(depth: depth + 1)))
            self.skipSpace()
            if self.current == UInt8(ascii: ",") {
                self.index += 1
                continue
            }
            try self.expect(UInt8(ascii: "}"), "a comma or the end of the object")
            return JSONObject(members)
        }
    }

    private mutating func array(depth: Int) throws -> [JSON] {
        self.index += 1
        var elements: [JSON] = []
        self.skipSpace()
        if self.current == UInt8(ascii: "]") {
            self.index += 1
            return elements
        }
        while true {
            self.skipSpace()
            elements.append(try self.value(depth: depth + 1))
            self.skipSpace()
            if self.current == UInt8(ascii: ",") {
                self.index += 1
                continue
            }
            try self.expect(UInt8(ascii: "]"), "a comma or the end of the list")
            return elements
        }
    }

    private mutating func number() throws -> JSONNumber {
        let start = self.index
        if self.current == UInt8(ascii: "-") { self.index += 1 }
        if self.current == UInt8(ascii: "0") {
            self.index += 1
        } else {
            try self.digits()
        }
        if self.current == UInt8(ascii: ".") {
            self.index += 1
            try self.digits()
        }
        if let byte = self.current, byte | 0x20 == UInt8(ascii: "e") {
            self.index += 1
            if let sign = self.current, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                self.index += 1
            }
            try self.digits()
        }
        return JSONNumber(checked: String(decoding: self.bytes[start..<self.index], as: UTF8.self))
    }

    private mutating func digits() throws {
        let start = self.index
        while let byte = self.current, (0x30...0x39).contains(byte) { self.index += 1 }
        guard self.index > start else { throw self.unexpected("a value") }
    }

    private mutating func string() throws -> String {
        self.index += 1
        var text: [UInt8] = []
        while let byte = self.current {
            self.index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw self.unexpected("text in UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                try self.escape(into: &text)
            case ..<0x20:
                throw self.unexpected("no control characters in a string")
            default:
                text.append(byte)
            }
        }
        throw self.unexpected("the end of a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws {
        guard let byte = self.current else { throw self.unexpected("the end of an escape") }
        self.index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try self.codePoint()).utf8))
        default: throw self.unexpected("a known escape")
        }
    }

    /// The scalar behind `\u`, with the second half of a surrogate pair where there is one.
    private mutating func codePoint() throws -> Unicode.Scalar {
        let first = try self.fourDigits()
        var value = UInt32(first)
        if (0xD800..<0xDC00).contains(first) {
            guard self.current == UInt8(ascii: "\\"), self.index + 1 < self.bytes.count,
                self.bytes[self.index + 1] == UInt8(ascii: "u")
            else { throw self.unexpected("the second half of a surrogate pair") }
            self.index += 2
            let second = try self.fourDigits()
            guard (0xDC00..<0xE000).contains(second) else {
                throw self.unexpected("the second half of a surrogate pair")
            }
            value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw self.unexpected("a Unicode scalar") }
        return scalar
    }

    private mutating func fourDigits() throws -> UInt16 {
        guard self.index + 4 <= self.bytes.count,
            let value = UInt16(
                String(decoding: self.bytes[self.index..<(self.index + 4)], as: UTF8.self),
                radix: 16),
            self.bytes[self.index] != UInt8(ascii: "+")
        else { throw self.unexpected("four hexadecimal digits") }
        self.index += 4
        return value
    }
}
