/// Takes parts of a value that is too large to be written down at once: where an encoder carries one in its `userInfo`,
/// large collections go there, part by part, and only the places of their parts stay in the value.
public protocol PartSink: Sendable {
    /// Writes a part down.
    /// - Returns: its place, counted from 0, for ``PartSource``.
    func put(_ part: some Encodable) throws -> Int
}

/// Gives back what a ``PartSink`` took.
public protocol PartSource: Sendable {
    func part<Value: Decodable>(_ place: Int) throws -> Value
}

extension CodingUserInfoKey {
    /// The `PartSink` of an encoder, the `PartSource` of a decoder; without them collections are written whole.
    public static let partSink = named("headroom.part.sink")
    public static let partSource = named("headroom.part.source")

    private static func named(_ name: String) -> CodingUserInfoKey {
        guard let key = CodingUserInfoKey(rawValue: name) else { preconditionFailure("any text is a key") }
        return key
    }
}

/// A collection as it is written down: in parts of some hundred elements where there is a sink, as an array else. Its
/// elements are asked for a part at a time, so that a lazy collection never stands whole in memory.
public struct Parted<Elements: RandomAccessCollection>: Encodable where Elements.Element: Encodable {
    private let elements: Elements
    private let most: Int

    /// - Parameter most: elements of a part.
    public init(_ elements: Elements, most: Int = 512) {
        self.elements = elements
        self.most = most
    }

    public func encode(to encoder: any Encoder) throws {
        guard let sink = encoder.userInfo[.partSink] as? any PartSink else {
            var list = encoder.unkeyedContainer()
            for element in self.elements { try list.encode(element) }
            return
        }
        var places: [Int] = []
        var rest = self.elements[...]
        while !rest.isEmpty {
            places.append(try sink.put(Array(rest.prefix(self.most))))
            rest = rest.dropFirst(self.most)
        }
        try PartPlaces(parts: places).encode(to: encoder)
    }
}

/// What stands in a value for a collection that lies elsewhere.
private struct PartPlaces: Codable {
    var parts: [Int]
}

extension Decoder {
    /// The elements of what ``Parted`` wrote, in either form.
    public func parted<Element: Decodable>(_ type: Element.Type) throws -> [Element] {
        try self.elements(type) ?? [Element](from: self)
    }

    /// Nil where they do not lie elsewhere.
    fileprivate func elements<Element: Decodable>(_: Element.Type) throws -> [Element]? {
        guard let source = self.userInfo[.partSource] as? any PartSource,
            let places = try? PartPlaces(from: self)
        else { return nil }
        return try places.parts.flatMap { try source.part($0) as [Element] }
    }
}

/// An array that is written down by ``Parted``.
@propertyWrapper public struct InParts<Element: Codable & Sendable>: Codable, Sendable {
    public var wrappedValue: [Element]

    public init(wrappedValue: [Element]) { self.wrappedValue = wrappedValue }
    public init(from decoder: any Decoder) throws { self.wrappedValue = try decoder.parted(Element.self) }
    public func encode(to encoder: any Encoder) throws { try Parted(self.wrappedValue).encode(to: encoder) }
}

/// An array of large elements: each is a part.
@propertyWrapper public struct EachInParts<Element: Codable & Sendable>: Codable, Sendable {
    public var wrappedValue: [Element]

    public init(wrappedValue: [Element]) { self.wrappedValue = wrappedValue }
    public init(from decoder: any Decoder) throws { self.wrappedValue = try decoder.parted(Element.self) }
    public func encode(to encoder: any Encoder) throws { try Parted(self.wrappedValue, most: 1).encode(to: encoder) }
}

/// An array of arrays, each of which is written down by ``Parted``.
@propertyWrapper public struct RowsInParts<Element: Codable & Sendable>: Codable, Sendable {
    public var wrappedValue: [[Element]]

    public init(wrappedValue: [[Element]]) { self.wrappedValue = wrappedValue }
    public init(from decoder: any Decoder) throws {
        self.wrappedValue = try [InParts<Element>](from: decoder).map(\.wrappedValue)
    }
    public func encode(to encoder: any Encoder) throws {
        try self.wrappedValue.map(InParts.init(wrappedValue:)).encode(to: encoder)
    }
}

/// A dictionary whose pairs are written down by ``Parted`` where there is a sink, and as a dictionary else.
@propertyWrapper
public struct PairsInParts<Key: Codable & Hashable & Sendable, Value: Codable & Sendable>: Codable, Sendable {
    public var wrappedValue: [Key: Value]

    private struct Pair: Codable {
        var key: Key
        var value: Value
    }

    public init(wrappedValue: [Key: Value]) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        guard let pairs = try decoder.elements(Pair.self) else {
            self.wrappedValue = try [Key: Value](from: decoder)
            return
        }
        self.wrappedValue = Dictionary(pairs.map { ($0.key, $0.value) }) { _, later in later }
    }

    public func encode(to encoder: any Encoder) throws {
        guard encoder.userInfo[.partSink] is any PartSink else { return try self.wrappedValue.encode(to: encoder) }
        try Parted(Array(self.wrappedValue).lazy.map { Pair(key: $0.key, value: $0.value) }).encode(to: encoder)
    }
}

extension InParts: Equatable where Element: Equatable {}
extension InParts: Hashable where Element: Hashable {}
