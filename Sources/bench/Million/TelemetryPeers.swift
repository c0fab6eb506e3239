import CDispatch
import CZeroMQ
import Domain
import FleetLink
import Foundation
import ZeroMQ

/// Keys and place of one link, handed to the processes at its ends as JSON.
struct TelemetryLink: Codable {
    struct Pair: Codable {
        var publicKey: String
        var secretKey: String
    }
    var endpoint: String
    var server: Pair
    /// By worker; none where CURVE is off.
    var clients: [Pair]
    var points: Int
    /// Frames a second of each worker; nil = as fast as they are taken.
    var perSecond: Int?
    var seconds: Double

    var hasCurve: Bool { !self.clients.isEmpty }

    /// CURVE is off on ipc only, as everywhere here.
    init(hasCurve: Bool, points: Int, perSecond: Int? = nil, seconds: Double) throws {
        func pair() throws -> Pair {
            let keys = try KeyPair.generate()
            return Pair(publicKey: keys.publicKey, secretKey: keys.secretKey)
        }
        self.endpoint =
            hasCurve
            ? "tcp://127.0.0.1:\(Int.random(in: 20_000..<30_000))"
            : "ipc://\(NSTemporaryDirectory())/headroom-bench-\(UUID().uuidString)"
        self.server = try pair()
        self.clients = hasCurve ? try (0..<MillionFleet.workers).map { _ in try pair() } : []
        self.points = points
        self.perSecond = perSecond
        self.seconds = seconds
    }

    var text: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }
}

/// A plain socket of libzmq for the ends that are not ours: source and counting sink.
@safe
final class PlainSocket {
    private let context: UnsafeMutableRawPointer
    let handle: UnsafeMutableRawPointer

    init(_ kind: Int32) throws {
        guard let context = unsafe zmq_ctx_new(), let handle = unsafe zmq_socket(context, kind) else {
            throw WrongResult(description: "no socket")
        }
        unsafe self.context = context
        unsafe self.handle = handle
    }

    func set(_ option: Int32, _ value: Int32) {
        var value = value
        unsafe zmq_setsockopt(self.handle, option, &value, 4)
    }

    func set(_ option: Int32, _ value: String) {
        let bytes = Array(value.utf8)
        unsafe zmq_setsockopt(self.handle, option, bytes, bytes.count)
    }

    func check(_ code: Int32, _ what: String) throws {
        guard code == 0 else {
            throw WrongResult(description: "\(what): \(unsafe String(cString: zmq_strerror(zmq_errno())))")
        }
    }

    deinit {
        self.set(ZMQ_LINGER, 0)
        unsafe zmq_close(self.handle)
        unsafe zmq_ctx_term(self.context)
    }
}

/// Publishes for all workers, each over a connection and under a key of its own, until it is killed. It waits where the
/// sink is slower (`XPUB_NODROP`), so that what is measured is the sink.
func runTelemetrySource(_ text: String) throws {
    let link = try JSONDecoder().decode(TelemetryLink.self, from: Data(text.utf8))
    var frames: [[[UInt8]]] = Array(repeating: [], count: MillionFleet.workers)
    var sequence = Array(repeating: UInt64(0), count: MillionFleet.workers)
    let each = (link.points / MillionFleet.workers + TelemetryFrame.mostRecords - 1) / TelemetryFrame.mostRecords
    MillionFleet.eachFrame(link.points, at: 1, sequence: &sequence, seed: 1) { frame in
        let worker = frames.firstIndex { $0.count < each } ?? 0
        frames[worker].append(frame)
    }
    let sockets = try (0..<MillionFleet.workers).map { try publisher(link, worker: $0) }
    for socket in sockets {
        // Somebody subscribed.
        var byte: UInt16 = 0
        try socket.check(unsafe zmq_recv(socket.handle, &byte, 2, 0) < 0 ? 1 : 0, "subscription")
    }
    let start = ContinuousClock.now
    var number: UInt64 = 0
    while true {
        if let rate = link.perSecond {
            let due = start.advanced(by: .microseconds(number * 1_000_000 / UInt64(rate)))
            while ContinuousClock.now < due { wait(until: due) }
        }
        for (worker, socket) in sockets.enumerated() {
            let index = Int(number % UInt64(each))
            unsafe frames[worker][index].withUnsafeMutableBytes { bytes in
                // Sound: the sequence lies at byte 24 of a frame.
                unsafe bytes.storeBytes(of: number + 1, toByteOffset: 24, as: UInt64.self)
                _ = unsafe zmq_send(socket.handle, bytes.baseAddress, bytes.count, 0)
            }
        }
        number += 1
    }
}

/// Waits until an instant on the system's clock.
private func wait(until due: ContinuousClock.Instant) {
    let left = due - ContinuousClock.now
    guard left > .zero else { return }
    var time = timespec(tv_sec: 0, tv_nsec: min(999_999_999, Int(left / .nanoseconds(1))))
    unsafe nanosleep(&time, nil)
}

private func publisher(_ link: TelemetryLink, worker: Int) throws -> PlainSocket {
    let socket = try PlainSocket(ZMQ_XPUB)
    socket.set(ZMQ_SNDHWM, 100)
    socket.set(ZMQ_XPUB_NODROP, 1)
    if link.hasCurve {
        socket.set(ZMQ_CURVE_SERVERKEY, link.server.publicKey)
        socket.set(ZMQ_CURVE_PUBLICKEY, link.clients[worker].publicKey)
        socket.set(ZMQ_CURVE_SECRETKEY, link.clients[worker].secretKey)
    }
    try socket.check(unsafe zmq_connect(socket.handle, link.endpoint), link.endpoint)
    return socket
}

/// What a sink took from its first frame on.
struct SinkFigures: Codable {
    var updates: Double
    var seconds: Double
    /// CPU of all threads of the process in this time.
    var microseconds: Double

    var perSecond: Double { self.updates / self.seconds }
    var nanosecondsEach: Double { self.microseconds * 1_000 / self.updates }
}

/// The C receiver: counts what comes and prints it.
func runCountingSink(_ text: String) throws {
    let link = try JSONDecoder().decode(TelemetryLink.self, from: Data(text.utf8))
    let socket = try PlainSocket(ZMQ_SUB)
    socket.set(ZMQ_RCVHWM, 100)
    socket.set(ZMQ_SUBSCRIBE, "")
    if link.hasCurve {
        socket.set(ZMQ_CURVE_SERVER, 1)
        socket.set(ZMQ_CURVE_SECRETKEY, link.server.secretKey)
    }
    try socket.check(unsafe zmq_bind(socket.handle, link.endpoint), link.endpoint)
    var counted = headroom_counted()
    // Half a second to warm up.
    try socket.check(unsafe headroom_count_frames(socket.handle, 0.5, &counted), "counting")
    let began = processMicroseconds()
    try socket.check(unsafe headroom_count_frames(socket.handle, link.seconds, &counted), "counting")
    try printFigures(
        SinkFigures(
            updates: Double(counted.records), seconds: counted.seconds,
            microseconds: Double(processMicroseconds() - began)))
}

func printFigures(_ figures: SinkFigures) throws {
    print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
}
