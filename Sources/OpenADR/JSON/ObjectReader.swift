/// Reads the members of one JSON object by name and says where and what was wrong.
/// A member that is null counts as absent (fact sheet 1.9, defect 9).
struct ObjectReader {
    let object: JSONObject
    let path: String

    init(_ value: JSON, path: String) throws {
        guard let object = value.object else {
            throw OpenADRError(.invalid, "\(path): send an object")
        }
        self.init(object, path: path)
    }

    init(_ object: JSONObject, path: String) {
        self.object = object
        self.path = path
    }

    func place(_ name: String) -> String { self.path.isEmpty ? name : "\(self.path).\(name)" }

    func invalid(_ name: String, _ wanted: String) -> OpenADRError {
        OpenADRError(.invalid, "\(self.place(name)): send \(wanted)")
    }

    /// The value of a member, nil where it is absent or null.
    func value(_ name: String) -> JSON? {
        guard let value = self.object[name], value != .null else { return nil }
        return value
    }

    func required<Value>(_ name: String, _ value: Value?) throws -> Value {
        guard let value else {
            throw OpenADRError(.missing, "\(self.place(name)) is missing: it is required")
        }
        return value
    }

    /// Text of 1 … `limit` characters.
    func text(_ name: String, limit: Int = 128) throws -> String? {
        guard let value = self.value(name) else { return nil }
        guard let text = value.string, (1...limit).contains(text.unicodeScalars.count) else {
            throw self.invalid(name, "text of 1 to \(limit) characters")
        }
        return text
    }

    func objectID(_ name: String) throws -> ObjectID? {
        guard let value = self.value(name) else { return nil }
        guard let text = value.string, let id = ObjectID(text) else {
            throw self.invalid(name, "an id of 1 to 128 letters, digits, - and _")
        }
        return id
    }

    func int(_ name: String, in range: ClosedRange<Int> = -2_147_483_648...2_147_483_647) throws
        -> Int?
    {
        guard let value = self.value(name) else { return nil }
        guard let number = value.number?.int, range.contains(number) else {
            throw self.invalid(
                name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func number(_ name: String) throws -> JSONNumber? {
        guard let value = self.value(name) else { return nil }
        guard let number = value.number else { throw self.invalid(name, "a number") }
        return number
    }

    func bool(_ name: String) throws -> Bool? {
        guard let value = self.value(name) else { return nil }
        guard let truth = value.bool else { throw self.invalid(name, "true or false") }
        return truth
    }

    func dateTime(_ name: String) throws -> DateTime? {
        guard let value = self.value(name) else { return nil }
        guard let text = value.string, let time = DateTime(text) else {
            throw self.invalid(name, "a date-time such as 2026-11-26T10:00:00Z")
        }
        return time
    }

    func duration(_ name: String) throws -> ISODuration? {
        guard let value = self.value(name) else { return nil }
        guard let text = value.string, let duration = ISODuration(text), !duration.isNegative else {
            throw self.invalid(name, "a duration ≥ 0 such as PT15M")
        }
        return duration
    }

    func list<Element>(
        _ name: String, _ element: (JSON, String) throws -> Element
    ) throws -> [Element]? {
        guard let value = self.value(name) else { return nil }
        guard let elements = value.array else { throw self.invalid(name, "a list") }
        return try elements.enumerated().map {
            try element($0.element, "\(self.place(name))[\($0.offset)]")
        }
    }

    func texts(_ name: String) throws -> [String]? {
        try self.list(name) { value, path in
            guard let text = value.string, (1...128).contains(text.unicodeScalars.count) else {
                throw OpenADRError(.invalid, "\(path): send text of 1 to 128 characters")
            }
            return text
        }
    }

    func valuesMaps(_ name: String) throws -> [ValuesMap]? {
        try self.list(name) { try ValuesMap(json: $0, path: $1) }
    }

    func intervalPeriod(_ name: String = "intervalPeriod") throws -> IntervalPeriod? {
        guard let value = self.value(name) else { return nil }
        return try IntervalPeriod(json: value, path: self.place(name))
    }
}

extension JSON {
    static func texts(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }
}
