import Domain
import Foundation
import Glibc
import Logging
import Synchronization
import Worker

/// What a connected station costs while it says nothing: memory of the server with the full state of its session,
/// in bytes each. The clients are bare sockets, whose memory is the kernel's. Beside it a bare NIO handler (read, not
/// measured here).
let idleConnections = Benchmark(name: "idle-connections") {
    let count = 4_000
    let server = try StormServer()
    defer { server.stop() }
    // The first ones pay for what all share.
    var sockets: [BareStation] = []
    // A few at a time: what a handshake needs is given back and must not be taken for what stays.
    func connect(_ count: Int) throws {
        for _ in 0..<count / 50 {
            let some = try (0..<50).map { try BareStation("S\(sockets.count + $0)", port: server.port()) }
            try some.forEach { try $0.finish() }
            sockets += some
        }
        try wait("\(sockets.count) stations") { server.count == sockets.count }
    }
    try connect(100)
    let before = residentBytes()
    try connect(count)
    let after = withExtendedLifetime(sockets) { residentBytes() }
    return Measurement(
        name: "idle-connections", unit: "bytes each", value: Double(after - before) / Double(count),
        beside: ["stations": Double(count), "bare NIO handler (published)": 5_734])
}

/// A server that comes up while 5,000 stations dial at once: seconds until each has its session. All of them come
/// from one address. Beside it what a bare NIO server accepts (read, not measured here).
let reconnectStorm = Benchmark(name: "reconnect-storm") {
    let count = 5_000
    var seconds: [Double] = []
    for _ in 0..<3 {
        let server = try StormServer()
        defer { server.stop() }
        let port = try server.port()
        let start = ContinuousClock.now
        let stations = try (0..<count).map { try BareStation("S\($0)", port: port) }
        try stations.forEach { try $0.finish() }
        // A station hangs up when nobody needs it any more: they are needed until all are counted.
        try withExtendedLifetime(stations) { try wait("\(count) stations") { server.count == count } }
        let passed = ContinuousClock.now - start
        seconds.append(Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18)
    }
    let median = seconds.sorted()[1]
    return Measurement(
        name: "reconnect-storm", unit: "s", value: median,
        beside: [
            "stations": Double(count), "stations a second": Double(count) / median,
            "bare NIO, connections a second (published)": 11_100,
        ])
}

/// A server for as long as a round takes, on a free port, open to anyone on loopback.
private final class StormServer {
    private let task: Task<Void, any Error>
    private let box = Mutex<OCPPServer?>(nil)

    init() throws {
        var options = OCPPServerConfiguration(host: "127.0.0.1", port: 0)
        options.pingInterval = .minutes(10)
        let ears = Deaf()
        let server = try OCPPServer(
            configuration: options, secrets: .open,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }), observer: ears,
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        self.task = Task { try await server.run() }
        self.box.withLock { $0 = server }
    }

    func port() throws -> Int {
        try wait("the server") { self.box.withLock { $0?.port } != nil }
        return self.box.withLock { $0?.port } ?? 0
    }

    var count: Int { self.box.withLock { $0?.connectionCount } ?? 0 }

    func stop() {
        self.task.cancel()
        try? wait("the end") { self.count == 0 }
    }
}

/// Hears nothing: what is measured is the connection.
private final class Deaf: StationObserver {
    func station(_ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?) {
        acknowledge?()
    }
    func answered(_ answer: OrderAnswer) {}
}

/// A station of one socket that shakes hands and then keeps still.
private final class BareStation {
    private let descriptor: Int32

    /// Dials and asks for the upgrade, without waiting for the answer.
    init(_ station: String, port: Int) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(self.descriptor, $0, size)
            }
        }
        guard code == 0 else { throw WrongResult(description: "cannot connect: allow more open files (ulimit -n)") }
        let request =
            "GET /ocpp/\(station) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Protocol: ocpp2.1\r\n\r\n"
        let bytes = Array(request.utf8)
        let sent = unsafe bytes.withUnsafeBytes { unsafe send(self.descriptor, $0.baseAddress, $0.count, 0) }
        guard sent == bytes.count else { throw WrongResult(description: "the request was not taken") }
    }

    /// Waits for the answer, which must be an upgrade.
    func finish() throws {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(self.descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 12, String(decoding: bytes[..<12], as: UTF8.self) == "HTTP/1.1 101" else {
            throw WrongResult(description: "a station was not let in")
        }
    }

    deinit { _ = Glibc.close(self.descriptor) }
}

/// Memory of this process in RAM.
private func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// Waits for something that another thread brings about.
private func wait(_ what: String, seconds: Double = 60, _ done: () -> Bool) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while !done() {
        guard Date() < deadline else { throw WrongResult(description: "waited in vain for \(what)") }
        RunLoop.current.run(until: Date().addingTimeInterval(0.001))
    }
}
