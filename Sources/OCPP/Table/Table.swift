/// One row of a message's table: a name of the specification, where it is kept, and what it must keep to.
/// A property that is optional is an optional field; every other one is required.
package struct Field<Root>: Sendable {
    let name: StaticString
    /// 2.0.1 does not have it.
    let isNew: Bool
    let read: @Sendable (JSONValue, inout Root) throws(OCPPError) -> Void
    let write: @Sendable (Root, inout JSONWriter) -> Void
    let fault: @Sendable (Root, OCPPVersion) -> OCPPError?
    let shape: @Sendable (String, OCPPVersion) -> [String]

    /// A required field. Rows are built once and read rarely: the optimiser is spared specialising thousands of them.
    @_optimize(none)
    init<Value: FieldValue>(
        _ name: StaticString, _ path: any WritableKeyPath<Root, Value> & Sendable, length: Int? = nil,
        length201: Int? = nil, least: Int? = nil, greatest: Int? = nil, items: ClosedRange<Int>? = nil,
        of words: [String] = [], new newWords: [String] = [], of201 words201: [String] = [],
        needed: [OCPPVersion] = [], since: OCPPVersion = .v201
    ) {
        let rule = FieldRule(
            length: length, length201: length201, least: least, greatest: greatest, items: items, words: words,
            newWords: newWords, words201: words201, needed: needed, isNew: since == .v21)
        self.name = name
        self.isNew = rule.isNew
        self.read = { json, root throws(OCPPError) in
            guard !Self.isStranger(rule, json) else { return }
            guard let value = json[name] else {
                if !rule.applies(to: json.document.version) { return }
                throw OCPPError(.occurrenceConstraintViolation, "\(name) is missing")
            }
            let read = try Value(field: value, name)
            if let fault = read.countFault(rule, name) { throw fault }
            root[keyPath: path] = read
        }
        self.write = { root, out in
            guard rule.applies(to: out.version) else { return }
            out.name(name)
            root[keyPath: path].write(element: &out)
        }
        self.fault = { root, version in
            rule.applies(to: version) ? root[keyPath: path].fault(rule, name, in: version) : nil
        }
        self.shape = { prefix, version in
            rule.applies(to: version) ? Value.shape(rule, prefix + "\(name)", "required", in: version) : []
        }
    }

    /// An optional field.
    @_optimize(none)
    init<Value: FieldValue>(
        _ name: StaticString, _ path: any WritableKeyPath<Root, Value?> & Sendable, length: Int? = nil,
        length201: Int? = nil, least: Int? = nil, greatest: Int? = nil, items: ClosedRange<Int>? = nil,
        of words: [String] = [], new newWords: [String] = [], of201 words201: [String] = [],
        needed: [OCPPVersion] = [], since: OCPPVersion = .v201
    ) {
        let rule = FieldRule(
            length: length, length201: length201, least: least, greatest: greatest, items: items, words: words,
            newWords: newWords, words201: words201, needed: needed, isNew: since == .v21)
        self.name = name
        self.isNew = rule.isNew
        self.read = { json, root throws(OCPPError) in
            guard !Self.isStranger(rule, json), let value = json[name] else { return }
            let read = try Value(field: value, name)
            if let fault = read.countFault(rule, name) { throw fault }
            root[keyPath: path] = read
        }
        self.write = { root, out in
            guard rule.applies(to: out.version), let value = root[keyPath: path] else { return }
            out.name(name)
            value.write(element: &out)
        }
        self.fault = { root, version in
            guard rule.applies(to: version) else { return nil }
            if root[keyPath: path] == nil, rule.needed.contains(version) {
                return OCPPError(.occurrenceConstraintViolation, "\(name) is missing")
            }
            return root[keyPath: path]?.fault(rule, name, in: version)
        }
        self.shape = { prefix, version in
            let need = rule.needed.contains(version) ? "required" : "optional"
            return rule.applies(to: version) ? Value.shape(rule, prefix + "\(name)", need, in: version) : []
        }
    }
}

extension Field {
    /// Fields of 2.1 are read on 2.0.1, too (stations speak drafts there), unless it is strict.
    fileprivate static func isStranger(_ rule: FieldRule, _ json: JSONValue) -> Bool {
        json.document.isStrict && !rule.applies(to: json.document.version)
    }

    /// An optional array that is kept as an empty one where it is absent.
    @_optimize(none)
    init<Element: FieldValue>(
        list name: StaticString, _ path: any WritableKeyPath<Root, [Element]> & Sendable, items: ClosedRange<Int>,
        length: Int? = nil, since: OCPPVersion = .v201
    ) {
        let rule = FieldRule(length: length, items: items, isNew: since == .v21)
        self.name = name
        self.isNew = rule.isNew
        self.read = { json, root throws(OCPPError) in
            guard !Self.isStranger(rule, json), let value = json[name] else { return }
            let read = try [Element](field: value, name)
            if let fault = read.countFault(rule, name) { throw fault }
            root[keyPath: path] = read
        }
        self.write = { root, out in
            guard rule.applies(to: out.version), !root[keyPath: path].isEmpty else { return }
            out.name(name)
            root[keyPath: path].write(element: &out)
        }
        self.fault = { root, version in
            let value = root[keyPath: path]
            return rule.applies(to: version) && !value.isEmpty ? value.fault(rule, name, in: version) : nil
        }
        self.shape = { prefix, version in
            rule.applies(to: version) ? [Element].shape(rule, prefix + "\(name)", "optional", in: version) : []
        }
    }
}

/// A message or a part of one that is declared as a table: reader, writer and validator read the same rows.
package protocol Table: Payload, FieldValue {
    init()
    static var fields: [Field<Self>] { get }
    /// What no single field shows.
    func conflict(in version: OCPPVersion) -> OCPPError?
}

/// A message of rows that is answered.
package protocol TableRequest: Table, Request {
    /// The words of its answer's status, where that is a status and no more.
    static var statuses: [String] { get }
    /// Those that only 2.1 has.
    static var newStatuses: [String] { get }
}

extension TableRequest {
    package static var statuses: [String] { ["Accepted", "Rejected"] }
    package static var newStatuses: [String] { [] }
}

extension Table {
    /// Filled in by a closure: `GetTariffsRequest { $0.evseId = 1 }`.
    package init(_ fill: (inout Self) -> Void) {
        self.init()
        fill(&self)
    }

    package init(_ json: JSONValue) throws(OCPPError) {
        self.init()
        for field in Self.fields { try field.read(json, &self) }
        guard json.document.isStrict else { return }
        if let fault = self.fault(in: json.document.version) { throw fault }
        if let stranger = Self.stranger(json) {
            throw OCPPError(.formatViolation, "\(stranger.prefix(40)) is no field here")
        }
    }

    private static func stranger(_ json: JSONValue) -> String? {
        let version = json.document.version
        let known = self.fields.filter { version == .v21 || !$0.isNew }
        return json.keys.first { key in key != "customData" && !known.contains { "\($0.name)" == key } }
    }

    package func write(to out: inout JSONWriter) {
        for field in Self.fields { field.write(self, &out) }
    }

    package func conflict(in version: OCPPVersion) -> OCPPError? { nil }

    package func fault(in version: OCPPVersion) -> OCPPError? {
        for field in Self.fields {
            if let fault = field.fault(self, version) { return fault }
        }
        return self.conflict(in: version)
    }

    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        ["\(path) object \(need)"] + self.fields.flatMap { $0.shape(path + ".", version) }
    }
}

/// What every object does as a field.
extension FieldValue where Self: Payload {
    package init(field json: JSONValue, _ name: StaticString) throws(OCPPError) {
        guard json.isObject else { throw Self.wrong(name, "an object") }
        try self.init(json)
    }

    package func write(element out: inout JSONWriter) {
        out.object { self.write(to: &$0) }
    }

    package func fault(_ rule: FieldRule, _ name: StaticString, in version: OCPPVersion) -> OCPPError? {
        self.fault(in: version)
    }

    /// Parts that are written by hand are held against the schemas by their golden frames.
    package static func shape(
        _ rule: FieldRule, _ path: String, _ need: String, in version: OCPPVersion
    ) -> [String] {
        ["\(path) object \(need)", "\(path).*"]
    }
}
