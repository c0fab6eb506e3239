/// Puts the frames of a WebSocket together (RFC 6455): order of fragments, compression, UTF-8, close codes. What a
/// single header can say wrong was refused by ``FrameReader``. Pure; who inflates is an argument.
struct MessageAssembler {
    enum Opcode {
        case continuation
        case text
        case binary
        case close
        case ping
        case pong
        case reserved
    }

    /// A frame that was unmasked already.
    struct Piece: Equatable {
        var opcode: Opcode
        var isFinal: Bool
        /// Bit RSV1: the message that starts here is compressed.
        var isCompressed = false
        var bytes: [UInt8]
    }

    enum Verdict: Equatable {
        case message([UInt8])
        case more
        case ping([UInt8])
        case pong([UInt8])
        /// The peer closes; answer with the code, nil = none was given.
        case closing(UInt16?)
        /// Close with the code: the peer broke a rule.
        case breach(UInt16, String)
    }

    static let mostFragments = 16
    static let mostBytes = 262_144

    private var parts: [UInt8]?
    private var isCompressed = false
    private var count = 0

    /// True in the middle of a message.
    var isOpen: Bool { self.parts != nil }

    mutating func take(
        _ piece: Piece, inflate: ([UInt8]) -> DeflateCodec.Inflated = { _ in .malformed }
    ) -> Verdict {
        switch piece.opcode {
        case .text:
            guard self.parts == nil else { return .breach(1002, "a message inside a message") }
            self.isCompressed = piece.isCompressed
            if piece.isFinal { return self.whole(piece.bytes, inflate) }
            self.parts = []
            self.count = 0
            return self.append(piece, inflate)
        case .continuation:
            guard self.parts != nil else { return .breach(1002, "a continuation of nothing") }
            return self.append(piece, inflate)
        case .binary: return .breach(1003, "OCPP-J is text")
        case .ping: return .ping(piece.bytes)
        case .pong: return .pong(piece.bytes)
        case .close: return self.closing(piece.bytes)
        case .reserved: return .breach(1002, "reserved opcode")
        }
    }

    private mutating func append(_ piece: Piece, _ inflate: ([UInt8]) -> DeflateCodec.Inflated) -> Verdict {
        self.count += 1
        guard self.count <= Self.mostFragments else {
            return .breach(1008, "at most \(Self.mostFragments) fragments")
        }
        self.parts?.append(contentsOf: piece.bytes)
        guard let parts = self.parts, parts.count <= Self.mostBytes else {
            return .breach(1009, FrameReader.tooLong)
        }
        guard piece.isFinal else { return .more }
        self.parts = nil
        return self.whole(parts, inflate)
    }

    private func whole(_ bytes: [UInt8], _ inflate: ([UInt8]) -> DeflateCodec.Inflated) -> Verdict {
        guard bytes.count <= Self.mostBytes else { return .breach(1009, FrameReader.tooLong) }
        guard self.isCompressed else { return Self.text(bytes) }
        switch inflate(bytes) {
        case .message(let message): return Self.text(message)
        case .tooBig: return .breach(1009, FrameReader.tooLong)
        case .malformed: return .breach(1007, "compressed wrongly")
        }
    }

    private static func text(_ bytes: [UInt8]) -> Verdict {
        self.isUTF8(bytes) ? .message(bytes) : .breach(1007, "invalid UTF-8")
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        if bytes.allSatisfy({ $0 < 0x80 }) { return true }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    private func closing(_ bytes: [UInt8]) -> Verdict {
        if bytes.isEmpty { return .closing(nil) }
        guard bytes.count >= 2 else { return .breach(1002, "a close code has two bytes") }
        let code = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: return .breach(1002, "close code \(code) is never sent")
        }
        return Self.isUTF8(Array(bytes[2...])) ? .closing(code) : .breach(1007, "invalid UTF-8")
    }
}
