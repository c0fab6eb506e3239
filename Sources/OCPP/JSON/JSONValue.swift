/// A value inside a ``JSONDocument``. Reading is lenient: `null` counts as absent, a number may come as a
/// string and the other way round; unknown fields are never looked at.
package struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    private var node: JSONDocument.Node { self.document.nodes[self.index] }
    private var slice: ArraySlice<UInt8> {
        self.document.bytes[Int(self.node.start)..<Int(self.node.end)]
    }

    package var isObject: Bool { self.node.kind == .object }
    package var isArray: Bool { self.node.kind == .array }
    package var isNull: Bool { self.node.kind == .null }
    package var isNumber: Bool { self.node.kind == .number }
    package var isString: Bool { self.node.kind == .string || self.node.kind == .escaped }

    /// The field of that name; nil also for `null` and where this is no object.
    package subscript(_ name: StaticString) -> JSONValue? {
        guard self.isObject else { return nil }
        var key = self.index + 1
        let end = Int(self.node.next)
        while key < end {
            let node = self.document.nodes[key]
            if self.matches(node, name) {
                let value = JSONValue(document: self.document, index: key + 1)
                return value.isNull ? nil : value
            }
            key = Int(self.document.nodes[key + 1].next)
        }
        return nil
    }

    private func matches(_ node: JSONDocument.Node, _ name: StaticString) -> Bool {
        if node.kind == .escaped {
            return JSONText.decoded(self.document.bytes, node) == "\(name)"
        }
        guard Int(node.end - node.start) == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { buffer in
            unsafe buffer.elementsEqual(self.document.bytes[Int(node.start)..<Int(node.end)])
        }
    }

    /// The elements of an array; empty for anything else.
    package var elements: [JSONValue] {
        guard self.isArray else { return [] }
        var found: [JSONValue] = []
        var child = self.index + 1
        let end = Int(self.node.next)
        while child < end {
            found.append(JSONValue(document: self.document, index: child))
            child = Int(self.document.nodes[child].next)
        }
        return found
    }

    /// The keys of an object, in their order; empty for anything else.
    package var keys: [String] { self.pairs.map { JSONText.decoded(self.document.bytes, self.document.nodes[$0]) } }

    /// The values of an object, in the order of ``keys``.
    package var members: [JSONValue] { self.pairs.map { JSONValue(document: self.document, index: $0 + 1) } }

    /// Where the keys of an object stand.
    private var pairs: [Int] {
        guard self.isObject else { return [] }
        var found: [Int] = []
        var key = self.index + 1
        while key < Int(self.node.next) {
            found.append(key)
            key = Int(self.document.nodes[key + 1].next)
        }
        return found
    }

    /// The bytes of the value, quotes and all.
    package var text: [UInt8] {
        let (start, end) = (Int(self.node.start), Int(self.node.end))
        return Array(self.document.bytes[self.isString ? start - 1..<end + 1 : start..<end])
    }

    package var string: String? {
        switch self.node.kind {
        case .string, .escaped: JSONText.decoded(self.document.bytes, self.node)
        case .number: String(decoding: self.slice, as: UTF8.self)
        default: nil
        }
    }

    package var number: Milli? {
        switch self.node.kind {
        case .number, .string: Milli(text: self.slice)
        default: nil
        }
    }

    /// A whole number, also written `7.0`.
    package var int: Int? {
        guard let number = self.number, number.thousandths % 1_000 == 0 else { return nil }
        return number.thousandths / 1_000
    }

    package var bool: Bool? {
        switch self.node.kind {
        case .yes: true
        case .no: false
        case .string:
            switch String(decoding: self.slice, as: UTF8.self).lowercased() {
            case "true": true
            case "false": false
            default: nil
            }
        default: nil
        }
    }

    package var dateTime: DateTime? { self.string.flatMap { DateTime($0) } }
}

/// Reading fields with OCPP's own complaints.
extension JSONValue {
    private func absent(_ name: StaticString) -> OCPPError {
        OCPPError(.occurrenceConstraintViolation, "\(name) is missing")
    }

    private func wrong(_ name: StaticString, _ wanted: String) -> OCPPError {
        OCPPError(.typeConstraintViolation, "\(name) must be \(wanted)")
    }

    private func need<Value>(_ value: Value?, _ name: StaticString) throws(OCPPError) -> Value {
        guard let value else { throw self.absent(name) }
        return value
    }

    package func optionalString(_ name: StaticString) throws(OCPPError) -> String? {
        guard let value = self[name] else { return nil }
        guard let string = value.string else { throw self.wrong(name, "a string") }
        return string
    }

    package func string(_ name: StaticString) throws(OCPPError) -> String {
        try self.need(self.optionalString(name), name)
    }

    package func optionalInt(_ name: StaticString) throws(OCPPError) -> Int? {
        guard let value = self[name] else { return nil }
        guard let int = value.int else { throw self.wrong(name, "a whole number") }
        return int
    }

    package func int(_ name: StaticString) throws(OCPPError) -> Int {
        try self.need(self.optionalInt(name), name)
    }

    package func optionalNumber(_ name: StaticString) throws(OCPPError) -> Milli? {
        guard let value = self[name] else { return nil }
        guard let number = value.number else { throw self.wrong(name, "a number") }
        return number
    }

    package func number(_ name: StaticString) throws(OCPPError) -> Milli {
        try self.need(self.optionalNumber(name), name)
    }

    package func optionalBool(_ name: StaticString) throws(OCPPError) -> Bool? {
        guard let value = self[name] else { return nil }
        guard let bool = value.bool else { throw self.wrong(name, "true or false") }
        return bool
    }

    package func optionalDateTime(_ name: StaticString) throws(OCPPError) -> DateTime? {
        guard let value = self[name] else { return nil }
        guard value.isString else { throw self.wrong(name, "a date-time string") }
        guard let time = value.dateTime else {
            throw OCPPError(.propertyConstraintViolation, "\(name) must be a date-time of RFC 3339")
        }
        return time
    }

    package func dateTime(_ name: StaticString) throws(OCPPError) -> DateTime {
        try self.need(self.optionalDateTime(name), name)
    }

    package func optionalObject<Value: Payload>(
        _ name: StaticString, _ type: Value.Type = Value.self
    ) throws(OCPPError) -> Value? {
        guard let value = self[name] else { return nil }
        guard value.isObject else { throw self.wrong(name, "an object") }
        return try Value(value)
    }

    package func object<Value: Payload>(
        _ name: StaticString, _ type: Value.Type = Value.self
    ) throws(OCPPError) -> Value {
        try self.need(self.optionalObject(name), name)
    }

    /// The objects of an array; absent reads as empty.
    package func objects<Value: Payload>(
        _ name: StaticString, _ type: Value.Type = Value.self, atLeast: Int = 0
    ) throws(OCPPError) -> [Value] {
        guard let value = self[name] else {
            if atLeast > 0 { throw self.absent(name) }
            return []
        }
        guard value.isArray else { throw self.wrong(name, "an array") }
        var found: [Value] = []
        for element in value.elements {
            guard element.isObject else { throw self.wrong(name, "an array of objects") }
            found.append(try Value(element))
        }
        guard found.count >= atLeast else {
            throw OCPPError(.occurrenceConstraintViolation, "\(name) needs \(atLeast) or more")
        }
        return found
    }

    package func strings(_ name: StaticString) throws(OCPPError) -> [String] {
        guard let value = self[name] else { return [] }
        guard value.isArray else { throw self.wrong(name, "an array") }
        return value.elements.compactMap(\.string)
    }

    /// An enumeration of ours; a word outside it is refused.
    package func optionalWord<Word: RawRepresentable<String>>(
        _ name: StaticString, _ type: Word.Type = Word.self
    ) throws(OCPPError) -> Word? {
        guard let text = try self.optionalString(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw OCPPError(.propertyConstraintViolation, "\(name) '\(text.prefix(40))' is unknown")
        }
        return word
    }

    package func word<Word: RawRepresentable<String>>(
        _ name: StaticString, _ type: Word.Type = Word.self
    ) throws(OCPPError) -> Word {
        try self.need(self.optionalWord(name), name)
    }
}
