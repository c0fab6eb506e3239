import Foundation
import Yams

/// A `Decoder` over a YAML node that notes each key it was asked for.
struct NodeDecoder: Decoder {
    var node: Node
    var codingPath: [any CodingKey]
    var usage: KeyUsage
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The path under which ``KeyUsage`` knows this node.
    var place: String { self.codingPath.map { "/" + $0.stringValue }.joined() }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .mapping(let mapping) = self.node else {
            // An empty document or `key:` with nothing behind it is a mapping without keys.
            if self.node.null != nil || self.node.string == "" || (self.node.sequence?.isEmpty ?? false) {
                return KeyedDecodingContainer(KeyedNodes(decoder: self, nodes: [:]))
            }
            throw self.mismatch("expected a mapping of keys")
        }
        var nodes: [String: Node] = [:]
        for (key, value) in mapping {
            if let name = key.string { nodes[name] = value }
        }
        return KeyedDecodingContainer(KeyedNodes(decoder: self, nodes: nodes))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .sequence(let sequence) = self.node else { throw self.mismatch("expected a list") }
        return NodeList(decoder: self, nodes: Array(sequence))
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        SingleNode(decoder: self)
    }

    func mismatch(_ what: String) -> DecodingError {
        let line = self.node.mark.map { " (line \($0.line))" } ?? ""
        return .typeMismatch(
            Node.self, .init(codingPath: self.codingPath, debugDescription: what + line))
    }

    func child(_ key: any CodingKey, _ node: Node) -> NodeDecoder {
        NodeDecoder(node: node, codingPath: self.codingPath + [key], usage: self.usage)
    }

    /// A scalar, read as YAML's core schema reads it.
    func scalar<Value: ScalarConstructible>(_ type: Value.Type, _ name: String) throws -> Value {
        guard case .scalar(let scalar) = self.node, let value = Value.construct(from: scalar) else {
            throw self.mismatch("expected \(name)")
        }
        return value
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        let wide = try self.scalar(Int.self, "a whole number")
        guard let value = Value(exactly: wide) else {
            throw self.mismatch("expected a whole number from \(Value.min) to \(Value.max)")
        }
        return value
    }

    func text() throws -> String {
        guard let text = self.node.string else { throw self.mismatch("expected text") }
        return text
    }

    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try Value(from: self)
    }
}

/// A key that is an index.
private struct IndexKey: CodingKey {
    var index: Int
    var stringValue: String { String(self.index) }
    var intValue: Int? { self.index }

    init(_ index: Int) { self.index = index }
    init?(stringValue: String) { return nil }
    init?(intValue: Int) { self.index = intValue }
}

private struct KeyedNodes<Key: CodingKey>: KeyedDecodingContainerProtocol {
    var decoder: NodeDecoder
    var nodes: [String: Node]
    var codingPath: [any CodingKey] { self.decoder.codingPath }
    var allKeys: [Key] { self.nodes.keys.sorted().compactMap(Key.init(stringValue:)) }

    func contains(_ key: Key) -> Bool {
        self.decoder.usage.note(self.decoder.place + "/" + key.stringValue)
        return self.nodes[key.stringValue] != nil
    }

    private func at(_ key: Key) throws -> NodeDecoder {
        guard self.contains(key), let node = self.nodes[key.stringValue] else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: self.codingPath, debugDescription: "missing"))
        }
        return self.decoder.child(key, node)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try self.at(key).node.null != nil }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        try self.at(key).scalar(Bool.self, "true or false")
    }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try self.at(key).text() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try self.at(key).scalar(Double.self, "a number")
    }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
        Float(try self.at(key).scalar(Double.self, "a number"))
    }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try self.at(key).integer(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try self.at(key).integer(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try self.at(key).integer(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try self.at(key).integer(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try self.at(key).integer(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try self.at(key).integer(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try self.at(key).integer(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try self.at(key).integer(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try self.at(key).integer(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try self.at(key).integer(type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try self.at(key).value(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try self.at(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try self.at(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { self.decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { try self.at(key) }
}

private struct NodeList: UnkeyedDecodingContainer {
    var decoder: NodeDecoder
    var nodes: [Node]
    var currentIndex = 0
    var codingPath: [any CodingKey] { self.decoder.codingPath }
    var count: Int? { self.nodes.count }
    var isAtEnd: Bool { self.currentIndex >= self.nodes.count }

    init(decoder: NodeDecoder, nodes: [Node]) {
        self.decoder = decoder
        self.nodes = nodes
    }

    private mutating func next() throws -> NodeDecoder {
        guard !self.isAtEnd else { throw self.decoder.mismatch("expected one more element") }
        let index = self.currentIndex
        self.currentIndex += 1
        return self.decoder.child(IndexKey(index), self.nodes[index])
    }

    mutating func decodeNil() throws -> Bool {
        guard !self.isAtEnd, self.nodes[self.currentIndex].null != nil else { return false }
        self.currentIndex += 1
        return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try self.next().value(type) }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try self.next().container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try self.next().unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder { try self.next() }
}

private struct SingleNode: SingleValueDecodingContainer {
    var decoder: NodeDecoder
    var codingPath: [any CodingKey] { self.decoder.codingPath }

    func decodeNil() -> Bool { self.decoder.node.null != nil }
    func decode(_ type: Bool.Type) throws -> Bool {
        try self.decoder.scalar(Bool.self, "true or false")
    }
    func decode(_ type: String.Type) throws -> String { try self.decoder.text() }
    func decode(_ type: Double.Type) throws -> Double {
        try self.decoder.scalar(Double.self, "a number")
    }
    func decode(_ type: Float.Type) throws -> Float {
        Float(try self.decoder.scalar(Double.self, "a number"))
    }
    func decode(_ type: Int.Type) throws -> Int { try self.decoder.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try self.decoder.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try self.decoder.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try self.decoder.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try self.decoder.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try self.decoder.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try self.decoder.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try self.decoder.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try self.decoder.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try self.decoder.integer(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try self.decoder.value(type) }
}
