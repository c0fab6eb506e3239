import Domain
import Foundation
import Logging
import NIOPosix
import OCPP
import Synchronization
import Worker

/// A signal to 1,000 live stations of OCPP 2.1 on one worker, until all have answered: the slowest of a hundred
/// answers (p99), over five rounds. The stations are `headroom stations` in a process of its own on the same cores.
/// Beside it what a Python `ocpp` CSMS needs for the same (ms; read, not measured here).
let liveStations = Benchmark(name: "live-stations") {
    let count = 1_000
    let binary = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "headroom")
    guard FileManager.default.isExecutableFile(atPath: binary.path) else {
        throw WrongResult(description: "no \(binary.path): build the product headroom first")
    }
    let ears = Ears()
    var options = OCPPServerConfiguration(host: "127.0.0.1", port: 0)
    options.meterIntervalSeconds = 30
    options.messagesPerSecond = 1_000
    options.dialects = DialectBook([])
    let server = try OCPPServer(
        configuration: options, secrets: .open,
        policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }), observer: ears,
        logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    let serving = Task { try await server.run() }
    defer { serving.cancel() }
    try waitFor("the server") { server.port != nil }
    let stations = Process()
    stations.executableURL = binary
    stations.arguments = [
        "stations", "--url", "ws://127.0.0.1:\(server.port ?? 0)/ocpp", "--count", "\(count)", "--ocpp", "2.1",
        "--metrics-port", "9499",
    ]
    stations.standardError = FileHandle.nullDevice
    try stations.run()
    defer { stations.terminate() }
    try waitFor("\(count) stations to plug in", seconds: 120) { ears.ready.count >= count * 95 / 100 }
    let ready = ears.ready
    var worst: [Double] = []
    for round in 0..<6 {
        ears.clear()
        server.command(
            ready.map {
                StationOrder(
                    station: $0.0, evse: $0.1,
                    command: .setpoint(Power(watts: round % 2 == 0 ? 5_000 : 7_000), validFor: .seconds(60)),
                    trace: .none)
            })
        try waitFor("all answers", seconds: 30) { ears.latencies.count >= ready.count }
        let sorted = ears.latencies.sorted()
        // The first order of a session installs the profile that later ones update.
        if round > 0 { worst.append(sorted[sorted.count * 99 / 100]) }
    }
    return Measurement(
        name: "live-stations", unit: "ms p99", value: worst.sorted()[worst.count / 2],
        beside: ["stations": Double(ready.count), "Python ocpp CSMS, all answered (published)": 250])
}

/// Waits for something that another thread brings about.
private func waitFor(_ what: String, seconds: Double = 10, _ done: () -> Bool) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while !done() {
        guard Date() < deadline else { throw WrongResult(description: "waited in vain for \(what)") }
        RunLoop.current.run(until: Date().addingTimeInterval(0.005))
    }
}

/// Notes who is plugged in and can be commanded, and how long each answer took.
private final class Ears: StationObserver {
    private struct State {
        var plugged: Set<String> = []
        var able: [String: (StationID, Int)] = [:]
        var latencies: [Double] = []
    }
    private let state = Mutex(State())

    func station(_ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?) {
        acknowledge?()
        self.state.withLock { state in
            for fact in facts {
                switch fact {
                case .plugged(let evse, _, _): state.plugged.insert("\(station)/\(evse)")
                case .capability(let evse, let capability) where capability.capability != .none:
                    state.able["\(station)/\(evse)"] = (station, evse)
                default: break
                }
            }
        }
    }

    func answered(_ answer: OrderAnswer) {
        self.state.withLock { $0.latencies.append(Double(answer.latency.microseconds) / 1_000) }
    }

    var ready: [(StationID, Int)] {
        self.state.withLock { state in
            state.able.filter { state.plugged.contains($0.key) }.map(\.value)
        }
    }

    var latencies: [Double] { self.state.withLock { $0.latencies } }

    func clear() { self.state.withLock { $0.latencies = [] } }
}
