/// What few of many have: where there is none it takes a word, and else it lies elsewhere in memory. It is written down as
/// an optional is.
@propertyWrapper
struct Seldom<Value: Sendable>: Sendable {
    /// None or one.
    private var box: [Value]

    init(wrappedValue: Value?) {
        self.box = wrappedValue.map { [$0] } ?? []
    }

    var wrappedValue: Value? {
        @inline(__always) get { self.box.isEmpty ? nil : self.box[0] }
        @inline(__always) set {
            if let newValue {
                if self.box.isEmpty { self.box = [newValue] } else { self.box[0] = newValue }
            } else if !self.box.isEmpty {
                self.box = []
            }
        }
    }
}

extension Seldom: Codable where Value: Codable {
    init(from decoder: any Decoder) throws {
        self.init(wrappedValue: try Value?(from: decoder))
    }

    func encode(to encoder: any Encoder) throws {
        try self.wrappedValue.encode(to: encoder)
    }
}

extension KeyedEncodingContainer {
    mutating func encode<Value: Codable>(_ value: Seldom<Value>, forKey key: Key) throws {
        try self.encodeIfPresent(value.wrappedValue, forKey: key)
    }
}

extension KeyedDecodingContainer {
    func decode<Value: Codable>(_ type: Seldom<Value>.Type, forKey key: Key) throws -> Seldom<Value> {
        Seldom(wrappedValue: try self.decodeIfPresent(Value.self, forKey: key))
    }
}
