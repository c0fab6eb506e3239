import NIOCore

/// Cuts the bytes of a client into frames (RFC 6455, section 5.2) and refuses at the header what the rules forbid,
/// before a byte of payload is waited for. Holds nothing between frames.
struct FrameReader {
    enum Step {
        /// The frame is not whole yet.
        case more
        case piece(MessageAssembler.Piece)
        /// Close with the code: the peer broke a rule.
        case breach(UInt16, String)
    }

    /// Bit RSV1 may mark a compressed message.
    let allowsCompression: Bool
    private var buffer = ByteBuffer()

    init(allowsCompression: Bool) {
        self.allowsCompression = allowsCompression
    }

    /// Bytes of an unfinished frame that are held.
    var heldBytes: Int { self.buffer.readableBytes }

    mutating func append(_ bytes: consuming ByteBuffer) {
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            self.buffer.writeBuffer(&bytes)
        }
    }

    mutating func next() -> Step {
        let start = self.buffer.readerIndex
        guard let first: UInt8 = self.buffer.getInteger(at: start),
            let second: UInt8 = self.buffer.getInteger(at: start + 1)
        else { return self.rest() }
        let opcode = MessageAssembler.Opcode(first & 0x0F)
        if let reason = self.objection(first, second, opcode) { return .breach(1002, reason) }
        var length = Int(second & 0x7F)
        var header = 2
        if length == 126 {
            guard let wide: UInt16 = self.buffer.getInteger(at: start + 2) else { return self.rest() }
            guard wide > 125 else { return .breach(1002, "lengths are as short as they can be") }
            length = Int(wide)
            header = 4
        } else if length == 127 {
            guard let wide: UInt64 = self.buffer.getInteger(at: start + 2) else { return self.rest() }
            guard wide > 0xFFFF, wide < 1 << 63 else { return .breach(1002, "lengths are as short as they can be") }
            guard wide <= UInt64(MessageAssembler.mostBytes) else { return .breach(1009, Self.tooLong) }
            length = Int(wide)
            header = 10
        }
        guard self.buffer.readableBytes >= header + 4 + length else { return self.rest() }
        let piece = MessageAssembler.Piece(
            opcode: opcode, isFinal: first & 0x80 != 0, isCompressed: first & 0x40 != 0,
            bytes: self.unmasked(after: header, count: length))
        self.buffer.moveReaderIndex(forwardBy: header + 4 + length)
        return .piece(piece)
    }

    /// The payload behind header and key in one pass, eight bytes at a time. All of it is there.
    private func unmasked(after header: Int, count: Int) -> [UInt8] {
        unsafe self.buffer.withUnsafeReadableBytes { frame in
            let key = UInt64(unsafe frame.loadUnaligned(fromByteOffset: header, as: UInt32.self))
            let wide = key | key << 32
            let masked = unsafe UnsafeRawBufferPointer(rebasing: frame[(header + 4)..<(header + 4 + count)])
            return unsafe [UInt8](unsafeUninitializedCapacity: count) { target, made in
                let plain = UnsafeMutableRawBufferPointer(target)
                var at = 0
                while at + 8 <= count {
                    let word = unsafe masked.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                    unsafe plain.storeBytes(of: word ^ wide, toByteOffset: at, as: UInt64.self)
                    at += 8
                }
                while at < count {
                    unsafe plain[at] = masked[at] ^ UInt8(truncatingIfNeeded: key >> (8 * (at & 3)))
                    at += 1
                }
                made = count
            }
        }
    }

    static let tooLong = "at most \(MessageAssembler.mostBytes) bytes"

    /// What is wrong with the first two bytes.
    private func objection(_ first: UInt8, _ second: UInt8, _ opcode: MessageAssembler.Opcode) -> String? {
        if first & 0x30 != 0 { return "no extension was agreed on that uses reserved bits" }
        if opcode == .reserved { return "reserved opcode" }
        if first & 0x40 != 0 {
            guard self.allowsCompression else { return "no compression was agreed on" }
            guard opcode == .text || opcode == .binary else { return "only the first frame of a message is marked" }
        }
        if second & 0x80 == 0 { return "frames of a client are masked" }
        if opcode.isControl {
            if first & 0x80 == 0 { return "a control frame is one piece" }
            if second & 0x7F > 125 { return "a control frame has at most 125 bytes" }
        }
        return nil
    }

    /// Nothing more to take; an empty buffer lets go of its memory.
    private mutating func rest() -> Step {
        if self.buffer.readableBytes == 0 { self.buffer = ByteBuffer() }
        return .more
    }
}

extension MessageAssembler.Opcode {
    init(_ bits: UInt8) {
        self =
            switch bits {
            case 0: .continuation
            case 1: .text
            case 2: .binary
            case 8: .close
            case 9: .ping
            case 10: .pong
            default: .reserved
            }
    }

    /// As it stands in the first byte of a frame.
    var bits: UInt8 {
        switch self {
        case .continuation: 0
        case .text: 1
        case .binary: 2
        case .close: 8
        case .ping: 9
        case .pong: 10
        case .reserved: 15
        }
    }

    var isControl: Bool { self.bits & 8 != 0 }
}

/// Writes frames as a server does: whole and unmasked.
enum FrameWriter {
    static func frame(
        _ opcode: MessageAssembler.Opcode, _ payload: [UInt8], isCompressed: Bool = false,
        allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: payload.count + 10)
        buffer.writeInteger(0x80 | (isCompressed ? 0x40 : 0) | opcode.bits)
        if payload.count < 126 {
            buffer.writeInteger(UInt8(payload.count))
        } else if payload.count <= 0xFFFF {
            buffer.writeInteger(UInt8(126))
            buffer.writeInteger(UInt16(payload.count))
        } else {
            buffer.writeInteger(UInt8(127))
            buffer.writeInteger(UInt64(payload.count))
        }
        buffer.writeBytes(payload)
        return buffer
    }

    /// The payload of a close frame; nil = no code.
    static func closing(_ code: UInt16?, _ reason: String) -> [UInt8] {
        guard let code else { return [] }
        return [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.prefix(100).utf8.prefix(123))
    }
}
