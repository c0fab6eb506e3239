/// An enumeration of the specification that our code decides by; its words are its raw values.
package protocol WordValue: FieldValue, RawRepresentable<String>, CaseIterable {
    /// Words that only 2.1 has.
    static var new: [Self] { get }
}

extension WordValue {
    package static var new: [Self] { [] }

    private static func words(in version: OCPPVersion) -> [Self] {
        self.allCases.filter { version == .v21 || !self.new.contains($0) }
    }

    package init(field json: JSONValue, _ name: StaticString) throws(OCPPError) {
        guard let text = json.string else { throw Self.wrong(name, "a string") }
        guard let word = Self(rawValue: text) else {
            throw OCPPError(.propertyConstraintViolation, "\(name) '\(text.prefix(40))' is unknown")
        }
        self = word
    }

    package func write(element out: inout JSONWriter) { out.element(self.rawValue) }

    package func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError? {
        guard version != .v21, Self.new.contains(self) else { return nil }
        return OCPPError(.propertyConstraintViolation, "\(name) '\(self.rawValue)' is unknown to \(version.number)")
    }

    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        ["\(path) string \(need) words=" + self.words(in: version).map(\.rawValue).sorted().joined(separator: "|")]
    }
}
