/// Writes JSON of one OCPP version straight into bytes. Names must be plain ASCII; absent fields are left out.
package struct JSONWriter {
    package let version: OCPPVersion
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(version: OCPPVersion, capacity: Int = 256) {
        self.version = version
        self.bytes.reserveCapacity(capacity)
    }

    private mutating func separate() {
        if self.needsComma { self.bytes.append(UInt8(ascii: ",")) }
        self.needsComma = true
    }

    private mutating func name(_ name: StaticString) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { unsafe self.bytes.append(contentsOf: $0) }
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(UInt8(ascii: ":"))
        self.needsComma = false
    }

    /// An object as an array element or as the payload.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        self.separate()
        self.bytes.append(UInt8(ascii: "{"))
        self.needsComma = false
        body(&self)
        self.bytes.append(UInt8(ascii: "}"))
        self.needsComma = true
    }

    package mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        self.object(body)
    }

    package mutating func object(_ name: StaticString, _ value: (some Payload)?) {
        guard let value else { return }
        self.object(name) { value.write(to: &$0) }
    }

    /// An array of objects; an empty one is left out, as OCPP-J asks.
    package mutating func objects(_ name: StaticString, _ values: [some Payload]) {
        guard !values.isEmpty else { return }
        self.array(name, values) { out, value in out.object { value.write(to: &$0) } }
    }

    package mutating func strings(_ name: StaticString, _ values: [String]) {
        guard !values.isEmpty else { return }
        self.array(name, values) { $0.element($1) }
    }

    package mutating func array<Element>(
        _ name: StaticString, _ values: [Element], _ body: (inout JSONWriter, Element) -> Void
    ) {
        self.name(name)
        self.array { out in
            for value in values { body(&out, value) }
        }
    }

    /// An array as an element or as the whole frame.
    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        self.separate()
        self.bytes.append(UInt8(ascii: "["))
        self.needsComma = false
        body(&self)
        self.bytes.append(UInt8(ascii: "]"))
        self.needsComma = true
    }

    package mutating func field(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        self.name(name)
        self.element(value)
    }

    package mutating func field(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        self.name(name)
        self.element(value)
    }

    package mutating func field(_ name: StaticString, _ value: Milli?) {
        guard let value else { return }
        self.name(name)
        self.element(value)
    }

    package mutating func field(_ name: StaticString, _ value: Bool?) {
        guard let value else { return }
        self.name(name)
        self.separate()
        self.bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func field(_ name: StaticString, _ value: DateTime?) {
        guard let value else { return }
        self.name(name)
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(contentsOf: value.utf8)
        self.bytes.append(UInt8(ascii: "\""))
    }

    package mutating func element(_ value: Int) {
        self.separate()
        self.digits(value)
    }

    package mutating func element(_ value: Milli) {
        self.separate()
        if value.thousandths < 0 { self.bytes.append(UInt8(ascii: "-")) }
        let magnitude = value.thousandths.magnitude
        self.digits(Int(clamping: magnitude / 1_000))
        var rest = Int(magnitude % 1_000)
        guard rest > 0 else { return }
        self.bytes.append(UInt8(ascii: "."))
        while rest > 0 {
            self.bytes.append(48 + UInt8(rest / 100))
            rest = rest % 100 * 10
        }
    }

    private mutating func digits(_ value: Int) {
        if value < 0 { self.bytes.append(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        let start = self.bytes.count
        repeat {
            self.bytes.append(48 + UInt8(magnitude % 10))
            magnitude /= 10
        } while magnitude > 0
        self.bytes[start...].reverse()
    }

    package mutating func element(_ value: String) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                self.bytes.append(UInt8(ascii: "\\"))
                self.bytes.append(byte)
            case 0..<0x20:
                let hex = Array("0123456789abcdef".utf8)
                self.bytes.append(contentsOf: "\\u00".utf8)
                self.bytes.append(hex[Int(byte >> 4)])
                self.bytes.append(hex[Int(byte & 15)])
            default:
                self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }
}
