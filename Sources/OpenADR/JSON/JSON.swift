/// A JSON value that comes back out as it went in: members keep their order, numbers their digits.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// The text of a string value, else nil.
    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The number of a number value, else nil.
    package var number: JSONNumber? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    /// The elements of an array value, else nil.
    package var array: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members of an object value, else nil.
    package var object: JSONObject? {
        guard case .object(let object) = self else { return nil }
        return object
    }

    /// The truth of a boolean value, else nil.
    package var bool: Bool? {
        guard case .bool(let truth) = self else { return nil }
        return truth
    }
}

/// The members of a JSON object in the order in which they were written.
package struct JSONObject: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One name with its value.
    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }
    package private(set) var members: [Member]

    package init(_ members: [Member] = []) {
        self.members = members
    }

    package init(dictionaryLiteral elements: (String, JSON)...) {
        self.members = elements.map { Member($0.0, $0.1) }
    }

    /// The value of a name, nil where it is absent. The last one wins where a name comes twice.
    /// Setting nil removes the member; setting a new name appends it.
    package subscript(name: String) -> JSON? {
        get { self.members.last { $0.name == name }?.value }
        set {
            guard let newValue else { return self.members.removeAll { $0.name == name } }
            if let index = self.members.lastIndex(where: { $0.name == name }) {
                self.members[index].value = newValue
            } else {
                self.members.append(Member(name, newValue))
            }
        }
    }

    /// Appends a member unless its value is nil: absent members are never written as null.
    package mutating func add(_ name: String, _ value: JSON?) {
        if let value { self.members.append(Member(name, value)) }
    }

    /// The members that `names` does not hold: what a type does not know and hands on untouched.
    package func without(_ names: Set<String>) -> JSONObject {
        JSONObject(self.members.filter { !names.contains($0.name) })
    }

    /// The same members, then those of `other`.
    package func appending(_ other: JSONObject) -> JSONObject {
        JSONObject(self.members + other.members)
    }
}

extension JSON {
    /// The same value without members that are null, at any depth: null means absent (fact sheet 1.9).
    package var withoutNulls: JSON {
        switch self {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.filter { $0.value != .null }
                        .map { JSONObject.Member($0.name, $0.value.withoutNulls) }))
        case .array(let elements):
            .array(elements.map(\.withoutNulls))
        default:
            self
        }
    }
}
