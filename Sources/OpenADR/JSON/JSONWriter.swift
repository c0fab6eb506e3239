/// Writes a JSON tree compactly, each number by its own digits.
package struct JSONWriter {
    private var bytes: [UInt8] = []

    private init() {}

    /// The value as UTF-8.
    package static func bytes(_ value: JSON) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value)
        return writer.bytes
    }

    /// The value as text.
    package static func text(_ value: JSON) -> String {
        String(decoding: Self.bytes(value), as: UTF8.self)
    }

    private mutating func write(_ value: JSON) {
        switch value {
        case .null: self.bytes.append(contentsOf: "null".utf8)
        case .bool(let truth): self.bytes.append(contentsOf: (truth ? "true" : "false").utf8)
        case .number(let number): self.bytes.append(contentsOf: number.text.utf8)
        case .string(let text): self.write(text)
        case .array(let elements):
            self.bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { self.bytes.append(UInt8(ascii: ",")) }
                self.write(element)
            }
            self.bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            self.bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { self.bytes.append(UInt8(ascii: ",")) }
                self.write(member.name)
                self.bytes.append(UInt8(ascii: ":"))
                self.write(member.value)
            }
            self.bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func write(_ text: String) {
        self.bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): self.bytes.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): self.bytes.append(contentsOf: "\\\\".utf8)
            case 0x0A: self.bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: self.bytes.append(contentsOf: "\\r".utf8)
            case 0x09: self.bytes.append(contentsOf: "\\t".utf8)
            case ..<0x20:
                let digits = String(byte, radix: 16)
                self.bytes.append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
                self.bytes.append(contentsOf: digits.utf8)
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }
}
