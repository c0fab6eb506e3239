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

    mutating func name(_ name: StaticString) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { unsafe self.bytes.append(contentsOf: $0) }
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(UInt8(ascii: ":"))
        self.needsComma = false
    }

    /// JSON as it stands, without a comma before it.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { unsafe self.bytes.append(contentsOf: $0) }
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
        self.element(value)
    }

    package mutating func field(_ name: StaticString, _ value: DateTime?) {
        guard let value else { return }
        self.name(name)
        self.element(value)
    }

    package mutating func element(_ value: Bool) {
        self.separate()
        self.raw(value ? "true" : "false")
    }

    package mutating func element(_ value: DateTime) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        value.append(to: &self.bytes)
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// A value that is JSON already.
    mutating func element(json: [UInt8]) {
        self.separate()
        self.bytes.append(contentsOf: json)
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
        let magnitude = value.magnitude
        var divisor: UInt = 1
        while magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            self.bytes.append(48 + UInt8(magnitude / divisor % 10))
            divisor /= 10
        }
    }

    package mutating func element(_ value: String) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            unsafe self.append(escaping: text)
        }
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// Pieces without anything to escape are taken as a whole.
    private mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in 0..<text.count {
            let byte = unsafe text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            unsafe self.bytes.append(contentsOf: text[start..<index])
            start = index + 1
            self.escape(byte)
        }
        unsafe self.bytes.append(contentsOf: text[start...])
    }

    private mutating func escape(_ byte: UInt8) {
        self.bytes.append(UInt8(ascii: "\\"))
        guard byte < 0x20 else { return self.bytes.append(byte) }
        let low = byte & 15
        self.raw("u00")
        self.bytes.append(48 + byte >> 4)
        self.bytes.append(low < 10 ? 48 + low : 87 + low)
    }
}
