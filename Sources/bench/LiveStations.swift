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
    let figures = try signalled(count: 1_000)
    return Measurement(
        name: "live-stations", unit: "ms p99", value: figures.p99,
        beside: [
            "stations": Double(figures.count), "all answered, ms": figures.all,
            "CPU a call and answer, us": figures.microseconds, "Python ocpp CSMS, all answered (published)": 250,
        ])
}

/// What a signal to many stations took.
private struct LiveFigures {
    var count: Int
    /// Until the last answer, ms.
    var all: Double
    /// Until the slowest of a hundred answers, ms.
    var p99: Double
    /// CPU of the server's process for each call and answer, microseconds.
    var microseconds: Double

    /// The round in the middle of those that were measured.
    static func median(_ rounds: [LiveFigures]) -> LiveFigures {
        let sorted = rounds.sorted { $0.all < $1.all }
        return sorted[sorted.count / 2]
    }
}

/// Five rounds of a set-point to stations of a process of its own.
private func signalled(count: Int) throws -> LiveFigures {
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
    try waitFor("\(count) stations to plug in", seconds: 300) { ears.ready.count >= count * 95 / 100 }
    let ready = ears.ready
    var rounds: [LiveFigures] = []
    for round in 0..<6 {
        ears.clear()
        let began = processMicroseconds()
        server.command(
            ready.map {
                StationOrder(
                    station: $0.0, evse: $0.1,
                    command: .setpoint(Power(watts: round % 2 == 0 ? 5_000 : 7_000), validFor: .seconds(60)),
                    trace: .none)
            })
        try waitFor("all answers", seconds: 30) { ears.count >= ready.count }
        let spent = processMicroseconds() - began
        let sorted = ears.latencies.sorted()
        // The first order of a session installs the profile that later ones update.
        guard round > 0 else { continue }
        rounds.append(
            LiveFigures(
                count: ready.count, all: sorted[sorted.count - 1], p99: sorted[sorted.count * 99 / 100],
                microseconds: Double(spent) / Double(ready.count)))
    }
    return .median(rounds)
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

    var count: Int { self.state.withLock { $0.latencies.count } }

    var latencies: [Double] { self.state.withLock { $0.latencies } }

    func clear() { self.state.withLock { $0.latencies = [] } }
}
