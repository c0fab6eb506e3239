import Aggregator
import CZeroMQ
import Domain
import Engine
import FleetLink
import Foundation
import Logging
import Storage
import Synchronization
import Worker
import ZeroMQ

/// A signal from the utility until the last of ten workers has it: the fast port, the engine's service and its step, the
/// hub, ten links, all over tcp under CURVE and as they run. p99 of a thousand, one after the other; the utility's own way
/// to the aggregator is in it. The journal is in memory: what its commit adds on this disk stands beside, and so does a
/// round trip of libzmq alone, under CURVE, too, in the same run.
let signalFanout = Benchmark(name: "signal-fanout") {
    let signals = 1_000
    let alone = try roundTrips(signals)
    let memory = try FanoutPlant(hasDisk: false).times(signals)
    let disk = try FanoutPlant(hasDisk: true).times(signals / 4)
    return Measurement(
        name: "signal-fanout", unit: "ms, p99 of \(signals)", value: percentile(memory, 99),
        beside: [
            "p50, ms": percentile(memory, 50), "most, ms": percentile(memory, 100),
            "with the journal on this disk, p50, ms": percentile(disk, 50),
            "with the journal on this disk, p99, ms": percentile(disk, 99),
            "libzmq round trip, p50, ms": percentile(alone, 50), "libzmq round trip, p99, ms": percentile(alone, 99),
        ])
}

private func percentile(_ values: [Double], _ percent: Int) -> Double {
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, sorted.count * percent / 100)]
}

/// Which workers have heard a signal, and when the last of them did.
private final class Arrivals: Sendable {
    private struct State {
        var heard: [UInt64: Int] = [:]
        var completed: [UInt64: ContinuousClock.Instant] = [:]
    }
    private let state = Mutex(State())
    /// One for each signal that all have heard.
    private let all = DispatchSemaphore(value: 0)

    func heard(_ sequence: UInt64) {
        let now = ContinuousClock.now
        let isLast = self.state.withLock { state in
            state.heard[sequence, default: 0] += 1
            guard state.heard[sequence] == MillionFleet.workers else { return false }
            state.completed[sequence] = now
            return true
        }
        if isLast { self.all.signal() }
    }

    /// When the last worker heard a signal; nil when that took too long.
    func completed(_ sequence: UInt64, within seconds: Double) -> ContinuousClock.Instant? {
        _ = self.all.wait(timeout: .now() + seconds)
        return self.state.withLock { $0.completed[sequence] }
    }
}

/// Aggregator, utility and ten workers in one process; nothing of them shares a socket's thread.
private final class FanoutPlant {
    private let folder: URL
    private let hub: FleetHub
    private let workers: [FleetUplink]
    private let utility: FastSignalUplink
    private let leading: Task<Void, any Error>
    private let journal: Journal?
    private let arrivals = Arrivals()
    private var sequence: UInt64 = 0

    init(hasDisk: Bool) throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "bench-\(UUID().uuidString)")
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func path(_ name: String) -> String { folder.appending(path: name).path }
        let first = Int.random(in: 20_000..<30_000)
        let endpoints = (0..<4).map { "tcp://127.0.0.1:\(first + $0)" }
        let server = try KeyPair.generate()
        try server.write(to: path("aggregator"))
        let names = (0..<MillionFleet.workers).map { MillionFleet.id($0).rawValue } + ["utility"]
        var allowed = ""
        for name in names {
            let pair = try KeyPair.generate()
            try pair.write(to: path(name))
            allowed += "\(name) \(pair.publicKey)\n"
        }
        try allowed.write(toFile: path("allowed"), atomically: true, encoding: .utf8)
        let disk = hasDisk ? try Journal(folder: path("journal"), configuration: .lossless) : nil
        self.journal = disk
        let kept = try disk.map { try EngineJournal($0) }
        let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let perform = Mutex<FleetHub?>(nil)
        let service = EngineService(
            configuration: EngineConfiguration(
                tenant: "t", zone: "z", region: benchDay, epoch: Epoch(1),
                resources: [.init(id: "R", products: ["BENCH-FR"])]),
            logger: quiet,
            sinks: .init(
                perform: { effects in perform.withLock { $0 }?.perform(effects) },
                journalled: { worker, last in perform.withLock { $0 }?.journalled(worker, last) })
        ) { records in try await kept?.append(records) }
        let hub = try FleetHub(
            HubConfiguration(
                telemetry: endpoints[0], control: endpoints[1], signal: endpoints[2], fastSignal: endpoints[3],
                keyFile: path("aggregator"), allowFile: path("allowed")), epoch: Epoch(1), logger: quiet
        ) { service.post($0) }
        self.hub = hub
        perform.withLock { $0 = hub }
        self.leading = Task { try await service.run() }
        let arrivals = self.arrivals
        self.workers = try names.dropLast().map { name in
            try FleetUplink(
                UplinkConfiguration(
                    telemetry: endpoints[0], control: endpoints[1], signal: endpoints[2], keyFile: path(name),
                    aggregatorKey: server.publicKey), worker: WorkerID(name), incarnation: Incarnation(1)
            ) { actions in
                for case .frequency(let signal) in actions { arrivals.heard(signal.sequence) }
            }
        }
        self.utility = try FastSignalUplink(
            endpoint: endpoints[3], name: "utility", keyFile: path("utility"), serverKey: server.publicKey)
    }

    deinit {
        self.utility.stop()
        for worker in self.workers { worker.close() }
        self.hub.close()
        self.leading.cancel()
        self.journal?.close()
        try? FileManager.default.removeItem(at: self.folder)
    }

    /// Milliseconds of each signal, once everybody hears.
    func times(_ count: Int) throws -> [Double] {
        // Ways are found and subscriptions made while these go unheard.
        var known = 0
        for _ in 0..<100 where known < 5 {
            if self.one(within: 0.1) == nil { known = 0 } else { known += 1 }
        }
        return try (0..<count).map { _ in
            RunLoop.current.run(until: Date().addingTimeInterval(0.005))
            guard let time = self.one(within: 2) else {
                throw WrongResult(description: "a signal did not reach all workers")
            }
            return time
        }
    }

    private func one(within seconds: Double) -> Double? {
        self.sequence += 1
        let now = Instant(microseconds: Int(Date().timeIntervalSince1970 * 1e6))
        let signal = GridSignal(
            resource: "R", product: "BENCH-FR", sequence: self.sequence, sentAt: now, validFrom: now,
            expiry: now + .seconds(5), value: .frequency(milliHertz: 49_900), trace: .none)
        let began = ContinuousClock.now
        self.utility.send([signal])
        let heard = self.arrivals.completed(self.sequence, within: seconds)
        return heard.map { ($0 - began) / .milliseconds(1) }
    }
}

/// Milliseconds of round trips of 64 bytes over tcp under CURVE, dealer to router and back, in libzmq alone.
private func roundTrips(_ count: Int) throws -> [Double] {
    let server = try KeyPair.generate()
    let client = try KeyPair.generate()
    let endpoint = "tcp://127.0.0.1:\(Int.random(in: 30_000..<32_000))"
    // Handed over to the echo's thread, which alone touches it until it ends.
    nonisolated(unsafe) let router = try PlainSocket(ZMQ_ROUTER)
    unsafe router.set(ZMQ_CURVE_SERVER, 1)
    unsafe router.set(ZMQ_CURVE_SECRETKEY, server.secretKey)
    try unsafe router.check(unsafe zmq_bind(router.handle, endpoint), endpoint)
    let dealer = try PlainSocket(ZMQ_DEALER)
    dealer.set(ZMQ_CURVE_SERVERKEY, server.publicKey)
    dealer.set(ZMQ_CURVE_PUBLICKEY, client.publicKey)
    dealer.set(ZMQ_CURVE_SECRETKEY, client.secretKey)
    try dealer.check(unsafe zmq_connect(dealer.handle, endpoint), endpoint)
    let ended = DispatchSemaphore(value: 0)
    let echo = Thread {
        for _ in 0...count { unsafe passBack(router) }
        ended.signal()
    }
    echo.start()
    var message = [UInt8](repeating: 1, count: 64)
    var times: [Double] = []
    for round in 0...count {
        let began = ContinuousClock.now
        let sent = unsafe zmq_send(dealer.handle, message, 64, 0)
        let got = unsafe zmq_recv(dealer.handle, &message, 64, 0)
        guard sent == 64, got == 64 else { throw WrongResult(description: "libzmq's round trip failed") }
        // The first one has the handshake in it.
        if round > 0 { times.append((ContinuousClock.now - began) / .milliseconds(1)) }
    }
    ended.wait()
    return times
}

private func passBack(_ router: PlainSocket) {
    var route = [UInt8](repeating: 0, count: 256)
    var message = [UInt8](repeating: 0, count: 64)
    let length = unsafe zmq_recv(router.handle, &route, route.count, 0)
    let got = unsafe zmq_recv(router.handle, &message, message.count, 0)
    guard length > 0, got > 0 else { return }
    _ = unsafe zmq_send(router.handle, route, Int(length), ZMQ_SNDMORE)
    _ = unsafe zmq_send(router.handle, message, Int(got), 0)
}
