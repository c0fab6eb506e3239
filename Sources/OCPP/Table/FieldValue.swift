/// What a field of a table can hold.
package protocol FieldValue: Hashable, Sendable {
    /// - Throws: the complaint about a wrong type, or about what stands inside.
    init(field json: JSONValue, _ name: StaticString) throws(OCPPError)
    /// Writes it as an element.
    func write(element out: inout JSONWriter)
    /// What is wrong with it under the rule, if anything.
    func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError?
    /// Whether an array has as many elements as it may; nil for everything else.
    func countFault(_ rule: FieldRule, _ name: StaticString) -> OCPPError?
    /// Lines that say what may stand here, for the comparison with the published schemas.
    static func shape(_ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion) -> [String]
}

extension FieldValue {
    package func countFault(_ rule: FieldRule, _ name: StaticString) -> OCPPError? { nil }

    static func wrong(_ name: StaticString, _ wanted: String) -> OCPPError {
        OCPPError(.typeConstraintViolation, "\(name) must be \(wanted)")
    }
}

extension String: FieldValue {
    package init(field json: JSONValue, _ name: StaticString) throws(OCPPError) {
        guard let value = json.string else { throw Self.wrong(name, "a string") }
        self = value
    }

    package func write(element out: inout JSONWriter) { out.element(self) }

    package func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError? {
        if let most = rule.length(in: version), self.unicodeScalars.count > most {
            return OCPPError(.propertyConstraintViolation, "\(name) is longer than \(most)")
        }
        let words = rule.words(in: version)
        guard !words.isEmpty, !words.contains(self) else { return nil }
        return OCPPError(.propertyConstraintViolation, "\(name) '\(self.prefix(40))' is unknown")
    }

    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        let length = rule.length(in: version).map { " length=\($0)" } ?? ""
        let words = rule.words(in: version).sorted()
        return ["\(path) string \(need)\(length)" + (words.isEmpty ? "" : " words=" + words.joined(separator: "|"))]
    }
}

extension Int: FieldValue {
    package init(field json: JSONValue, _ name: StaticString) throws(OCPPError) {
        guard let value = json.int else { throw Self.wrong(name, "a whole number") }
        self = value
    }

    package func write(element out: inout JSONWriter) { out.element(self) }

    package func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError? {
        Milli(self).fault(rule, name, in: version)
    }

    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        ["\(path) integer \(need)\(rule.range)"]
    }
}

extension Milli: FieldValue {
    package init(field json: JSONValue, _ name: StaticString) throws(OCPPError) {
        guard let value = json.number else { throw Self.wrong(name, "a number") }
        self = value
    }

    package func write(element out: inout JSONWriter) { out.element(self) }

    package func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError? {
        if let least = rule.least, self < Milli(least) {
            return OCPPError(.propertyConstraintViolation, "\(name) is below \(least)")
        }
        if let greatest = rule.greatest, self > Milli(greatest) {
            return OCPPError(.propertyConstraintViolation, "\(name) is above \(greatest)")
        }
        return nil
    }

    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        ["\(path) number \(need)\(rule.range)"]
    }
}

extension FieldRule {
    fileprivate var range: String {
        (self.least.map { " least=\($0)" } ?? "") + (self.greatest.map { " greatest=\($0)" } ?? "")
    }
}

extension Bool: FieldValue {
    package init(field json: JSONValue, _ name: StaticString) throws(OCPPError) {
        guard let value = json.bool else { throw Self.wrong(name, "true or false") }
        self = value
    }

    package func write(element out: inout JSONWriter) { out.element(self) }
    package func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError? { nil }

    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        ["\(path) boolean \(need)"]
    }
}

extension DateTime: FieldValue {
    package init(field json: JSONValue, _ name: StaticString) throws(OCPPError) {
        guard json.isString else { throw Self.wrong(name, "a date-time string") }
        guard let value = json.dateTime else {
            throw OCPPError(.propertyConstraintViolation, "\(name) must be a date-time of RFC 3339")
        }
        self = value
    }

    package func write(element out: inout JSONWriter) { out.element(self) }
    package func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError? { nil }

    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        ["\(path) date-time \(need)"]
    }
}

extension Array: FieldValue where Element: FieldValue {
    package init(field json: JSONValue, _ name: StaticString) throws(OCPPError) {
        guard json.isArray else { throw Self.wrong(name, "an array") }
        var found: [Element] = []
        for element in json.elements { found.append(try Element(field: element, name)) }
        self = found
    }

    package func write(element out: inout JSONWriter) {
        out.array { out in
            for element in self { element.write(element: &out) }
        }
    }

    package func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError? {
        if let fault = self.countFault(rule, name) { return fault }
        for element in self {
            if let fault = element.fault(rule, name, in: version) { return fault }
        }
        return nil
    }

    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        let items = rule.items ?? 1...Int.max
        let most = items.upperBound == Int.max ? "" : "\(items.upperBound)"
        return Element.shape(rule, path + "[]", "\(need) items=\(items.lowerBound)..\(most)", in: version)
    }
}

extension Array where Element: FieldValue {
    package func countFault(_ rule: FieldRule, _ name: StaticString) -> OCPPError? {
        let items = rule.items ?? 1...Int.max
        guard !items.contains(self.count) else { return nil }
        let most = items.upperBound == Int.max ? "any number" : String(items.upperBound)
        return OCPPError(
            .occurrenceConstraintViolation, "\(name) has \(self.count) elements, wanted \(items.lowerBound) to \(most)")
    }
}

/// Any JSON, kept as it came (DataTransfer).
package struct AnyJSON: FieldValue {
    /// The bytes of one JSON value.
    package var bytes: [UInt8]

    /// A string.
    package init(_ text: String) {
        var out = JSONWriter(version: .v21)
        out.element(text)
        self.bytes = out.bytes
    }

    package init(field json: JSONValue, _ name: StaticString) throws(OCPPError) {
        self.bytes = json.text
    }

    package func write(element out: inout JSONWriter) { out.element(json: self.bytes) }
    package func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError? { nil }

    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        ["\(path) any \(need)"]
    }
}
