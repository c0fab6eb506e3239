import CZlib

/// zlib for all connections of one event loop: messages are whole and no context is kept, so one stream in each
/// direction serves them all. Lives on its loop.
final class DeflateCodec {
    enum Inflated: Equatable {
        case message([UInt8])
        case malformed
        case tooBig
    }

    /// Little effort: what counts is the station's air time, not the last byte, and dispatch waits for it.
    private static let level: Int32 = 1
    private static let memory: Int32 = 6

    private var inflater: Stream?
    /// By window size; a peer that asks for a small window gets one of its own, so seven at most.
    private var deflaters: [Int: Stream] = [:]

    /// The message that `bytes` (without the tail 00 00 FF FF) stand for, at most `most` bytes long.
    func inflate(_ bytes: [UInt8], most: Int) -> Inflated {
        if self.inflater == nil { self.inflater = Stream.inflater() }
        guard let stream = self.inflater else { return .malformed }
        var code = 0
        // Grows with need: most messages are small, and a bomb stops at the bound.
        var room = min(max(bytes.count * 4, 1_024), most)
        while true {
            let message = unsafe [UInt8](unsafeUninitializedCapacity: room + 1) { target, count in
                code = unsafe stream.inflate(bytes, into: target, most: room)
                count = max(code, 0)
            }
            if code >= 0 { return .message(message) }
            guard code == Int(HEADROOM_ZLIB_TOO_BIG) else { return .malformed }
            guard room < most else { return .tooBig }
            room = min(room * 8, most)
        }
    }

    /// `bytes` compressed, or nil where that makes them no shorter.
    func deflate(_ bytes: [UInt8], windowBits: Int) -> [UInt8]? {
        if self.deflaters[windowBits] == nil {
            self.deflaters[windowBits] = Stream.deflater(
                level: Self.level, windowBits: Int32(windowBits), memory: Self.memory)
        }
        guard let stream = self.deflaters[windowBits] else { return nil }
        var code = 0
        // Room for the tail, which is cut off again.
        let made = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count + 8) { target, count in
            code = unsafe stream.deflate(bytes, into: target)
            count = max(code, 0)
        }
        return code >= 0 && made.count < bytes.count ? made : nil
    }
}

/// Owns one stream of zlib.
@safe private final class Stream {
    private let pointer: UnsafeMutablePointer<z_stream>
    private let free: (UnsafeMutablePointer<z_stream>) -> Void

    private init(
        _ pointer: UnsafeMutablePointer<z_stream>, free: @escaping (UnsafeMutablePointer<z_stream>) -> Void
    ) {
        unsafe self.pointer = pointer
        unsafe self.free = free
    }

    static func inflater() -> Stream? {
        guard let made = unsafe headroom_inflater() else { return nil }
        return unsafe Stream(made, free: { unsafe headroom_inflater_free($0) })
    }

    static func deflater(level: Int32, windowBits: Int32, memory: Int32) -> Stream? {
        guard let made = unsafe headroom_deflater(level, windowBits, memory) else { return nil }
        return unsafe Stream(made, free: { unsafe headroom_deflater_free($0) })
    }

    deinit { unsafe self.free(self.pointer) }

    @unsafe func inflate(_ bytes: [UInt8], into target: UnsafeMutableBufferPointer<UInt8>, most: Int) -> Int {
        unsafe bytes.withUnsafeBufferPointer { source in
            Int(unsafe headroom_inflate(self.pointer, source.baseAddress, source.count, target.baseAddress, most))
        }
    }

    @unsafe func deflate(_ bytes: [UInt8], into target: UnsafeMutableBufferPointer<UInt8>) -> Int {
        unsafe bytes.withUnsafeBufferPointer { source in
            Int(
                unsafe headroom_deflate(
                    self.pointer, source.baseAddress, source.count, target.baseAddress, target.count))
        }
    }
}
