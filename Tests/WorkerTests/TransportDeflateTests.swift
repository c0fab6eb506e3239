import Domain
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Worker

/// permessage-deflate, RFC 7692.
@Suite(.serialized, .timeLimit(.minutes(2)), .ownThreads) struct TransportDeflateTests {
    private static let most = MessageAssembler.mostBytes

    @Test func negotiation() {
        let none = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        let cases: [([String], String?)] = [
            (["permessage-deflate"], none),
            (["permessage-deflate; client_max_window_bits"], none),
            (["permessage-deflate; client_max_window_bits=8"], none),
            (["permessage-deflate;client_max_window_bits=\"15\""], none),
            (["PerMessage-Deflate; Server_No_Context_Takeover"], none),
            (["permessage-deflate; server_no_context_takeover; client_no_context_takeover"], none),
            (["permessage-deflate; server_max_window_bits=10"], none + "; server_max_window_bits=10"),
            (["permessage-deflate; server_max_window_bits=\"15\""], none + "; server_max_window_bits=15"),
            // The first that can be had in full.
            (["x-webkit-deflate-frame, permessage-deflate"], none),
            (
                ["permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=9"],
                none + "; server_max_window_bits=9"
            ),
            (["permessage-bzip2", "permessage-deflate"], none),
            (["foo; x=\"a, permessage-deflate\""], nil),
            ([], nil), ([""], nil), (["permessage-deflat"], nil),
            (["permessage-deflate; unknown"], nil), (["permessage-deflate; unknown=1"], nil),
            (["permessage-deflate;"], nil),
            (["permessage-deflate; server_no_context_takeover=1"], nil),
            (["permessage-deflate; client_no_context_takeover=\"\""], nil),
            (["permessage-deflate; server_no_context_takeover; server_no_context_takeover"], nil),
            (["permessage-deflate; client_max_window_bits=7"], nil),
            (["permessage-deflate; client_max_window_bits=16"], nil),
            (["permessage-deflate; client_max_window_bits=08"], nil),
            (["permessage-deflate; client_max_window_bits=+9"], nil),
            (["permessage-deflate; client_max_window_bits=ten"], nil),
            (["permessage-deflate; client_max_window_bits="], nil),
            (["permessage-deflate; client_max_window_bits; client_max_window_bits=9"], nil),
            (["permessage-deflate; server_max_window_bits"], nil),
            (["permessage-deflate; server_max_window_bits=8"], nil),
            (["permessage-deflate; server_max_window_bits=0"], nil),
            (["permessage-deflate; server_max_window_bits=1000000000000000000000"], nil),
        ]
        for (headers, wanted) in cases {
            #expect(DeflateTerms.negotiated(headers)?.answer == wanted, "\(headers)")
        }
    }

    /// The examples of RFC 7692, section 7.2.3, and what breaks them.
    @Test func vectors() {
        let codec = DeflateCodec()
        let hello = DeflateCodec.Inflated.message(Array("Hello".utf8))
        let cases: [(String, [UInt8], DeflateCodec.Inflated)] = [
            ("one block", [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], hello),
            ("context that is not there", [0xF2, 0x00, 0x11, 0x00, 0x00], .malformed),
            ("no compression", [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00], hello),
            ("BFINAL", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], hello),
            ("two blocks", [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00], hello),
            ("an empty message", [0x00], .message([])),
            ("cut off", [0xF2, 0x48, 0xCD], .malformed),
            ("a stored block that lies about its length", [0x00, 0x05, 0x00, 0xFA, 0xFE, 0x48], .malformed),
            ("a stored block longer than the message", [0x00, 0x09, 0x00, 0xF6, 0xFF], .malformed),
            ("a reserved block type", [0x06, 0x00], .malformed),
            ("noise", [0xFF, 0x00, 0xFF, 0x00, 0xFF], .malformed),
        ]
        // Twice: the stream is the same for all.
        for _ in 0..<2 {
            for (name, bytes, wanted) in cases {
                #expect(codec.inflate(bytes, most: Self.most) == wanted, "\(name)")
            }
        }
    }

    @Test func thereAndBack() throws {
        let codec = DeflateCodec()
        var generator = SeededGenerator(seed: 7)
        for windowBits in 9...15 {
            for count in [512, 1_000, 40_000, Self.most] {
                let words = ["\"limit\":", "11000", "{", "}", "\"chargingProfile\"", "é", " "]
                var text = ""
                while text.utf8.count < count { text += words[Int(generator.next() % 7)] }
                let bytes = Array(text.utf8.prefix(count))
                let small = try #require(codec.deflate(bytes, windowBits: windowBits))
                #expect(small.count < count * 2 / 3, "\(windowBits) \(count) \(small.count)")
                #expect(codec.inflate(small, most: Self.most) == .message(bytes))
            }
        }
        #expect(codec.deflate([1, 2, 3, 4, 5, 6, 7, 8], windowBits: 15) == nil, "no shorter: sent as it is")
        let noise = (0..<2_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(codec.deflate(noise, windowBits: 15) == nil)
    }

    /// To the byte: what inflates to 256 KiB is a message, one byte more is a bomb.
    @Test func bombs() throws {
        let codec = DeflateCodec()
        let most = [UInt8](repeating: 0x20, count: Self.most)
        let small = try #require(codec.deflate(most, windowBits: 15))
        #expect(small.count < 2_000)
        #expect(codec.inflate(small, most: Self.most) == .message(most))
        let bomb = try #require(codec.deflate(most + [0x20], windowBits: 15))
        #expect(codec.inflate(bomb, most: Self.most) == .tooBig)
        let big = try #require(codec.deflate([UInt8](repeating: 0x20, count: 50_000_000), windowBits: 15))
        #expect(codec.inflate(big, most: Self.most) == .tooBig)
    }

    private func open(_ port: Int, _ protocols: String, _ station: String = "CP1") async throws -> (
        ServerClient, String
    ) {
        let client = try await ServerClient.connect(port: port)
        let head = try await client.upgrade(
            "/ocpp/\(station)", protocols: protocols, extensions: "permessage-deflate; client_max_window_bits")
        return (client, head.lowercased())
    }

    @Test func whoGetsIt() async throws {
        try await TransportServer.run(isOpen: true, { $0.closeTimeout = .milliseconds(50) }) { _, ports, _ in
            for (version, gets) in [("ocpp1.6", false), ("ocpp2.0.1", true), ("ocpp2.1", true)] {
                let (client, head) = try await self.open(ports[0], version, version)
                #expect(head.contains("permessage-deflate") == gets, "\(version)")
                client.close()
            }
        }
        try await TransportServer.run(isOpen: true, { $0.compresses = false }) { _, ports, _ in
            let (_, head) = try await self.open(ports[0], "ocpp2.1")
            #expect(!head.contains("sec-websocket-extensions"))
        }
    }

    /// Over a socket: compressed calls and answers, parts, and what must not be marked.
    @Test func framesOnTheWire() async throws {
        let codec = DeflateCodec()
        let call = Array(
            #"[2,"z","Heartbeat",{"customData":{"vendorId":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}]"#.utf8)
        let small = try #require(codec.deflate(call, windowBits: 15))
        let bomb = try #require(codec.deflate([UInt8](repeating: 0x20, count: 3_000_000), windowBits: 15))
        let bad = try #require(
            codec.deflate(Array(repeating: [0xC3, 0x28], count: 100).flatMap { $0 }, windowBits: 15))
        func frame(_ bytes: [UInt8], _ first: UInt8) -> [UInt8] { ServerClient.frame(bytes, first: first) }
        let cases: [(String, [UInt8], Int?)] = [
            ("whole", frame(small, 0xC1), nil),
            ("in parts", frame(Array(small[..<9]), 0x41) + frame(Array(small[9...]), 0x80), nil),
            (
                "with a ping inside",
                frame(Array(small[..<9]), 0x41) + frame([1], 0x89) + frame(Array(small[9...]), 0x80), nil
            ),
            ("not compressed", frame(call, 0x81), nil),
            ("a part marked", frame(Array(small[..<9]), 0x41) + frame(Array(small[9...]), 0xC0), 1002),
            ("a ping marked", frame([1], 0xC9), 1002),
            ("another bit", frame(small, 0xE1), 1002),
            ("garbage", frame([0xFF, 0xFF, 0xFF], 0xC1), 1007),
            ("no text inside", frame(bad, 0xC1), 1007),
            ("a bomb", frame(bomb, 0xC1), 1009),
        ]
        try await TransportServer.run(
            isOpen: true,
            {
                $0.closeTimeout = .milliseconds(50)
                $0.compressAbove = 1
            }
        ) { _, ports, _ in
            for (index, (name, bytes, code)) in cases.enumerated() {
                let (client, _) = try await self.open(ports[0], "ocpp2.1", "Z\(index)")
                client.send(bytes)
                var answers: [String] = []
                while let frame = try await client.next() {
                    if frame.opcode == 8 {
                        #expect(frame.closeCode == code, "\(name)")
                        answers.append("closed")
                        break
                    }
                    guard frame.opcode == 1 else { continue }
                    let text =
                        frame.isCompressed ? codec.inflate(frame.payload, most: Self.most) : .message(frame.payload)
                    guard case .message(let plain) = text else { continue }
                    answers.append(String(decoding: plain, as: UTF8.self))
                    if answers.last?.hasPrefix("[3,\"z\"") == true { break }
                }
                #expect(code == nil || answers.last == "closed", "\(name)")
                #expect(code != nil || answers.last?.hasPrefix("[3,\"z\"") == true, "\(name): \(answers)")
                client.close()
            }
        }
    }

    /// Python `websockets` offers compression by itself: it must understand ours, and we its.
    @Test func thePeerOfPython() async throws {
        guard let python = Program.peersPython else {
            print("skipped: no Python peers (run ops/setup test)")
            return
        }
        try await TransportServer.run(isOpen: true, { $0.compressAbove = 1 }) { _, ports, _ in
            let script = Workspace.root.appending(path: "Tests/Interop/ocpp_transport.py").path
            let outcome = try Program.run(python, [script, "ws://127.0.0.1:\(ports[0])/ocpp/PY1"])
            #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
            #expect(outcome.output.contains("compressed both ways"), "\(outcome.output)")
        }
    }
}
