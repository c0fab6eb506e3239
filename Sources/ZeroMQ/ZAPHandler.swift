import CZeroMQ
import Foundation
import Synchronization

/// Answers libzmq's question "may this key in?" on inproc://zeromq.zap.01 (RFC 27), on a thread of its own.
@safe
final class ZAPHandler: @unchecked Sendable {
    // The socket belongs to the thread; the list is behind a lock.
    private let list: Mutex<AllowList>
    private let refused = Mutex(Refusals())
    private let socket: UnsafeMutableRawPointer
    private let done = DispatchSemaphore(value: 0)

    init(context: UnsafeMutableRawPointer, allow: AllowList) throws {
        self.list = Mutex(allow)
        guard let socket = unsafe zmq_socket(context, ZMQ_REP) else { throw ZeroMQError.last("ZAP socket") }
        unsafe self.socket = socket
        guard unsafe zmq_bind(socket, "inproc://zeromq.zap.01") == 0 else { throw ZeroMQError.last("ZAP") }
        let thread = Thread { [self] in self.serve() }
        thread.name = "zap"
        thread.start()
    }

    func allow(_ list: AllowList) {
        self.list.withLock { $0 = list }
    }

    var refusals: Refusals { self.refused.withLock { $0 } }

    /// Waits until the thread left its socket, after the context was shut down.
    func join() {
        self.done.wait()
    }

    /// Frames of a request: version, request id, domain, address, identity, mechanism, credentials.
    private func serve() {
        while let frames = unsafe receiveFrames(self.socket, flags: 0) {
            guard frames.count >= 7, frames[5].bytes == Array("CURVE".utf8), frames[6].bytes.count == 32 else {
                self.answer(frames, status: "400", name: "")
                continue
            }
            let key = z85(frames[6].bytes)
            let name = self.list.withLock { $0.names[key] }
            if name == nil { self.refused.withLock { $0.add(key) } }
            self.answer(frames, status: name == nil ? "400" : "200", name: name ?? "")
        }
        unsafe zmq_close(self.socket)
        self.done.signal()
    }

    private func answer(_ request: [ReceivedFrame], status: String, name: String) {
        let id = request.count > 1 ? request[1].bytes : []
        let text = status == "200" ? "OK" : "this key is not on the allow-list"
        let frames = [Array("1.0".utf8), id, Array(status.utf8), Array(text.utf8), Array(name.utf8), []]
        _ = unsafe sendFrames(self.socket, frames)
    }
}

/// Keys that were not let in.
package struct Refusals: Hashable, Sendable {
    /// Most keys that are remembered by name.
    package static let mostKeys = 100
    package private(set) var count = 0
    /// Public keys (Z85), each once, in the order in which they came first.
    package private(set) var keys: [String] = []

    package init() {}

    mutating func add(_ key: String) {
        self.count += 1
        if self.keys.count < Self.mostKeys, !self.keys.contains(key) { self.keys.append(key) }
    }
}

/// A key in Z85, as the allow-list has it.
private func z85(_ bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: 41)
    _ = unsafe bytes.withUnsafeBufferPointer { unsafe zmq_z85_encode(&text, $0.baseAddress, 32) }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
