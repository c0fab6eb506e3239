/// A parsed JSON text: the bytes, and a flat list of where each value begins and ends. One pass checks the
/// grammar, UTF-8, depth, size and doubled keys; lookups afterwards touch only what they need.
package final class JSONDocument: Sendable {
    enum NodeKind: UInt8, Sendable {
        case object
        case array
        case string
        /// A string with `\` in it.
        case escaped
        case number
        case yes
        case no
        case null
    }
    struct Node: Sendable {
        var kind: NodeKind
        /// First byte of the value and the one after its last; quotes are left out of strings.
        var start: UInt32
        var end: UInt32
        /// Index of the node that follows this value and all inside it.
        var next: UInt32
    }
    /// What is accepted at most.
    package static let mostBytes = 262_144
    package static let mostDepth = 16
    package static let mostNodes = 16_384
    package static let mostKeys = 128

    let bytes: [UInt8]
    let nodes: [Node]
    /// Whose fields are looked for.
    let version: OCPPVersion
    /// Bounds, words and unknown fields are complained about, too (``Table``).
    let isStrict: Bool

    init(bytes: [UInt8], nodes: [Node], version: OCPPVersion = .v21, isStrict: Bool = false) {
        self.bytes = bytes
        self.nodes = nodes
        self.version = version
        self.isStrict = isStrict
    }

    /// `{}`.
    static let empty = JSONDocument(
        bytes: [0x7B, 0x7D], nodes: [Node(kind: .object, start: 0, end: 2, next: 1)])

    /// The outermost value.
    package var root: JSONValue { JSONValue(document: self, index: 0) }

    /// Parses `bytes`, or says why not; what was read before the fault is kept, so that a frame's id can
    /// still be answered.
    package static func parse(
        _ bytes: [UInt8], version: OCPPVersion = .v21, isStrict: Bool = false
    ) -> (document: JSONDocument, fault: JSONFault?) {
        guard bytes.count <= self.mostBytes else {
            return (
                JSONDocument(bytes: [], nodes: []), JSONFault(kind: .tooLarge, offset: bytes.count)
            )
        }
        var parser = JSONParser(bytes: bytes)
        let fault = parser.run()
        return (JSONDocument(bytes: bytes, nodes: parser.nodes, version: version, isStrict: isStrict), fault)
    }
}

/// Why a text is no JSON that we take.
package struct JSONFault: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case malformed = "malformed JSON"
        case tooLarge = "too large"
        case tooDeep = "nested too deep"
        case duplicateKey = "a doubled key"
        case invalidUTF8 = "invalid UTF-8"
    }
    package var kind: Kind
    /// Byte at which it was noticed.
    package var offset: Int

    package init(kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    package var message: String { "\(self.kind.rawValue) at byte \(self.offset)" }
}
