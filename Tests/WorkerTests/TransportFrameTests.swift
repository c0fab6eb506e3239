import Domain
import NIOCore
import TestSupport
import Testing

@testable import Worker

/// RFC 6455 in the manner of Autobahn: bytes in, and what must come of them, each case cut into single bytes and
/// over a socket.
@Suite(.serialized, .timeLimit(.minutes(2)), .ownThreads) struct TransportFrameTests {
    struct Case: Sendable {
        var name: String
        var bytes: [UInt8]
        /// `A` an answer to a message, `P:…` a pong, `C:…` a close with its code (`-` = without); in order. What does
        /// not end with a close is still open.
        var wanted: [String]
    }

    static let call = Array(#"[2,"a","Heartbeat",{}]"#.utf8)

    static func frame(_ first: UInt8, _ payload: [UInt8] = []) -> [UInt8] { ServerClient.frame(payload, first: first) }
    static func frame(_ first: UInt8, _ text: String) -> [UInt8] { self.frame(first, Array(text.utf8)) }

    static let cases =
        Self.sizes + Self.controls + Self.reserved + Self.fragments + Self.texts + Self.closes + Self.masksAndLengths

    static let sizes: [Case] = Self.lengths + Self.bounds

    private static let lengths: [Case] =
        [0, 1, 125, 126, 127, 128, 65_535, 65_536, 262_144].map { count in
            Case(name: "text of \(count)", bytes: frame(0x81, [UInt8](repeating: 0x2A, count: count)), wanted: ["A"])
        }

    private static let bounds: [Case] = [
        Case(name: "a call", bytes: frame(0x81, call), wanted: ["A"]),
        Case(name: "two calls", bytes: frame(0x81, call) + frame(0x81, call), wanted: ["A", "A"]),
        Case(
            name: "one byte too many", bytes: frame(0x81, [UInt8](repeating: 0x2A, count: 262_145)),
            wanted: ["C:1009"]),
        Case(name: "2^62 bytes to come", bytes: [0x81, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0], wanted: ["C:1009"]),
        Case(name: "2^63 bytes to come", bytes: [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], wanted: ["C:1002"]),
        Case(name: "binary", bytes: frame(0x82, call), wanted: ["C:1003"]),
        Case(name: "empty binary", bytes: frame(0x82), wanted: ["C:1003"]),
        Case(name: "first part of binary", bytes: frame(0x02, call), wanted: ["C:1003"]),
    ]

    static let controls: [Case] = [
        Case(name: "empty ping", bytes: frame(0x89), wanted: ["P:"]),
        Case(name: "ping", bytes: frame(0x89, "Hello"), wanted: ["P:Hello"]),
        Case(
            name: "ping of 125", bytes: frame(0x89, String(repeating: "p", count: 125)),
            wanted: ["P:" + String(repeating: "p", count: 125)]),
        Case(name: "ping of 126", bytes: frame(0x89, String(repeating: "p", count: 126)), wanted: ["C:1002"]),
        Case(name: "ping in parts", bytes: frame(0x09, "Hel") + frame(0x80, "lo"), wanted: ["C:1002"]),
        Case(name: "ten pings", bytes: (0..<10).flatMap { frame(0x89, "\($0)") }, wanted: (0..<10).map { "P:\($0)" }),
        Case(name: "a pong that nobody asked for", bytes: frame(0x8A, "x"), wanted: []),
        Case(name: "an empty pong", bytes: frame(0x8A), wanted: []),
        Case(name: "pong, then ping", bytes: frame(0x8A, "x") + frame(0x89, "y"), wanted: ["P:y"]),
        Case(name: "pong of 126", bytes: frame(0x8A, String(repeating: "p", count: 126)), wanted: ["C:1002"]),
        Case(name: "pong in parts", bytes: frame(0x0A, "x"), wanted: ["C:1002"]),
        Case(name: "ping before the text", bytes: frame(0x89, "1") + frame(0x81, call), wanted: ["P:1", "A"]),
    ]

    static let reserved: [Case] = {
        var cases: [Case] = []
        for bits: UInt8 in [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70] {
            cases.append(Case(name: "RSV \(bits) on text", bytes: frame(0x81 | bits, call), wanted: ["C:1002"]))
            cases.append(Case(name: "RSV \(bits) on ping", bytes: frame(0x89 | bits), wanted: ["C:1002"]))
            cases.append(Case(name: "RSV \(bits) on close", bytes: frame(0x88 | bits, [3, 0xE8]), wanted: ["C:1002"]))
        }
        for opcode: UInt8 in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
            cases.append(Case(name: "opcode \(opcode)", bytes: frame(0x80 | opcode), wanted: ["C:1002"]))
            let bytes = frame(0x81, call) + frame(opcode, call)
            cases.append(Case(name: "opcode \(opcode) after text", bytes: bytes, wanted: ["A", "C:1002"]))
        }
        return cases
    }()

    static let fragments: [Case] = [
        Case(name: "two parts", bytes: frame(0x01, "[2,") + frame(0x80, #""a","Heartbeat",{}]"#), wanted: ["A"]),
        Case(
            name: "ping between parts", bytes: frame(0x01, "[2,") + frame(0x89, "p") + frame(0x80, "]"),
            wanted: ["P:p", "A"]),
        Case(
            name: "three pings between parts",
            bytes: frame(0x01, "[") + (0..<3).flatMap { frame(0x89, "\($0)") } + frame(0x80, "]"),
            wanted: ["P:0", "P:1", "P:2", "A"]),
        Case(name: "empty parts", bytes: frame(0x01) + frame(0x00) + frame(0x80), wanted: ["A"]),
        Case(name: "empty around text", bytes: frame(0x01) + frame(0x00, call) + frame(0x80), wanted: ["A"]),
        Case(
            name: "sixteen parts",
            bytes: frame(0x01, "[") + (0..<14).flatMap { _ in frame(0x00, " ") } + frame(0x80, "]"), wanted: ["A"]),
        Case(
            name: "seventeen parts",
            bytes: frame(0x01, "[") + (0..<15).flatMap { _ in frame(0x00, " ") } + frame(0x80, "]"), wanted: ["C:1008"]),
        Case(
            name: "parts of 256 KiB",
            bytes: frame(0x01, [UInt8](repeating: 0x2A, count: 131_072))
                + frame(0x80, [UInt8](repeating: 0x2A, count: 131_072)), wanted: ["A"]),
        Case(
            name: "parts of more",
            bytes: frame(0x01, [UInt8](repeating: 0x2A, count: 131_072))
                + frame(0x80, [UInt8](repeating: 0x2A, count: 131_073)), wanted: ["C:1009"]),
        Case(
            name: "more already before the end",
            bytes: frame(0x01, [UInt8](repeating: 0x2A, count: 262_144)) + frame(0x00, "x"), wanted: ["C:1009"]),
        Case(name: "a continuation of nothing", bytes: frame(0x80, call), wanted: ["C:1002"]),
        Case(name: "an open continuation of nothing", bytes: frame(0x00, call), wanted: ["C:1002"]),
        Case(
            name: "a continuation after the end", bytes: frame(0x01, "[") + frame(0x80, "]") + frame(0x80, "x"),
            wanted: ["A", "C:1002"]),
        Case(name: "text inside text", bytes: frame(0x01, "[") + frame(0x81, "]"), wanted: ["C:1002"]),
        Case(name: "open text inside text", bytes: frame(0x01, "[") + frame(0x01, "]"), wanted: ["C:1002"]),
        Case(name: "binary inside text", bytes: frame(0x01, "[") + frame(0x82, "]"), wanted: ["C:1003"]),
        Case(name: "close between parts", bytes: frame(0x01, "[") + frame(0x88, [3, 0xE8]), wanted: ["C:1000"]),
        Case(name: "close in parts", bytes: frame(0x08, [3, 0xE8]), wanted: ["C:1002"]),
        Case(name: "RSV1 on a continuation", bytes: frame(0x01, "[") + frame(0xC0, "]"), wanted: ["C:1002"]),
    ]

    private static let validTexts = [
        "κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "\u{0}", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}",
        "\u{FFFD}", "\u{FFFE}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}",
    ]

    private static let invalidTexts: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE2, 0x28, 0xA1], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
        [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ]

    private static let splitTexts: [Case] = [
        Case(name: "a character in two parts", bytes: frame(0x01, [0xC3]) + frame(0x80, [0xA9]), wanted: ["A"]),
        Case(
            name: "half a character and the end", bytes: frame(0x01, "a") + frame(0x80, [0xF0, 0x9F]),
            wanted: ["C:1007"]),
        Case(
            name: "half a character and another", bytes: frame(0x01, [0xE2, 0x82]) + frame(0x80, "a"),
            wanted: ["C:1007"]),
        Case(name: "a ping need not be text", bytes: frame(0x89, [0xFF]), wanted: ["P:\u{FFFD}"]),
    ]

    static let texts: [Case] = {
        var cases = Self.validTexts.map { Case(name: "valid \(Array($0.utf8))", bytes: frame(0x81, $0), wanted: ["A"]) }
        for bytes in Self.invalidTexts {
            cases.append(Case(name: "invalid \(bytes)", bytes: frame(0x81, [0x5B] + bytes), wanted: ["C:1007"]))
        }
        return cases + Self.splitTexts
    }()

    private static func code(_ code: Int) -> [UInt8] { [UInt8(code >> 8), UInt8(code & 255)] }

    static let closes: [Case] = {
        let valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
        let invalid = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
        var cases = valid.map { Case(name: "close \($0)", bytes: frame(0x88, Self.code($0)), wanted: ["C:\($0)"]) }
        cases += invalid.map { Case(name: "close \($0)", bytes: frame(0x88, Self.code($0)), wanted: ["C:1002"]) }
        return cases + Self.goodbyes
    }()

    private static let goodbyes: [Case] = [
        Case(name: "close without a code", bytes: frame(0x88), wanted: ["C:-"]),
        Case(name: "half a code", bytes: frame(0x88, [3]), wanted: ["C:1002"]),
        Case(name: "a reason", bytes: frame(0x88, [3, 0xE8] + Array("Bye κόσμε".utf8)), wanted: ["C:1000"]),
        Case(
            name: "a reason of 123", bytes: frame(0x88, [3, 0xE8] + [UInt8](repeating: 0x2A, count: 123)),
            wanted: ["C:1000"]),
        Case(
            name: "a reason of 124", bytes: frame(0x88, [3, 0xE8] + [UInt8](repeating: 0x2A, count: 124)),
            wanted: ["C:1002"]),
        Case(
            name: "a reason that is no text", bytes: frame(0x88, [3, 0xE8, 0xCE, 0xBA, 0xED, 0xA0]),
            wanted: ["C:1007"]),
        Case(name: "text after close", bytes: frame(0x88, [3, 0xE8]) + frame(0x81, call), wanted: ["C:1000"]),
        Case(name: "ping after close", bytes: frame(0x88, [3, 0xE8]) + frame(0x89, "x"), wanted: ["C:1000"]),
        Case(name: "two closes", bytes: frame(0x88, [3, 0xE8]) + frame(0x88, [3, 0xE9]), wanted: ["C:1000"]),
        Case(
            name: "text, then close", bytes: frame(0x81, call) + frame(0x88, [3, 0xE8]), wanted: ["A", "C:1000"]),
    ]

    static let masksAndLengths: [Case] = [
        Case(name: "text without mask", bytes: ServerClient.frame(call, mask: false), wanted: ["C:1002"]),
        Case(name: "ping without mask", bytes: ServerClient.frame([], first: 0x89, mask: false), wanted: ["C:1002"]),
        Case(
            name: "close without mask", bytes: ServerClient.frame([3, 0xE8], first: 0x88, mask: false),
            wanted: ["C:1002"]),
        Case(name: "a mask of zeros", bytes: [0x81, 0x82, 0, 0, 0, 0, 0x5B, 0x5D], wanted: ["A"]),
        Case(name: "5 bytes in 16 bits", bytes: [0x81, 0xFE, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5], wanted: ["C:1002"]),
        Case(name: "125 bytes in 16 bits", bytes: [0x81, 0xFE, 0, 125], wanted: ["C:1002"]),
        Case(name: "126 bytes in 64 bits", bytes: [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 126], wanted: ["C:1002"]),
        Case(name: "65,535 bytes in 64 bits", bytes: [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], wanted: ["C:1002"]),
        Case(name: "ping in 16 bits", bytes: [0x89, 0xFE, 0, 5], wanted: ["C:1002"]),
        Case(name: "unmasked, seen at the header", bytes: [0x81, 0x7E], wanted: ["C:1002"]),
        Case(name: "the first byte alone", bytes: [0x81], wanted: []),
    ]

    /// The reader and the assembler, fed in pieces of `step` bytes.
    private static func outcome(_ bytes: [UInt8], step: Int) -> [String] {
        var reader = FrameReader(allowsCompression: false)
        var assembler = MessageAssembler()
        var found: [String] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            reader.append(ByteBuffer(bytes: bytes[start..<min(start + step, bytes.count)]))
            steps: while true {
                switch reader.next() {
                case .more: break steps
                case .breach(let code, _): return found + ["C:\(code)"]
                case .piece(let piece):
                    switch assembler.take(piece) {
                    case .more, .pong: break
                    case .message: found.append("A")
                    case .ping(let bytes): found.append("P:" + String(decoding: bytes, as: UTF8.self))
                    case .closing(let code): return found + ["C:\(code.map { "\($0)" } ?? "-")"]
                    case .breach(let code, _): return found + ["C:\(code)"]
                    }
                }
            }
        }
        return found
    }

    @Test func cutInAnyWay() {
        #expect(Self.cases.count >= 120, "\(Self.cases.count)")
        for item in Self.cases {
            for step in item.bytes.count < 2_000 ? [1, 2, 3, 7, 1_000_000] : [1_009, 1_000_000] {
                let found = Self.outcome(item.bytes, step: step)
                #expect(found == item.wanted, "\(item.name) by \(step)")
            }
        }
    }

    /// What is left of a frame is all that is held.
    @Test func nothingIsHeldBetweenFrames() {
        var reader = FrameReader(allowsCompression: false)
        reader.append(ByteBuffer(bytes: Self.frame(0x81, Self.call) + [0x81]))
        guard case .piece = reader.next(), case .more = reader.next() else {
            Issue.record("one frame and a bit")
            return
        }
        #expect(reader.heldBytes == 1)
        reader.append(ByteBuffer(bytes: Self.frame(0x81, Self.call).dropFirst()))
        guard case .piece = reader.next(), case .more = reader.next() else {
            Issue.record("the second frame")
            return
        }
        #expect(reader.heldBytes == 0)
    }

    @Test func overASocket() async throws {
        try await TransportServer.run(isOpen: true, { $0.closeTimeout = .milliseconds(100) }) { server, ports, ears in
            try await withThrowingTaskGroup(of: (String, [String], [String]).self) { tasks in
                var open = 0
                for (index, item) in Self.cases.enumerated() {
                    if open >= 16, let (name, found, wanted) = try await tasks.next() {
                        #expect(found == wanted, "\(name)")
                        open -= 1
                    }
                    tasks.addTask { try await Self.play(item, station: "CASE-\(index)", port: ports[0]) }
                    open += 1
                }
                for try await (name, found, wanted) in tasks { #expect(found == wanted, "\(name)") }
            }
            for _ in 0..<400 where server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(server.connectionCount == 0, "every connection ended")
            #expect(ears.facts(of: "CASE-0") == [.connected(version: "2.1"), .disconnected])
        }
    }

    private static func play(_ item: Case, station: String, port: Int) async throws -> (String, [String], [String]) {
        let client = try await ServerClient.connect(port: port)
        _ = try await client.upgrade("/ocpp/\(station)")
        client.send(item.bytes)
        let ends = item.wanted.last?.hasPrefix("C:") == true
        // What should still be open answers one more ping, unless half a frame is under way.
        let isHalf = item.bytes == [0x81]
        if !ends, !isHalf { client.send(Self.frame(0x89, "end")) }
        var found: [String] = []
        while !isHalf, found.last != "P:end", let frame = try await client.next() {
            switch frame.opcode {
            case 1 where frame.text.hasPrefix("[3,") || frame.text.hasPrefix("[4,"): found.append("A")
            case 10: found.append("P:" + frame.text)
            case 8: found.append("C:\(frame.closeCode.map { "\($0)" } ?? "-")")
            default: break
            }
            if frame.opcode == 8 { break }
        }
        client.close()
        return (item.name, found, item.wanted + (ends || isHalf ? [] : ["P:end"]))
    }
}
