/// Writes little-endian integers and short strings.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(reserving count: Int = 256) {
        self.bytes.reserveCapacity(count)
    }

    public mutating func put<Value: FixedWidthInteger>(_ value: Value) {
        var rest = value
        for _ in 0..<Value.bitWidth / 8 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest))
            rest = rest >> 8
        }
    }

    public mutating func put(_ flag: Bool) { self.bytes.append(flag ? 1 : 0) }

    /// A length byte pair and UTF-8; longer strings are cut at 65,535 bytes by precondition.
    public mutating func put(_ text: String) {
        let utf8 = Array(text.utf8)
        precondition(utf8.count <= Int(UInt16.max), "ids and reasons are short")
        self.put(UInt16(utf8.count))
        self.bytes += utf8
    }

    public mutating func put(raw: some Collection<UInt8>) { self.bytes += raw }

    public mutating func put<Element>(list: [Element], _ write: (inout ByteWriter, Element) -> Void) {
        self.put(UInt32(list.count))
        for element in list { write(&self, element) }
    }
}

/// Reads what ``ByteWriter`` writes, checking every bound.
public struct ByteReader: Sendable {
    private let bytes: [UInt8]
    public private(set) var offset: Int

    public init(_ bytes: [UInt8], offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    public var left: Int { self.bytes.count - self.offset }

    public mutating func get<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) throws(FleetLinkError) -> Value {
        let width = Value.bitWidth / 8
        guard self.left >= width else { throw FleetLinkError(.truncated, "the frame ends early") }
        // Sound: the load checks its bounds, and every bit pattern of an integer is a value.
        let value = unsafe self.bytes.span.bytes.unsafeLoadUnaligned(
            fromByteOffset: self.offset, as: Value.self)
        self.offset += width
        return Value(littleEndian: value)
    }

    public mutating func flag() throws(FleetLinkError) -> Bool {
        let byte: UInt8 = try self.get()
        guard byte < 2 else { throw FleetLinkError(.malformed, "a flag is 0 or 1") }
        return byte == 1
    }

    public mutating func text(limit: Int = 1_024) throws(FleetLinkError) -> String {
        let count = Int(try self.get(UInt16.self))
        guard count <= limit else { throw FleetLinkError(.tooLarge, "a text of \(count) bytes") }
        guard self.left >= count else { throw FleetLinkError(.truncated, "the frame ends early") }
        let start = self.offset
        self.offset += count
        guard let text = try? UTF8Span(validating: self.bytes.span.extracting(start..<start + count)) else {
            throw FleetLinkError(.malformed, "a text is not UTF-8")
        }
        return String(copying: text)
    }

    public mutating func raw(_ count: Int) throws(FleetLinkError) -> [UInt8] {
        Array(try self.slice(count))
    }

    /// The next bytes where they lie: nothing is copied.
    public mutating func slice(_ count: Int) throws(FleetLinkError) -> ArraySlice<UInt8> {
        guard count >= 0, self.left >= count else { throw FleetLinkError(.truncated, "the frame ends early") }
        defer { self.offset += count }
        return self.bytes[self.offset..<self.offset + count]
    }

    public mutating func list<Element>(
        limit: Int, _ read: (inout ByteReader) throws(FleetLinkError) -> Element
    ) throws(FleetLinkError) -> [Element] {
        let count = Int(try self.get(UInt32.self))
        guard count <= limit, count <= self.left else { throw FleetLinkError(.tooLarge, "a list of \(count)") }
        var list: [Element] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try read(&self)) }
        return list
    }

    public func finished() throws(FleetLinkError) {
        guard self.left == 0 else { throw FleetLinkError(.malformed, "\(self.left) bytes too many") }
    }
}
