import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A WebSocket client of a few lines, by hand, so that it can also do what a good one never does.
final class ServerClient: Sendable {
    struct Frame: Equatable {
        var opcode: UInt8
        var payload: [UInt8]
        var isCompressed = false
        var text: String { String(decoding: self.payload, as: UTF8.self) }
        var closeCode: Int? {
            self.opcode == 8 && self.payload.count >= 2
                ? Int(self.payload[0]) << 8 | Int(self.payload[1]) : nil
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let client: ServerClient
        init(_ client: ServerClient) { self.client = client }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(self.unwrapInboundIn(data).readableBytesView)
            self.client.state.withLock { $0.bytes += bytes }
        }
        func channelInactive(context: ChannelHandlerContext) {
            self.client.state.withLock { $0.isClosed = true }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
        var channel: (any Channel)?
        /// Opcodes of the frames that were taken.
        var seen: Set<UInt8> = []
    }

    private let state = Mutex(State())

    /// - Parameter tls: speaks TLS with these certificates; nil = plain.
    static func connect(port: Int, tls: NIOSSLContext? = nil) async throws -> ServerClient {
        let client = ServerClient()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(client))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        client.state.withLock { $0.channel = channel }
        return client
    }

    var isClosed: Bool { self.state.withLock { $0.isClosed } }

    func close() {
        self.state.withLock { $0.channel }?.close(promise: nil)
    }

    func send(_ bytes: [UInt8]) {
        guard let channel = self.state.withLock({ $0.channel }) else { return }
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Waits for what `read` finds, at most 8 s.
    func wait<Value>(_ read: () -> Value?) async throws -> Value? {
        for _ in 0..<1_600 {
            if let value = read() { return value }
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }

    /// Asks for the upgrade; returns the status line and headers.
    func upgrade(
        _ path: String, protocols: String? = "ocpp2.1", login: String? = nil, extensions: String? = nil
    ) async throws -> String {
        var lines = [
            "GET \(path) HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        if let protocols { lines.append("Sec-WebSocket-Protocol: \(protocols)") }
        if let extensions { lines.append("Sec-WebSocket-Extensions: \(extensions)") }
        if let login {
            lines.append("Authorization: Basic \(Data(login.utf8).base64EncodedString())")
        }
        self.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        return try await self.wait { self.takeHead() ?? (self.isClosed ? "nothing" : nil) } ?? "nothing"
    }

    /// The head of an answer to something sent by hand; "nothing" when the server closes without one.
    func head() async throws -> String {
        try await self.wait { self.takeHead() ?? (self.isClosed ? "nothing" : nil) } ?? "nothing"
    }

    private func takeHead() -> String? {
        self.state.withLock { state in
            let text = String(decoding: state.bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { return nil }
            let head = String(text[..<end.upperBound])
            state.bytes.removeFirst(head.utf8.count)
            return head
        }
    }

    /// A frame as a client sends it; `first` overrides the first byte, `mask` false leaves the mask out.
    static func frame(_ payload: [UInt8], first: UInt8 = 0x81, mask: Bool = true) -> [UInt8] {
        var bytes = [first]
        let bit: UInt8 = mask ? 0x80 : 0
        if payload.count < 126 {
            bytes.append(bit | UInt8(payload.count))
        } else if payload.count < 65_536 {
            bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        } else {
            bytes.append(bit | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(payload.count >> shift & 255))
            }
        }
        guard mask else { return bytes + payload }
        let key: [UInt8] = [1, 2, 3, 4]
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    func say(_ text: String) { self.send(Self.frame(Array(text.utf8))) }

    /// The next whole frame of the server.
    func next() async throws -> Frame? {
        try await self.wait { self.takeFrame() }
    }

    /// The next whole frame if it comes within a moment.
    func poll() async throws -> Frame? {
        for _ in 0..<20 {
            if let frame = self.takeFrame() { return frame }
            if self.isClosed { return nil }
            try await Task.sleep(for: .milliseconds(2))
        }
        return nil
    }

    /// A frame with this opcode was taken.
    func hasSeen(_ opcode: UInt8) -> Bool { self.state.withLock { $0.seen.contains(opcode) } }

    func forget(_ opcode: UInt8) { self.state.withLock { _ = $0.seen.remove(opcode) } }

    /// A frame with this opcode waits to be taken; those before it are dropped.
    func hasQueued(_ opcode: UInt8) -> Bool {
        self.state.withLock { state in
            while state.bytes.count >= 2, state.bytes[0] & 0x0F != opcode {
                let length = Int(state.bytes[1] & 0x7F)
                let whole =
                    length < 126
                    ? 2 + length : state.bytes.count < 4 ? .max : 4 + (Int(state.bytes[2]) << 8 | Int(state.bytes[3]))
                guard state.bytes.count >= whole else { return false }
                state.bytes.removeFirst(whole)
            }
            return state.bytes.count >= 2
        }
    }

    /// The next text frame that holds `part`; the ones before it are dropped.
    func text(with part: String) async throws -> String? {
        for _ in 0..<50 {
            guard let frame = try await self.next() else { return nil }
            if frame.opcode == 1, frame.text.contains(part) { return frame.text }
            if frame.opcode == 8 { return nil }
        }
        return nil
    }

    /// The code of the server's close frame.
    func closeCode() async throws -> Int? {
        for _ in 0..<50 {
            guard let frame = try await self.next() else { return nil }
            if frame.opcode == 8 { return frame.closeCode }
        }
        return nil
    }

    private func takeFrame() -> Frame? {
        self.state.withLock { state in
            guard state.bytes.count >= 2 else { return nil }
            var length = Int(state.bytes[1] & 0x7F)
            var start = 2
            if length == 126 {
                guard state.bytes.count >= 4 else { return nil }
                length = Int(state.bytes[2]) << 8 | Int(state.bytes[3])
                start = 4
            }
            guard state.bytes.count >= start + length else { return nil }
            let frame = Frame(
                opcode: state.bytes[0] & 0x0F, payload: Array(state.bytes[start..<start + length]),
                isCompressed: state.bytes[0] & 0x40 != 0)
            state.bytes.removeFirst(start + length)
            state.seen.insert(frame.opcode)
            return frame
        }
    }
}
